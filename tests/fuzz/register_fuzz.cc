// Bodies of third-party REGISTER. An input is the Content-Type value on the first line, then the body.
#include <algorithm>
#include <string>

#include "as/packages/reg/ims_bodies.h"
#include "as/sip/register_body.h"
#include "as/xml/reader.h"
#include "tests/fuzz/property.h"

namespace presentia::fuzz {
namespace {

const reg::ImsBodies& ims_bodies() {
  static const bool started = [] {
    must(xml::initialize(), "the XML library starts");
    return true;
  }();
  static const reg::ImsBodies made;
  (void)started;
  return made;
}

ports::RegisterContent read(std::string_view type, std::string_view body) {
  sip::RawMessage raw;
  raw.body = body;
  raw.fields.push_back({sip::HeaderName::content_type, "Content-Type", type});
  config::Sip limits;
  limits.set_max_multipart_parts(8);
  limits.set_max_multipart_depth(3);
  ports::RegisterContent content;
  sip::read_contact_interval(type, content);
  sip::read_register_body(raw, limits, content);
  return content;
}

void check(const ports::RegisterContent& content, std::string_view body) {
  must(content.service_info.size() + content.messages.size() <= 8, "at most as many parts as allowed");
  for (const std::string& one : content.service_info) {
    must(one.size() <= body.size(), "a part is no longer than the whole");
    const auto info = ims_bodies().service_info(one);
    must(info.has_value() ? info->size() <= one.size() * 4 : !info.error().empty(), "a refusal has a reason");
  }
  for (const auto& message : content.messages) {
    must(message.method.empty() == (message.status != 0), "a message is a request or a response");
    for (const std::string& instance : message.instances)
      must(!instance.empty() && instance.size() <= body.size(), "an instance is a part of the message");
  }
  for (const std::string& fault : content.faults) {
    must(!fault.empty(), "a fault has a name");
    must(std::ranges::count(content.faults, fault) == 1, "a fault is named once");
  }
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace presentia;
  const auto [type, body] = fuzz::first_line(fuzz::as_text(data, size));
  fuzz::check(fuzz::read(type, body), body);
  return 0;
}
