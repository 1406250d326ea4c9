#include "as/store/memory_store.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace presentia::store {

base::Result<base::Done> MemoryStore::load(base::Partition partition, const Sink& sink) {
  if (!retain_) return base::Done{};
  std::vector<ports::ResourceChange> puts;
  {
    const std::lock_guard lock(mutex_);
    const auto kept = partitions_.find(partition);
    if (kept == partitions_.end()) return base::Done{};
    for (const auto& [resource, records] : kept->second.resources) {
      std::vector<ports::PublicationRecord> publications;
      for (const auto& [etag, record] : records.publications) publications.push_back(record);
      std::sort(publications.begin(), publications.end(),
                [](const auto& a, const auto& b) { return a.arrival < b.arrival; });
      for (auto& record : publications) puts.push_back({resource, ports::PutPublication{std::move(record)}});
      for (const auto& [tag, record] : records.dialogs) puts.push_back({resource, ports::PutDialog{record}});
      for (const auto& [id, record] : records.subscriptions) puts.push_back({resource, ports::PutSubscription{record}});
    }
  }
  for (ports::ResourceChange& put : puts) sink(std::move(put));
  return base::Done{};
}

void MemoryStore::commit(base::Partition partition, std::uint64_t epoch, ports::Commit commit, OnDone done) {
  if (!retain_) return done(base::Done{});
  bool fenced = false;
  {
    const std::lock_guard lock(mutex_);
    Kept& kept = partitions_[partition];
    fenced = epoch < kept.epoch;
    if (!fenced) {
      kept.epoch = epoch;
      for (ports::ResourceChange& change : commit.changes) {
        const auto found = kept.resources.try_emplace(change.resource).first;
        apply(found->second, std::move(change.change));
        if (found->second.empty()) kept.resources.erase(found);
      }
    }
  }
  if (fenced) return done(base::Unexpected{base::Error{"fenced", "a later owner has committed"}});
  done(base::Done{});
}

void MemoryStore::apply(Records& records, ports::RecordChange change) {
  struct Apply {
    Records& to;
    void operator()(ports::PutPublication& put) {
      ports::EntityTag etag = put.record.etag;
      to.publications.insert_or_assign(std::move(etag), std::move(put.record));
    }
    void operator()(ports::RetagPublication& retag) {
      auto node = to.publications.extract(retag.old_etag);
      if (node.empty()) return;
      node.key() = retag.etag;
      node.mapped().etag = retag.etag;
      node.mapped().expires_at = retag.expires_at;
      to.publications.insert(std::move(node));
    }
    void operator()(ports::DropPublication& drop) { to.publications.erase(drop.etag); }
    void operator()(ports::PutDialog& put) {
      ports::DialogTag tag = put.record.info->local_tag;
      to.dialogs.insert_or_assign(std::move(tag), std::move(put.record));
    }
    void operator()(ports::DropDialog& drop) { to.dialogs.erase(drop.tag); }
    void operator()(ports::PutSubscription& put) {
      const ports::SubscriptionId id = put.record.id;
      to.subscriptions.insert_or_assign(id, std::move(put.record));
    }
    void operator()(ports::DropSubscription& drop) { to.subscriptions.erase(drop.id); }
  };
  std::visit(Apply{records}, change);
}

}  // namespace presentia::store
