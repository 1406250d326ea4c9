// What the HSS says of a resource, as far as the framework needs it. Values, immutable, shared.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "as/event/service_profile.h"
#include "as/ports/records.h"

namespace presentia::event {

struct Subscriber {
  bool unknown = false;                     // there is no such user [TS29.329 6.2.2]
  ports::Resource canonical;                // the one of its identities whose presentity it is; never empty
  std::vector<ports::Resource> identities;  // of one user with it, in normal form, ascending, itself among them
  std::string charging_addresses;           // value of P-Charging-Function-Addresses; empty: likewise
  std::string s_cscf;                       // URI; empty: none is assigned, or it was not asked for

  ServiceProfile profile;
  std::optional<std::uint16_t> profile_number;  // of the data that it was read from; nullopt: there is none
  std::optional<bool> registered;               // in the IMS; nullopt: that was not asked for, or is just changing

  // True for an identity of the user, in normal form.
  [[nodiscard]] bool has(const std::string& identity) const { return std::ranges::binary_search(identities, identity); }
  bool operator==(const Subscriber&) const = default;
};
// Null: nothing is known.
using SubscriberPtr = std::shared_ptr<const Subscriber>;

}  // namespace presentia::event
