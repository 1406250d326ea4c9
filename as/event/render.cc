#include "as/event/render.h"

#include "as/base/mutants.h"
#include "as/event/sources.h"
#include "as/event/watchers.h"

namespace presentia::event {

Body Renderer::body(const ports::SubscriptionRecord& record, const View& view, const Subscription* subscription) {
  if (view.handling == SubHandling::block) return {};
  if (view.handling == SubHandling::confirm && !PS_MUTANT("pending-shows-state")) return {};
  const auto handler = context_->packages.find(record.package);
  if (!handler) return {};
  if (handler->template_) return watchers(*handler, subscription);
  for (const Rendered& done : rendered_)
    if (done.view == view && done.package == record.package && done.content_type == record.body_type) return done.body;
  rendered_.push_back({record.package, record.body_type, view, composed(*handler->package, record, view)});
  return rendered_.back().body;
}

Body Renderer::composed(const Package& package, const ports::SubscriptionRecord& record, const View& view) {
  const Sources sources = sources_of(*state_, record.package, *context_);
  return package.render({state_->resource, view, sources.publications, record.body_type, context_->now,
                         context_->settings, sources.lost});
}

// After a SUBSCRIBE and for a fetch all watchers, else those that changed [RFC3857 4.7.2].
Body Renderer::watchers(const Handler& handler, const Subscription* subscription) {
  std::vector<WatcherView> shown;
  const bool full =
      subscription == nullptr || subscription->full || subscription->ending || PS_MUTANT("winfo-never-partial");
  if (full) {
    shown = watchers_of(*state_, handler.base);
  } else {
    for (const auto& [id, watcher] : subscription->watcher_changes) shown.push_back(watcher);
  }
  return handler.template_->render(
      {state_->resource, handler.base, full, subscription ? subscription->version : 0, shown, context_->now});
}

}  // namespace presentia::event
