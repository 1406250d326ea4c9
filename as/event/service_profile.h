// What an operator's HSS says a user may do here: the service profile, transparent data of this service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "as/base/result.h"

namespace presentia::event {

enum class SubHandling { block, confirm, polite_block, allow };  // [RFC5025 3.2.1], by rising rights

struct ServiceProfile {
  bool allowed = true;                                               // presence at all
  std::optional<std::uint32_t> max_publications, max_subscriptions;  // for this presentity; 0: no limit
  std::optional<SubHandling> without_rules;                          // about watchers, where it has no rules
  bool operator==(const ServiceProfile&) const = default;
};

// Reads the text of a service profile. Pure; any thread.
class ProfileReader {
 public:
  virtual ~ProfileReader() = default;
  // `text`: the content of ServiceData [TS29.328 7.6.1]; an empty one says nothing. The error is for people.
  [[nodiscard]] virtual base::Result<ServiceProfile, std::string> read(std::string_view text) const = 0;
};

}  // namespace presentia::event
