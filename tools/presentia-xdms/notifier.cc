#include "tools/presentia-xdms/notifier.h"

#include <algorithm>
#include <utility>

#include "as/base/log.h"
#include "as/base/uri.h"
#include "as/sip/grammar.h"
#include "xdm-client/xcap/xcap_diff.h"

namespace presentia::xdms {
namespace {

constexpr std::string_view kListType = "application/resource-lists+xml";
constexpr base::Seconds kDefaultExpires{3600};  // [RFC5875 4.5]
constexpr base::Seconds kHour{3600};            // a longer one is never too brief [RFC6665 4.2.1.1]
constexpr std::size_t kLargestNotify = 40'000;  // bytes of a body; the rest comes with the next
constexpr std::size_t kLargestLast = 58'000;    // no other comes; just fits into a datagram

bool is_accepted(const ports::SipRequest& request) {
  if (!request.accept) return true;
  return std::ranges::any_of(*request.accept, [](const std::string& range) {
    return range == xcap::kDiffType || range == "application/*" || range == "*/*";
  });
}

ports::SipResponse response_of(int status, ports::Headers headers) {
  ports::SipResponse response;
  response.status = status;
  response.headers = std::move(headers);
  return response;
}

std::string seconds_text(base::Seconds seconds) { return std::to_string(seconds.count()); }

}  // namespace

struct Notifier::Subscription {
  Dialog dialog;
  std::optional<std::string> event_id;
  base::Instant expires_at;
  Watched watched;
  bool under_way = false;  // one NOTIFY at a time [RFC5875 4.7]
  bool asked_for = false;  // one has to follow, even with nothing to tell
  bool is_first = true;
  bool is_over = false;  // the next NOTIFY is the last
};

Notifier::Notifier(NotifierSettings settings, Store& store, const base::Clock& clock, base::Tokens& tokens)
    : settings_(std::move(settings)), store_(store), clock_(clock), tokens_(tokens) {}
Notifier::~Notifier() = default;

void Notifier::on_request(ports::SipRequest request) {
  const std::lock_guard lock(store_.mutex());
  if (request.method == "OPTIONS")
    return port_->respond(request.key, response_of(200, {{"Allow", "SUBSCRIBE, OPTIONS"}}));
  if (request.method != "SUBSCRIBE") return refuse(request, 405, {{"Allow", "SUBSCRIBE, OPTIONS"}});
  const bool is_ours = !settings_.off && request.event && sip::equal_ignoring_case(request.event->package, kPackage);
  if (is_ours) return subscribe(request);
  refuse(request, 489, settings_.off ? ports::Headers() : ports::Headers{{"Allow-Events", std::string(kPackage)}});
}

void Notifier::subscribe(const ports::SipRequest& request) {
  Subscription* known = nullptr;
  if (!request.to_tag.empty()) {
    known = in_dialog(request);
    if (known == nullptr) return refuse(request, 481);
  }
  auto wanted = checked(request, known);
  if (!wanted) return;
  if (known != nullptr) return renew(request, *known, std::move(*wanted));
  begin(request, std::move(*wanted));
}

Notifier::Subscription* Notifier::in_dialog(const ports::SipRequest& request) {
  const auto found = subscriptions_.find(request.to_tag);
  if (found == subscriptions_.end()) return nullptr;
  Subscription& subscription = *found->second;
  const bool is_its = subscription.dialog.has(request) && request.event->id == subscription.event_id;
  return is_its && !subscription.is_over ? &subscription : nullptr;
}

std::optional<Notifier::Wanted> Notifier::checked(const ports::SipRequest& request, const Subscription* known) {
  const auto refused = [&](int status, ports::Headers headers = {}) {
    refuse(request, status, std::move(headers));
    return std::nullopt;
  };
  if (!is_accepted(request)) return refused(406, {{"Accept", std::string(kListType)}});
  int status = 0;
  Wanted wanted;
  wanted.entries = read_list(request, status);
  if (status == 415) return refused(415, {{"Accept", std::string(kListType)}});
  if (status != 0 || (known == nullptr && !wanted.entries)) return refused(400);  // the list is in the first one
  wanted.expires = request.expires ? base::Seconds(*request.expires) : kDefaultExpires;
  const bool is_brief = wanted.expires.count() > 0 && wanted.expires < std::min(settings_.min_expires, kHour);
  if (is_brief) return refused(423, {{"Min-Expires", seconds_text(settings_.min_expires)}});
  wanted.expires = std::min(wanted.expires, settings_.max_expires);

  for (const ports::NameAddr& identity : request.asserted)
    if (auto normal = base::normal_form(identity.uri)) wanted.who.push_back(std::move(*normal));
  if (!settings_.access.open && wanted.who.empty()) return refused(403);
  const bool may =
      !wanted.entries || wanted.entries->empty() || may_watch(settings_.access, wanted.who, *wanted.entries);
  if (!may) return refused(403);
  const auto params = sip::parse_params(request.event->params);
  if (params) wanted.processing = processing_of(sip::param(*params, "diff-processing").value_or(""));
  return wanted;
}

// nullopt with status 0: there is none.
std::optional<std::vector<Entry>> Notifier::read_list(const ports::SipRequest& request, int& status) {
  if (!request.body) return std::nullopt;
  if (request.content_type != kListType || !request.content_encoding.empty()) {
    status = 415;
    return std::nullopt;
  }
  auto entries = read_entries(reader_, *request.body, settings_.root_uri);
  if (!entries) status = 400;
  return entries;
}

void Notifier::begin(const ports::SipRequest& request, Wanted wanted) {
  if (subscriptions_.size() >= settings_.most_subscriptions) return refuse(request, 503, {{"Retry-After", "60"}});
  std::string tag = tokens_.tag(0);
  auto made = std::make_unique<Subscription>(Subscription{
      .dialog = Dialog(request, tag),
      .event_id = request.event->id,
      .expires_at = clock_.now() + wanted.expires,
      .watched = Watched(settings_.access, std::move(wanted.who), std::move(*wanted.entries), wanted.processing)});
  made->is_over = wanted.expires.count() == 0;  // a fetch
  Subscription& subscription = *subscriptions_.emplace(std::move(tag), std::move(made)).first->second;
  accept(request, subscription, wanted.expires);
  notify(subscription, true);
}

void Notifier::renew(const ports::SipRequest& request, Subscription& subscription, Wanted wanted) {
  if (!subscription.dialog.take(request)) return refuse(request, 500);
  subscription.expires_at = clock_.now() + wanted.expires;
  subscription.is_over = wanted.expires.count() == 0;
  subscription.watched.restart(std::move(wanted.entries), wanted.processing);  // full state [RFC5875 4.7]
  accept(request, subscription, wanted.expires);
  notify(subscription, true);
}

void Notifier::accept(const ports::SipRequest& request, const Subscription& subscription, base::Seconds expires) {
  ports::SipResponse response =
      response_of(200, {{"Contact", "<" + request.own_contact + ">"}, {"Expires", seconds_text(expires)}});
  response.to_tag = subscription.dialog.tag();
  port_->respond(request.key, std::move(response));
  base::log(base::Module::xdm, base::Level::info, "xcap_diff.subscribed",
            {{"from", request.from.uri}, {"expires", expires.count()}, {"processing", request.event->params}});
}

void Notifier::refuse(const ports::SipRequest& request, int status, ports::Headers headers) {
  base::log(base::Module::xdm, base::Level::info, "xcap_diff.refused",
            {{"from", request.from.uri}, {"status", status}});
  port_->respond(request.key, response_of(status, std::move(headers)));
}

void Notifier::notify(Subscription& subscription, bool asked_for) {
  subscription.asked_for |= asked_for;
  if (subscription.under_way) return;  // its answer comes back here
  const std::size_t most = subscription.is_over ? kLargestLast : kLargestNotify;
  auto entries = subscription.watched.take(reader_, store_.documents(), most);
  const bool is_empty = subscription.is_first && settings_.without_first_state;
  while (is_empty && !entries.empty()) entries = subscription.watched.take(reader_, store_.documents(), most);
  if (entries.empty() && !subscription.asked_for) return;

  ports::SipOutgoing notify = subscription.dialog.notify();
  const auto left = std::chrono::ceil<base::Seconds>(subscription.expires_at - clock_.now());
  notify.varying += "Event: " + std::string(kPackage) + (subscription.event_id ? ";id=" + *subscription.event_id : "");
  notify.varying += subscription.is_over ? "\r\nSubscription-State: terminated;reason=timeout\r\n"
                                         : "\r\nSubscription-State: active;expires=" + seconds_text(left) + "\r\n";
  if (!is_empty) {
    notify.content_type = xcap::kDiffType;
    notify.body =
        std::make_shared<const std::string>(xcap::write_xcap_diff({settings_.root_uri + "/", std::move(entries)}));
  }
  subscription.asked_for = subscription.is_first = false;
  const ports::SendKey key = next_key_++;
  under_way_.emplace(key, subscription.dialog.tag());
  subscription.under_way = true;
  if (subscription.is_over) drop(std::string(subscription.dialog.tag()));
  port_->send(key, std::move(notify));
}

void Notifier::on_outcome(ports::SipOutcome outcome) {
  const std::lock_guard lock(store_.mutex());
  const auto sent = under_way_.find(outcome.key);
  if (sent == under_way_.end()) return;
  const std::string tag = sent->second;
  under_way_.erase(sent);
  const auto found = subscriptions_.find(tag);
  if (found == subscriptions_.end()) return;
  if (outcome.status / 100 != 2) return drop(tag);  // out of step for ever [RFC5875 4.7]
  found->second->under_way = false;
  notify(*found->second, false);
}

void Notifier::changed(const Change& change) {
  std::vector<Subscription*> all;  // sending the last NOTIFY removes one
  for (const auto& [tag, subscription] : subscriptions_) all.push_back(subscription.get());
  for (Subscription* subscription : all) {
    subscription->watched.changed(change);
    notify(*subscription, false);
  }
}

void Notifier::expire() {
  const std::lock_guard lock(store_.mutex());
  std::vector<Subscription*> expired;
  for (const auto& [tag, subscription] : subscriptions_) {
    // One that is over waits for the answer to its NOTIFY before the last.
    if (!subscription->is_over && subscription->expires_at <= clock_.now()) expired.push_back(subscription.get());
  }
  for (Subscription* subscription : expired) {
    subscription->is_over = true;
    notify(*subscription, true);
  }
}

void Notifier::drop(const std::string& tag) { subscriptions_.erase(tag); }

}  // namespace presentia::xdms
