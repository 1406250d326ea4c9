// What one phase of load gave: counts, errors by reason, latencies.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace presentia::bench {

struct Tally {
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t shed = 0;                       // refused with 503 and Retry-After, where that is no failure
  std::uint64_t not_started = 0;                // open loop: came when too many were under way, or all was busy
  std::uint64_t notifies = 0;                   // without repetitions
  std::uint64_t notifies_without_document = 0;  // where the presentity had published one
  std::uint64_t retransmissions = 0;            // of ours
  std::uint64_t repeated_notifies = 0;          // the server's
  std::chrono::nanoseconds elapsed{0};
  std::vector<std::uint32_t> latencies_us;          // first byte out to last byte in, of the completed operations
  std::map<std::string, std::uint64_t> unexpected;  // what was not as it should be, and how often

  // Latency in ms below which `share` (0 to 1) of the operations stayed; reorders the latencies.
  double percentile_ms(double share);
};

}  // namespace presentia::bench
