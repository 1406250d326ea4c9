// Readers of SIP header values (what stands after the colon, unfolded): pure, never throwing, lenient where clients are
// known to be sloppy, nullopt where the value cannot be what the header says. No Sofia.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/ports/sip_port.h"

namespace presentia::sip {

// ";name=value" of a header. Names in lower case; quoted values without their quotes and escapes.
struct Param {
  std::string name;
  std::optional<std::string> value;  // nullopt: a flag without '='
  bool operator==(const Param&) const = default;
};
using Params = std::vector<Param>;

// The value of the first parameter of that name (lower case; empty for a flag), nullopt if absent.
[[nodiscard]] std::optional<std::string_view> param(const Params& params, std::string_view name);

// Without blanks, tabs and line ends at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);  // ASCII only
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
// True for 1 or more characters of token [RFC3261 25.1].
[[nodiscard]] bool is_token(std::string_view text);
// With quotes around it and '\' and '"' escaped; line ends become blanks.
[[nodiscard]] std::string quote(std::string_view text);
// The text of a quoted-string without quotes and escapes; what is not quoted comes back as it is.
[[nodiscard]] std::string unquote(std::string_view text);

// The elements of a list, trimmed, empty ones left out; a separator inside "…" or <…> separates nothing. Views into
// `value`.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view value, char separator = ',');

// ";a=b;c" (with or without the leading ';'). nullopt: a name that is no token, an open quote.
[[nodiscard]] std::optional<Params> parse_params(std::string_view text);

// name-addr or addr-spec with parameters of the header (From, To, Contact, Route, Record-Route, Path…).
struct Address {
  ports::NameAddr name;  // display name without quotes and escapes; URI without angle brackets
  Params params;         // of the header; without angle brackets all ';' parameters are the header's [RFC3261 20.10]
  [[nodiscard]] std::string tag() const;  // empty if absent
};
// nullopt: no URI (a scheme and something behind it), '<' without '>', bad quoting or parameters. "*" is none.
[[nodiscard]] std::optional<Address> parse_address(std::string_view value);
// A list of them, in order; nullopt if one of them is bad.
[[nodiscard]] std::optional<std::vector<Address>> parse_addresses(std::string_view value);
// The URI of the first Contact; empty if there is none ("*" and an empty value among them), nullopt if it is bad.
[[nodiscard]] std::optional<std::string> first_contact(std::string_view value);

// Event: package, id and the text of all parameters [RFC6665 8.4]. The package keeps its case.
[[nodiscard]] std::optional<ports::EventHeader> parse_event(std::string_view value);

// Subscription-State: parameters that cannot be read are absent [RFC6665 8.4]. nullopt: no token in front, bad
// parameters.
[[nodiscard]] std::optional<ports::SubscriptionStateHeader> parse_subscription_state(std::string_view value);

// Accept: media ranges ("type/subtype", "type/*", "*/*") in lower case and order, parameters cut; ranges with q=0 left
// out. An empty value gives an empty list (nothing is acceptable) [RFC3261 20.1]. nullopt if one is no media range.
[[nodiscard]] std::optional<std::vector<std::string>> parse_accept(std::string_view value);

// Option tags and the like (Require, Supported, Proxy-Require, Allow-Events): tokens in lower case; nullopt if one is
// none.
[[nodiscard]] std::optional<std::vector<std::string>> parse_tokens(std::string_view value);

// P-Served-User [RFC5502 6, TS24.229]: sescase=orig|term, regstate=reg|unreg; orig-cdiv counts as originating. Unknown
// parameters and unknown values are ignored.
[[nodiscard]] std::optional<ports::ServedUser> parse_served_user(std::string_view value);

// P-Asserted-Identity [RFC3325 9.1]: one or two values; sip, sips or tel. nullopt: none, more than two, another scheme,
// or two of the same kind (one is sip or sips, the other tel).
[[nodiscard]] std::optional<std::vector<ports::NameAddr>> parse_asserted(std::string_view value);

// Privacy [RFC3323 4.2]: values separated by ';' (some clients send ','), lower case.
[[nodiscard]] std::optional<std::vector<std::string>> parse_privacy(std::string_view value);

// delta-seconds; above 2^32-1 clamped to it; anything but digits is nullopt [RFC3261 20.19].
[[nodiscard]] std::optional<std::uint32_t> parse_expires(std::string_view value);

// SIP-If-Match or SIP-ETag: all tags found, separated by commas (more than one is for the caller to refuse). nullopt:
// one is no token [RFC3903 11.3]. An empty value gives none.
[[nodiscard]] std::optional<std::vector<std::string>> parse_etags(std::string_view value);

// Retry-After: the seconds; comment and parameters are ignored [RFC3261 20.33].
[[nodiscard]] std::optional<base::Seconds> parse_retry_after(std::string_view value);

// Content-Type: "type/subtype" in lower case, the parameters read and as received (with the leading ';').
struct MediaType {
  std::string type;
  Params params;
  std::string params_text;
};
[[nodiscard]] std::optional<MediaType> parse_media_type(std::string_view value);

// Content-Disposition [RFC3261 20.11]: type in lower case; `optional` if handling=optional (required otherwise).
struct Disposition {
  std::string type;
  bool optional = false;
};
[[nodiscard]] std::optional<Disposition> parse_disposition(std::string_view value);

// One Via value [RFC3261 20.42]. Parameters as they are read; flags such as rport have no value.
struct Via {
  std::string transport;  // upper case: UDP, TCP, TLS…
  std::string host;       // as received; IPv6 in brackets
  std::string port;       // digits; empty if absent
  Params params;
  [[nodiscard]] std::string sent_by() const { return port.empty() ? host : host + ':' + port; }
  [[nodiscard]] std::string branch() const;  // empty if absent
};
[[nodiscard]] std::optional<Via> parse_via(std::string_view value);

// CSeq: number (below 2^31, [RFC3261 8.1.1.5]) and method.
struct CSeq {
  std::uint32_t number = 0;
  std::string method;
};
[[nodiscard]] std::optional<CSeq> parse_cseq(std::string_view value);

// A Warning value with code 399 and `agent` (host) as its author [RFC3261 20.43].
[[nodiscard]] std::string warning(std::string_view agent, std::string_view text);

}  // namespace presentia::sip
