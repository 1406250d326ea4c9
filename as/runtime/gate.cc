#include "as/runtime/gate.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace presentia::runtime {

std::optional<Batch> Gate::offer(Batch batch) {
  if (pending() == 0) return batch;
  forget_abandoned(batch);
  waiting_.push_back({handed_, std::move(batch)});
  return std::nullopt;
}

std::vector<Batch> Gate::finished(std::uint64_t number) {
  finished_ = std::max(finished_, number);
  std::vector<Batch> released;
  while (!waiting_.empty() && waiting_.front().after <= finished_) {
    released.push_back(std::move(waiting_.front().batch));
    waiting_.pop_front();
  }
  return released;
}

std::vector<Batch> Gate::give_up() {
  std::vector<Batch> refused;
  for (Waiting& waiting : waiting_) refused.push_back(std::move(waiting.batch));
  waiting_.clear();
  return refused;
}

void Gate::forget_abandoned(const Batch& batch) {
  for (const event::Action& action : batch.actions) {
    const auto* abandoned = std::get_if<event::Abandon>(&action);
    if (abandoned == nullptr) continue;
    for (Waiting& waiting : waiting_) {
      std::erase_if(waiting.batch.actions, [&](const event::Action& earlier) {
        const auto* notify = std::get_if<event::Notify>(&earlier);
        return notify != nullptr && notify->dialog == abandoned->dialog && notify->cseq == abandoned->cseq;
      });
    }
  }
}

}  // namespace presentia::runtime
