#include "mgmt/service/operations.h"

#include <algorithm>

#include "as/base/log.h"
#include "mgmt/attributes/values.h"

namespace presentia::mgmt {
namespace {

template <class Repeated>
std::vector<std::string> to_vector(const Repeated& texts) {
  return {texts.begin(), texts.end()};
}

bool has_star(const std::string& pattern) { return pattern.find('*') != std::string::npos; }

CallError not_found(const Violation& violation) {
  return to_error(Refusal{Refusal::Reason::unknown, to_text(violation), {violation}});
}

CallError no_entry(const std::string& name) {
  Violation violation;
  violation.attribute = name;
  violation.text = "no such entry";
  violation.unknown = true;
  return not_found(violation);
}

template <class Request>
ApplyOptions options_of(const Request& request, const std::string& who) {
  ApplyOptions options;
  options.dry_run = request.dry_run();
  if (request.has_expected_version()) options.expected_version = request.expected_version();
  options.persist = request.persist();
  options.who = who;
  return options;
}

Operations::Outcome answer(base::Result<Applied, Refusal> result, management::ChangeResponse& response) {
  if (!result) return to_error(result.error());
  to_message(*result, response);
  return std::nullopt;
}

}  // namespace

bool matches_any(const std::vector<std::string>& patterns, const std::string& name) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                         [&](const std::string& pattern) { return matches_pattern(pattern, name); });
}

Operations::Operations(Attributes& attributes, const base::Metrics& metrics, const base::Clock& clock,
                       ports::Operation& operation, const ports::Health& health, std::string program)
    : attributes_(attributes),
      metrics_(metrics),
      clock_(clock),
      operation_(operation),
      health_(health),
      program_(std::move(program)),
      started_at_(clock_.now()) {}

Operations::Outcome Operations::check_patterns(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (has_star(pattern)) continue;
    if (auto path = resolve(pattern); !path) return not_found(path.error());
  }
  return std::nullopt;
}

// NOLINTNEXTLINE(readability-convert-member-functions-to-static): the service calls all of these by pointer to member
Operations::Outcome Operations::describe(const management::DescribeRequest& request, const std::string& /*who*/,
                                         management::DescribeResponse& response) const {
  std::vector<std::string> patterns = to_vector(request.patterns());
  if (auto error = check_patterns(patterns)) return error;
  for (std::string& pattern : patterns) {  // an entry is described by its declaration
    if (!has_star(pattern)) pattern = resolve(pattern)->declaration();
  }
  for (const AttributeInfo& info : all_attributes()) {
    if (matches_any(patterns, info.name)) to_message(info, *response.add_attributes());
  }
  return std::nullopt;
}

Operations::Outcome Operations::get(const management::GetRequest& request, const std::string& /*who*/,
                                    management::GetResponse& response) const {
  const std::vector<std::string> patterns = to_vector(request.patterns());
  if (auto error = check_patterns(patterns)) return error;
  const SnapshotPtr snapshot = attributes_.snapshot();
  const std::vector<NamedValue> values = list(snapshot->config());
  for (const std::string& pattern : patterns) {  // names an entry that is not there
    if (has_star(pattern)) continue;
    const auto path = resolve(pattern);
    if (path->attribute == nullptr && path->objects.back().key.empty()) continue;  // an object, perhaps without entries
    if (std::none_of(values.begin(), values.end(),
                     [&](const NamedValue& value) { return matches_pattern(pattern, value.name); }))
      return no_entry(pattern);
  }
  response.set_version(snapshot->version());
  for (const NamedValue& value : values) {
    if (!matches_any(patterns, value.name)) continue;
    management::Value& out = *response.add_values();
    out.set_name(value.name);
    out.set_value(value.value);
    out.set_is_default(value.is_default);
  }
  return std::nullopt;
}

Operations::Outcome Operations::set(const management::SetRequest& request, const std::string& who,
                                    management::ChangeResponse& response) const {
  std::vector<Assignment> assignments;
  for (const management::Assignment& assignment : request.assignments()) {
    assignments.push_back({assignment.name(), assignment.value()});
  }
  return answer(attributes_.apply(assignments, options_of(request, who)), response);
}

Operations::Outcome Operations::reset(const management::ResetRequest& request, const std::string& who,
                                      management::ChangeResponse& response) const {
  return answer(attributes_.reset(to_vector(request.names()), options_of(request, who)), response);
}

Operations::Outcome Operations::history(const management::HistoryRequest& request, const std::string& /*who*/,
                                        management::HistoryResponse& response) const {
  for (const ChangeEvent& event : attributes_.history(request.limit())) to_message(event, *response.add_events());
  return std::nullopt;
}

Operations::Outcome Operations::read_metrics(const management::ReadMetricsRequest& /*request*/,
                                             const std::string& /*who*/,
                                             management::ReadMetricsResponse& response) const {
  response.set_text(metrics_.text());
  return std::nullopt;
}

Operations::Outcome Operations::status(const management::StatusRequest& /*request*/, const std::string& /*who*/,
                                       management::StatusResponse& response) const {
  response.set_server(program_);
  to_message(started_at_, *response.mutable_started_at());
  response.set_version(attributes_.snapshot()->version());
  response.set_configuration(attributes_.file());
  if (const ports::DrainState drain = operation_.drain_state(); drain.draining)
    to_message(drain, *response.mutable_drain());
  for (std::string& reason : health_.not_ready()) response.add_not_ready(std::move(reason));
  for (std::string& lacking : health_.degraded()) response.add_degraded(std::move(lacking));
  const std::lock_guard lock(mutex_);
  for (const std::string& address : listening_) response.add_listening(address);
  return std::nullopt;
}

Operations::Outcome Operations::drain(const management::DrainRequest& request, const std::string& who,
                                      management::DrainResponse& response) const {
  std::optional<ports::DrainMode> mode;
  if (request.mode() == management::DrainProgress::KEEP) mode = ports::DrainMode::keep;
  if (request.mode() == management::DrainProgress::HANDOVER) mode = ports::DrainMode::handover;
  const ports::DrainState drain = operation_.drain(mode);
  base::log(base::Module::management, base::Level::info, "operator.drain", {{"who", who}, {"mode", word(drain.mode)}});
  to_message(drain, *response.mutable_drain());
  return std::nullopt;
}

Operations::Outcome Operations::backup(const management::BackupRequest& request, const std::string& who,
                                       management::BackupResponse& /*response*/) const {
  const std::string& folder = request.folder();
  if (!folder.starts_with('/')) {
    return to_error(Refusal{Refusal::Reason::invalid, "folder: \"" + folder + "\" is not an absolute path\n", {}});
  }
  const auto done = operation_.backup(folder);
  base::log(base::Module::management, done ? base::Level::info : base::Level::warn, "operator.backup",
            {{"who", who}, {"folder", folder}, {"result", done ? std::string("done") : done.error().text}});
  if (done) return std::nullopt;
  return to_error(Refusal{Refusal::Reason::not_written, "no backup: " + done.error().text + "\n", {}});
}

management::WatchEvent Operations::current(const Snapshot& snapshot, const std::vector<std::string>& patterns) const {
  management::WatchEvent event;
  event.set_version(snapshot.version());
  to_message(clock_.now(), *event.mutable_at());
  for (const NamedValue& value : list(snapshot.config())) {
    if (!matches_any(patterns, value.name)) continue;
    management::Change& change = *event.add_changes();
    change.set_name(value.name);
    change.set_new_value(value.value);
  }
  return event;
}

void Operations::set_listening(std::vector<std::string> addresses) {
  const std::lock_guard lock(mutex_);
  listening_ = std::move(addresses);
}

}  // namespace presentia::mgmt
