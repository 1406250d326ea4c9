// Which HSS a user is at, from its last answer or an SLF, and what features each HSS has. Bounded; pure. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "as/ports/subscriber_data.h"

namespace presentia::diameter {

class HostBook {
 public:
  // Empty: it is not known.
  [[nodiscard]] std::string host_of(const ports::UserIdentity& user) {
    const auto found = places_.find(key(user));
    if (found == places_.end()) return {};
    users_.splice(users_.begin(), users_, found->second);
    return found->second->second;
  }
  // The user that was looked at longest ago makes room.
  void put(const ports::UserIdentity& user, const std::string& host, std::size_t most) {
    forget(user);
    if (most == 0) return;
    users_.emplace_front(key(user), host);
    places_.emplace(users_.front().first, users_.begin());
    while (users_.size() > most) {
      places_.erase(users_.back().first);
      users_.pop_back();
    }
  }
  void forget(const ports::UserIdentity& user) {
    const auto found = places_.find(key(user));
    if (found == places_.end()) return;
    users_.erase(found->second);
    places_.erase(found);
  }

  // Bits of Feature-List; 0 for an HSS that is not known.
  [[nodiscard]] std::uint32_t features_of(const std::string& host) const {
    const auto found = features_.find(host);
    return found == features_.end() ? 0 : found->second;
  }
  void has_features(const std::string& host, std::uint32_t features) {
    if (features_.size() >= kMostHosts && !features_.contains(host)) features_.clear();
    features_[host] = features;
  }

  [[nodiscard]] std::size_t size() const { return users_.size(); }

 private:
  using Users = std::list<std::pair<std::string, std::string>>;  // user, host; the one looked at last comes first
  static constexpr std::size_t kMostHosts = 1000;
  static std::string key(const ports::UserIdentity& user) {
    return user.public_identity.empty() ? "msisdn:" + user.msisdn : user.public_identity;
  }

  Users users_;
  std::unordered_map<std::string, Users::iterator> places_;
  std::map<std::string, std::uint32_t> features_;
};

}  // namespace presentia::diameter
