#include "as/event/links.h"

#include <set>
#include <utility>

#include "as/base/log.h"
#include "as/event/publication_control.h"
#include "as/event/subscription_control.h"

namespace presentia::event {
namespace {

bool is_alias(const ResourceState& state, const Subscriber& subscriber) {
  return !subscriber.unknown && subscriber.canonical != state.resource;
}

// They may subscribe again at once, and then do so to the canonical resource [RFC6665 4.1.3].
void send_watchers_on(Draft& draft, const ResourceState& state, const Context& context) {
  std::set<std::string> packages;
  for (const auto& [id, subscription] : state.subscriptions) packages.insert(subscription.record.package);
  for (const std::string& package : packages) {
    EndSubscriptions end;
    end.package = package;
    decide_end(draft, state, end, context);
  }
}

void tell(Draft& draft, const ResourceState& state, const ports::Resource& canonical, AliasStatePtr published) {
  draft.act(TellCanonical{canonical, {state.resource, std::move(published)}});
}

// Null where nothing is published.
AliasStatePtr published_here(const ResourceState& state) {
  AliasState published;
  for (const auto& [package, own] : state.published)
    if (!own.publications.empty()) published.emplace(package, own.publications);
  return published.empty() ? nullptr : std::make_shared<const AliasState>(std::move(published));
}

bool changes_published(const Decision& decision) {
  return has_record<ports::PutPublished>(decision) || has_record<ports::RetagPublication>(decision);
}

}  // namespace

void decide_subscriber_told(Draft& draft, const ResourceState& state, const SubscriberTold& event,
                            const Context& context) {
  if (event.subscriber == nullptr || (state.subscriber && *state.subscriber == *event.subscriber)) return;
  draft.change(SubscriberKnown{event.subscriber});
  const Subscriber& subscriber = *event.subscriber;
  const ports::Resource target = is_alias(state, subscriber) ? subscriber.canonical : ports::Resource();
  if (!target.empty()) send_watchers_on(draft, state, context);
  if (target == state.link.canonical) return;
  if (!state.link.canonical.empty()) {
    tell(draft, state, state.link.canonical, nullptr);
    draft.store(ports::DropLink{});
  }
  if (target.empty() || state.no_publications()) return;
  base::log(base::Module::event, base::Level::info, "alias.linked",
            {{"resource", state.resource}, {"canonical", target}});
  draft.count("alias", "linked");
  draft.store(ports::PutLink{{target}});
}

void decide_link(Draft& draft, const ResourceState& state, const Decision& decision) {
  if (state.link.canonical.empty()) return;
  if (!has_record<ports::PutLink>(decision) && !changes_published(decision)) return;
  AliasStatePtr published = published_here(state);
  const bool over = published == nullptr;
  tell(draft, state, state.link.canonical, std::move(published));
  if (!over) return;
  draft.count("alias", "unlinked");
  draft.store(ports::DropLink{});
}

void decide_link_asked(Draft& draft, const ResourceState& state) {
  if (!state.link.canonical.empty()) tell(draft, state, state.link.canonical, published_here(state));
}

void decide_alias_told(Draft& draft, const ResourceState& state, const AliasTold& event) {
  std::set<std::string> packages;
  const auto held = state.aliases.find(event.alias);
  if (held != state.aliases.end() && held->second)
    for (const auto& [package, publications] : *held->second) packages.insert(package);
  if (event.published)
    for (const auto& [package, publications] : *event.published) packages.insert(package);
  if (packages.empty()) return;
  draft.change(AliasHeld{event.alias, event.published});
  for (const std::string& package : packages) change_published(draft, state, package, false);
}

}  // namespace presentia::event
