// A management server on loopback for tests, with programs run against it.
#pragma once

#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "mgmt/attributes/attributes.h"
#include "mgmt/attributes/values.h"
#include "mgmt/service/management_server.h"
#include "tests/support/files.h"

namespace presentia::test {

struct Ran {
  int status = -1;     // exit status
  std::string output;  // stdout and stderr
};
// Runs a command of the shell to its end.
[[nodiscard]] inline Ran run(const std::string& command) {
  Ran result;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    result.output.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

// The server as a whole, as tests want it to be.
class FakeOperation final : public ports::Operation, public ports::Health {
 public:
  ports::DrainState drain(std::optional<ports::DrainMode> mode) override {
    state.draining = true;
    if (mode) state.mode = *mode;
    return state;
  }
  [[nodiscard]] ports::DrainState drain_state() const override { return state; }
  base::Result<base::Done> backup(const std::string& folder) override {
    std::unique_lock lock(mutex_);
    folders_.push_back(folder);
    const auto during = during_backup_;
    const std::string error = backup_error_;
    lock.unlock();
    if (during) during();
    if (error.empty()) return base::Done{};
    return base::Unexpected{base::Error{"backup", error}};
  }
  // Runs while a backup is made.
  void during_backup(std::function<void()> what) {
    const std::lock_guard lock(mutex_);
    during_backup_ = std::move(what);
  }
  void fail_backups(const std::string& why) {
    const std::lock_guard lock(mutex_);
    backup_error_ = why;
  }
  // Of the backups asked for so far.
  [[nodiscard]] std::vector<std::string> folders() const {
    const std::lock_guard lock(mutex_);
    return folders_;
  }
  [[nodiscard]] std::vector<std::string> stalled() const override { return hanging; }
  [[nodiscard]] std::vector<std::string> not_ready() const override { return wrong; }
  [[nodiscard]] std::vector<std::string> degraded() const override { return lacking; }

  ports::DrainState state{.draining = false, .mode = ports::DrainMode::keep, .subscriptions = 7, .notifies = 3};
  std::vector<std::string> hanging, wrong, lacking;

 private:
  mutable std::mutex mutex_;  // a backup comes on a thread of its own
  std::vector<std::string> folders_;
  std::string backup_error_;
  std::function<void()> during_backup_;
};

// Attributes at their defaults, with the management service where the test wants it.
struct Managed {
  explicit Managed(const config::Config& config, const std::string& file = "", bool insecure_lab = false)
      : attributes({.config = config, .stored = config, .file = file, .insecure_lab = insecure_lab}, clock),
        server(attributes, metrics, clock, operation, operation, "presentia test") {}

  StoppedClock clock;
  base::Metrics metrics;
  FakeOperation operation;
  mgmt::Attributes attributes;
  mgmt::ManagementServer server;
};

inline config::Config listening_on(const std::string& address) {
  config::Config config = mgmt::defaults();
  config.mutable_management()->set_listen(address);
  return config;
}

}  // namespace presentia::test
