// Shard, the part that answers operators.
#include <utility>
#include <variant>

#include "as/runtime/explain.h"
#include "as/runtime/inspect.h"
#include "as/runtime/inspect_documents.h"
#include "as/runtime/observation.h"
#include "as/runtime/shard.h"

namespace presentia::runtime {

using ports::InspectError;
using ports::InspectTrouble;

void Shard::on(InspectWork& work) {
  Inquiry& inquiry = *work.inquiry;
  if (const auto* slice = std::get_if<ListSlice>(&inquiry.question))
    return inquiry.answer(list_slice(partitions_, count_, *slice));
  if (const auto* slice = std::get_if<DocumentsSlice>(&inquiry.question))
    return inquiry.answer(list_documents(documents_, *slice, *settings_.snapshot()));
  const ports::Resource& name = presentity_of(inquiry.question);
  PartitionState& home = partition(base::partition_of(name));
  if (!home.serving)
    return inquiry.answer(InspectError{InspectTrouble::unserved, "the state of " + name + " is being loaded"});
  if (forward(work, home)) return;
  if (std::holds_alternative<ExplainOrder>(inquiry.question)) return ask_documents(home, inquiry);
  const auto found = home.slots.find(name);
  if (found == home.slots.end())
    return inquiry.answer(InspectError{InspectTrouble::unknown, "there is nothing of " + name});
  if (std::holds_alternative<ShowQuestion>(inquiry.question))
    return inquiry.answer(show(found->second.state, context(home)));
  carry_out(home, found->second, inquiry);
}

// An alias of a user has nothing of its own unless it was used before the HSS said so.
bool Shard::forward(InspectWork& work, const PartitionState& home) {
  const ports::Resource& name = presentity_of(work.inquiry->question);
  const auto found = home.slots.find(name);
  const bool explains = std::holds_alternative<ExplainOrder>(work.inquiry->question);
  if (found != home.slots.end() && !found->second.state.empty() && !explains) return false;
  const event::SubscriberPtr facts = subscribers_.facts(name);
  if (work.forwarded || !facts || facts->unknown || facts->canonical == name) return false;
  name_presentity(work.inquiry->question, facts->canonical);
  work.forwarded = true;
  const base::Partition to = base::partition_of(facts->canonical);
  exchange_.post(to, base::Lane::completion, std::move(work));
  return true;
}

void Shard::carry_out(PartitionState& home, Slot& slot, Inquiry& order) {
  auto planned = plan_order(slot.state, order.question);
  if (!planned) return order.answer(planned.error());
  const bool needs_store = !std::holds_alternative<ports::RenotifyOrder>(order.question);
  if (home.read_only && needs_store)
    return order.answer(InspectError{InspectTrouble::unserved, "the store cannot be written: nothing was done"});
  Batch told{presentity_of(order.question), {}, {}};
  step(home, slot, planned->event);
  // It is told as everything is that others can see: when it is durable.
  told.done = [answer = std::move(order.answer), number = planned->subscriptions](bool durable) {
    if (durable) return answer(number);
    answer(InspectError{InspectTrouble::unserved, "the order could not be stored: its outcome is unknown"});
  };
  if (!home.serving) return refuse(told);
  if (auto open = home.gate.offer(std::move(told))) run_batch(home, *std::move(open));
}

void Shard::ask_documents(PartitionState& home, Inquiry& inquiry) {
  if (stopping_) return inquiry.answer(InspectError{InspectTrouble::unserved, "the server stops"});
  const auto& order = std::get<ExplainOrder>(inquiry.question);
  const event::DocumentPtr candidate = order.candidate == nullptr ? nullptr : order.candidate->document;
  Slot& own = slot(home, order.question.presentity);
  if (own.state.empty()) own.state.subscriber = subscribers_.facts(order.question.presentity);
  const std::uint64_t id = ++next_question_;
  questions_.emplace(id, std::move(inquiry));
  step(home, own, event::DocumentsAsked{id, candidate});
}

void Shard::answer_question(const PartitionState& home, const event::ResourceState& state,
                            const event::DocumentsReady& ready) {
  auto asked = questions_.extract(ready.id);
  if (asked.empty()) return;
  const Inquiry& inquiry = asked.mapped();
  auto told = explain(state, ready.documents, std::get<ExplainOrder>(inquiry.question), context(home));
  if (told) {
    inquiry.answer(*std::move(told));
  } else {
    inquiry.answer(std::move(told).error());
  }
}

void Shard::refuse_question(std::uint64_t id, std::string why) {
  const auto asked = questions_.extract(id);
  if (!asked.empty()) asked.mapped().answer(InspectError{InspectTrouble::unserved, std::move(why)});
}

void Shard::turn_away(const ports::SipRequest& request, RequestKind kind, ports::SipResponse response,
                      std::string_view why) {
  if (teller_.heard()) teller_.tell(turned_away(request, response.status, why, now_));
  answer(kind, request.key, std::move(response));
}

}  // namespace presentia::runtime
