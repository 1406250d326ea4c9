// What comes over a stream, cut into messages: however it is divided, the same messages come out, none is larger than
// allowed, and nothing is lost between them.
#include <string>
#include <vector>

#include "as/sip/stream_framer.h"
#include "tests/fuzz/property.h"

namespace presentia::fuzz {
namespace {

constexpr std::size_t kMost = 4096;

struct Cut {
  std::vector<std::string> messages;
  std::size_t pings = 0;
  sip::Defect defect = sip::Defect::none;
};

void take(sip::StreamFramer& framer, Cut& cut) {
  while (const auto framed = framer.next(kMost)) {
    must(cut.defect == sip::Defect::none, "nothing comes after a defect");
    cut.defect = framed->defect;
    if (framed->ping) {
      ++cut.pings;
    } else if (framed->defect == sip::Defect::none) {
      must(framed->bytes.size() <= kMost, "a message is not larger than allowed");
      must(framed->bytes.find("\r\n\r\n") != std::string_view::npos, "a message has a whole head");
      cut.messages.emplace_back(framed->bytes);
    }
  }
}

Cut cut_in_pieces(std::string_view input, std::size_t size) {
  sip::StreamFramer framer;
  Cut cut;
  while (!input.empty()) {
    const std::string piece(input.substr(0, size));  // of its own, so that looking into the last one is seen
    input.remove_prefix(piece.size());
    framer.feed(piece);
    take(framer, cut);
  }
  return cut;
}

void contains_in_order(std::string_view input, const std::vector<std::string>& messages) {
  for (const std::string& message : messages) {
    const std::size_t at = input.find(message);
    must(at != std::string_view::npos, "messages are made of the input, in order");
    input.remove_prefix(at + message.size());
  }
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace presentia::fuzz;
  const std::string_view input = as_text(data, size);
  const Cut whole = cut_in_pieces(input, size + 1);
  contains_in_order(input, whole.messages);
  for (const std::size_t pieces : {std::size_t{1}, std::size_t{7}, size / 2 + 1}) {
    const Cut cut = cut_in_pieces(input, pieces);
    must(cut.messages == whole.messages && cut.pings == whole.pings, "how it is divided makes no difference");
    must((cut.defect == presentia::sip::Defect::none) == (whole.defect == presentia::sip::Defect::none),
         "nor does it for what cannot be cut");
  }
  return 0;
}
