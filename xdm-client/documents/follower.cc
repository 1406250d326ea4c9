#include "xdm-client/documents/follower.h"

#include <algorithm>
#include <utility>

#include "as/base/log.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xdm {
namespace {

constexpr std::string_view kLineEvent = "document.status";

bool have_same_roots(const config::Xdm& a, const config::Xdm& b) {
  return std::equal(a.root().begin(), a.root().end(), b.root().begin(), b.root().end(),
                    [](const config::XdmRoot& x, const config::XdmRoot& y) { return x.uri() == y.uri(); });
}

// [TS24.141 5.3.1] On behalf of the user whose document it is, unless an identity is set.
std::string identity_for(const std::string& document, const config::Xdm& xdm) {
  if (!xdm.asserted_uri().empty()) return xdm.asserted_uri();
  const auto selector = xcap::parse_selector(document, {});
  return selector && selector->document.xui ? *selector->document.xui : std::string();
}

base::Level level_of(Document::Status before, Document::Status now) {
  using enum Document::Status;
  if (now == stale || now == unavailable) return base::Level::warn;
  return before == asked || now == asked ? base::Level::debug : base::Level::info;
}

}  // namespace

Follower::Follower(Outside& outside, base::Metrics& metrics, mgmt::SnapshotPtr settings, std::uint64_t seed,
                   base::Instant now)
    : outside_(outside),
      settings_(std::move(settings)),
      metrics_(metrics),
      teller_([this](ports::DocumentReading reading) { outside_.tell(std::move(reading)); }),
      times_(seed),
      now_(now),
      timers_(now) {}

xml::Limits Follower::xml_limits() const {
  const std::size_t entries = settings_->config().rules().max_list_entries();
  return {.max_depth = 64, .max_elements = 4 * entries + 1000, .max_attributes = 64};
}

// A patched copy of rules could give rights that its owner never gave (xcap/cached_copy.h).
bool Follower::keeps_text(const Document& document) const {
  const config::XdmDiff& diff = xdm().diff();
  if (diff.processing() == config::XdmDiff::NO_PATCHING || diff.max_patches() == 0) return false;
  const std::string auid = xcap::auid_of(*document.name);
  if (auid == "pres-rules" || auid == "org.openmobilealliance.pres-rules") return false;
  const auto& rules = settings_->config().rules().documents();
  return std::none_of(rules.begin(), rules.end(),
                      [&](const std::string& place) { return place.substr(0, place.find('/')) == auid; });
}

void Follower::follow(const ports::DocumentKey& key, base::Instant now) {
  now_ = now;
  const auto selector = xcap::parse_selector(key.document, {});
  if (!selector || selector->node) {  // nothing that a server could be asked for
    outside_.tell(
        {.key = key, .etag = {}, .content_type = {}, .text = nullptr, .why = "no document selector", .fetched_at = {}});
    return;
  }
  const auto [document, is_new] = documents_.get(key.document, *this);
  if (is_new) {
    metrics_.added(document);
    outside_.on_followed(key.document);
  }
  const bool somebody_waited = document.is_waited_for();
  Telling& telling = document.keys[key.node];
  telling.waiting = telling.owed = true;
  if (!somebody_waited) document.waiting_until = now_ + base::Millis(xdm().request_timeout_ms());
  tell_again(document);
  set_timer(document);
  dispatch();
}

// What is known, at once; what has to be asked for first, as soon as it is there.
void Follower::tell_again(Document& document) {
  if (!has_roots()) {
    become_serverless(document);
  } else if (document.known == Known::absent) {
    teller_.absent(document);
  } else if (document.known == Known::present && document.text) {
    show(document, document.text);
  } else if (document.status() == Document::Status::unavailable) {
    teller_.unavailable(document, document.why);
  } else if (document.ticket == 0) {
    want(document, Urgency::first);
  }
}

void Follower::unfollow(const ports::DocumentKey& key, base::Instant now) {
  now_ = now;
  Document* const document = documents_.find(key.document);
  if (document == nullptr || document->keys.erase(key.node) == 0) return;
  if (document->keys.empty()) forget(*document);
  dispatch();
}

void Follower::forget(Document& document) {
  const std::string name = *document.name;
  queue_.remove(document);
  forget_request(document);
  metrics_.removed(document);
  documents_.erase(document);
  outside_.on_unfollowed(name);
}

// The request still counts as one under way until its answer comes.
void Follower::forget_request(Document& document) {
  if (document.ticket != 0) asked_[document.ticket] = nullptr;
  document.ticket = 0;
  document.again = false;
  document.expected.reset();
}

void Follower::look_again(std::string_view prefix, base::Instant now) {
  now_ = now;
  if (prefix.starts_with('/')) prefix.remove_prefix(1);
  documents_.each(prefix, [this](Document& document) { ask_once_more(document); });
  dispatch();
}

// With the condition: what is held is good, but may be out of date.
void Follower::missed(const std::string& document, base::Instant now) {
  now_ = now;
  Document* const found = documents_.find(document);
  if (found == nullptr) return;
  if (found->ticket != 0) {
    ask_once_more(*found);
  } else {
    want(*found, Urgency::changed);
  }
  dispatch();
}

void Follower::covered(const std::string& document, bool is_covered, base::Instant now) {
  now_ = now;
  Document* const found = documents_.find(document);
  if (found == nullptr || found->covered == is_covered) return;
  found->covered = is_covered;
  if (!found->is_retry) found->fetch_at.reset();
  set_timer(*found);
}

void Follower::settings_changed(mgmt::SnapshotPtr settings, base::Instant now) {
  now_ = now;
  const mgmt::SnapshotPtr before = std::exchange(settings_, std::move(settings));
  const bool same_roots = have_same_roots(before->config().xdm(), xdm());
  const bool had_roots = before->config().xdm().root_size() > 0;
  documents_.each({}, [&](Document& document) {
    if (!same_roots) change_roots(document, had_roots);
    if (!keeps_text(document)) document.text = nullptr;
    if (!document.is_retry) document.fetch_at.reset();
    set_timer(document);
  });
  dispatch();
}

// Tags of another server say nothing, and an answer of it nothing any more.
void Follower::change_roots(Document& document, bool had_roots) {
  forget_request(document);
  document.whole = true;
  if (!has_roots()) return become_serverless(document);
  if (!had_roots) {  // that it is absent was said by no server
    document.known = Known::nothing;
    document.good_at = {};
  }
  want(document, Urgency::changed);
  account(document);
}

// [RFC4825 7.2] Without a server no document exists.
void Follower::become_serverless(Document& document) {
  queue_.remove(document);
  forget_request(document);
  good(document, Known::absent);
  teller_.absent(document);
  account(document);
}

void Follower::want(Document& document, Urgency urgency) {
  document.fetch_at.reset();
  document.is_retry = false;
  if (!has_roots()) return;
  queue_.put(document, document.is_waited_for() ? Urgency::first : urgency);
  set_timer(document);
}

void Follower::dispatch() {
  const std::size_t most = xdm().max_queue();
  const FetchQueue::Window window{most, std::min(most, std::size_t{2} * xdm().workers())};
  while (Document* const document = queue_.take(asked_.size(), window)) ask(*document);
}

void Follower::ask(Document& document) {
  const bool needs_text = document.whole || document.known != Known::present || document.owes_text();
  document.asked_tag = needs_text ? std::nullopt : document.tag;
  document.ticket = ++last_ticket_;
  asked_.emplace(document.ticket, &document);
  HttpRequest request;
  request.path = '/' + *document.name;
  if (document.asked_tag) request.if_none_match = xcap::to_header(*document.asked_tag);
  request.identity = identity_for(*document.name, xdm());
  request.within = base::Millis(xdm().request_timeout_ms());
  if (document.is_waited_for()) {
    request.within = std::clamp(document.waiting_until - now_, base::Millis(1), request.within);
  }
  set_timer(document);
  outside_.ask(document.ticket, std::move(request));
}

void Follower::advance(base::Instant now) {
  now_ = now;
  timers_.advance(now);
  metrics_.ages(now);
  dispatch();
}

void Follower::on_due(Document& document) {
  now_ = std::max(now_, timers_.now());
  if (document.ticket == 0 && document.is_waited_for() && document.waiting_until <= now_) stop_waiting(document);
  if (is_too_old(document)) lose(document);
  if (document.fetch_at && *document.fetch_at <= now_) want(document, Urgency::routine);
  set_timer(document);
  account(document);
}

// Its request has not even begun, and who waits must not wait longer. From now on it is one of those that wait their
// turn: requests of many such documents at once would only pass their time in the queue of the HTTP client.
void Follower::stop_waiting(Document& document) {
  if (document.place) {
    queue_.remove(document);
    queue_.put(document, Urgency::routine);
  }
  const std::string why = document.why.empty() ? "too many requests wait" : document.why;
  if (document.known == Known::nothing) document.why = why;
  teller_.waiting(document, why);
}

void Follower::set_timer(Document& document) {
  const bool is_idle = document.ticket == 0 && !document.place;
  const base::Seconds period(document.covered ? xdm().diff().verify_s() : xdm().poll_s());
  if (is_idle && !document.fetch_at && has_roots()) {
    document.fetch_at = FetchTimes::next_turn(*document.name, period, now_);
    document.is_retry = false;
  }
  std::optional<base::Instant> next;
  const auto at = [&next](base::Instant instant) { next = next ? std::min(*next, instant) : instant; };
  if (is_idle && document.fetch_at) at(*document.fetch_at);
  if (document.ticket == 0 && document.is_waited_for()) at(document.waiting_until);
  if (document.failures > 0 && document.known != Known::nothing) {
    at(document.failing_since + base::Seconds(settings_->config().rules().cache().stale_s()));
  }
  if (next) {
    timers_.arm(document, *next);
  } else {
    document.cancel();
  }
}

void Follower::account(Document& document) {
  const Document::Status before = metrics_.moved(document);
  const Document::Status status = document.status();
  if (before == status) return;
  base::log(base::Module::xdm, level_of(before, status), kLineEvent,
            {{"document", *document.name}, {"status", word(status)}, {"before", word(before)}, {"why", document.why}});
}

}  // namespace presentia::xdm
