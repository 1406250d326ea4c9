#include "as/main/packages.h"

#include <utility>

#include "as/packages/presence/presence_package.h"
#include "as/packages/presence/service_profile.h"
#include "as/packages/reg/ims_bodies.h"
#include "as/packages/winfo/winfo_package.h"

namespace presentia {

event::Packages make_packages(std::shared_ptr<const presence::SchemaFolder> schemas) {
  event::Packages packages;
  packages.add(std::make_unique<presence::PresencePackage>(std::move(schemas)));
  packages.add(std::make_unique<winfo::WinfoPackage>());  // presence.winfo with it [RFC3856 6.11.1]
  packages.read_profiles_with(std::make_unique<presence::ServiceProfileReader>());
  packages.read_register_bodies_with(std::make_unique<reg::ImsBodies>());
  return packages;
}

}  // namespace presentia
