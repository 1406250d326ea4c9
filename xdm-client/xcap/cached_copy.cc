#include "xdm-client/xcap/cached_copy.h"

#include <algorithm>
#include <utility>

namespace presentia::xcap {
namespace {

using Action = CopyUpdate::Action;
using Kind = DocumentChange::Kind;

bool is_tag(const std::optional<std::string>& attribute, const EntityTag& tag) {
  const auto named = attribute ? parse_etag(*attribute) : std::nullopt;
  return named && strongly_equal(*named, tag);
}

CopyUpdate fetch(std::optional<xml::PatchError> failure = {}) { return {Action::fetch, {}, std::move(failure)}; }

// What the last change says where none of them starts from the copy.
CopyUpdate catch_up(const CachedCopy* copy, const DocumentChange& last) {
  const bool is_current = copy != nullptr && is_tag(last.new_etag, copy->etag);
  if (is_current) return {};
  const bool is_gone = copy == nullptr && last.kind() == Kind::removed;
  return is_gone ? CopyUpdate{} : fetch();
}

// One change that starts from `copy`; nullopt: done.
std::optional<CopyUpdate> advance(xml::Reader& reader, CachedCopy& copy, const DocumentChange& change,
                                  const CopyLimits& limits) {
  const auto tag = change.new_etag ? parse_etag(*change.new_etag) : std::nullopt;
  const bool has_operations = change.kind() == Kind::patched;
  if (!tag || tag->weak || (!has_operations && change.kind() != Kind::only_etag)) return fetch();
  if (has_operations) {
    if (copy.patches >= limits.max_patches) return fetch();
    auto patched = xml::apply_patch(reader, copy.document, change.operations, limits.patch);
    if (!patched) return fetch(std::move(patched.error()));
    copy.document = std::move(*patched);
    ++copy.patches;
  }
  copy.etag = *tag;
  return std::nullopt;
}

}  // namespace

CopyUpdate update_copy(xml::Reader& reader, const CachedCopy* copy, std::span<const DocumentChange> changes,
                       const CopyLimits& limits) {
  if (changes.empty()) return {};
  if (copy == nullptr) return catch_up(copy, changes.back());
  const auto first = std::find_if(changes.begin(), changes.end(), [&](const DocumentChange& change) {
    return is_tag(change.previous_etag, copy->etag);
  });
  if (first == changes.end()) return catch_up(copy, changes.back());
  CachedCopy next = *copy;
  for (auto change = first; change != changes.end(); ++change) {
    if (!is_tag(change->previous_etag, next.etag)) return fetch();
    const bool is_last = change + 1 == changes.end();
    if (change->kind() == Kind::removed) return is_last ? CopyUpdate{Action::drop, {}, {}} : fetch();
    if (auto update = advance(reader, next, *change, limits)) return std::move(*update);
  }
  return {Action::replace, std::move(next), {}};
}

}  // namespace presentia::xcap
