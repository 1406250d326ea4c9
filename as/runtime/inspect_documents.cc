#include "as/runtime/inspect_documents.h"

#include <charconv>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace presentia::runtime {
namespace {

using ports::FollowedDocument;
using ports::FollowedState;

constexpr std::size_t kLookedAtOnce = 1000;
constexpr std::string_view kNode = "/~~/";  // [RFC4825 6.1] stands in no path of a document

FollowedState state_of(const event::DocumentStatePtr& known) {
  if (known == nullptr) return FollowedState::waiting;
  if (!known->bad_reason.empty()) return FollowedState::bad;
  switch (known->status) {
    case ports::DocumentStatus::present:
      return FollowedState::good;
    case ports::DocumentStatus::absent:
      return FollowedState::absent;
    case ports::DocumentStatus::unavailable:
      return FollowedState::unavailable;
  }
  return FollowedState::unavailable;
}

// Only their source knows which ones are stale.
bool may_be_stale(FollowedState state) { return state == FollowedState::good || state == FollowedState::absent; }

bool may_be(FollowedState state, const std::optional<FollowedState>& asked) {
  return !asked || state == *asked || (*asked == FollowedState::stale && may_be_stale(state));
}

FollowedDocument info_of(const ports::DocumentKey& key, const event::DocumentStatePtr& known, std::size_t dependents,
                         bool keeps_last) {
  FollowedDocument info;
  info.key = key;
  info.state = state_of(known);
  info.presentities = dependents;
  if (known == nullptr) return info;
  info.etag = known->etag;
  if (known->fetched_at != base::Instant{}) info.read_at = known->fetched_at;
  info.why = known->why;
  if (info.state != FollowedState::bad) return info;
  info.why = known->bad + " (" + known->bad_reason + ")";
  info.last_good = keeps_last && known->parsed != nullptr;
  return info;
}

}  // namespace

DocumentsListed list_documents(const DocumentTable& table, const DocumentsSlice& slice,
                               const mgmt::Snapshot& settings) {
  const bool keeps_last = settings.config().rules().bad_document() == config::Rules::KEEP_LAST;
  DocumentsListed listed;
  std::size_t looked_at = 0;
  std::optional<ports::DocumentKey> last = slice.from.after;
  table.look(slice.from.after, slice.question.prefix,
             [&](const ports::DocumentKey& key, const event::DocumentStatePtr& known, std::size_t dependents) {
               if (looked_at++ == kLookedAtOnce) {
                 listed.next = DocumentsCursor{slice.from.shard, std::move(last)};
                 return false;
               }
               last = key;
               if (may_be(state_of(known), slice.question.state))
                 listed.documents.push_back(info_of(key, known, dependents, keeps_last));
               return true;
             });
  return listed;
}

std::vector<std::string> names_of(const std::vector<FollowedDocument>& documents) {
  std::vector<std::string> names;
  for (const FollowedDocument& one : documents) {  // in order: elements of a document stand together
    if (names.empty() || names.back() != one.key.document) names.push_back(one.key.document);
  }
  return names;
}

void stand(std::vector<FollowedDocument>& documents, const std::vector<ports::DocumentStanding>& standings) {
  std::unordered_map<std::string_view, const ports::DocumentStanding*> by_name;
  for (const ports::DocumentStanding& standing : standings) by_name.emplace(standing.document, &standing);
  for (FollowedDocument& one : documents) {
    const auto found = by_name.find(one.key.document);
    if (found == by_name.end()) continue;
    const ports::DocumentStanding& standing = *found->second;
    one.following = standing.following;
    one.confirmed_at = standing.confirmed_at;
    if (standing.stale && may_be_stale(one.state)) one.state = FollowedState::stale;
    const bool fails = one.state == FollowedState::stale || one.state == FollowedState::unavailable;
    if (fails && !standing.why.empty()) one.why = standing.why;
    if (standing.stale && one.state == FollowedState::bad) one.why += "; cannot be had now: " + standing.why;
  }
}

bool add_wanted(ports::DocumentsPage& page, std::vector<FollowedDocument> documents,
                const ports::DocumentsQuestion& question) {
  for (FollowedDocument& one : documents) {
    if (question.state && one.state != *question.state) continue;
    if (page.documents.size() >= question.limit) return false;
    page.documents.push_back(std::move(one));
  }
  return true;
}

std::string to_text(const DocumentsCursor& cursor) {
  std::string text = std::to_string(cursor.shard) + ":";
  if (cursor.after) text.append(cursor.after->document).append(kNode).append(cursor.after->node);
  return text;
}

std::optional<DocumentsCursor> read_documents_cursor(const std::string& text) {
  DocumentsCursor cursor;
  const char* const end = text.data() + text.size();
  const auto shard = std::from_chars(text.data(), end, cursor.shard);
  if (shard.ec != std::errc{} || shard.ptr == end || *shard.ptr != ':') return std::nullopt;
  const std::string_view rest(shard.ptr + 1, end);
  if (rest.empty()) return cursor;
  const std::size_t node = rest.find(kNode);
  if (node == std::string_view::npos) return std::nullopt;
  cursor.after = {std::string(rest.substr(0, node)), std::string(rest.substr(node + kNode.size()))};
  return cursor;
}

}  // namespace presentia::runtime
