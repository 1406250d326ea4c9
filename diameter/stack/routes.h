// To which peers a request may go, told to freeDiameter when it asks. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace presentia::diameter {

class Routes {
 public:
  void put(std::uint32_t end_to_end, std::vector<std::string> peers) {
    const std::lock_guard lock(mutex_);
    routes_[end_to_end] = std::move(peers);
  }
  void erase(std::uint32_t end_to_end) {
    const std::lock_guard lock(mutex_);
    routes_.erase(end_to_end);
  }
  // How far down the list the peer is, from 0; -1: the request may not go there; nothing is known of others.
  static constexpr int kUnknown = -2, kNever = -1;
  [[nodiscard]] int rank(std::uint32_t end_to_end, std::string_view peer) const {
    const std::lock_guard lock(mutex_);
    const auto found = routes_.find(end_to_end);
    if (found == routes_.end()) return kUnknown;
    for (std::size_t at = 0; at < found->second.size(); ++at) {
      if (found->second[at] == peer) return static_cast<int>(at);
    }
    return kNever;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::vector<std::string>> routes_;
};

}  // namespace presentia::diameter
