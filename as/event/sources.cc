#include "as/event/sources.h"

#include <algorithm>

namespace presentia::event {
namespace {

void add(Sources& sources, const std::vector<Publication>& publications) {
  for (const Publication& publication : publications) {
    if (publication.document)  // else it could not be read again after a restart
      sources.publications.push_back({&publication.record, publication.document.get()});
  }
}

bool is_published_under_alias(const ResourceState& state, std::string_view package) {
  return std::ranges::any_of(state.aliases, [&](const auto& alias) { return alias.second->contains(package); });
}

}  // namespace

Sources sources_of(const ResourceState& state, std::string_view package, const Context& context) {
  return sources_of(state, state.documents, package, context);
}

Sources sources_of(const ResourceState& state, const HeldDocuments& documents, std::string_view package,
                   const Context& context) {
  Sources sources;
  const auto published = state.published.find(package);
  const bool own = published != state.published.end() && !published->second.publications.empty();
  const bool any = own || is_published_under_alias(state, package);
  const auto handler = context.packages.find(package);
  if (handler && handler->package && !documents.empty()) {
    if (auto hard = handler->package->hard_state({state.resource, documents, context.settings}, any))
      sources.publications.push_back(*hard);
  }
  for (const auto& [alias, told] : state.aliases) {  // what is new is published here, so that is older
    if (const auto there = told->find(package); there != told->end()) add(sources, there->second);
  }
  if (published == state.published.end()) return sources;
  sources.lost = published->second.record.lost;
  add(sources, published->second.publications);
  return sources;
}

}  // namespace presentia::event
