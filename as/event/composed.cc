#include "as/event/composed.h"

#include <string>
#include <utility>

#include "as/event/sources.h"

namespace presentia::event {
namespace {

ports::DocumentInfo composed(const ResourceState& state, const Package& package, const Sources& sources,
                             const Context& context) {
  const View everything{SubHandling::allow, {}};
  const RenderInput input{state.resource, everything,       sources.publications, package.notification_types().front(),
                          context.now,    context.settings, sources.lost};
  Body body = package.render(input);
  return {std::string(package.name()), std::move(body.content_type), std::move(body.bytes), package.origins(input)};
}

}  // namespace

std::vector<ports::DocumentInfo> composed_documents(const ResourceState& state, const Context& context) {
  std::vector<ports::DocumentInfo> documents;
  for (const auto& package : context.packages.all()) {
    const Sources sources = sources_of(state, package->name(), context);
    if (!sources.publications.empty()) documents.push_back(composed(state, *package, sources, context));
  }
  return documents;
}

}  // namespace presentia::event
