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

// Follows the registration of users where the core wants it, by subscriptions to their S-CSCF, and reports to a
// RegistrationSink. All calls from any thread; they return at once and never fail visibly.
class RegistrationFollower {
 public:
  virtual ~RegistrationFollower() = default;
  // `resource`: normal form. `s_cscf`: URI of the Contact of its last third-party REGISTER; empty: there was none.
  // Again for one that is followed already: it has registered anew, so that a subscription that has ended is worth
  // another try.
  virtual void follow(const Resource& resource, const std::string& s_cscf) = 0;
  virtual void unfollow(const Resource& resource) = 0;
};

}  // namespace presentia::ports
