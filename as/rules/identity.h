// Identities and domains in the form in which rules compare them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace presentia::rules {

// Two URIs are the same user if this is equal: the normal form of sip, sips, pres and tel URIs (a sip URI never equals
// a tel URI [RFC5025 3.1.1.2]), with an internationalised host as its A-labels; of other schemes the scheme in lower
// case and the rest as it is. Empty for an empty text.
[[nodiscard]] std::string comparable_identity(std::string_view uri);

// A domain in lower case, escapes translated, as A-labels [RFC4745 7.1.3]. Empty if it can be no domain: then it equals
// none.
[[nodiscard]] std::string comparable_domain(std::string_view domain);

// One watcher as rules see it.
struct Watcher {
  std::vector<std::string> identities;  // comparable
  std::vector<std::string> domains;     // comparable; one for each identity, empty where it has none

  // `asserted`: URIs in any spelling. In `alias_domains` a sip URI with a global telephone number is the same user as
  // the tel URI with that number.
  [[nodiscard]] static Watcher of(std::span<const std::string> asserted, std::span<const std::string> alias_domains);
};

}  // namespace presentia::rules
