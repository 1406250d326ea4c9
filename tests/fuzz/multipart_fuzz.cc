// The multipart reader. An input is the Content-Type value on the first line, then the body.
#include <string>

#include "as/sip/multipart.h"
#include "tests/fuzz/property.h"

namespace presentia::fuzz {
namespace {

std::size_t check(const std::vector<sip::Part>& parts, std::string_view body) {
  std::size_t count = 0;
  for (const sip::Part& part : parts) {
    must(part.body.empty() ||
             (part.body.data() >= body.data() && part.body.data() + part.body.size() <= body.data() + body.size()),
         "a part is a view into the body");
    (void)part.content_id();
    (void)part.optional();
    (void)part.type();
    count += 1 + check(part.parts, body);
  }
  return count;
}

// What was read can be written, and is then read as the same.
void round_trip(const std::vector<sip::Part>& parts) {
  std::vector<sip::PartToWrite> out;
  for (const sip::Part& part : parts) out.push_back({{{"Content-Type", "text/plain"}}, part.body});
  const std::string boundary = sip::choose_boundary(out, "fuzz");
  const std::string text = sip::write_multipart(out, boundary);
  const auto again = sip::read_multipart(sip::multipart_type("mixed", boundary), text);
  must(again.has_value() && again->size() == parts.size(), "what was written is read again");
  for (std::size_t i = 0; i < parts.size(); ++i) must((*again)[i].body == parts[i].body, "and has the same parts");
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace presentia;
  const auto [type, body] = fuzz::first_line(fuzz::as_text(data, size));
  const sip::MultipartLimits limits{.parts = 8, .depth = 3, .header_bytes = 256};
  if (const auto parts = sip::read_multipart(type, body, limits)) {
    fuzz::must(!parts->empty() && fuzz::check(*parts, body) <= limits.parts, "at most as many parts as allowed");
    fuzz::round_trip(*parts);
  } else {
    fuzz::must(!parts.error().code.empty(), "a refusal has a reason");
  }
  return 0;
}
