// Dialogs as data: what a SUBSCRIBE leaves behind, and how a request of ours is made from it. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "as/ports/records.h"
#include "as/ports/sip_port.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::event {

// CSeqs of ours that one record reserves: a NOTIFY itself needs no durable write.
inline constexpr std::uint32_t kCseqBlock = 256;

// The dialog that a 2xx to this SUBSCRIBE creates under our tag [RFC3261 12.1.1]: Record-Route in order, target from
// Contact. Without a Contact the target is the sender's From (some user agents leave it out of a fetch).
[[nodiscard]] ports::DialogInfoPtr make_dialog(const ports::SipRequest& subscribe, ports::DialogTag tag);

// The same dialog after a target refresh; the same pointer if the target is the same or `target` is empty.
[[nodiscard]] ports::DialogInfoPtr with_target(const ports::DialogInfoPtr& dialog, const std::string& target);

// True if the request's Call-ID and tags are those of the dialog [RFC3261 12].
[[nodiscard]] bool belongs_to(const ports::SipRequest& request, const ports::DialogInfo& dialog);

// Route, From, To and Call-ID of our requests, loose or strict routing applied [RFC3261 12.2.1.1].
[[nodiscard]] ports::SharedText fixed_headers(const ports::DialogInfo& dialog);

// A request in the dialog: method, Request-URI, next hop, CSeq and `fixed` (null: fixed_headers()).
[[nodiscard]] ports::SipOutgoing make_request(const ports::DialogInfo& dialog, std::string method,
                                              ports::SharedText fixed, std::uint32_t cseq);

// A NOTIFY without its body and its Event and Subscription-State headers, which go into `varying`.
[[nodiscard]] ports::SipOutgoing make_notify(const ports::DialogInfo& dialog, ports::SharedText fixed,
                                             std::uint32_t cseq, const mgmt::Snapshot& settings);

// Where the requests of a dialog go, as a number: its next hop and, behind that, the host and port of its remote
// target. Watchers behind one S-CSCF are told apart by it.
[[nodiscard]] std::uint64_t hop_of(const ports::DialogInfo& dialog);

}  // namespace presentia::event
