// Retransmissions across a restart: the requests that changed a record last are known by a mark in it, so that one
// whose answer a crash swallowed is answered again without effect. Before the crash the SIP transactions absorb them.
#pragma once

#include <cstdint>

#include "as/base/mutants.h"
#include "as/event/draft.h"
#include "as/ports/records.h"
#include "as/ports/sip_port.h"

namespace presentia::event {

// The same for every copy of a request, whatever way it took [RFC3261 17.2.3, 8.2.2.2]; never 0, stable across builds.
[[nodiscard]] std::uint64_t mark_hash(const ports::SipRequest& request);

// The mark that the request leaves, with the Expires that it is granted; copies come within 64*T1 [RFC3261 17.1.2.2].
[[nodiscard]] ports::RequestMark mark_of(const ports::SipRequest& request, base::Seconds granted,
                                         const Context& context);

// Keeps the answer to a removal, of which nothing else is left, as long as copies of the request may come.
void remember_answer(Draft& draft, ports::AnsweredRecord record);

// True if the resource has done what left such a mark, and still has it.
[[nodiscard]] bool has_mark(const ResourceState& state, std::uint64_t hash);

// True while requests may be copies of what an earlier life of this partition has done already.
[[nodiscard]] inline bool may_be_copies(const Context& context) {
  return context.now < context.copies_until && !PS_MUTANT("retransmission-executed");
}

[[nodiscard]] inline base::Millis longest_transaction(const mgmt::Snapshot& settings) {
  return 64 * base::Millis(settings.config().sip().t1_ms());
}

}  // namespace presentia::event
