// The service profile that operators keep in the HSS, as repository data of this service:
//
//   <service-profile xmlns="urn:presentia:service-profile">
//     <presence>allowed|barred</presence>
//     <max-publications>5</max-publications>
//     <max-subscriptions>200</max-subscriptions>
//     <without-rules>allow|confirm|polite-block|block</without-rules>
//   </service-profile>
//
// Each element at most once, in any order, and each may be left out. What is in other namespaces is not looked at.
#pragma once

#include "as/event/service_profile.h"

namespace presentia::presence {

class ServiceProfileReader final : public event::ProfileReader {
 public:
  [[nodiscard]] base::Result<event::ServiceProfile, std::string> read(std::string_view text) const override;
};

}  // namespace presentia::presence
