// Registration information, as an S-CSCF notifies it.
#include "as/packages/reg/reginfo.h"
#include "as/xml/reader.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace presentia;
  using Taken = reg::Reginfo::Taken;
  static const bool started = xml::initialize();
  fuzz::must(started, "the XML library starts");
  const std::string_view body = fuzz::as_text(data, size);
  reg::Reginfo info;
  const auto taken = info.take(body);
  if (!taken) {
    fuzz::must(!taken.error().empty(), "a refusal has a reason");
    fuzz::must(!info.registered("sip:user@example.com"), "what is refused says nothing");
    return 0;
  }
  fuzz::must(*taken != Taken::stale, "the first document is not old");
  const auto before = info.registered("sip:user@example.com");
  const auto again = info.take(body);
  fuzz::must(again.has_value() && *again == Taken::stale, "the same once more is old");
  fuzz::must(info.registered("sip:user@example.com") == before, "and changes nothing");
  info.reset();
  fuzz::must(!info.registered("sip:user@example.com"), "a new subscription knows nothing");
  return 0;
}
