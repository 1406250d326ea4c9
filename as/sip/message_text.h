// Writes SIP messages as text. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "as/ports/sip_port.h"
#include "as/sip/convert.h"
#include "as/sip/raw_message.h"

namespace presentia::sip {

// The standard phrase of a status; "Unknown" if there is none.
[[nodiscard]] std::string_view reason_phrase(int status);

// A response to `request`: all its Vias with `stamped` for the top one, From, To (with `to_tag` if it has none),
// Call-ID, CSeq [RFC3261 8.2.6.2], then `response`. `server`: value of the Server header, empty for none.
[[nodiscard]] std::string response_text(const RawMessage& request, std::string_view stamped, std::string_view to_tag,
                                        const ports::SipResponse& response, std::string_view server);

// A 100 to `request`; it makes no dialog, so To stays as it came [RFC3261 8.2.6.1].
[[nodiscard]] std::string trying_text(const RawMessage& request, std::string_view stamped);

// On which side of the edge of the trust domain the next hop of a request is. Outside it is not told of charging,
// access network and served user [RFC7315 4.4.2.2, 4.5.2.2, 4.6.1; RFC5502 7.2].
enum class NextHop { inside, outside };

// A request of ours. `via`: the value of its only Via; `contact`: the URI of a Contact to be added, empty for none.
[[nodiscard]] std::string request_text(const ports::SipOutgoing& request, std::string_view via,
                                       std::string_view contact = {}, NextHop next = NextHop::inside);

// "SIP/2.0/UDP sent_by;rport;branch=…", without rport on streams [RFC3261 20.42, RFC3581 3].
[[nodiscard]] std::string via_value(std::string_view transport, std::string_view sent_by, std::string_view branch);

// A request sent on: our Via on top, `record_route` (if not empty) before those there are, Max-Forwards one less, Route
// and Request-URI as in `routing`; all else as received [RFC3261 16.6]. Outside also without the identity of who asked
// for Privacy id [RFC3325 5].
[[nodiscard]] std::string forwarded_request(const RawMessage& request, std::string_view via, std::string_view stamped,
                                            std::string_view record_route, const Routing& routing,
                                            NextHop next = NextHop::inside);

// A response sent back: without its top Via [RFC3261 16.7 step 3].
[[nodiscard]] std::string forwarded_response(const RawMessage& response);

}  // namespace presentia::sip
