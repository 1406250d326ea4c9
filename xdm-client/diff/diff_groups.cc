#include "xdm-client/diff/diff_groups.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "as/base/log.h"
#include "xdm-client/diff/diff_list.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xdm {
namespace {

bool same_subscription(const config::XdmDiff& a, const config::XdmDiff& b) {
  return a.notifier() == b.notifier() && a.subscriber() == b.subscriber() && a.next_hop() == b.next_hop() &&
         a.documents_per_subscription() == b.documents_per_subscription() && a.expires_s() == b.expires_s() &&
         std::ranges::equal(a.collections(), b.collections());
}

DiffReport report_of(xcap::DocumentChange::Kind kind) {
  using Kind = xcap::DocumentChange::Kind;
  switch (kind) {
    case Kind::created_or_exists:
      return DiffReport::created_or_exists;
    case Kind::patched:
      return DiffReport::patched;
    case Kind::changed:
      return DiffReport::changed;
    case Kind::only_etag:
      return DiffReport::only_etag;
    case Kind::removed:
      return DiffReport::removed;
  }
  return DiffReport::unknown;
}

bool due(const std::optional<base::Instant>& at, base::Instant now) { return at && *at <= now; }

void sooner(std::optional<base::Instant>& earliest, const std::optional<base::Instant>& at) {
  if (at && (!earliest || *at < *earliest)) earliest = at;
}

}  // namespace

// --- Which documents ------------------------------------------------------------------------------------------------

void DiffGroups::set(const config::XdmDiff& settings, base::Instant now) {
  const bool same = same_subscription(settings, settings_);
  const bool other_processing = settings.processing() != settings_.processing();
  settings_ = settings;
  if (!same) return rebuild(now);
  if (!other_processing) return;
  for (auto& [id, group] : groups_) {
    group.no_patching = false;
    gather(group, now);
  }
}

// Everything is subscribed to anew, elsewhere or otherwise; without a notifier nothing is.
void DiffGroups::rebuild(base::Instant now) {
  had_ = had_ || !groups_.empty();
  stop();
  collections_ = {settings_.collections().begin(), settings_.collections().end()};
  for (auto& [name, document] : documents_) {
    document = {};
    place(name, document, now);
  }
}

void DiffGroups::stop() {
  while (!groups_.empty()) {
    uncover(groups_.begin()->second);
    drop(groups_.begin()->first);
  }
}

void DiffGroups::drop(GroupId id) {
  Group& group = groups_.at(id);
  move(group, DiffState::none);
  metrics_.subscriptions(DiffState::none, -1);
  if (group.handle != 0) client_.unsubscribe(group.handle);
  by_handle_.erase(group.handle);
  roomy_.erase(id);
  if (id == of_collections_) of_collections_ = 0;
  groups_.erase(id);
}

void DiffGroups::followed(const std::string& document, base::Instant now) {
  const auto [found, fresh] = documents_.try_emplace(document);
  if (fresh) place(found->first, found->second, now);
}

DiffGroups::GroupId DiffGroups::add_group() {
  groups_[++last_group_].lost = had_;
  metrics_.subscriptions(DiffState::none, 1);
  return last_group_;
}

bool DiffGroups::is_collected(const std::string& name) const {
  return std::ranges::any_of(collections_, [&](const std::string& collection) { return name.starts_with(collection); });
}

DiffGroups::GroupId DiffGroups::group_of_collections() {
  if (of_collections_ == 0) {
    of_collections_ = add_group();
    groups_[of_collections_].collections = collections_;
  }
  return of_collections_;
}

// Into the group of its collection, else into the last incomplete one, else into a new one. Of a collection that is
// reported on nothing has to be asked for: reports on it came before the document was read for the first time.
void DiffGroups::place(const std::string& name, Document& document, base::Instant now) {
  if (settings_.notifier().empty()) return;
  const bool collected = is_collected(name);
  if (!collected && roomy_.empty()) roomy_.insert(add_group());
  const GroupId id = collected ? group_of_collections() : *roomy_.rbegin();
  Group& group = groups_.at(id);
  document.group = id;
  group.documents.insert(name);
  if (collected && group.revision > 0) {
    document.revision = group.revision;
    if (group.state == DiffState::active && document.revision <= group.accepted) return cover(name, document, group);
    return;
  }
  if (!collected && group.documents.size() >= settings_.documents_per_subscription()) roomy_.erase(id);
  gather(group, now);
}

void DiffGroups::unfollowed(const std::string& document, base::Instant now) {
  const auto found = documents_.find(document);
  if (found == documents_.end()) return;
  const auto at = groups_.find(found->second.group);
  if (at != groups_.end()) {
    Group& group = at->second;
    if (found->second.covered) {
      --group.covered;
      metrics_.covered(-1);
    }
    group.documents.erase(document);
    if (group.collections.empty()) roomy_.insert(at->first);
    if (group.collections.empty() || group.documents.empty()) gather(group, now);
  }
  documents_.erase(found);
}

void DiffGroups::patch_failed(const std::string& document, base::Instant now) {
  const auto found = documents_.find(document);
  const auto at = found == documents_.end() ? groups_.end() : groups_.find(found->second.group);
  if (at == groups_.end() || at->second.no_patching || settings_.processing() == config::XdmDiff::NO_PATCHING) return;
  at->second.no_patching = true;
  gather(at->second, now);
}

// --- What is sent ---------------------------------------------------------------------------------------------------

void DiffGroups::gather(Group& group, base::Instant now) {
  if (!group.send_at) group.send_at = now + kGather;
}

config::XdmDiff::Processing DiffGroups::processing(const Group& group) const {
  return group.no_patching ? config::XdmDiff::NO_PATCHING : settings_.processing();
}

void DiffGroups::send(GroupId id) {
  Group& group = groups_.at(id);
  group.send_at.reset();
  if (group.documents.empty()) return drop(id);
  ++group.revision;
  for (const std::string& name : group.documents) {
    Document& document = documents_.at(name);
    if (document.revision == 0) document.revision = group.revision;
  }
  ports::SubscriptionContent content =
      list_content(group.collections.empty() ? group.documents : group.collections, processing(group), group.revision);
  if (group.handle != 0) return client_.refresh(group.handle, std::move(content));
  ports::Subscribe wanted;
  wanted.subscriber = settings_.subscriber();  // asserted: the notifier has to know who asks [RFC5875 7]
  wanted.target = settings_.notifier();
  wanted.package = kDiffPackage;
  wanted.content = std::move(content);
  wanted.accept = {std::string(xcap::kDiffType)};
  wanted.expires = base::Seconds(settings_.expires_s());  // and refreshed before its end [RFC5875 4.5]
  wanted.next_hop = settings_.next_hop();
  group.handle = client_.subscribe(std::move(wanted), observer_);
  by_handle_[group.handle] = id;
}

std::optional<base::Instant> DiffGroups::next() const {
  std::optional<base::Instant> earliest;
  for (const auto& [id, group] : groups_) {
    sooner(earliest, group.send_at);
    sooner(earliest, group.confirm_at);
    sooner(earliest, group.look_at);
  }
  return earliest;
}

void DiffGroups::on_time(base::Instant now) {
  std::vector<GroupId> to_send;
  for (auto& [id, group] : groups_) {
    if (due(group.look_at, now)) look(group, now);
    if (due(group.confirm_at, now)) confirm(group);
    if (due(group.send_at, now)) to_send.push_back(id);
  }
  for (const GroupId id : to_send) send(id);
}

// --- What the subscription is worth ---------------------------------------------------------------------------------

DiffGroups::Group* DiffGroups::of(ports::SubscriptionHandle handle) {
  const auto found = by_handle_.find(handle);
  return found == by_handle_.end() ? nullptr : &groups_.at(found->second);
}

void DiffGroups::move(Group& group, DiffState state) {
  if (group.state == state) return;
  metrics_.subscriptions(group.state, -1);
  metrics_.subscriptions(state, 1);
  group.state = state;
}

void DiffGroups::accepted(ports::SubscriptionHandle handle, std::uint64_t revision, base::Instant now) {
  Group* group = of(handle);
  if (group == nullptr) return;
  group->accepted = std::max(group->accepted, revision);
  if (group->state == DiffState::active) cover(*group, now);
}

void DiffGroups::ended(ports::SubscriptionHandle handle, const ports::SubscriptionEnd& end) {
  Group* group = of(handle);
  if (group == nullptr) return;
  const bool known = std::exchange(group->failing, true);
  base::log(base::Module::xdm, known ? base::Level::info : base::Level::warn, "xcap_diff.no_subscription",
            {{"notifier", settings_.notifier()},
             {"reason", end.reason},
             {"status", end.status},
             {"documents", group->documents.size()}});
  group->lost = group->lost || group->state == DiffState::active;
  group->accepted = 0;
  move(*group, DiffState::none);
  uncover(*group);
}

// Covered is what stands in the list that the notifier has.
void DiffGroups::cover(Group& group, base::Instant now) {
  if (group.covered == group.documents.size()) return;
  for (const std::string& name : group.documents) {
    Document& document = documents_.at(name);
    if (document.covered || document.revision == 0 || document.revision > group.accepted) continue;
    cover(name, document, group);
    document.confirmed = false;
    if (!group.confirm_at) group.confirm_at = now + kConfirm;
  }
}

void DiffGroups::cover(const std::string& name, Document& document, Group& group) {
  document.covered = true;
  ++group.covered;
  metrics_.covered(1);
  sink_.covered(name, true);
}

void DiffGroups::uncover(Group& group) {
  group.confirm_at.reset();
  group.look_at.reset();
  if (group.covered == 0) return;
  for (const std::string& name : group.documents) {
    Document& document = documents_.at(name);
    if (!document.covered) continue;
    document.covered = false;
    sink_.covered(name, false);
  }
  metrics_.covered(-static_cast<double>(group.covered));
  group.covered = 0;
}

void DiffGroups::confirm(Group& group) {
  group.confirm_at.reset();
  for (const std::string& name : group.documents) {
    Document& document = documents_.at(name);
    if (!document.covered || document.confirmed) continue;
    document.confirmed = true;
    sink_.missed(name);
  }
}

void DiffGroups::look(Group& group, base::Instant now) {
  group.look_at.reset();
  group.looked = now;
  for (const std::string& name : group.documents) {
    documents_.at(name).confirmed = true;
    sink_.missed(name);
  }
}

void DiffGroups::look_soon(Group& group, base::Instant now) {
  if (group.looked && now - *group.looked < kLookEvery) {
    if (!group.look_at) group.look_at = *group.looked + kLookEvery;
  } else {
    look(group, now);
  }
}

// --- What NOTIFYs say -----------------------------------------------------------------------------------------------

void DiffGroups::missed(ports::SubscriptionHandle handle, base::Instant now) {
  Group* group = of(handle);
  if (group == nullptr) return;
  metrics_.notified(DiffResult::missed);
  look_soon(*group, now);
}

void DiffGroups::notified(ports::SubscriptionHandle handle, const ports::Notification& notification,
                          base::Instant now) {
  Group* group = of(handle);
  if (group == nullptr) return;
  const bool active = notification.phase == ports::SubscriptionPhase::active;
  if (notification.phase == ports::SubscriptionPhase::pending) {
    group->lost = group->lost || group->state == DiffState::active;
    move(*group, DiffState::pending);
    uncover(*group);
  }
  if (active) {
    group->failing = false;
    move(*group, DiffState::active);
    cover(*group, now);
  }
  read(*group, notification, now);
  // [RFC5875 4.8] After a re-subscription all that was known is stale.
  if (active && std::exchange(group->lost, false)) look(*group, now);
}

void DiffGroups::read(Group& group, const ports::Notification& notification, base::Instant now) {
  if (!notification.body || notification.body->empty()) return metrics_.notified(DiffResult::empty);
  if (notification.content_type != xcap::kDiffType) {
    metrics_.notified(DiffResult::wrong_type);
    base::log(base::Module::xdm, base::Level::warn, "xcap_diff.wrong_type",
              {{"notifier", settings_.notifier()}, {"type", notification.content_type}});
    return look_soon(group, now);
  }
  const auto diff = xcap::read_xcap_diff(reader_, *notification.body);
  if (!diff) {
    metrics_.notified(DiffResult::malformed);
    base::log(base::Module::xdm, base::Level::warn, "xcap_diff.malformed",
              {{"notifier", settings_.notifier()}, {"reason", diff.error().reason}, {"text", diff.error().text}});
    return look_soon(group, now);
  }
  metrics_.notified(DiffResult::taken);
  take(*diff);
}

void DiffGroups::take(const xcap::XcapDiff& diff) {
  for (const auto& entry : diff.entries) {
    if (const auto* change = std::get_if<xcap::DocumentChange>(&entry)) {
      take(*change, diff.xcap_root);
    } else if (const auto* element = std::get_if<xcap::ElementState>(&entry)) {
      take_node(element->sel, diff.xcap_root);
    } else {
      take_node(std::get<xcap::AttributeState>(entry).sel, diff.xcap_root);
    }
  }
}

void DiffGroups::take(const xcap::DocumentChange& change, std::string_view root) {
  auto* followed = named(change.sel, root);
  if (followed == nullptr) return metrics_.reported(DiffReport::unknown);
  metrics_.reported(report_of(change.kind()));
  followed->second.confirmed = true;
  xcap::DocumentChange told = change;
  told.sel = followed->first;
  sink_.reported(told);
}

// Nodes are not asked for; what is said of one says that its document may have changed.
void DiffGroups::take_node(std::string_view sel, std::string_view root) {
  auto* followed = named(sel.substr(0, sel.find("/~~")), root);
  if (followed == nullptr) return metrics_.reported(DiffReport::unknown);
  metrics_.reported(DiffReport::node);
  followed->second.confirmed = true;
  sink_.missed(followed->first);
}

// [RFC5875 4.6] 'sel' is the same as the uri of the entry, octet by octet; a server that writes it with a '/' in front,
// as an absolute URI or coded otherwise is understood all the same.
std::pair<const std::string, DiffGroups::Document>* DiffGroups::named(std::string_view sel, std::string_view root) {
  const auto find = [this](const std::string& name) {
    const auto found = documents_.find(name);
    return found == documents_.end() ? nullptr : &*found;
  };
  if (auto* same = find(std::string(sel))) return same;
  if (!root.empty() && sel.starts_with(root)) sel.remove_prefix(root.size());
  while (sel.starts_with('/')) sel.remove_prefix(1);
  if (auto* same = find(std::string(sel))) return same;
  const auto selector = xcap::parse_selector(sel, {});
  return selector ? find(xcap::to_uri(selector->document)) : nullptr;
}

}  // namespace presentia::xdm
