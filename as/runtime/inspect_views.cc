#include "as/runtime/inspect_views.h"

namespace presentia::runtime {

ports::PublicationInfo info_of(const event::ResourceState& state, const event::Publication& publication) {
  const ports::PublicationRecord& record = publication.record;
  return {state.resource, record.package,    record.etag,         record.source,
          record.arrival, record.expires_at, record.content_type, publication.size};
}

ports::SubscriptionInfo info_of(const event::ResourceState& state, const event::Subscription& subscription) {
  const ports::SubscriptionRecord& record = subscription.record;
  ports::SubscriptionInfo info;
  info.presentity = state.resource;
  info.id = record.id;
  info.package = record.package;
  info.event_id = record.event_id;
  info.watcher = record.watcher;
  info.state = subscription.ending ? ports::SubscriptionState::terminated : record.state;
  info.last_event = record.last_event;
  info.subscribed_at = record.subscribed_at;
  info.expires_at = record.expires_at;
  info.body_type = record.body_type;
  info.in_process = record.feed.has_value();
  if (const auto dialog = state.dialogs.find(record.dialog); dialog != state.dialogs.end()) {
    info.call_id = dialog->second.record.info->call_id;
    info.target = dialog->second.record.info->remote_target;
  }
  if (const event::LastNotify& last = subscription.last_notify; last.at != base::Instant{}) {
    info.last_notify = ports::NotifyInfo{last.at, last.cseq, {}, last.status};
    if (last.status != 0) info.last_notify->outcome = last.outcome;
  }
  if (subscription.dirty || subscription.ending) info.next_notify = subscription.not_before;
  return info;
}

}  // namespace presentia::runtime
