#include "diameter/message/avp.h"

#include <algorithm>

namespace presentia::diameter {

const Avp* find(const Avps& avps, AvpName name) {
  const auto found = std::find_if(avps.begin(), avps.end(), [&](const Avp& avp) { return avp.name == name; });
  return found == avps.end() ? nullptr : &*found;
}

std::optional<std::string> octets(const Avps& avps, AvpName name) {
  const Avp* const avp = find(avps, name);
  const auto* const value = avp == nullptr ? nullptr : std::get_if<std::string>(&avp->value);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::uint32_t> number(const Avps& avps, AvpName name) {
  const Avp* const avp = find(avps, name);
  const auto* const value = avp == nullptr ? nullptr : std::get_if<std::uint32_t>(&avp->value);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

const Avps* group(const Avps& avps, AvpName name) {
  const Avp* const avp = find(avps, name);
  return avp == nullptr ? nullptr : std::get_if<Avps>(&avp->value);
}

}  // namespace presentia::diameter
