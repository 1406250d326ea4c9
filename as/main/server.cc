#include "as/main/server.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "as/base/log.h"
#include "as/base/process_metrics.h"
#include "as/base/tokens.h"
#include "as/main/packages.h"
#include "as/main/version.h"
#include "as/sip/digest_users.h"
#include "mgmt/attributes/log_levels.h"

namespace presentia {
namespace {

constexpr std::uint16_t kMostShards = 256;

std::uint16_t shard_count(const mgmt::Snapshot& settings) {
  const std::uint32_t asked = settings.config().runtime().shards();
  if (asked > 0) return static_cast<std::uint16_t>(asked);
  const unsigned cores = std::thread::hardware_concurrency();
  return static_cast<std::uint16_t>(std::clamp(cores, 2U, kMostShards + 1U) - 1);
}

bool strict(const config::Presence& presence) { return presence.validation() == config::Presence::STRICT; }

bool same_schemas(const config::Presence& one, const config::Presence& other) {
  return strict(one) == strict(other) && one.schema_dir() == other.schema_dir();
}

base::Result<base::Done> load_schemas(presence::SchemaFolder& schemas, const config::Presence& presence) {
  if (!strict(presence)) return base::Done{};
  const auto loaded = schemas.load(presence.schema_dir());
  if (loaded) return base::Done{};
  const xml::SchemaError& error = loaded.error();
  return base::Unexpected{base::Error{
      "schema", "presence.schema_dir: " + error.file + ":" + std::to_string(error.line) + ": " + error.text}};
}

// Schemas that cannot be read are refused before they are in force.
mgmt::Violations check_schemas(const config::Config& next, const config::Config& in_force) {
  if (same_schemas(next.presence(), in_force.presence())) return {};
  presence::SchemaFolder trial;
  const auto loaded = load_schemas(trial, next.presence());
  if (loaded) return {};
  return {{.attribute = "presence.schema_dir",
           .value = next.presence().schema_dir(),
           .allowed = "a folder of XML schemas that go together",
           .text = loaded.error().text,
           .file = {}}};
}

mgmt::Violations check_digest(const config::Digest& next, const config::Digest& in_force) {
  const auto checked = sip::check_digest_users(next, &in_force);
  if (checked) return {};
  return {{.attribute = "sip.digest.users_file",
           .value = next.users_file(),
           .allowed = "a file with lines NAME:REALM:HA1 of sip.digest.realm",
           .text = checked.error().text,
           .file = {}}};
}

// What cannot be used is refused before it is in force.
mgmt::Violations check_files(const config::Config& next, const config::Config& in_force) {
  mgmt::Violations found = check_schemas(next, in_force);
  const mgmt::Violations digest = check_digest(next.sip().digest(), in_force.sip().digest());
  found.insert(found.end(), digest.begin(), digest.end());
  return found;
}

// Of the time for a drain: kept for the stop itself.
base::Millis reserve(base::Seconds timeout) { return std::min(base::Millis(timeout) / 4, base::Millis(3000)); }

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text.append(text.empty() ? "" : ",").append(value);
  return text;
}

}  // namespace

Server::Server(mgmt::Initial initial)
    : attributes_(std::move(initial), clock_),
      schemas_(std::make_shared<presence::SchemaFolder>()),
      packages_(make_packages(schemas_)),
      opened_(store::open_store(attributes_.live(), metrics_)),
      no_store_(false),
      store_(opened_ ? **opened_ : no_store_),
      core_({attributes_.live(), packages_, store_, clock_, metrics_,
             [](std::uint32_t lane) { return std::make_unique<base::BootTokens>(lane); },
             shard_count(*attributes_.snapshot()), 1}),
      agent_(attributes_.live(), metrics_, clock_, core_),
      documents_({attributes_.live(), packages_, clock_, metrics_, core_, shard_count(*attributes_.snapshot()) + 1U}),
      subscribers_(attributes_.live(), clock_, metrics_, core_),
      lifecycle_({attributes_.live(), clock_, metrics_, store_, core_, agent_, documents_, subscribers_}),
      management_(attributes_, metrics_, clock_, lifecycle_, lifecycle_, kProgram),
      metrics_http_(metrics_, lifecycle_) {
  base::add_process_metrics(metrics_);
  core_.connect(agent_);
  documents_.connect(agent_);
  core_.connect(subscribers_);
  management_.offer(core_.inspection(), agent_, documents_.documents());
  management_.offer(subscribers_);
}

Server::~Server() { stop(); }

base::Result<std::string> Server::start() {
  const mgmt::SnapshotPtr settings = attributes_.snapshot();
  mgmt::apply_log_levels(settings->config().log());
  if (!opened_) return base::Unexpected{opened_.error()};
  if (auto loaded = load_schemas(*schemas_, settings->config().presence()); !loaded)
    return base::Unexpected{loaded.error()};
  attributes_.check_with(check_files);
  listening_ = attributes_.listen([this](const auto& event, const auto& snapshot) { changed(event, *snapshot); });
  std::string metrics = "off";
  if (const std::string& address = settings->config().management().metrics(); !address.empty()) {
    auto bound = metrics_http_.start(address);
    if (!bound) return bound;
    metrics = "http://" + *bound + "/metrics";
  }
  auto management = management_.start();
  if (!management) return management;
  core_.start();
  if (auto started = subscribers_.start(); !started) return base::Unexpected{started.error()};
  if (auto bound = agent_.start(); !bound) return base::Unexpected{bound.error()};
  documents_.start();
  management_.set_listening(agent_.addresses());
  lifecycle_.started();
  supervisor_.ready();
  return ready_line(*management, metrics);
}

void Server::drain() {
  lifecycle_.drain({});
  tell_supervisor();
}

bool Server::may_stop() const {
  const auto stop_by = lifecycle_.stop_by();
  if (!stop_by) return false;
  return lifecycle_.drained() || clock_.now() >= *stop_by - reserve(drain_timeout());
}

std::chrono::steady_clock::time_point Server::stop_by() const {
  const base::Instant now = clock_.now();
  const base::Instant at = lifecycle_.stop_by().value_or(now + drain_timeout());
  return std::chrono::steady_clock::now() + std::max(at - now, base::Millis(0));
}

base::Seconds Server::drain_timeout() const {
  return base::Seconds(attributes_.snapshot()->config().drain().timeout_s());
}

void Server::tell_supervisor() {
  management_.set_serving(lifecycle_.not_ready().empty());
  if (lifecycle_.stop_by()) supervisor_.stopping();
  supervisor_.status(lifecycle_.words());
  if (lifecycle_.stalled().empty()) supervisor_.alive(clock_.now());
}

void Server::stop() {
  supervisor_.stopping();
  management_.set_serving(false);
  listening_ = {};
  documents_.end_subscriptions();
  core_.stop();
  subscribers_.begin_stop();  // may take long, and nobody asks any more
  documents_.stop();
  agent_.stop();
  subscribers_.stop();
  metrics_http_.stop();
  management_.stop();  // last: presentiactl drain --wait takes its end for ours
}

void Server::changed(const mgmt::ChangeEvent& event, const mgmt::Snapshot& settings) {
  mgmt::apply_log_levels(settings.config().log());
  const bool schemas = std::ranges::any_of(event.changes, [](const mgmt::Change& change) {
    return change.name == "presence.schema_dir" || change.name == "presence.validation";
  });
  if (schemas) {
    if (const auto loaded = load_schemas(*schemas_, settings.config().presence()); !loaded)
      base::log(base::Module::presence, base::Level::error, "schemas.not_loaded", {{"text", loaded.error().text}});
  }
  documents_.settings_changed();
  subscribers_.settings_changed();
  core_.settings_changed();
}

std::string Server::ready_line(const std::string& management, const std::string& metrics) const {
  return "ready sip=" + joined(agent_.addresses()) + " management=" + management + " metrics=" + metrics;
}

}  // namespace presentia
