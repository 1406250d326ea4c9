#include "xdm-client/http/session_pool.h"

#include <algorithm>
#include <utility>

namespace presentia::xdm {

Session::Session(std::unique_ptr<Connection> connection, TlsContextPtr tls, base::Gauge open)
    : connection_(std::move(connection)), tls_(std::move(tls)), open_(open) {
  open_.add(1);
}

Session::~Session() { open_.add(-1); }

SessionPtr SessionPool::take(const std::string& root, const TlsContextPtr& tls, const HttpSettings& settings) {
  const Moment oldest = std::chrono::steady_clock::now() - settings.idle_timeout;
  const std::lock_guard lock(mutex_);
  const auto found = idle_.find(root);
  if (found == idle_.end()) return nullptr;
  std::vector<Idle>& idle = found->second;
  while (!idle.empty()) {
    Idle last = std::move(idle.back());
    idle.pop_back();
    const bool good = last.since >= oldest && last.session->tls() == tls && last.session->connection().quiet();
    if (good) return std::move(last.session);
  }
  return nullptr;
}

void SessionPool::keep(const std::string& root, SessionPtr session, const HttpSettings& settings) {
  const std::lock_guard lock(mutex_);
  std::vector<Idle>& idle = idle_[root];
  if (idle.size() < settings.idle_per_root) idle.push_back({std::move(session), std::chrono::steady_clock::now()});
}

void SessionPool::sweep(const HttpSettings& settings) {
  const Moment oldest = std::chrono::steady_clock::now() - settings.idle_timeout;
  const std::lock_guard lock(mutex_);
  for (auto& [root, idle] : idle_) {
    std::erase_if(idle, [&](const Idle& held) { return held.since < oldest || !held.session->connection().quiet(); });
    while (idle.size() > settings.idle_per_root) idle.erase(idle.begin());
  }
  std::erase_if(idle_, [&](const auto& entry) {
    return entry.second.empty() || std::ranges::find(settings.roots, entry.first) == settings.roots.end();
  });
}

void SessionPool::clear() {
  const std::lock_guard lock(mutex_);
  idle_.clear();
}

}  // namespace presentia::xdm
