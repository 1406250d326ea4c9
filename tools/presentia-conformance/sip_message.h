// SIP messages as the suite reads and writes them: small, strict, and of its own, so that it shares no mistake with a
// server under test. Plain values; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace presentia::conformance {

struct HeaderField {
  std::string name;   // as on the wire
  std::string value;  // unfolded, without surrounding blanks
};

struct Message {
  std::string raw;
  std::string start_line;
  std::string method;  // of a request; empty: a response
  std::string uri;
  int status = 0;  // of a response
  std::string reason;
  std::vector<HeaderField> headers;
  std::string body;
  std::string source;  // host:port of who sent it, where that is known

  [[nodiscard]] bool is_request() const { return !method.empty(); }
  // Values of all lines of a header field, in order; `name` in its long form, compact forms count [RFC3261 7.3.3].
  [[nodiscard]] std::vector<std::string> lines(std::string_view name) const;
  // Its comma-separated values, in order [RFC3261 7.3.1].
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
  // The first line's value, or nothing where the header field is absent.
  [[nodiscard]] std::optional<std::string> first(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const { return first(name).value_or(""); }
};

struct Unreadable {
  std::string why;
};

// Reads one whole message. Strict: CRLF line ends, no blank before a colon's name, all of Via, From, To, Call-ID and
// CSeq once, a Content-Length that agrees with the bytes.
// `echo`: of an answer to what was malformed itself, so that it may lack these fields or carry them as they came.
std::variant<Message, Unreadable> read_message(std::string_view bytes, bool echo = false);

// Length of the first message in a stream's bytes; 0: not all of it is there yet. Keep-alives in front (CRLF) are
// counted in `skip`. Unreadable: no frame can be found [RFC3261 18.3].
struct Frame {
  std::size_t skip = 0;
  std::size_t length = 0;
};
std::variant<Frame, Unreadable> find_frame(std::string_view bytes);

// --- Parts of values ------------------------------------------------------------------------------------------------

bool equal_names(std::string_view a, std::string_view b);  // header names, case-insensitive, compact forms equal long
std::string_view trimmed(std::string_view text);
// Splits at commas outside quotes and angle brackets.
std::vector<std::string> split_list(std::string_view text);
// Value of ;name= after the value proper (after > where there is one); nothing where it is absent.
std::optional<std::string> parameter(std::string_view value, std::string_view name);
// The value without its parameters.
std::string without_parameters(std::string_view value);
// The URI of a name-addr or addr-spec.
std::string uri_of(std::string_view value);

}  // namespace presentia::conformance
