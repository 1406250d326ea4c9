#include "tools/presentia-xdms/server.h"

#include <algorithm>
#include <utility>

#include "as/base/uri.h"
#include "mgmt/attributes/values.h"

namespace presentia::xdms {
namespace {

constexpr base::Millis kTurn{200};  // how late an expiry may be noticed

mgmt::SnapshotPtr sip_settings(const Options& options) {
  config::Config config = mgmt::defaults();
  for (const std::string& bind : options.sip) {
    config::Transport* const transport = config.mutable_sip()->add_transport();
    transport->set_name("t" + std::to_string(config.sip().transport_size()));
    transport->set_bind(bind);
  }
  for (const std::string& address : options.trusted) {
    config::Peer* const peer = config.mutable_sip()->add_trusted();
    peer->set_name("p" + std::to_string(config.sip().trusted_size()));
    peer->set_address(address);
  }
  config.mutable_sip()->set_server_name("presentia-xdms");
  config.mutable_sip()->set_max_body_bytes(static_cast<std::uint32_t>(1U << 20U));
  config.mutable_sip()->set_max_message_bytes(1'200'000);
  return std::make_shared<const mgmt::Snapshot>(std::move(config), 1);
}

base::Result<Access> access_of(const Options& options) {
  Access access{options.open, {}};
  for (const std::string& user : options.super_users) {
    auto normal = base::normal_form(user);
    if (!normal) return base::Unexpected{base::Error{"super_user", user + ": no SIP or tel URI"}};
    access.super_users.push_back(std::move(*normal));
  }
  return access;
}

}  // namespace

Server::Server(Options options)
    : options_(std::move(options)),
      live_(sip_settings(options_)),
      store_({.document_bytes = options_.max_document_bytes}) {}

Server::~Server() { stop(); }

base::Result<base::Done> Server::start() {
  auto access = access_of(options_);
  if (!access) return base::Unexpected{std::move(access.error())};
  auto schemas = xml::SchemaSet::load(options_.schemas);
  if (!schemas)
    return base::Unexpected{
        base::Error{"schemas", options_.schemas + "/" + schemas.error().file + ": " + schemas.error().text}};
  http_.emplace([this](const XcapRequest& request) { return answer(request); },
                HttpLimits{.body_bytes = options_.max_document_bytes}, clock_);
  auto bound = http_->bind(options_.http);
  if (!bound) return base::Unexpected{std::move(bound.error())};
  root_uri_ = "http://" + *bound + "/xcap";

  service_.emplace(XcapSettings{root_uri_, *access, options_.unquoted_etags}, store_, *schemas);
  if (auto loaded = start_store(); !loaded) return loaded;
  notifier_.emplace(NotifierSettings{.root_uri = root_uri_,
                                     .access = *access,
                                     .min_expires = options_.min_expires,
                                     .max_expires = options_.max_expires,
                                     .off = options_.no_xcap_diff,
                                     .without_first_state = options_.without_diff_state},
                    store_, clock_, tokens_);
  agent_.emplace(live_, metrics_, clock_, *notifier_);
  notifier_->use(*agent_);
  store_.on_change([this](const Change& change) { notifier_->changed(change); });
  if (auto started = agent_->start(); !started) return started;
  http_->start();
  timers_ = std::thread([this] { run_timers(); });
  return base::Done{};
}

base::Result<base::Done> Server::start_store() {
  if (!options_.folder.empty())
    if (auto opened = store_.open(options_.folder); !opened) return opened;
  if (!options_.samples.empty())
    if (auto added = store_.add_samples(options_.samples); !added) return added;
  return service_->check_all();
}

void Server::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (timers_.joinable()) timers_.join();
  if (http_) http_->stop();
  if (agent_) agent_->stop();
}

std::string Server::sip() const {
  std::string all;
  for (const std::string& address : agent_->addresses()) all.append(all.empty() ? "" : ",").append(address);
  return all;
}

XcapResponse Server::answer(const XcapRequest& request) {
  if (!wait(options_.slow)) return {503};
  if (options_.fail != 0) return {options_.fail};
  return service_->handle(request);
}

bool Server::wait(base::Millis time) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, time, [this] { return stop_; });
}

void Server::run_timers() {
  while (wait(kTurn)) notifier_->expire();
}

}  // namespace presentia::xdms
