#include "as/packages/presence/pidf_checks.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "as/base/mutants.h"
#include "as/base/uri.h"
#include "as/packages/presence/pidf_names.h"
#include "as/xml/compare.h"

namespace presentia::presence {
namespace {

event::Rejection refusal(const char* reason, xml::Element where, std::string why) {
  return {400, reason, "line " + std::to_string(where.line()) + ": " + std::move(why)};
}

bool names(std::string_view entity, std::string_view resource, std::span<const std::string> identities) {
  const auto normal = base::normal_form(entity);
  if (!normal) return false;
  return *normal == resource || std::ranges::find(identities, *normal) != identities.end();
}

}  // namespace

std::optional<event::Rejection> check_root(xml::Element root) {
  if (root.local() != "presence") return refusal("pidf.wrong-root", root, "the root must be presence");
  if (root.ns() != kPidf && !PS_MUTANT("namespace-unchecked")) {
    return refusal("pidf.wrong-namespace", root, "the namespace of presence must be " + std::string(kPidf));
  }
  return std::nullopt;
}

base::Result<EntityMatch, event::Rejection> check_entity(xml::Element root, std::string_view resource,
                                                         const ReaderPolicy& policy) {
  const std::string_view entity = xml::trimmed(root.attribute("entity").value_or(""));
  if (entity.empty()) {
    if (!policy.refuse_entity) return EntityMatch::missing;
    return base::Unexpected{refusal("pidf.no-entity", root, "presence has no entity")};
  }
  if (entity == resource) return EntityMatch::exact;
  if (policy.refuse_entity && !names(entity, resource, policy.identities)) {
    return base::Unexpected{refusal("pidf.entity-mismatch", root, "the entity is not the presentity")};
  }
  return EntityMatch::rewritten;
}

std::optional<event::Rejection> check_tuple_ids(xml::Element root) {
  std::unordered_set<std::string_view> ids;
  for (const xml::Element child : root.children()) {
    if (!child.is(kPidf, "tuple")) continue;
    const std::string_view id = xml::trimmed(child.attribute("id").value_or(""));
    if (id.empty()) return refusal("pidf.no-tuple-id", child, "a tuple has no id");
    if (!ids.insert(id).second) return refusal("pidf.duplicate-tuple-id", child, "two tuples have the same id");
  }
  return std::nullopt;
}

}  // namespace presentia::presence
