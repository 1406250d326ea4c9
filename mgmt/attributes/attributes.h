// The store of truth of all attributes: takes changes as transactions, swaps the snapshot, tells who wants to know.
// All functions may be called from any thread; changes are made one after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "as/base/result.h"
#include "as/base/time.h"
#include "mgmt/attributes/history.h"
#include "mgmt/attributes/snapshot.h"
#include "mgmt/attributes/violation.h"

namespace presentia::mgmt {

struct Assignment {
  std::string name;
  std::string value;
};

struct ApplyOptions {
  bool dry_run = false;                           // check and compare only
  std::optional<std::uint64_t> expected_version;  // refused if another one is in force
  bool persist = false;                           // also into the configuration file
  std::string who = "local";
};

struct Applied {
  std::uint64_t version = 0;  // in force now
  std::vector<Change> changes;
  std::vector<std::string> needs_restart;  // changed attributes that take effect at the next start
};

struct Refusal {
  enum class Reason { unknown, invalid, conflict, no_file, not_written };
  Reason reason = Reason::invalid;
  std::string text;
  Violations violations;  // for unknown and invalid
};

// The configuration a server starts with, checked by validate().
struct Initial {
  config::Config config;  // in force
  config::Config stored;  // as in the file: without what the command line changed
  std::string file;       // empty: none, nothing can be persisted
  bool insecure_lab = false;
};

class Attributes {
 public:
  // `clock` is for the history. Both references must outlive this.
  Attributes(Initial initial, const base::Clock& clock);
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  [[nodiscard]] const Live& live() const { return live_; }
  [[nodiscard]] SnapshotPtr snapshot() const { return live_.snapshot(); }
  [[nodiscard]] const std::string& file() const { return file_; }

  // Sets all or, on any fault, nothing. Values that are in force already are no change; without any change the version
  // stays. Persisted are the changes alone, not what else is in force but not in the file; blocks on the disk then.
  [[nodiscard]] base::Result<Applied, Refusal> apply(std::span<const Assignment> assignments,
                                                     const ApplyOptions& options);
  // Attributes and objects back to their defaults, entries removed; else as apply().
  [[nodiscard]] base::Result<Applied, Refusal> reset(std::span<const std::string> names, const ApplyOptions& options);

  // A check beside validate(), for what only its owner can tell (can a file be read?); called for each change that
  // passed validate(), on the thread that makes it. Set once, before others use this.
  using Check = std::function<Violations(const config::Config& next, const config::Config& in_force)>;
  void check_with(Check check) { check_ = std::move(check); }

  // Called after each swap, on the thread that made the change, with nothing else changing meanwhile: be quick, and do
  // not change attributes from inside.
  using Listener = std::function<void(const ChangeEvent& event, const SnapshotPtr& snapshot)>;
  class Listening;
  [[nodiscard]] Listening listen(Listener listener);

  [[nodiscard]] std::vector<ChangeEvent> history(std::size_t limit) const;

 private:
  using Edit = std::function<std::optional<Violation>(config::Config&)>;

  [[nodiscard]] base::Result<Applied, Refusal> commit(std::span<const Edit> edits, const ApplyOptions& options);
  [[nodiscard]] std::optional<Refusal> persist(std::span<const Edit> edits, config::Config& stored,
                                               const ApplyOptions& options) const;
  void publish(config::Config config, const Applied& applied, const ApplyOptions& options);
  void forget(std::uint64_t id);

  const std::string file_;
  const bool insecure_lab_;
  const base::Clock& clock_;
  Check check_;
  Live live_;

  std::mutex changing_;      // one change at a time; guards stored_
  config::Config stored_;    // what the file says
  mutable std::mutex kept_;  // guards what follows
  History history_;
  std::vector<std::pair<std::uint64_t, std::shared_ptr<const Listener>>> listeners_;
  std::uint64_t last_listener_ = 0;
};

// Keeps a listener in the list. After its end no call begins any more, but one may still be running on another thread.
// Must not outlive the Attributes.
class Attributes::Listening {
 public:
  Listening() = default;
  Listening(Listening&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), id_(other.id_) {}
  Listening& operator=(Listening&& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(id_, other.id_);
    return *this;
  }
  ~Listening() {
    if (owner_ != nullptr) owner_->forget(id_);
  }

 private:
  friend class Attributes;
  Listening(Attributes* owner, std::uint64_t id) : owner_(owner), id_(id) {}
  Attributes* owner_ = nullptr;
  std::uint64_t id_ = 0;
};

}  // namespace presentia::mgmt
