// Shard, the part that follows documents of others and lets requests wait for them.
#include <utility>

#include "as/runtime/shard.h"

namespace presentia::runtime {
namespace {

constexpr std::size_t kToldPerTurn = 256;

// All keys of a document have one home.
base::Partition home_of(const ports::DocumentKey& key) { return base::partition_of(key.document); }

}  // namespace

void Shard::follow(const PartitionState& home, const ports::Resource& resource, const event::Action& action) {
  Dependent dependent{home.number, resource};
  if (const auto* follow = std::get_if<event::Follow>(&action)) {
    exchange_.post(home_of(follow->key), base::Lane::completion, DocumentFollow{follow->key, std::move(dependent)});
  } else if (const auto* leave = std::get_if<event::Unfollow>(&action)) {
    exchange_.post(home_of(leave->key), base::Lane::completion, DocumentUnfollow{leave->key, std::move(dependent)});
  }
}

void Shard::on(DocumentFollow& work) {
  const event::DocumentStatePtr known = documents_.add(work.key, work.dependent);
  if (known == nullptr) return;
  const base::Partition to = work.dependent.partition;
  exchange_.post(to, base::Lane::completion, DocumentTold{std::move(work.key), std::move(work.dependent), known});
}

void Shard::on(DocumentUnfollow& work) { documents_.remove(work.key, work.dependent, now_); }

void Shard::on(DocumentArrived& work) {
  meters_.counted("document", work.state.bad_reason.empty() ? ports::word(work.state.status) : "bad");
  if (!work.state.bad_reason.empty()) meters_.counted("document.bad", work.state.bad_reason);
  documents_.arrived(work.key, std::move(work.state));
}

void Shard::on(DocumentTold& work) {
  PartitionState& home = partition(work.dependent.partition);
  if (!home.serving) return;  // the load asks again
  const auto found = home.slots.find(work.dependent.resource);
  if (found != home.slots.end() && found->second.state.documents.contains(work.key)) {
    return step(home, found->second, event::DocumentChanged{std::move(work.key), work.state, work.losses_only});
  }
  const base::Partition to = home_of(work.key);
  exchange_.post(to, base::Lane::completion, DocumentUnfollow{std::move(work.key), std::move(work.dependent)});
}

bool Shard::documents_slice() {
  const bool more = documents_.tell(kToldPerTurn, [this](const Dependent& dependent, const ports::DocumentKey& key,
                                                         const event::DocumentStatePtr& state, bool losses_only) {
    exchange_.post(dependent.partition, base::Lane::completion, DocumentTold{key, dependent, state, losses_only});
  });
  const config::RulesCache& cache = settings_.snapshot()->config().rules().cache();
  documents_.expire(now_, base::Seconds(cache.keep_s()), cache.max_documents() / count_);
  for (std::size_t i = 0; i < counted_documents_.size(); ++i) {
    const auto by = static_cast<double>(documents_.counts()[i]) - static_cast<double>(counted_documents_[i]);
    if (by != 0) meters_.documents(i, by);
  }
  counted_documents_ = documents_.counts();
  return more;
}

void Shard::note_held(const event::ResourceState& state, const event::Decision& decision, RequestKind kind) {
  if (state.held.empty()) return;
  for (const event::Change& change : decision.changes) {
    const auto* one = std::get_if<event::VolatileChange>(&change);
    const auto* held = one == nullptr ? nullptr : std::get_if<event::RequestHeld>(one);
    if (held == nullptr || held->request.answered) continue;
    const ports::RequestKey& key = held->request.request->key;
    held_kinds_.insert_or_assign(HeldKey{key.io, key.slot, key.generation}, kind);
  }
}

// Before a stop: what waits is decided by what is known.
void Shard::end_waits() {
  while (!questions_.empty()) refuse_question(questions_.begin()->first, "the server stops");
  for (PartitionState& home : partitions_) {
    std::vector<ports::Resource> names;
    for (const auto& [name, slot] : home.slots)
      if (!slot.state.held.empty()) names.push_back(name);
    for (const ports::Resource& name : names) {
      for (auto found = home.slots.find(name);
           home.serving && found != home.slots.end() && !found->second.state.held.empty();
           found = home.slots.find(name)) {
        const std::size_t before = found->second.state.held.size();
        step(home, found->second, event::TimerDue{event::HeldKey{found->second.state.held.begin()->first}});
        if (home.read_only && before == found->second.state.held.size()) break;
      }
    }
  }
}

void Shard::refuse_held(const event::ResourceState& state) {
  for (const auto& [id, held] : state.held) {
    if (held.answered) continue;
    tell_refused(*held.request, "the state could not be stored");
    answer({}, held.request->key, trouble(500, "the state could not be stored", *settings_.snapshot()));
  }
  for (const auto& [id, question] : state.asked) refuse_question(id, "the state of " + state.resource + " was lost");
}

}  // namespace presentia::runtime
