#include "mgmt/service/presentities_convert.h"

#include <algorithm>
#include <string_view>
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

void to_message(const ports::ExplainedDocument& info, base::Instant now, management::ExplainResponse::Document& out) {
  out.set_use(info.use);
  out.set_document(readable(info.key.document));
  out.set_node(readable(info.key.node));
  out.set_status(std::string(ports::word(info.status)));
  out.set_in_force(info.in_force);
  out.set_etag(readable(info.etag));
  if (info.fetched_at) {
    mgmt::to_message(*info.fetched_at, *out.mutable_fetched_at());
    to_message(now - *info.fetched_at, *out.mutable_age());
  }
  out.set_why(readable(info.why));
  out.set_bad(readable(info.bad));
  for (const std::string& remark : info.remarks) out.add_remarks(remark);
}

void to_message(const ports::ExplainedRule& info, management::ExplainResponse::Rule& out) {
  out.set_id(readable(info.id));
  out.set_line(info.line);
  out.set_matches(info.matches);
  for (const ports::ExplainedCondition& one : info.conditions) {
    auto& condition = *out.add_conditions();
    condition.set_condition(readable(one.condition));
    condition.set_line(one.line);
    condition.set_holds(one.holds);
    condition.set_why(readable(one.why));
  }
  out.set_grants(readable(info.grants));
}

void to_message(const ports::ExplainedSource& info, base::Instant now, management::ExplainResponse::Source& out) {
  out.set_etag(readable(info.etag));
  out.set_source(word(info.source));
  if (!info.expires_at) return;
  mgmt::to_message(*info.expires_at, *out.mutable_expires_at());
  to_message(*info.expires_at - now, *out.mutable_expires_in());
}

void to_message(const ports::ExplainedRemoval& info, management::ExplainResponse::Removed& out) {
  out.set_element(info.element);
  out.set_id(readable(info.id));
  out.set_whole(info.whole);
  for (const std::string& child : info.children) out.add_children(readable(child));
}

}  // namespace

void to_message(const ports::PublicationInfo& info, base::Instant now, management::Publication& out) {
  out.set_presentity(readable(info.presentity));
  out.set_package(readable(info.package));
  out.set_etag(info.etag);
  out.set_source(word(info.source));
  out.set_arrival(info.arrival);
  to_message(info.expires_at, *out.mutable_expires_at());
  to_message(info.expires_at - now, *out.mutable_expires_in());
  out.set_content_type(readable(info.content_type));
  out.set_size(info.size);
}

void to_message(const ports::SubscriptionInfo& info, base::Instant now, management::Subscription& out) {
  out.set_presentity(readable(info.presentity));
  out.set_id(info.id);
  out.set_package(readable(info.package));
  if (info.event_id) out.set_event_id(readable(*info.event_id));
  out.set_watcher(readable(info.watcher.uri));
  out.set_display_name(readable(info.watcher.display));
  out.set_state(std::string(ports::word(info.state)));
  out.set_last_event(std::string(ports::word(info.last_event)));
  to_message(info.subscribed_at, *out.mutable_subscribed_at());
  to_message(info.expires_at, *out.mutable_expires_at());
  to_message(info.expires_at - now, *out.mutable_expires_in());
  out.set_body_type(readable(info.body_type));
  out.set_call_id(readable(info.call_id));
  out.set_target(readable(info.target));
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
  out.set_package(readable(info.package));
  out.set_content_type(readable(info.content_type));
  if (info.body) out.set_body(*info.body);
  for (const ports::ElementOrigin& origin : info.elements) {
    auto& element = *out.add_elements();
    element.set_element(origin.element);
    element.set_id(readable(origin.id));
    for (const ports::EntityTag& etag : origin.etags) element.add_etags(etag);
  }
}

void to_message(const ports::KnownUser& info, management::KnownUser& out) {
  out.set_unknown(info.unknown);
  out.set_canonical(info.canonical);
  for (const ports::Resource& identity : info.identities) out.add_identities(identity);
  out.set_s_cscf(info.s_cscf);
  if (info.registered) out.set_state(*info.registered ? "registered" : "not registered");
  out.set_barred(info.barred);
}

void to_message(const ports::RegistrationInfo& info, base::Instant now, management::Registration& out) {
  for (const ports::RegistrationStatement& statement : info.record.statements) {
    auto& said = *out.add_statements();
    said.set_source(std::string(ports::word(statement.source)));
    said.set_registered(statement.registered);
    to_message(statement.since, *said.mutable_since());
    said.set_counts(info.counts == statement.source);
    if (!statement.registered) continue;
    to_message(statement.until, *said.mutable_until());
    to_message(statement.until - now, *said.mutable_expires_in());
  }
  out.set_s_cscf(readable(info.record.s_cscf));
  out.set_service_info(readable(info.record.service_info));
  for (const std::string& instance : info.record.instances) out.add_instances(readable(instance));
}

void to_message(const ports::FollowedDocument& info, base::Instant now, management::FollowedDocument& out) {
  out.set_document(readable(info.key.document));
  out.set_node(readable(info.key.node));
  out.set_state(std::string(ports::word(info.state)));
  out.set_etag(readable(info.etag));
  if (info.read_at) {
    mgmt::to_message(*info.read_at, *out.mutable_read_at());
    to_message(now - *info.read_at, *out.mutable_age());
  }
  if (info.confirmed_at) {
    mgmt::to_message(*info.confirmed_at, *out.mutable_confirmed_at());
    to_message(now - *info.confirmed_at, *out.mutable_confirmed_since());
  }
  out.set_following(std::string(ports::word(info.following)));
  out.set_presentities(info.presentities);
  out.set_why(readable(info.why));
  out.set_last_good(info.last_good);
}

void to_message(const ports::ExplainInfo& info, base::Instant now, management::ExplainResponse& out) {
  out.set_presentity(readable(info.presentity));
  out.set_watcher(readable(info.watcher));
  out.set_package(info.package);
  to_message(info.at, *out.mutable_at());
  for (const auto& document : info.documents) to_message(document, now, *out.add_documents());
  for (const auto& rule : info.rules) to_message(rule, *out.add_rules());
  out.set_decided(info.decided);
  out.set_handling(info.handling);
  out.set_decided_by(readable(info.decided_by));
  out.set_grants(readable(info.grants));
  if (info.next_change) to_message(*info.next_change, *out.mutable_next_change());
  out.set_depends_on_sphere(info.depends_on_sphere);
  if (info.sphere) out.set_sphere(readable(*info.sphere));
  for (const auto& source : info.sources) to_message(source, now, *out.add_sources());
  for (const auto& removal : info.removed) to_message(removal, *out.add_removed());
  out.set_content_type(readable(info.content_type));
  if (info.body) out.set_body(*info.body);
}

void to_message(const ports::CoreEvent& event, management::TailEvent& out) {
  to_message(event.at, *out.mutable_at());
  out.set_event(std::string(ports::word(event.kind)));
  out.set_presentity(readable(event.presentity));
  out.set_package(readable(event.package));
  out.set_watcher(readable(event.watcher));
  out.set_subscription(event.subscription);
  out.set_etag(readable(event.etag));
  out.set_method(readable(event.method));
  out.set_status(static_cast<std::uint32_t>(event.status));
  out.set_cseq(event.cseq);
  out.set_detail(readable(event.detail));
  out.set_call_id(readable(event.call_id));
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
