// What comes in a third-party REGISTER beside its headers: one body or several, of the forms that an S-CSCF may send
// [TS24.229 5.4.1.7]. Nothing in it makes the request invalid. Pure.
#pragma once

#include <string_view>

#include "as/ports/sip_port.h"
#include "as/sip/raw_message.h"
#include "proto/config.pb.h"

namespace presentia::sip {

// The interval of the first Contact, or "*". One that is no number counts as 3600 s [RFC3261 10.2.1.1, 20.10] and is
// the fault contact.expires.
void read_contact_interval(std::string_view contact, ports::RegisterContent& out);

// application/3gpp-ims+xml, message/sip, and any of them in multipart. What cannot be read becomes a fault:
// content-type, content-encoding, multipart.CODE (multipart.h), part.unknown, message.first-line, message.header-line,
// message.length (Content-Length names more bytes than there are).
void read_register_body(const RawMessage& raw, const config::Sip& limits, ports::RegisterContent& out);

// One message/sip, with line ends of any kind. Stops at the first line that is no header field, and keeps what stood
// before it.
void read_embedded(std::string_view text, ports::RegisterContent& out);

}  // namespace presentia::sip
