// How the core is told of registrations in the IMS core by those who follow them elsewhere, and says whom to follow:
// values only. The source "third-party REGISTER" comes by SIP and needs none of this.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "as/ports/records.h"

namespace presentia::ports {

// What a source knows of a user now. `registered` nullopt: nothing any more, so that the next source counts.
struct RegistrationReport {
  RegistrationSource source{};
  std::optional<bool> registered;
  base::Instant until{};  // of one that is registered: when the source will have said it again, or have withdrawn it
};

// Implemented by as/runtime. Any thread; returns at once and never fails visibly. What is reported is stored, shown to
// watchers where registration.sources says so, and survives a restart until its time is over.
class RegistrationSink {
 public:
  virtual ~RegistrationSink() = default;
  // `resource`: normal form. Of one source the later report counts.
  virtual void on_registration(const Resource& resource, const RegistrationReport& report) = 0;
};

// Where requests for a user go, and who charges for them [TS24.229 5.7.3].
struct ServingNode {
  std::string s_cscf;  // URI: of the HSS, or the Contact of the last third-party REGISTER; empty: unknown
  std::string charging_addresses = {};  // value of P-Charging-Function-Addresses; empty: unknown
  bool operator==(const ServingNode&) const = default;
};

// Follows the registration of users where the core wants it, by subscriptions to their S-CSCF, and reports to a
// RegistrationSink. All calls from any thread; they return at once and never fail visibly.
class RegistrationFollower {
 public:
  virtual ~RegistrationFollower() = default;
  // `resource`: normal form. Again for one that is followed already: it has registered anew, or elsewhere, so that a
  // subscription that has ended is worth another try.
  virtual void follow(const Resource& resource, const ServingNode& node) = 0;
  virtual void unfollow(const Resource& resource) = 0;
};

}  // namespace presentia::ports
