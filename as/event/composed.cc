#include "as/event/composed.h"

#include <string>
#include <utility>

namespace presentia::event {
namespace {

ports::DocumentInfo composed(const ResourceState& state, const Package& package, const PublishedState& published,
                             const Context& context) {
  std::vector<PublicationView> publications;
  for (const Publication& publication : published.publications) {
    if (publication.document) publications.push_back({&publication.record, publication.document.get()});
  }
  const View everything{SubHandling::allow, {}};
  const RenderInput input{state.resource, everything,       publications,         package.notification_types().front(),
                          context.now,    context.settings, published.record.lost};
  Body body = package.render(input);
  return {std::string(package.name()), std::move(body.content_type), std::move(body.bytes), package.origins(input)};
}

}  // namespace

std::vector<ports::DocumentInfo> composed_documents(const ResourceState& state, const Context& context) {
  std::vector<ports::DocumentInfo> documents;
  for (const auto& [name, published] : state.published) {
    const auto handler = context.packages.find(name);
    if (!handler || !handler->package || published.publications.empty()) continue;
    documents.push_back(composed(state, *handler->package, published, context));
  }
  return documents;
}

}  // namespace presentia::event
