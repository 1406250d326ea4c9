// What follows from documents of others, and from time and state, for the rights of watchers: which documents are
// followed, which requests need wait no longer, which subscriptions are decided again. Pure; parts of step().
#pragma once

#include <cstdint>
#include <optional>

#include "as/event/draft.h"
#include "as/event/subscription_control.h"

namespace presentia::event {

// Follows the documents that are needed now and leaves those that are not.
void decide_documents(Draft& draft, const ResourceState& state, const Context& context);
// False if decide_documents() would find nothing new after that event.
[[nodiscard]] bool may_need_others(const ResourceState& state, const Event& event);

// The request is kept until its documents are known: isc.answer_within_ms, or fetch.decide_within_ms for a fetch that
// was answered, at most. `answered`: its dialog.
void hold(Draft& draft, const ResourceState& state, const ports::SipRequest& request, ports::DialogInfoPtr answered,
          const Context& context);
// True if one more may wait for this resource.
[[nodiscard]] bool may_hold(const ResourceState& state);
// The first of the requests that wait, if all that was asked for is known.
[[nodiscard]] std::optional<std::uint64_t> ready(const ResourceState& state, const Context& context);
// Carries it out; it does not wait again if `patience` is at its end.
void decide_held(Draft& draft, const ResourceState& state, std::uint64_t id, Patience patience, const Context& context);

// An operator's question is kept until its documents are known, isc.answer_within_ms at most.
void hold_question(Draft& draft, const DocumentsAsked& event, const Context& context);
// Answers it with what is known.
void release_question(Draft& draft, const ResourceState& state, std::uint64_t id);
// Those of which all documents are known.
void release_questions(Draft& draft, const ResourceState& state, const Context& context);

// Decides those subscriptions again whose rights the event, which has been applied, may have changed.
void decide_rights(Draft& draft, const ResourceState& state, const Event& event, const Decision& decision,
                   const Context& context);
// After decisions: when the first of the verdicts in force may become another.
void arm_rights(Draft& draft, const ResourceState& state, const Event& event, const Decision& decision);

}  // namespace presentia::event
