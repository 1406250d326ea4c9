#include "as/event/sources.h"

namespace presentia::event {

Sources sources_of(const ResourceState& state, std::string_view package, const Context& context) {
  return sources_of(state, state.documents, package, context);
}

Sources sources_of(const ResourceState& state, const HeldDocuments& documents, std::string_view package,
                   const Context& context) {
  Sources sources;
  const auto published = state.published.find(package);
  const bool any = published != state.published.end() && !published->second.publications.empty();
  const auto handler = context.packages.find(package);
  if (handler && handler->package && !documents.empty()) {
    if (auto hard = handler->package->hard_state({state.resource, documents, context.settings}, any))
      sources.publications.push_back(*hard);
  }
  if (published == state.published.end()) return sources;
  sources.lost = published->second.record.lost;
  for (const Publication& publication : published->second.publications) {
    if (publication.document)  // else it could not be read again after a restart
      sources.publications.push_back({&publication.record, publication.document.get()});
  }
  return sources;
}

}  // namespace presentia::event
