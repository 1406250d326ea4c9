// A SIP message cut into first line, header fields and body: views into the received bytes, nothing interpreted yet.
// Knows no Sofia type; parser.h makes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace presentia::sip {

// The header fields that are read here; all others are `other`.
enum class HeaderName : std::uint8_t {
  other,
  accept,
  authorization,
  call_id,
  contact,
  content_disposition,
  content_encoding,
  content_type,
  cseq,
  event,
  expires,
  from,
  max_forwards,
  min_expires,
  p_access_network_info,
  p_asserted_identity,
  p_charging_function_addresses,
  p_charging_vector,
  p_served_user,
  privacy,
  proxy_require,
  record_route,
  require,
  retry_after,
  route,
  sip_if_match,
  subscription_state,
  supported,
  to,
  via
};

// By its long or compact name, in any case [RFC3261 7.3.1, 7.3.3].
[[nodiscard]] HeaderName header_name(std::string_view name);

struct HeaderField {
  HeaderName id = HeaderName::other;
  std::string_view name;   // as received
  std::string_view value;  // unfolded, without blanks at its ends
};

// What makes a message unusable although it could be cut.
enum class Defect : std::uint8_t {
  none,
  first_line,         // no Request-Line
  header_line,        // a line that is no header field
  content_length,     // Content-Length is no number
  no_content_length,  // on a stream
  truncated,          // the datagram ends before the body does
  too_large           // more bytes than allowed
};

struct RawMessage {
  bool request = false;
  std::string_view method, request_uri, version;  // of a request
  int status = 0;                                 // of a response
  std::string_view reason;
  std::vector<HeaderField> fields;
  std::string_view body;
  Defect defect = Defect::none;

  // The first field of that name, null if there is none.
  [[nodiscard]] const HeaderField* find(HeaderName id) const;
  // Its value, empty if there is none.
  [[nodiscard]] std::string_view value(HeaderName id) const;
  [[nodiscard]] std::size_t count(HeaderName id) const;
  // The values of a list header, of all its fields in order [RFC3261 7.3.1].
  [[nodiscard]] std::vector<std::string_view> list(HeaderName id) const;
  // All values of a list header as one text, joined with ", ".
  [[nodiscard]] std::string joined(HeaderName id) const;
};

}  // namespace presentia::sip
