#include "mgmt/attributes/attributes.h"

#include <algorithm>

#include "as/base/log.h"
#include "mgmt/attributes/validate.h"
#include "mgmt/attributes/values.h"
#include "mgmt/attributes/xml_save.h"

namespace presentia::mgmt {
namespace {

constexpr std::size_t kHistory = 1000;

Refusal refused(Violations violations) {
  Refusal refusal;
  const bool unknown =
      std::all_of(violations.begin(), violations.end(), [](const Violation& violation) { return violation.unknown; });
  refusal.reason = unknown ? Refusal::Reason::unknown : Refusal::Reason::invalid;
  refusal.text = to_text(violations);
  refusal.violations = std::move(violations);
  return refusal;
}

template <class Edits>
Violations edit(config::Config& config, const Edits& edits) {
  Violations violations;
  for (const auto& apply : edits) {
    if (auto violation = apply(config)) violations.push_back(*std::move(violation));
  }
  return violations;
}

std::vector<std::string> restarts(const std::vector<Change>& changes) {
  std::vector<std::string> names;
  for (const Change& change : changes) {
    const auto path = resolve(change.name);
    if (path && path->attribute != nullptr && describe(*path->attribute, {}).restart) names.push_back(change.name);
  }
  return names;
}

void audit(const ChangeEvent& event) {
  for (const Change& change : event.changes) {
    base::log(base::Module::management, base::Level::info, "attribute.changed",
              {{"attribute", change.name},
               {"old", change.old_value.value_or("(none)")},
               {"new", change.new_value.value_or("(none)")},
               {"who", event.who},
               {"version", event.version},
               {"persisted", event.persisted ? "yes" : "no"}});
  }
}

}  // namespace

Attributes::Attributes(Initial initial, const base::Clock& clock)
    : file_(std::move(initial.file)),
      insecure_lab_(initial.insecure_lab),
      clock_(clock),
      live_(std::make_shared<const Snapshot>(std::move(initial.config), 1)),
      stored_(std::move(initial.stored)),
      history_(kHistory) {}

base::Result<Applied, Refusal> Attributes::apply(std::span<const Assignment> assignments, const ApplyOptions& options) {
  std::vector<Edit> edits;
  for (const Assignment& assignment : assignments) {
    edits.emplace_back([&assignment](config::Config& config) -> std::optional<Violation> {
      auto path = resolve(assignment.name);
      if (!path) return std::move(path).error();
      auto done = write(config, *path, assignment.value);
      if (!done) return std::move(done).error();
      return std::nullopt;
    });
  }
  return commit(edits, options);
}

base::Result<Applied, Refusal> Attributes::reset(std::span<const std::string> names, const ApplyOptions& options) {
  std::vector<Edit> edits;
  for (const std::string& name : names) {
    edits.emplace_back([&name](config::Config& config) -> std::optional<Violation> {
      auto path = resolve(name);
      if (!path) return std::move(path).error();
      auto done = clear(config, *path);
      if (!done) return std::move(done).error();
      return std::nullopt;
    });
  }
  return commit(edits, options);
}

base::Result<Applied, Refusal> Attributes::commit(std::span<const Edit> edits, const ApplyOptions& options) {
  const std::lock_guard lock(changing_);
  const SnapshotPtr before = live_.snapshot();
  Applied applied{before->version(), {}, {}};
  if (options.expected_version && *options.expected_version != before->version()) {
    return base::Unexpected{Refusal{Refusal::Reason::conflict,
                                    "version " + std::to_string(*options.expected_version) + " was expected, version " +
                                        std::to_string(before->version()) + " is in force",
                                    {}}};
  }
  config::Config next = before->config();
  Violations violations = edit(next, edits);
  if (violations.empty()) {
    violations = validate(next, {.insecure_lab = insecure_lab_, .in_force = &before->config()});
  }
  if (violations.empty() && check_) violations = check_(next, before->config());
  if (!violations.empty()) return base::Unexpected{refused(std::move(violations))};

  applied.changes = difference(before->config(), next);
  applied.needs_restart = restarts(applied.changes);
  if (options.persist) {
    config::Config stored = stored_;
    if (auto refusal = persist(edits, stored, options)) return base::Unexpected{*std::move(refusal)};
    if (!options.dry_run) stored_ = std::move(stored);
  }
  if (options.dry_run || applied.changes.empty()) return applied;
  ++applied.version;
  publish(std::move(next), applied, options);
  return applied;
}

std::optional<Refusal> Attributes::persist(std::span<const Edit> edits, config::Config& stored,
                                           const ApplyOptions& options) const {
  if (file_.empty()) {
    return Refusal{Refusal::Reason::no_file, "the server was started without a configuration file to persist into", {}};
  }
  const config::Config former = stored;
  Violations violations = edit(stored, edits);
  // An entry that is only in force, not in the file, needs no removing from the file.
  std::erase_if(violations, [](const Violation& violation) { return violation.unknown; });
  if (violations.empty()) violations = validate(stored, {.insecure_lab = insecure_lab_, .in_force = &former});
  if (!violations.empty()) {
    Refusal refusal = refused(std::move(violations));
    refusal.text = "together with the other values in " + file_ + ": " + refusal.text;
    return refusal;
  }
  if (options.dry_run) return std::nullopt;
  if (auto saved = save_xml_file(stored, file_); !saved) {
    return Refusal{Refusal::Reason::not_written, saved.error().text, {}};
  }
  return std::nullopt;
}

void Attributes::publish(config::Config config, const Applied& applied, const ApplyOptions& options) {
  const auto next = std::make_shared<const Snapshot>(std::move(config), applied.version);
  const ChangeEvent event{applied.version, options.who, clock_.now(), applied.changes, options.persist};
  live_.swap(next);
  audit(event);
  decltype(listeners_) listeners;
  {
    const std::lock_guard lock(kept_);
    history_.add(event);
    listeners = listeners_;
  }
  for (const auto& [id, listener] : listeners) (*listener)(event, next);
}

Attributes::Listening Attributes::listen(Listener listener) {
  const std::lock_guard lock(kept_);
  listeners_.emplace_back(++last_listener_, std::make_shared<const Listener>(std::move(listener)));
  return {this, last_listener_};
}

void Attributes::forget(std::uint64_t id) {
  const std::lock_guard lock(kept_);
  std::erase_if(listeners_, [id](const auto& entry) { return entry.first == id; });
}

std::vector<ChangeEvent> Attributes::history(std::size_t limit) const {
  const std::lock_guard lock(kept_);
  return history_.last(limit);
}

}  // namespace presentia::mgmt
