#include "as/store/memory_store.h"

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
      const auto give = [&puts, &name = resource](auto change) { puts.push_back({name, std::move(change)}); };
      for (const auto& [package, record] : records.published) give(ports::PutPublished{record});
      for (const auto& [arrival, record] : records.publications) give(ports::PutPublication{record});
      for (const auto& [tag, record] : records.dialogs) give(ports::PutDialog{record});
      for (const auto& [id, record] : records.subscriptions) give(ports::PutSubscription{record});
      for (const auto& [id, record] : records.sent) give(ports::PutSent{record});
      for (const auto& [hash, record] : records.answered) give(ports::PutAnswered{record});
      if (records.registration) give(ports::PutRegistration{*records.registration});
      if (records.link) give(ports::PutLink{*records.link});
    }
  }
  for (ports::ResourceChange& put : puts) sink(std::move(put));
  return base::Done{};
}

std::uint64_t MemoryStore::epoch(base::Partition partition) const {
  const std::lock_guard lock(mutex_);
  const auto kept = partitions_.find(partition);
  return kept == partitions_.end() ? 0 : kept->second.epoch;
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

base::Result<base::Done> MemoryStore::backup(const std::string& /*folder*/) {
  return base::Unexpected{base::Error{"store.memory", "store.engine is memory: there is nothing on disk to copy"}};
}

void MemoryStore::apply(Records& records, ports::RecordChange change) {
  struct Apply {
    Records& to;
    void operator()(ports::PutPublication& put) {
      Arrival arrival{put.record.package, put.record.arrival};
      to.publications.insert_or_assign(std::move(arrival), std::move(put.record));
    }
    void operator()(ports::RetagPublication& retag) {
      const auto found = to.publications.find({retag.package, retag.arrival});
      if (found == to.publications.end()) return;
      found->second.etag = std::move(retag.etag);
      found->second.expires_at = retag.expires_at;
      found->second.mark = retag.mark;
    }
    void operator()(ports::DropPublication& drop) { to.publications.erase({drop.package, drop.arrival}); }
    void operator()(ports::PutPublished& put) {
      std::string package = put.record.package;
      to.published.insert_or_assign(std::move(package), std::move(put.record));
    }
    void operator()(ports::DropPublished& drop) { to.published.erase(drop.package); }
    void operator()(ports::PutDialog& put) {
      ports::DialogTag tag = put.record.info->local_tag;
      to.dialogs.insert_or_assign(std::move(tag), std::move(put.record));
    }
    void operator()(ports::DropDialog& drop) { to.dialogs.erase(drop.tag); }
    void operator()(ports::PutSubscription& put) {
      const ports::SubscriptionId id = put.record.id;
      to.subscriptions.insert_or_assign(id, std::move(put.record));
      to.sent.erase(id);
    }
    void operator()(ports::DropSubscription& drop) {
      to.subscriptions.erase(drop.id);
      to.sent.erase(drop.id);
    }
    void operator()(ports::PutSent& put) { to.sent.insert_or_assign(put.record.id, put.record); }
    void operator()(ports::PutAnswered& put) { to.answered.insert_or_assign(put.record.mark.hash, put.record); }
    void operator()(ports::DropAnswered& drop) { to.answered.erase(drop.hash); }
    void operator()(ports::PutRegistration& put) { to.registration = std::move(put.record); }
    void operator()(ports::DropRegistration& /*drop*/) { to.registration.reset(); }
    void operator()(ports::PutLink& put) { to.link = std::move(put.record); }
    void operator()(ports::DropLink& /*drop*/) { to.link.reset(); }
  };
  std::visit(Apply{records}, change);
}

}  // namespace presentia::store
