// One immutable state of all attributes, with what is derived from them, and the holder that swaps it.
// Readers take the snapshot where they use it and copy nothing out of it into fields.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "as/base/time.h"
#include "proto/config.pb.h"

namespace presentia::mgmt {

struct ExpiresPolicy {
  base::Seconds by_default, min, max;
};

class Snapshot {
 public:
  // `config` must have passed validate() (validate.h). What is derived points into it, so there are no copies.
  Snapshot(config::Config config, std::uint64_t version);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  [[nodiscard]] const config::Config& config() const { return config_; }
  [[nodiscard]] std::uint64_t version() const { return version_; }

  // True if `host` (lower case) is a served domain, or * is one.
  [[nodiscard]] bool serves(std::string_view host) const;
  // Values in force for a package and the domain of a resource: the domain's, else the package's own, else those of
  // all packages.
  [[nodiscard]] ExpiresPolicy publication_expires(std::string_view package, std::string_view host) const;
  [[nodiscard]] ExpiresPolicy subscription_expires(std::string_view package, std::string_view host) const;
  [[nodiscard]] config::Rules::NoDocument no_document(std::string_view host) const;
  // Value of Allow: every method that is served [RFC3261 20.5].
  [[nodiscard]] std::string_view allowed_methods() const;
  // True if the identity (normal form) is listed as publisher for every resource of the package.
  [[nodiscard]] bool is_publisher(std::string_view package, std::string_view identity) const;

 private:
  [[nodiscard]] const config::Domain* domain(std::string_view host) const;

  config::Config config_;
  std::uint64_t version_;
  std::unordered_map<std::string, const config::Domain*> domains_;
  const config::Domain* any_domain_ = nullptr;
  std::unordered_set<std::string> presence_publishers_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Holds the snapshot in force. Any thread.
class Live {
 public:
  explicit Live(SnapshotPtr first) : current_(std::move(first)), version_(current_->version()) {}
  [[nodiscard]] SnapshotPtr snapshot() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  // The version of the snapshot in force: a thread keeps its last snapshot and asks for it anew only when this moved.
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  void swap(SnapshotPtr next) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
    version_.store(current_->version(), std::memory_order_release);
  }

 private:
  mutable std::mutex mutex_;
  SnapshotPtr current_;
  std::atomic<std::uint64_t> version_;
};

// A thread's own view of Live: snapshot() is one atomic load unless it changed. Not thread-safe itself.
class Reader {
 public:
  explicit Reader(const Live& live) : live_(&live), held_(live.snapshot()) {}
  [[nodiscard]] const SnapshotPtr& snapshot() {
    if (live_->version() != held_->version()) held_ = live_->snapshot();
    return held_;
  }

 private:
  const Live* live_;
  SnapshotPtr held_;
};

}  // namespace presentia::mgmt
