// Rules and lists, written by their parts, for scenario tests.
#pragma once

#include <string>
#include <vector>

namespace presentia::test {

inline const std::string kServices = "<pr:provide-services><pr:all-services/></pr:provide-services>";
inline const std::string kEverything =
    kServices +
    "<pr:provide-persons><pr:all-persons/></pr:provide-persons>"
    "<pr:provide-devices><pr:all-devices/></pr:provide-devices><pr:provide-all-attributes/>";

[[nodiscard]] std::string ruleset(const std::string& rules);
// A rule: `conditions` empty: for everybody.
[[nodiscard]] std::string allow(const std::string& id, const std::string& conditions, const std::string& shown);
[[nodiscard]] std::string confirm(const std::string& id, const std::string& conditions);
[[nodiscard]] std::string polite(const std::string& id, const std::string& conditions);
// Conditions.
[[nodiscard]] std::string one(const std::string& user);  // "bob": sip:bob@example.com
[[nodiscard]] std::string external_list(const std::string& anchor);
[[nodiscard]] std::string validity(const std::string& from, const std::string& until);
// <resource-lists> with one list.
[[nodiscard]] std::string list_of(const std::vector<std::string>& members, const std::vector<std::string>& lists = {});
// A document of alice with a person in that sphere.
[[nodiscard]] std::string with_sphere(const std::string& sphere);

}  // namespace presentia::test
