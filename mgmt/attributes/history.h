// What was changed, when, from what to what and by whom: for the management service and the log.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::mgmt {

struct Change {
  std::string name;                      // path of the attribute
  std::optional<std::string> old_value;  // absent: its entry was added
  std::optional<std::string> new_value;  // absent: its entry was removed
};

struct ChangeEvent {
  std::uint64_t version = 0;  // in force since then
  std::string who;
  base::Instant at;
  std::vector<Change> changes;
  bool persisted = false;
};

// What differs between two configurations, in the order of declaration; removed entries last.
[[nodiscard]] std::vector<Change> difference(const config::Config& before, const config::Config& after);

// The last events, oldest forgotten first. Not thread-safe.
class History {
 public:
  explicit History(std::size_t capacity) : capacity_(capacity) {}
  void add(ChangeEvent event);
  // At most `limit` (0: all), newest first.
  [[nodiscard]] std::vector<ChangeEvent> last(std::size_t limit) const;

 private:
  std::size_t capacity_;
  std::deque<ChangeEvent> events_;
};

}  // namespace presentia::mgmt
