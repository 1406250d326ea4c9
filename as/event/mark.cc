#include "as/event/mark.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace presentia::event {
namespace {

// FNV-1a. Among the few marks of one resource 64 bits do not meet by chance, and who makes them meet on purpose must be
// allowed to change the record anyway.
class Fnv {
 public:
  void add(std::string_view text) {
    for (const char c : text) mix(static_cast<unsigned char>(c));
    mix(0x100);  // no byte: "ab" and "c" are not "a" and "bc"
  }
  [[nodiscard]] std::uint64_t value() const { return value_ == 0 ? 1 : value_; }

 private:
  void mix(std::uint64_t unit) { value_ = (value_ ^ unit) * 0x100000001B3ULL; }

  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

}  // namespace

std::uint64_t mark_hash(const ports::SipRequest& request) {
  Fnv hash;
  hash.add(request.fingerprint.sent_by);
  hash.add(request.fingerprint.branch);
  hash.add(request.method);
  hash.add(request.call_id);
  hash.add(std::to_string(request.cseq));
  hash.add(request.from_tag);
  return hash.value();
}

ports::RequestMark mark_of(const ports::SipRequest& request, base::Seconds granted, const Context& context) {
  return {mark_hash(request), context.now + longest_transaction(context.settings),
          static_cast<std::uint32_t>(granted.count())};
}

void remember_answer(Draft& draft, ports::AnsweredRecord record) {
  draft.act(Arm{AnsweredKey{record.mark.hash}, record.mark.until});
  draft.store(ports::PutAnswered{std::move(record)});
}

bool has_mark(const ResourceState& state, std::uint64_t hash) {
  if (state.answered.contains(hash)) return true;
  for (const auto& [package, published] : state.published)
    for (const Publication& publication : published.publications)
      if (publication.record.mark.hash == hash) return true;
  return std::ranges::any_of(state.dialogs, [hash](const auto& held) { return held.second.record.mark.hash == hash; });
}

}  // namespace presentia::event
