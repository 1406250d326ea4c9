#include "as/event/client/subscriber.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "as/base/check.h"
#include "as/event/admission.h"
#include "as/event/dialog.h"

namespace presentia::event::client {
namespace {

// Nobody is left alone for longer, whatever he asks for: a slip of a peer must not silence us for years.
constexpr base::Seconds kLongestWait{86'400};
constexpr std::uint32_t kMostDoublings = 16;

void append_line(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

std::string route_to(const std::string& uri) {
  const bool loose = uri.find(";lr") != std::string::npos;
  return '<' + uri + (loose ? ">" : ";lr>");
}

// From 0 to `most`.
base::Millis by_chance(base::Millis most, base::Tokens& tokens) {
  if (most.count() <= 0) return base::Millis(0);
  const auto range = static_cast<std::size_t>(most.count()) + 1;
  return base::Millis(static_cast<base::Millis::rep>(std::hash<std::string>{}(tokens.tag(0)) % range));
}

// A refresh answered so ends the subscription [RFC6665 4.1.2.2].
bool ends_subscription(int status) {
  constexpr std::array kEnds{404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604};
  return std::ranges::find(kEnds, status) != kEnds.end();
}

// The next attempt may well be answered otherwise.
bool passes(int status) {
  constexpr std::array kPasses{408, 480, 481, 482, 486, 491};
  const bool server = status >= 500 && status < 600 && status != 501 && status != 505 && status != 513;
  return server || std::ranges::find(kPasses, status) != kPasses.end();
}

std::string reason_of(const ports::SipOutcome& outcome) {
  return outcome.kind == ports::OutcomeKind::response ? "status" : std::string(word(outcome.kind));
}

ports::SipResponse ok_to(const ports::SipRequest& notify) {
  ports::SipResponse response;
  response.status = 200;
  if (!notify.own_contact.empty()) response.headers.emplace_back("Contact", contact_value({}, notify.own_contact));
  return response;
}

ports::SipResponse unsupported(const ports::SipRequest& notify) {
  ports::SipResponse response = refusal(420, "required extensions are not supported");
  for (const std::string& option : notify.require) response.headers.emplace_back("Unsupported", option);
  return response;
}

}  // namespace

void Subscriber::move(Step step) {
  const auto to = next_phase(phase_, step);
  PS_BUG(!to, "a subscription of ours took a step that its figure does not have");
  if (to) phase_ = *to;
}

// --- What we send ---------------------------------------------------------------------------------------------------

Actions Subscriber::start(const SubscriberContext& context) {
  Actions out;
  begin(context, out);
  return out;
}

// A new dialog: Call-ID and From tag are fresh [RFC6665 4.1.2.2].
void Subscriber::begin(const SubscriberContext& context, Actions& out) {
  info_ = {};
  info_.call_id = context.tokens.tag(0);
  info_.local_tag = context.tokens.tag(0);
  info_.local_text = '<' + wanted_.subscriber + '>';
  info_.remote_text = '<' + wanted_.target + '>';
  info_.remote_target = wanted_.target;
  if (!wanted_.next_hop.empty()) info_.route_set = {route_to(wanted_.next_hop)};
  info_.charging = charging(context);
  cseq_ = 0;
  min_expires_.reset();
  raised_ = dirty_ = false;
  refresh_failures_ = 0;
  expires_at_.reset();
  refresh_at_.reset();
  again_at_.reset();
  send(asked(), context, out);
  move(Step::sent);
}

// [TS24.229 5.7.3, RFC7315 4.6] A new icid for each dialog, which all requests in it keep, and where we belong: type 3.
ports::Charging Subscriber::charging(const SubscriberContext& context) const {
  ports::Charging made;
  const std::string& ioi = context.settings.originating_ioi;
  if (!ioi.empty()) made.vector = "icid-value=" + context.tokens.tag(0) + ";orig-ioi=" + ioi;
  made.addresses = wanted_.charging_addresses;
  return made;
}

base::Seconds Subscriber::asked() const { return std::max(wanted_.expires, min_expires_.value_or(base::Seconds(0))); }

void Subscriber::send(base::Seconds expires, const SubscriberContext& context, Actions& out) {
  ports::SipOutgoing request = make_request(info_, "SUBSCRIBE", nullptr, ++cseq_);
  request.max_forwards = context.settings.max_forwards;
  request.add_contact = true;
  request.varying = varying(expires);
  // The whole body each time: what a refresh without one means differs from peer to peer.
  if (expires > base::Seconds(0)) {
    request.content_type = wanted_.content.content_type;
    request.body = wanted_.content.body;
  }
  revision_ = wanted_.content.revision;
  open_ = true;
  refresh_at_.reset();
  timer_n_ = context.now + 64 * context.settings.t1;  // [RFC6665 4.1.2.4]
  out.emplace_back(Send{++number_, std::move(request)});
}

std::string Subscriber::varying(base::Seconds expires) const {
  std::string text;
  std::string event = wanted_.package;
  for (const auto& [name, value] : wanted_.content.event_parameters) event.append(";").append(name + "=" + value);
  append_line(text, "Event", event);
  append_line(text, "Expires", std::to_string(expires.count()));
  std::string accept;
  for (const std::string& type : wanted_.accept) accept.append(accept.empty() ? "" : ", ").append(type);
  if (!accept.empty()) append_line(text, "Accept", accept);
  append_line(text, "P-Asserted-Identity", '<' + wanted_.subscriber + '>');  // [RFC3325 5]
  if (!info_.charging.vector.empty()) append_line(text, "P-Charging-Vector", info_.charging.vector);
  if (!info_.charging.addresses.empty()) append_line(text, "P-Charging-Function-Addresses", info_.charging.addresses);
  return text;
}

// What had to wait for an outcome or for the dialog.
void Subscriber::owed(const SubscriberContext& context, Actions& out) {
  if (open_) return;
  if (leaving_ && !leave_sent_ && !info_.remote_tag.empty()) {
    leave_sent_ = true;
    send(base::Seconds(0), context, out);
  } else if (!leaving_ && dirty_ && lives()) {
    dirty_ = false;
    send(asked(), context, out);
  }
}

Actions Subscriber::renew(std::optional<ports::SubscriptionContent> content, const SubscriberContext& context) {
  Actions out;
  if (leaving_) return out;
  if (content) wanted_.content = std::move(*content);
  if (phase_ == Phase::terminated) {
    move(Step::again);
    begin(context, out);
  } else {
    dirty_ = true;
    owed(context, out);
  }
  return out;
}

Actions Subscriber::leave(const SubscriberContext& context) {
  Actions out;
  if (leaving_) return out;
  leaving_ = true;
  if (phase_ == Phase::terminated || phase_ == Phase::init) {
    left(out);
  } else {
    owed(context, out);
  }
  return out;
}

void Subscriber::left(Actions& out) {
  timer_n_.reset();
  expires_at_.reset();
  refresh_at_.reset();
  again_at_.reset();
  open_ = false;
  out.emplace_back(Gone{});
}

// --- What became of it ----------------------------------------------------------------------------------------------

Actions Subscriber::on_outcome(std::uint64_t number, const ports::SipOutcome& outcome,
                               const SubscriberContext& context) {
  Actions out;
  if (!open_ || number != number_) return out;
  open_ = false;
  const bool good = outcome.kind == ports::OutcomeKind::response && outcome.status >= 200 && outcome.status < 300;
  if (good) {
    taken(outcome, context, out);
    owed(context, out);
  } else if (leave_sent_) {
    left(out);  // whatever is left of it there ends by itself
  } else {
    failed(outcome, context, out);
  }
  return out;
}

// True if the answer is that of the dialog there is. The first message that can make it does; the answers of other
// forks only complete the transaction [RFC6665 5.4.9].
bool Subscriber::belongs(const ports::SipOutcome& outcome) {
  if (!info_.remote_tag.empty()) return outcome.to_tag.empty() || outcome.to_tag == info_.remote_tag;
  if (outcome.to_tag.empty()) return true;
  info_.remote_tag = outcome.to_tag;
  info_.remote_text += ";tag=" + outcome.to_tag;
  info_.route_set.assign(outcome.record_route.rbegin(), outcome.record_route.rend());  // [RFC3261 12.1.2]
  return true;
}

void Subscriber::taken(const ports::SipOutcome& outcome, const SubscriberContext& context, Actions& out) {
  raised_ = false;
  refresh_failures_ = 0;
  if (outcome.status == 204) timer_n_.reset();  // no NOTIFY will come [RFC6665 4.1.2.2]
  if (!belongs(outcome)) return;
  if (!outcome.contact.empty()) info_.remote_target = outcome.contact;
  if (leave_sent_) {
    if (outcome.status == 204) left(out);
    return;  // the final NOTIFY is still to come
  }
  const base::Seconds granted = std::min(base::Seconds(outcome.expires.value_or(UINT32_MAX)), asked());
  lasts(granted, context);
  if (!leaving_) out.emplace_back(Accepted{granted, outcome.status, revision_});
}

void Subscriber::lasts(base::Seconds granted, const SubscriberContext& context) {
  const base::Millis whole(granted);
  const base::Millis lead = std::min(base::Millis(context.settings.margin), whole / 4);
  const base::Millis early = by_chance(std::min(base::Millis(context.settings.jitter), whole / 8), context.tokens);
  expires_at_ = context.now + whole;
  refresh_at_ = *expires_at_ - lead - early;
}

void Subscriber::failed(const ports::SipOutcome& outcome, const SubscriberContext& context, Actions& out) {
  if (outcome.status == 423 && !raised_ && !leaving_ && outcome.min_expires &&
      base::Seconds(*outcome.min_expires) > asked()) {
    raised_ = true;
    min_expires_ = base::Seconds(*outcome.min_expires);
    return send(asked(), context, out);
  }
  if (phase_ == Phase::notify_wait) return refuse(outcome, context, out);
  const bool silent = outcome.kind == ports::OutcomeKind::timeout;  // timer F is as long as timer N
  if (silent || (outcome.kind == ports::OutcomeKind::response && ends_subscription(outcome.status))) {
    ports::SubscriptionEnd why{reason_of(outcome), outcome.status, outcome.retry_after};
    const bool lost = silent || outcome.status == 481;
    why.again_in = lost ? soon(context)
                        : std::max(later(outcome.retry_after, context),
                                   passes(outcome.status) ? base::Millis(0) : context.settings.refused_backoff);
    return end(Step::gone, std::move(why), context, out);
  }
  // It stands until it expires [RFC6665 4.1.2.2].
  timer_n_.reset();
  if (leaving_) return owed(context, out);
  const base::Millis wait =
      std::min(base::Millis(outcome.retry_after.value_or(base::Seconds(0))), base::Millis(kLongestWait));
  refresh_at_ = context.now + std::max(wait, backoff(++refresh_failures_, context));
  dirty_ = false;
}

void Subscriber::refuse(const ports::SipOutcome& outcome, const SubscriberContext& context, Actions& out) {
  move(Step::refused);
  timer_n_.reset();
  if (leaving_) return left(out);
  ports::SubscriptionEnd why{reason_of(outcome), outcome.status, outcome.retry_after};
  base::Millis wait = later(outcome.retry_after, context);
  if (!passes(outcome.status)) wait = std::max(wait, context.settings.refused_backoff);
  why.again_in = wait;
  again_at_ = context.now + wait;
  out.emplace_back(Refused{std::move(why)});
}

void Subscriber::end(Step step, ports::SubscriptionEnd why, const SubscriberContext& context, Actions& out) {
  move(step);
  open_ = false;
  timer_n_.reset();
  expires_at_.reset();
  refresh_at_.reset();
  if (leaving_) return left(out);
  if (why.again_in) again_at_ = context.now + *why.again_in;
  out.emplace_back(Ended{std::move(why)});
}

base::Millis Subscriber::backoff(std::uint32_t failures, const SubscriberContext& context) const {
  const std::uint32_t doublings = std::min(std::max(failures, 1U) - 1, kMostDoublings);
  const base::Millis wait = std::min(context.settings.first_backoff * (1 << doublings), context.settings.max_backoff);
  return wait + by_chance(wait / 4, context.tokens);
}

// At once, but not again and again: who ends each subscription as soon as it is there is asked ever less often.
base::Millis Subscriber::soon(const SubscriberContext& context) {
  const bool settled = since_ != base::Instant{} && context.now - since_ >= context.settings.settled;
  if (settled) failures_ = 0;
  since_ = {};
  return failures_++ == 0 ? base::Millis(0) : backoff(failures_ - 1, context);
}

base::Millis Subscriber::later(std::optional<base::Seconds> retry_after, const SubscriberContext& context) {
  const base::Millis at_once = soon(context);  // counts the failure
  const base::Millis wait = std::max(at_once, backoff(failures_, context));
  return std::max(wait, base::Millis(std::min(retry_after.value_or(base::Seconds(0)), kLongestWait)));
}

// --- NOTIFY ---------------------------------------------------------------------------------------------------------

std::optional<ports::SipResponse> Subscriber::refusal_of(const ports::SipRequest& notify) const {
  const bool awaited = lives() || phase_ == Phase::notify_wait;
  const bool same_dialog = notify.call_id == info_.call_id && !notify.from_tag.empty() &&
                           (info_.remote_tag.empty() || notify.from_tag == info_.remote_tag);
  if (!awaited || !same_dialog || (notify.event && notify.event->id))
    return refusal(481, "no subscription of this server matches the NOTIFY");
  if (lives() && notify.cseq < remote_cseq_) return refusal(500, "a later NOTIFY has come");  // [RFC3261 12.2.2]
  if (!notify.event || notify.event->package != wanted_.package) {
    ports::SipResponse response = refusal(489, "the subscription is to " + wanted_.package);
    response.headers.emplace_back("Allow-Events", wanted_.package);
    return response;
  }
  if (!notify.require.empty()) return unsupported(notify);
  if (!notify.subscription_state) return refusal(400, "no Subscription-State that can be read");
  if (notify.body && !notify.content_encoding.empty()) {
    ports::SipResponse response = refusal(415, "Content-Encoding is not understood");
    response.headers.emplace_back("Accept-Encoding", "identity");
    return response;
  }
  return std::nullopt;
}

Actions Subscriber::on_notify(const ports::SipRequest& notify, const SubscriberContext& context) {
  Actions out;
  if (auto response = refusal_of(notify)) {
    out.emplace_back(Reply{notify.key, std::move(*response)});
    return out;
  }
  out.emplace_back(Reply{notify.key, ok_to(notify)});
  const bool first = phase_ == Phase::notify_wait;
  if (!first && notify.cseq == remote_cseq_) return out;  // it has been taken
  remote_cseq_ = notify.cseq;
  if (first) establish(notify, context);
  if (!notify.contact.empty()) info_.remote_target = notify.contact;
  if (!leave_sent_) timer_n_.reset();
  show(notify, first, context, out);
  return out;
}

// The dialog is that of the NOTIFY, not of the answer to the SUBSCRIBE [RFC6665 4.4.1].
void Subscriber::establish(const ports::SipRequest& notify, const SubscriberContext& context) {
  info_.remote_tag = notify.from_tag;
  info_.remote_text = notify.from_text;
  info_.route_set = notify.record_route;
  since_ = context.now;
}

void Subscriber::show(const ports::SipRequest& notify, bool first, const SubscriberContext& context, Actions& out) {
  const ports::SubscriptionStateHeader& state = *notify.subscription_state;
  const bool over = state.state == "terminated";
  // An extension says that there is a subscription, and nothing more that we know.
  const bool active = state.state == "active";
  if (!leaving_) {
    const auto phase = over     ? ports::SubscriptionPhase::terminated
                       : active ? ports::SubscriptionPhase::active
                                : ports::SubscriptionPhase::pending;
    out.emplace_back(Notified{{phase, first, notify.content_type, notify.body}});
  }
  if (over) return finish(state, context, out);
  move(active ? Step::notified_active : Step::notified_pending);
  if (!leave_sent_) {
    if (state.expires) {
      lasts(std::min(*state.expires, asked()), context);  // what it says counts [RFC6665 4.1.3]
    } else if (!expires_at_) {
      lasts(asked(), context);
    }
  }
  owed(context, out);
}

void Subscriber::finish(const ports::SubscriptionStateHeader& state, const SubscriberContext& context, Actions& out) {
  ports::SubscriptionEnd why{state.reason, 0, state.retry_after};
  if (state.reason == "deactivated" || state.reason == "timeout") {
    why.again_in = soon(context);
  } else if (state.reason != "rejected" && state.reason != "noresource" && state.reason != "invariant") {
    why.again_in = later(state.retry_after, context);
  }
  end(Step::notified_end, std::move(why), context, out);
}

// --- Time -----------------------------------------------------------------------------------------------------------

std::optional<base::Instant> Subscriber::deadline() const {
  std::optional<base::Instant> earliest;
  const auto count = [&earliest](const std::optional<base::Instant>& at) {
    if (at && (!earliest || *at < *earliest)) earliest = at;
  };
  count(timer_n_);
  count(again_at_);
  if (lives()) {  // until the first NOTIFY only timer N counts
    count(expires_at_);
    count(refresh_at_);
  }
  return earliest;
}

Actions Subscriber::on_time(const SubscriberContext& context) {
  Actions out;
  const auto due = [&context](const std::optional<base::Instant>& at) { return at && *at <= context.now; };
  if (due(timer_n_)) {
    if (open_ && phase_ == Phase::notify_wait) {  // timer F is as long, and about to tell the same
      open_ = false;
      ports::SipOutcome silence;
      silence.status = 408;
      refuse(silence, context, out);
    } else {
      end(Step::timer_n, {"no-notify", 0, {}, soon(context)}, context, out);
    }
  } else if (due(expires_at_) && lives()) {
    end(Step::expired, {"expired", 0, {}, soon(context)}, context, out);
  } else if (due(again_at_)) {
    move(Step::again);
    begin(context, out);
  } else if (due(refresh_at_) && lives()) {
    refresh_at_.reset();
    if (!leaving_) dirty_ = true;
    owed(context, out);
  }
  return out;
}

}  // namespace presentia::event::client
