// Just enough SIP to read what a presence server sends to a load generator: views into the received text, no copies.
// Not a SIP parser for anything that is not a server under test.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presentia::bench {

// One message; every view points into the text given to parse() and lives as long as that.
struct Message {
  int status = 0;           // of a response; 0 in a request
  std::string_view method;  // of the request line, or of CSeq in a response
  std::uint32_t cseq = 0;
  std::array<std::string_view, 8> vias;  // topmost first, values of the header lines as they stand
  std::size_t via_count = 0;
  std::string_view from, to, call_id, cseq_line, contact, etag, subscription_state, retry_after, body;
};

// Null if the text is not a SIP message with Via, From, To, Call-ID and CSeq.
std::optional<Message> parse(std::string_view text);

// Length of the first whole message in a stream [RFC3261 18.3]; 0 if more bytes are needed.
std::size_t frame_length(std::string_view stream);

// Value of a parameter such as `tag` or `branch` of a header value; empty if there is none.
std::string_view parameter(std::string_view value, std::string_view name);

// URI of a name-addr or addr-spec, without angle brackets and header parameters.
std::string_view uri_of(std::string_view value);

// The key we put into Via branches and Call-IDs, so that what comes back finds its place without a search:
// a slot of ours, how often the slot has been used before, and a text that tells runs of the generator apart.
struct Key {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const Key&) const = default;
};
std::string to_text(Key key, std::string_view run);
// Null if the text does not start with a key of this run.
std::optional<Key> key_of(std::string_view text, std::string_view run);

}  // namespace presentia::bench
