// Whole SIP requests as datagrams: cut by the parser, checked, and made a value for the core, as as/sip does it.
#include <string>

#include "as/sip/convert.h"
#include "as/sip/parser.h"
#include "mgmt/attributes/values.h"
#include "tests/fuzz/property.h"

namespace presentia::fuzz {
namespace {

struct Fixture {
  sip::Parser parser;
  sip::OwnNames own;
  config::Config settings = mgmt::defaults();
};

Fixture& fixture() {
  static Fixture made;
  return made;
}

void is_refusal(const sip::Refusal& refusal) {
  must(refusal.status >= 400 && refusal.status < 700, "a refusal has a final status");
  must(!refusal.text.empty() || refusal.status != 400, "a 400 says what is wrong");
}

void read(const sip::RawMessage& raw) {
  const config::Sip& sip = fixture().settings.sip();
  const auto vias = raw.list(sip::HeaderName::via);
  const auto via = vias.empty() ? std::nullopt : sip::parse_via(vias.front());
  if (!raw.request || !via) return;
  if (const auto refusal = sip::check_form(raw, sip)) return is_refusal(*refusal);
  const auto mandatory = sip::read_mandatory(raw);
  if (!mandatory) return is_refusal(mandatory.error());
  if (const auto refusal = sip::check_uri(raw.request_uri, sip)) return is_refusal(*refusal);

  for (const bool trusted : {true, false}) {
    const auto request = sip::to_request(raw, *mandatory, *via, sip::route_for_us(raw, fixture().own),
                                         {trusted, "udp:127.0.0.1:5060", "sip:127.0.0.1"}, sip);
    if (!request) {
      is_refusal(request.error());
      continue;
    }
    must(request->method == raw.method && !request->call_id.empty(), "a request keeps method and Call-ID");
    must(trusted || (request->asserted.empty() && !request->served_user && request->charging.vector.empty()),
         "nothing asserted is taken from outside the trust domain");
  }
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace presentia::fuzz;
  if (size == 0) return 0;  // datagrams.h hands over no empty datagram
  const auto message = fixture().parser.parse(as_text(data, size));
  if (message != nullptr) read(fixture().parser.cut(message.get()));
  return 0;
}
