// The attributes `sh` as the Sh client wants them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "diameter/sh_data/sh_data_reader.h"
#include "diameter/stack/stack_values.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::diameter {

struct ShPeer {
  std::string name;
  StackPeer where;
};

// What may change while it runs; the rest is of the stack.
struct ShSettings {
  std::string identity, realm;  // Origin-Host, Origin-Realm
  std::string hss_realm;        // Destination-Realm
  std::vector<ShPeer> peers;
  base::Millis attempt_timeout{700};
  std::size_t max_in_flight = 2000;
  base::Millis retry_first{100};
  std::uint32_t circuit_failures = 5;
  base::Millis circuit_first{1000}, circuit_max{30'000};
  bool notif_eff = true;
  base::Millis push_answer_within{1000};
  std::uint32_t renew_percent = 80;
  std::size_t max_remembered_hosts = 100'000;
  std::size_t max_redirect_peers = 8;
  std::uint32_t log_lines = 10;
  ShDataLimits limits = {};
};

[[nodiscard]] ShSettings sh_settings_of(const mgmt::Snapshot& settings);
// For Stack::start().
[[nodiscard]] StackSettings stack_settings_of(const mgmt::Snapshot& settings);

}  // namespace presentia::diameter
