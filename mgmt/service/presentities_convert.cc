#include "mgmt/service/presentities_convert.h"

#include <algorithm>
#include <utility>

#include "mgmt/service/convert.h"

namespace presentia::mgmt {
namespace {

const char* word(ports::Source source) {
  switch (source) {
    case ports::Source::pua:
      return "pua";
    case ports::Source::network:
      return "network";
    case ports::Source::hard:
      return "hard";
  }
  return "pua";
}

void to_message(base::Millis time, google::protobuf::Duration& out) {
  time = std::max(time, base::Millis(0));
  const auto seconds = std::chrono::floor<base::Seconds>(time);
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(time - seconds).count()));
}

}  // namespace

void to_message(const ports::PublicationInfo& info, base::Instant now, management::Publication& out) {
  out.set_presentity(info.presentity);
  out.set_package(info.package);
  out.set_etag(info.etag);
  out.set_source(word(info.source));
  out.set_arrival(info.arrival);
  to_message(info.expires_at, *out.mutable_expires_at());
  to_message(info.expires_at - now, *out.mutable_expires_in());
  out.set_content_type(info.content_type);
  out.set_size(info.size);
}

void to_message(const ports::SubscriptionInfo& info, base::Instant now, management::Subscription& out) {
  out.set_presentity(info.presentity);
  out.set_id(info.id);
  out.set_package(info.package);
  if (info.event_id) out.set_event_id(*info.event_id);
  out.set_watcher(info.watcher.uri);
  out.set_display_name(info.watcher.display);
  out.set_state(std::string(ports::word(info.state)));
  out.set_last_event(std::string(ports::word(info.last_event)));
  to_message(info.subscribed_at, *out.mutable_subscribed_at());
  to_message(info.expires_at, *out.mutable_expires_at());
  to_message(info.expires_at - now, *out.mutable_expires_in());
  out.set_body_type(info.body_type);
  out.set_call_id(info.call_id);
  out.set_target(info.target);
  out.set_in_process(info.in_process);
  if (info.next_notify) to_message(*info.next_notify, *out.mutable_next_notify_at());
  if (!info.last_notify) return;
  auto& last = *out.mutable_last_notify();
  to_message(info.last_notify->at, *last.mutable_at());
  last.set_cseq(info.last_notify->cseq);
  last.set_outcome(info.last_notify->outcome ? std::string(ports::word(*info.last_notify->outcome)) : "open");
  if (info.last_notify->outcome == ports::OutcomeKind::response) last.set_status(info.last_notify->status);
}

void to_message(const ports::DocumentInfo& info, management::ShowResponse::Document& out) {
  out.set_package(info.package);
  out.set_content_type(info.content_type);
  if (info.body) out.set_body(*info.body);
  for (const ports::ElementOrigin& origin : info.elements) {
    auto& element = *out.add_elements();
    element.set_element(origin.element);
    element.set_id(origin.id);
    for (const ports::EntityTag& etag : origin.etags) element.add_etags(etag);
  }
}

void to_message(const ports::CoreEvent& event, management::TailEvent& out) {
  to_message(event.at, *out.mutable_at());
  out.set_event(std::string(ports::word(event.kind)));
  out.set_presentity(event.presentity);
  out.set_package(event.package);
  out.set_watcher(event.watcher);
  out.set_subscription(event.subscription);
  out.set_etag(event.etag);
  out.set_method(event.method);
  out.set_status(static_cast<std::uint32_t>(event.status));
  out.set_cseq(event.cseq);
  out.set_detail(event.detail);
  out.set_call_id(event.call_id);
}

void to_message(ports::TracedMessage message, management::TraceEvent& out) {
  to_message(message.at, *out.mutable_at());
  out.set_sent(message.sent);
  out.set_transport(std::move(message.transport));
  out.set_local(std::move(message.local));
  out.set_remote(std::move(message.remote));
  out.set_text(std::move(message.text));
  out.set_cut_bytes(message.cut_bytes);
}

}  // namespace presentia::mgmt
