// A Diameter AVP as a value, and lists of them [RFC6733 4]: what messages are made of here, without anything of a
// library. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace presentia::diameter {

// Names an AVP.
struct AvpName {
  std::uint32_t code = 0;
  std::uint32_t vendor = 0;
  auto operator<=>(const AvpName&) const = default;
};

struct Avp {
  AvpName name;
  bool is_mandatory = true;  // the M bit
  // octets (texts, identities, times, addresses), 32 bits (also what is enumerated), 64 bits, or a group
  std::variant<std::string, std::uint32_t, std::uint64_t, std::vector<Avp>> value;
  bool operator==(const Avp&) const = default;
};
using Avps = std::vector<Avp>;

// The first AVP of that name; nullptr if there is none.
[[nodiscard]] const Avp* find(const Avps& avps, AvpName name);
// Its value; nullopt if there is none, or one of another type.
[[nodiscard]] std::optional<std::string> octets(const Avps& avps, AvpName name);
[[nodiscard]] std::optional<std::uint32_t> number(const Avps& avps, AvpName name);
[[nodiscard]] const Avps* group(const Avps& avps, AvpName name);

}  // namespace presentia::diameter
