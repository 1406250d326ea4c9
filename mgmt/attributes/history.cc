#include "mgmt/attributes/history.h"

#include <algorithm>
#include <map>
#include <utility>

#include "mgmt/attributes/values.h"

namespace presentia::mgmt {

std::vector<Change> difference(const config::Config& before, const config::Config& after) {
  const std::vector<NamedValue> former = list(before);
  std::map<std::string_view, std::string_view> old_values;
  for (const NamedValue& value : former) old_values.emplace(value.name, value.value);
  std::vector<Change> changes;
  for (NamedValue& value : list(after)) {
    const auto old_value = old_values.find(value.name);
    if (old_value == old_values.end()) {
      changes.push_back({std::move(value.name), std::nullopt, std::move(value.value)});
      continue;
    }
    if (old_value->second != value.value) {
      changes.push_back({std::move(value.name), std::string(old_value->second), std::move(value.value)});
    }
    old_values.erase(old_value);
  }
  for (const NamedValue& value : former) {
    if (old_values.contains(value.name)) changes.push_back({value.name, value.value, std::nullopt});
  }
  return changes;
}

void History::add(ChangeEvent event) {
  events_.push_back(std::move(event));
  if (events_.size() > capacity_) events_.pop_front();
}

std::vector<ChangeEvent> History::last(std::size_t limit) const {
  const std::size_t count = limit == 0 ? events_.size() : std::min(limit, events_.size());
  return {events_.rbegin(), events_.rbegin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace presentia::mgmt
