// A received request as the core's value, or the answer that says what is wrong with it; and a response to a request of
// ours as its outcome. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/ports/sip_port.h"
#include "as/sip/grammar.h"
#include "as/sip/listener.h"
#include "as/sip/raw_message.h"
#include "proto/config.pb.h"

namespace presentia::sip {

// An answer given below the core.
struct Refusal {
  int status = 400;
  std::string text;  // what is wrong; reason phrase of a 400, and Warning
};
template <class T>
using Checked = base::Result<T, Refusal>;

// The header fields without which no transaction and no answer exists.
struct Mandatory {
  Address from, to;
  std::string_view call_id;
  CSeq cseq;
};
[[nodiscard]] Checked<Mandatory> read_mandatory(const RawMessage& raw);

// Defects, version, counts and sizes against the limits in force [RFC3261 8.1.1, 8.2, 21.4, 21.5].
[[nodiscard]] std::optional<Refusal> check_form(const RawMessage& raw, const config::Sip& limits);

// The Request-URI: 414, 416 for a scheme that we cannot handle, 400 [RFC3261 8.2.2.1].
[[nodiscard]] std::optional<Refusal> check_uri(std::string_view uri, const config::Sip& limits);

// Where a request is to go, after what concerns us was taken away [RFC3261 16.4].
struct Routing {
  std::string request_uri;              // after a strict router before us was undone
  std::vector<std::string_view> route;  // what remains
  bool own_removed = false;             // the first Route value was ours
};
[[nodiscard]] Routing route_for_us(const RawMessage& raw, const OwnNames& own);

// What is known of the request beside its text.
struct Provenance {
  bool trusted = false;
  std::string peer;         // for the log
  std::string own_contact;  // see SipRequest
};

// Everything of SipRequest but `key`. Headers that the core needs and that cannot be read are a Refusal that names
// them; all others are left alone [RFC3261 8.2.2]. From outside the trust domain: without asserted identity, served
// user and charging, or refused with 403, as configured.
[[nodiscard]] Checked<ports::SipRequest> to_request(const RawMessage& raw, const Mandatory& mandatory,
                                                    const Via& top_via, Routing routing, Provenance provenance,
                                                    const config::Sip& sip);

// What the core learns of the final response to a request of ours, beside its status, which is set. What cannot be read
// is left out: a response is never refused.
void take_response(const RawMessage& response, ports::SipOutcome& outcome);

}  // namespace presentia::sip
