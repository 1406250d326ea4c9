#include "as/runtime/clients/client_host.h"

#include <algorithm>
#include <utility>

#include "as/base/log.h"
#include "as/base/partition.h"
#include "as/base/turns.h"
#include "as/base/uri.h"
#include "as/event/admission.h"
#include "as/runtime/clients/local_subscription.h"
#include "as/runtime/sends.h"

namespace presentia::runtime {
namespace {

namespace client = event::client;

// What can stand between angle brackets and is a URI that we can send to or for.
bool usable_uri(const std::string& uri) {
  return uri.find_first_of("<> \t\r\n\"") == std::string::npos && base::parse_uri(uri);
}

// What goes into a header line as it is.
bool usable_text(const std::string& text) {
  return !text.empty() && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == ';' || c == ',' || c == '"' || c == 0x7f;
  });
}

bool usable(const ports::SubscriptionContent& content) {
  return std::ranges::all_of(content.event_parameters,
                             [](const auto& one) { return usable_text(one.first) && usable_text(one.second); }) &&
         (content.content_type.empty() || usable_text(content.content_type));
}

bool usable_line(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

bool usable(const ports::Subscribe& wanted) {
  return usable_uri(wanted.subscriber) && usable_uri(wanted.target) &&
         (wanted.next_hop.empty() || usable_uri(wanted.next_hop)) && usable_text(wanted.package) &&
         std::ranges::all_of(wanted.accept, usable_text) && usable(wanted.content) &&
         usable_line(wanted.charging_addresses) && wanted.expires > base::Seconds(0) &&
         wanted.expires <= base::Seconds(UINT32_MAX);
}

// `known`: that it does not go well has been said.
void log_end(std::string_view event, const ports::Subscribe& wanted, const ports::SubscriptionEnd& end, bool known) {
  base::log(base::Module::event, known ? base::Level::info : base::Level::warn, event,
            {{"target", wanted.target},
             {"package", wanted.package},
             {"reason", end.reason},
             {"status", end.status},
             {"again_in_ms", end.again_in ? end.again_in->count() : -1}});
}

}  // namespace

struct ClientHost::Member final : base::Timer {
  Member(ClientHost& of, SubscribeOrder& order)
      : host(of), handle(order.handle), observer(*order.observer), wanted(order.subscribe) {}

  void fire() override { host.due(*this); }
  [[nodiscard]] client::Phase phase() const {
    return sip ? sip->phase() : local ? local->phase() : client::Phase::init;
  }
  [[nodiscard]] std::optional<base::Instant> deadline() const {
    return sip ? sip->deadline() : local ? local->deadline() : std::nullopt;
  }

  ClientHost& host;
  ports::SubscriptionHandle handle;
  ports::SubscriptionObserver& observer;
  ports::Subscribe wanted;
  std::optional<client::Subscriber> sip;  // or
  std::optional<LocalSubscription> local;
  std::optional<ports::FeedKey> feed;  // that is open
  std::uint64_t generation = 0;        // of the feed opened last
  client::Phase counted = client::Phase::init;
  bool failing = false;  // since it was last active
  std::string tag;       // under which it is found
};

ClientHost::ClientHost(Setup setup)
    : live_(setup.live),
      settings_(setup.live),
      packages_(setup.packages),
      feeds_(setup.feeds),
      clock_(setup.clock),
      tokens_(std::move(setup.tokens)),
      meters_(setup.metrics),
      now_(setup.clock.now()),
      wheel_(now_),
      last_key_(Sends::first_key(Sends::kClients)) {}

ClientHost::~ClientHost() { stop(); }

// --- From outside ---------------------------------------------------------------------------------------------------

ports::SubscriptionHandle ClientHost::subscribe(ports::Subscribe subscribe, ports::SubscriptionObserver& observer) {
  const ports::SubscriptionHandle handle = last_handle_.fetch_add(1) + 1;
  inbox_.post(base::Lane::completion, SubscribeOrder{handle, std::move(subscribe), &observer});
  return handle;
}

void ClientHost::refresh(ports::SubscriptionHandle handle, std::optional<ports::SubscriptionContent> content) {
  inbox_.post(base::Lane::completion, RefreshOrder{handle, std::move(content)});
}

void ClientHost::unsubscribe(ports::SubscriptionHandle handle) {
  inbox_.post(base::Lane::completion, UnsubscribeOrder{handle});
}

void ClientHost::on_request(ports::SipRequest request) {
  const ports::RequestKey key = request.key;
  if (inbox_.post(base::Lane::admission, NotifyCame{std::make_unique<ports::SipRequest>(std::move(request))})) return;
  meters_.waiting_refused();
  ports::SipResponse response = event::refusal(503, "too many NOTIFYs wait");
  response.headers.emplace_back("Retry-After", std::to_string(live_.snapshot()->config().runtime().retry_after_s()));
  sip_->respond(key, std::move(response));
}

void ClientHost::on_outcome(ports::SipOutcome outcome) {
  inbox_.post(base::Lane::completion, OutcomeCame{std::move(outcome)});
}

void ClientHost::start() {
  thread_ = std::thread([this] { base::take_turns(*this, clock_, heartbeat_, inbox_, batch_); });
}

void ClientHost::stop() {
  if (!thread_.joinable()) return;
  inbox_.post(base::Lane::completion, StopOrder{});
  thread_.join();
}

// --- The thread -----------------------------------------------------------------------------------------------------

void ClientHost::run_once(base::Instant now) {
  now_ = now;
  const config::Config& config = settings_.snapshot()->config();
  machine_settings_.t1 = base::Millis(config.sip().t1_ms());
  machine_settings_.max_forwards = static_cast<int>(config.event().subscription().max_forwards());
  machine_settings_.originating_ioi = config.isc().originating_ioi();
  inbox_.drain(batch_);
  for (Order& order : batch_) std::visit([this](auto& one) { handle(one); }, order);
  batch_.clear();
  wheel_.advance(now);
}

client::SubscriberContext ClientHost::context() { return {now_, machine_settings_, *tokens_}; }

ClientHost::Member* ClientHost::find(ports::SubscriptionHandle handle) {
  const auto found = members_.find(handle);
  return found == members_.end() ? nullptr : found->second.get();
}

void ClientHost::handle(SubscribeOrder& order) {
  if (stopping_) return;
  if (!usable(order.subscribe)) {
    const ports::SubscriptionEnd why{"unusable", 400};
    log_end("client.refused", order.subscribe, why, false);
    return order.observer->refused(order.handle, why);
  }
  auto made = std::make_unique<Member>(*this, order);
  Member& member = *made;
  members_.emplace(order.handle, std::move(made));
  meters_.joined(member.counted);
  join(member, std::move(order.subscribe));
}

// Chooses the way: a feed where the resource is ours, else SIP.
void ClientHost::join(Member& member, ports::Subscribe wanted) {
  member.sip.reset();
  member.local.reset();
  if (is_local(wanted, packages_, *settings_.snapshot())) {
    member.local.emplace(wanted, member.generation);
    open_feed(member);
    return act(member, {});
  }
  member.sip.emplace(std::move(wanted));
  act(member, member.sip->start(context()));
}

void ClientHost::open_feed(Member& member) {
  close_feed(member);
  FeedRequest request = member.local->open();
  member.generation = member.local->generation();
  const base::Partition home = base::partition_of(request.watcher.uri);
  member.feed = feeds_.open_feed(
      home, std::move(request),
      [this, handle = member.handle, generation = member.local->generation()](const event::Deliver& delivery) {
        inbox_.post(base::Lane::completion, Delivered{handle, generation, delivery});
      });
}

void ClientHost::close_feed(Member& member) {
  if (member.feed) feeds_.close_feed(*member.feed);
  member.feed.reset();
}

void ClientHost::handle(RefreshOrder& order) {
  Member* member = find(order.handle);
  if (member == nullptr || (order.content && !usable(*order.content))) return;
  if (order.content) member->wanted.content = *order.content;
  if (member->sip) return act(*member, member->sip->renew(std::move(order.content), context()));
  close_feed(*member);
  join(*member, member->wanted);  // with a body it goes by SIP
}

void ClientHost::handle(UnsubscribeOrder& order) {
  Member* member = find(order.handle);
  if (member == nullptr) return;
  if (member->sip) return act(*member, member->sip->leave(context()));
  close_feed(*member);
  act(*member, {client::Gone{}});
}

void ClientHost::handle(NotifyCame& came) {
  const ports::SipRequest& request = *came.request;
  const auto found = by_tag_.find(request.to_tag);
  Member* member = found == by_tag_.end() ? nullptr : find(found->second);
  if (member == nullptr || !member->sip)
    return respond(request, event::refusal(481, "no subscription of this server matches the NOTIFY"));
  act(*member, member->sip->on_notify(request, context()));
}

void ClientHost::handle(OutcomeCame& came) {
  const auto found = sent_.find(came.outcome.key);
  if (found == sent_.end()) return;
  const Sent sent = found->second;
  sent_.erase(found);
  meters_.subscribed(came.outcome);
  Member* member = find(sent.handle);
  if (member != nullptr && member->sip) act(*member, member->sip->on_outcome(sent.number, came.outcome, context()));
}

void ClientHost::handle(Delivered& delivered) {
  Member* member = find(delivered.handle);
  if (member == nullptr || !member->local) return;
  if (delivered.generation == member->local->generation() &&
      delivered.delivery.state == ports::SubscriptionState::terminated)
    member->feed.reset();
  act(*member, member->local->on_delivery(delivered.generation, delivered.delivery, now_));
}

void ClientHost::handle(StopOrder& /*order*/) {
  stopping_ = true;
  inbox_.close();
  std::vector<ports::SubscriptionHandle> handles;
  for (const auto& [handle, member] : members_) handles.push_back(handle);
  for (const ports::SubscriptionHandle handle : handles) {
    UnsubscribeOrder order{handle};
    this->handle(order);
  }
}

void ClientHost::due(Member& member) {
  if (member.sip) return act(member, member.sip->on_time(context()));
  if (member.local && member.local->deadline() && *member.local->deadline() <= now_) open_feed(member);
  act(member, {});
}

// --- What is to be done ---------------------------------------------------------------------------------------------

void ClientHost::act(Member& member, client::Actions actions) {
  const std::string tag = member.sip ? member.sip->local_tag() : std::string();
  if (tag != member.tag) {
    by_tag_.erase(member.tag);
    if (!tag.empty()) by_tag_.emplace(tag, member.handle);
    member.tag = tag;
  }
  meters_.moved(member.counted, member.phase());
  member.counted = member.phase();
  bool stays = true;
  for (client::Action& action : actions) stays = run(member, action) && stays;
  if (!stays) {
    by_tag_.erase(member.tag);
    meters_.left(member.counted);
    members_.erase(member.handle);
    return;
  }
  const auto at = member.deadline();
  if (at) {
    wheel_.arm(member, *at);
  } else {
    member.cancel();
  }
}

bool ClientHost::run(Member& member, client::Action& action) {
  if (auto* send = std::get_if<client::Send>(&action)) {
    const ports::SendKey key = ++last_key_;
    sent_.emplace(key, Sent{member.handle, send->number});
    sip_->send(key, std::move(send->request));
  } else if (auto* reply = std::get_if<client::Reply>(&action)) {
    meters_.notified(reply->response.status);
    sip_->respond(reply->key, std::move(reply->response));
  } else if (std::holds_alternative<client::Gone>(action)) {
    return false;
  } else if (!stopping_) {
    tell(member, action);
  }
  return true;
}

void ClientHost::tell(Member& member, client::Action& action) {
  if (const auto* accepted = std::get_if<client::Accepted>(&action)) {
    member.observer.accepted(member.handle, accepted->expires, accepted->status, accepted->revision);
  } else if (const auto* refused = std::get_if<client::Refused>(&action)) {
    log_end("client.refused", member.wanted, refused->end, std::exchange(member.failing, true));
    member.observer.refused(member.handle, refused->end);
  } else if (const auto* notified = std::get_if<client::Notified>(&action)) {
    if (notified->notification.phase == ports::SubscriptionPhase::active) member.failing = false;
    member.observer.notified(member.handle, notified->notification);
  } else if (const auto* ended = std::get_if<client::Ended>(&action)) {
    log_end("client.ended", member.wanted, ended->end, std::exchange(member.failing, true));
    member.observer.ended(member.handle, ended->end);
  }
}

void ClientHost::respond(const ports::SipRequest& request, ports::SipResponse response) {
  meters_.notified(response.status);
  base::log(
      base::Module::event, base::Level::info, "request.refused",
      {{"method", request.method}, {"status", response.status}, {"call_id", request.call_id}, {"peer", request.peer}});
  sip_->respond(request.key, std::move(response));
}

}  // namespace presentia::runtime
