// SIP, SIPS, tel and pres URIs: parsed leniently, never thrown on, and their normal form, which names a resource.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace presentia::base {

struct Uri {
  std::string scheme;    // lower case
  std::string user;      // as received (escapes kept); empty if none. For tel: the number
  std::string password;  // as received
  std::string host;      // as received, IPv6 in brackets; empty for tel
  std::string port;      // digits, may be empty
  std::vector<std::pair<std::string, std::string>> params;  // names lower case, values as received (escapes kept)
  std::string headers;                                      // what follows '?', as received

  // The value of a parameter (empty if it has none); nullopt if it is absent. `name` in lower case.
  [[nodiscard]] std::optional<std::string_view> param(std::string_view name) const;
};

// Reads a URI without angle brackets. nullopt for what is no URI of these schemes (scheme unknown, no host, bad port,
// bad escape, control characters).
[[nodiscard]] std::optional<Uri> parse_uri(std::string_view text);

// The scheme of any absolute URI, lower case; empty if there is none.
[[nodiscard]] std::string uri_scheme(std::string_view text);

// A resource in normal form, by which it is found and hashed: "sip:user@host" (sips, pres become sip; host lower case;
// escapes decoded except where reserved; password, port, parameters and headers dropped [RFC3261 19.1.4] with the AoR
// rule that a presentity is a user at a domain) or "tel:+number" (visual separators dropped, lower-case phone-context
// kept for local numbers [RFC3966 4]). nullopt where parse_uri gives none.
[[nodiscard]] std::optional<std::string> normal_form(std::string_view uri);

// The host of a normal form, empty for tel.
[[nodiscard]] std::string_view domain_of(std::string_view normal);

}  // namespace presentia::base
