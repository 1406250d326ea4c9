#include "as/runtime/core.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

#include "as/base/check.h"
#include "as/base/log.h"
#include "as/base/uri.h"
#include "as/event/admission.h"
#include "as/event/identity.h"
#include "as/event/quota.h"
#include "as/runtime/observation.h"

namespace presentia::runtime {
namespace {

constexpr base::Seconds kProgress{1};

// "udp:192.0.2.1:5060" → "192.0.2.1": a peer may send from many ports.
std::string_view host_of(std::string_view peer) {
  peer.remove_prefix(std::min(peer.size(), peer.find(':') + 1));
  return peer.substr(0, peer.rfind(':'));
}

// A NOTIFY in a dialog of our own subscriptions, as far as its looks go; one that only passes through us is not.
bool for_clients(const ports::SipRequest& request) {
  return request.method == "NOTIFY" && request.route.empty() && !request.to_tag.empty();
}

void log_answer(const ports::SipRequest& request, const event::Answer& reply) {
  const bool refused = reply.response.status >= 300;
  base::log(base::Module::event, refused ? base::Level::info : base::Level::debug,
            refused ? "request.refused" : "request.answered",
            {{"method", request.method},
             {"status", reply.response.status},
             {"reason", reply.reason},
             {"uri", request.request_uri},
             {"call_id", request.call_id},
             {"peer", request.peer}});
}

}  // namespace

Core::Core(const Setup& setup)
    : live_(setup.live),
      packages_(setup.packages),
      clock_(setup.clock),
      tails_(setup.shards + setup.io_threads, setup.live.snapshot()->config().management().tail_events()),
      inspector_(static_cast<Exchange&>(*this), setup.shards, tails_, setup.packages, setup.live) {
  for (std::uint32_t io = 0; io < setup.io_threads; ++io) {
    auto tokens = setup.tokens(setup.shards + io);
    const Shedder shedder(*tokens);
    io_.push_back({mgmt::Reader(setup.live),
                   Meters(setup.metrics, setup.packages),
                   Teller(tails_, setup.shards + io),
                   std::move(tokens),
                   std::make_unique<Overload>(setup.clock.now()),
                   shedder,
                   shedder,
                   {},
                   {},
                   {}});
  }
  for (std::uint16_t index = 0; index < setup.shards; ++index) {
    shards_.push_back(std::make_unique<Shard>(Shard::Setup{index, setup.shards, setup.live, setup.packages, setup.store,
                                                           setup.metrics, *this, node_, tails_, setup.tokens(index),
                                                           setup.clock.now()}));
  }
}

Core::~Core() { stop(); }

void Core::connect(ports::SipPort& sip) {
  sip_ = &sip;
  for (const auto& shard : shards_) shard->connect(sip);
}

void Core::connect(ports::Documents& documents) {
  inspector_.connect(documents);
  for (const auto& shard : shards_) shard->connect(documents);
}

void Core::connect(ports::RegistrationFollower& registrations) {
  for (const auto& shard : shards_) shard->connect(registrations);
}

void Core::on_document(ports::DocumentReading reading) {
  event::DocumentState state = read(reading);
  if (!state.bad_reason.empty()) {
    base::log(base::Module::presence, base::Level::warn, "document.bad",
              {{"document", reading.key.document},
               {"node", reading.key.node},
               {"etag", reading.etag},
               {"reason", state.bad_reason},
               {"text", state.bad}});
  }
  const base::Partition home = base::partition_of(reading.key.document);
  post(home, base::Lane::completion, DocumentArrived{std::move(reading.key), std::move(state)});
}

event::DocumentState Core::read(ports::DocumentReading& reading) const {
  event::DocumentState state;
  state.status = reading.status;
  state.etag = std::move(reading.etag);
  state.why = std::move(reading.why);
  state.fetched_at = reading.fetched_at;
  if (reading.status != ports::DocumentStatus::present) return state;
  const event::Package* reader = packages_.reader_of(reading.key.auid());
  if (reader == nullptr) {
    state.bad_reason = "document.unknown";
    state.bad = "no package reads such documents";
    return state;
  }
  auto parsed = reader->read_document(reading, *live_.snapshot());
  if (parsed) {
    state.parsed = std::move(parsed->document);
  } else {
    state.bad_reason = std::move(parsed.error().reason);
    state.bad = std::move(parsed.error().why);
  }
  return state;
}

void Core::on_registration(const ports::Resource& resource, const ports::RegistrationReport& report) {
  post(base::partition_of(resource), base::Lane::completion, RegistrationWork{resource, report});
}

void Core::connect(ports::SubscriberData& hss) {
  for (const auto& shard : shards_) shard->connect(hss);
}

void Core::on_push(ports::PushedData data, Answer answer) {
  auto user = base::normal_form(data.user.public_identity);
  if (!user) return answer(ports::PushVerdict::unknown_user);
  const base::Partition home = base::partition_of(*user);
  post(home, base::Lane::completion,
       SubscriberPushed{*std::move(user), std::make_unique<ports::PushedData>(std::move(data)), std::move(answer)});
}

void Core::on_peer(const ports::PeerView& peer, bool any_open) {
  if (std::exchange(hss_open_, any_open) == any_open) return;
  base::log(base::Module::diameter, any_open ? base::Level::info : base::Level::warn,
            any_open ? "sh.reachable" : "sh.unreachable", {{"peer", peer.name}, {"why", peer.trouble}});
  if (!any_open) return;
  for (const auto& shard : shards_) shard->post(base::Lane::completion, HssReturned{});
}

void Core::start() {
  const base::Instant started = clock_.now();
  const auto done = std::make_shared<base::Inbox<std::size_t>>(shards_.size());
  for (const auto& shard : shards_) {
    threads_.emplace_back(
        [this, done, own = shard.get()] { own->run(clock_, [&done] { done->post(base::Lane::completion, 1); }); });
  }
  std::vector<std::size_t> loaded;
  while (loaded.size() < shards_.size()) {
    const std::size_t before = loaded.size();
    done->wait_and_drain(loaded, std::chrono::steady_clock::now() + kProgress);
    if (loaded.size() == before) log_load("store.loading", started);
  }
  log_load("store.loaded", started);
  base::log(base::Module::runtime, base::Level::info, "runtime.started", {{"shards", shards_.size()}});
}

void Core::log_load(const char* event, base::Instant started) const {
  std::uint64_t records = 0;
  for (const auto& shard : shards_) records += shard->loaded();
  base::log(base::Module::runtime, base::Level::info, event,
            {{"records", records}, {"ms", (clock_.now() - started).count()}});
}

void Core::stop() {
  if (threads_.empty()) return;
  for (const auto& shard : shards_) shard->post(base::Lane::completion, StopWork{});
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  base::log(base::Module::runtime, base::Level::info, "runtime.stopped", {});
}

ShedLevel Core::early_level(const Io& io) const {
  ShedLevel lowest = kShedClasses * kFull;
  for (const auto& shard : shards_) lowest = std::min(lowest, shard->shed_level());
  return std::max(lowest, io.overload->level());
}

// Whatever shard it is for, so much of its class is shed there.
std::optional<ports::SipResponse> Core::refuse_early(const ports::RequestGist& gist) {
  PS_ON_SIP_THREAD();
  Io& io = io_[gist.io % io_.size()];
  if (gist.waited) io.overload->waited(*gist.waited);
  if (gist.overflowed) io.overload->overflowed();
  io.overload->tick(clock_.now(), base::Millis(io.settings.snapshot()->config().overload().target_delay_ms()));
  const ShedLevel level = early_level(io);
  const auto which = level == 0 ? std::nullopt : shed_class(gist);
  if (!which || !io.early.sheds(*which, share_of(*which, level))) return std::nullopt;
  const mgmt::Snapshot& settings = *io.settings.snapshot();
  io.meters.shed(word(*which));
  io.meters.refused("overload");
  ports::SipResponse response = overloaded("requests wait too long", io.early.retry_after(settings), settings);
  io.meters.answered(io.meters.kind_of(gist), response.status);
  return response;
}

std::optional<ports::SipResponse> Core::refuse_challenged(const ports::RequestOfPeer& request) {
  PS_ON_SIP_THREAD();
  Io& io = io_[request.io % io_.size()];
  ports::RequestGist gist;
  gist.method = request.method;
  const RequestKind kind = io.meters.kind_of(gist);
  const mgmt::Snapshot& settings = *io.settings.snapshot();
  const std::uint32_t rate = settings.config().quota().requests_per_peer();
  if (rate == 0 || io.peers.take(request.host, rate, clock_.now())) {
    io.meters.answered(kind, 401);
    io.meters.refused("login");
    return std::nullopt;
  }
  io.meters.beyond("requests_per_peer");
  io.meters.refused("quota");
  ports::SipResponse response = event::quota_exceeded("requests_per_peer", rate, settings);
  io.meters.answered(kind, response.status);
  return response;
}

void Core::on_request(ports::SipRequest request) {
  PS_ON_SIP_THREAD();
  Io& io = io_[request.key.io % io_.size()];
  const ports::RequestKey key = request.key;
  const RequestKind kind = io.meters.kind_of(request);
  if (refuse_peer(io, request, kind)) return;
  if (clients_ != nullptr && for_clients(request)) return clients_->on_request(std::move(request));
  event::Admission admission = event::admit(request, packages_, *io.settings.snapshot());
  if (auto* reply = std::get_if<event::Answer>(&admission)) {
    log_answer(request, *reply);
    return answer(io, request, kind, std::move(reply->response), reply->reason);
  }
  if (std::holds_alternative<event::PassOn>(admission)) {
    io.meters.counted("forwarded", request.event ? "event" : "method");
    return sip_->forward(key);
  }
  auto& home = std::get<event::ToResource>(admission);
  if (refuse_rate(io, request, home.resource, kind)) return;
  if (shed(io, *shards_[home.partition % shards_.size()], request, kind)) return;
  const std::string_view which = shed_word(shed_class(request));
  const base::Lane lane = home.relief ? base::Lane::relief : base::Lane::admission;
  std::optional<ports::CoreEvent> overload;
  if (io.teller.heard()) overload = turned_away(request, 503, "too many requests wait", clock_.now());
  RequestWork work{home.partition, std::move(home.resource), std::make_unique<ports::SipRequest>(std::move(request)),
                   clock_.now()};
  // Nothing has been changed by what is refused here, and it may come again [RFC3261 21.5.4].
  if (!post(home.partition, lane, std::move(work))) {
    const mgmt::Snapshot& settings = *io.settings.snapshot();
    io.meters.shed(which);
    auto response = overloaded("too many requests wait", io.shedder.retry_after(settings), settings);
    if (overload) {
      overload->status = response.status;
      io.teller.tell(*overload);
    }
    answer(io, kind, key, std::move(response), "overload");
  }
}

bool Core::refuse_peer(Io& io, const ports::SipRequest& request, RequestKind kind) {
  const std::uint32_t rate = io.settings.snapshot()->config().quota().requests_per_peer();
  if (rate == 0 || request.trusted) return false;
  return !within(io, io.peers, request, host_of(request.peer), {"requests_per_peer", rate}, kind);
}

bool Core::refuse_rate(Io& io, const ports::SipRequest& request, const ports::Resource& resource, RequestKind kind) {
  const mgmt::SnapshotPtr settings = io.settings.snapshot();
  const config::Quota& quota = settings->config().quota();
  if (quota.requests_per_identity() > 0) {
    const auto known = event::identities(request, *settings);
    if (!known.empty() && !within(io, io.identities, request, known.front(),
                                  {"requests_per_identity", quota.requests_per_identity()}, kind))
      return true;
  }
  // In a dialog the resource is known to its shard only; its identity is limited all the same.
  return !resource.empty() && quota.requests_per_served_user() > 0 &&
         !within(io, io.served_users, request, resource, {"requests_per_served_user", quota.requests_per_served_user()},
                 kind);
}

bool Core::within(Io& io, RateLimit& limit, const ports::SipRequest& request, std::string_view name,
                  const Exceeded& quota, RequestKind kind) {
  if (limit.take(name, quota.limit, clock_.now())) return true;
  io.meters.beyond(quota.quota);
  answer(io, request, kind, event::quota_exceeded(quota.quota, quota.limit, *io.settings.snapshot()), "quota");
  return false;
}

bool Core::shed(Io& io, const Shard& shard, const ports::SipRequest& request, RequestKind kind) {
  const auto which = shed_class(request);
  if (!which) return false;
  const ShedLevel share = share_of(*which, shard.shed_level());
  const ShedLevel already = request.passed_early ? share_of(*which, early_level(io)) : 0;
  if (!io.shedder.sheds(*which, share_of_rest(share, already))) return false;
  const mgmt::Snapshot& settings = *io.settings.snapshot();
  io.meters.shed(word(*which));
  answer(io, request, kind, overloaded("requests wait too long", io.shedder.retry_after(settings), settings),
         "overload");
  return true;
}

void Core::on_outcome(ports::SipOutcome outcome) {
  const std::size_t shard = Sends::shard_of(outcome.key);
  if (shard == Sends::kClients && clients_ != nullptr) return clients_->on_outcome(std::move(outcome));
  if (shard < shards_.size())
    shards_[shard]->post(base::Lane::completion, OutcomeWork{std::move(outcome), clock_.now()});
}

void Core::drain(ports::DrainMode mode) {
  for (const auto& shard : shards_) shard->post(base::Lane::completion, DrainWork{mode});
}

bool Core::drained() const {
  return std::ranges::all_of(shards_, [](const auto& shard) { return shard->progress().drained.load(); });
}

Core::Held Core::held() const {
  Held sum;
  for (const auto& shard : shards_) {
    sum.subscriptions += shard->progress().subscriptions.load(std::memory_order_relaxed);
    sum.notifies += shard->progress().notifies.load(std::memory_order_relaxed);
    sum.unloaded += shard->progress().unloaded.load(std::memory_order_relaxed);
  }
  return sum;
}

std::vector<std::size_t> Core::stalled(base::Instant now) const {
  std::vector<std::size_t> found;
  for (std::size_t index = 0; index < shards_.size(); ++index) {
    if (shards_[index]->progress().heartbeat.silent(now)) found.push_back(index);
  }
  return found;
}

void Core::settings_changed() {
  for (const auto& shard : shards_) shard->post(base::Lane::completion, SettingsWork{});
}

ports::FeedKey Core::open_feed(base::Partition subscriber, FeedRequest request, FeedSink sink) {
  const ports::FeedKey key{subscriber, next_feed_.fetch_add(1) + 1};
  post(subscriber, base::Lane::completion, FeedAttach{key, std::move(request), std::move(sink)});
  return key;
}

void Core::close_feed(const ports::FeedKey& key) { post(key.partition, base::Lane::completion, FeedDetach{key}); }

bool Core::post(base::Partition partition, base::Lane lane, Work work) {
  return shards_[partition % shards_.size()]->post(lane, std::move(work));
}

void Core::answer(Io& io, const ports::SipRequest& request, RequestKind kind, ports::SipResponse response,
                  std::string_view reason) {
  if (response.status >= 300 && io.teller.heard()) {
    io.teller.tell(turned_away(request, response.status, header(response, "Warning"), clock_.now()));
  }
  answer(io, kind, request.key, std::move(response), reason);
}

void Core::answer(Io& io, RequestKind kind, const ports::RequestKey& key, ports::SipResponse response,
                  std::string_view reason) {
  io.meters.answered(kind, response.status);
  if (response.status >= 300) io.meters.refused(reason);
  sip_->respond(key, std::move(response));
}

}  // namespace presentia::runtime
