// Sh-Data of an HSS: read, written and read again.
#include "as/xml/reader.h"
#include "diameter/sh_data/sh_data_reader.h"
#include "diameter/sh_data/sh_data_writer.h"
#include "tests/fuzz/property.h"

namespace presentia::fuzz {
namespace {

xml::Reader& reader() {
  static const bool started = xml::initialize();
  must(started, "the XML library starts");
  static xml::Reader made;
  return made;
}

// What is in it, but for what the schema holds once and a hostile document more often.
bool same(const ports::SubscriberRecord& a, const ports::SubscriberRecord& b) {
  return a.repository_data.size() == b.repository_data.size() && a.ims_user_state == b.ims_user_state &&
         a.charging == b.charging && a.dsai == b.dsai && a.psi_active == b.psi_active &&
         a.cs_user_state == b.cs_user_state && a.ps_user_state == b.ps_user_state && a.cs_location == b.cs_location &&
         a.ps_location == b.ps_location;
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace presentia;
  const auto record = diameter::read_sh_data(fuzz::reader(), fuzz::as_text(data, size));
  if (!record) {
    fuzz::must(!record.error().reason.empty(), "a refusal has a reason");
    return 0;
  }
  const auto written = diameter::write_sh_data(fuzz::reader(), *record);
  if (!written) return 0;  // it grew beyond the limits
  const auto again = diameter::read_sh_data(fuzz::reader(), *written);
  if (!again) return 0;  // likewise
  fuzz::must(fuzz::same(*record, *again), "what was read is written the same");
  return 0;
}
