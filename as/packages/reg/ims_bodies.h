// Bodies of type application/3gpp-ims+xml in a third-party REGISTER [TS24.229 7.6]: what the HSS has for this server.
#pragma once

#include <string>
#include <string_view>

#include "as/event/packages.h"

namespace presentia::reg {

class ImsBodies final : public event::RegisterBodies {
 public:
  // The text of <service-info>, whatever version the document names, or none, and whatever namespace it is in; empty if
  // there is no such element. The error is of xml::ParseError::reason, or service-info.wrong-root.
  [[nodiscard]] base::Result<std::string, std::string> service_info(std::string_view body) const override;
};

}  // namespace presentia::reg
