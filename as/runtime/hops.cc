#include "as/runtime/hops.h"

namespace presentia::runtime {

void Hops::finished(std::uint64_t hop, Verdict verdict) {
  const auto found = places_.find(hop);
  if (found == places_.end()) return;
  Place& place = found->second;
  if (place.outstanding > 0) --place.outstanding;
  if (verdict == Verdict::silent && !place.deaf) {
    place.deaf = true;
    deaf_.push_back(hop);
    ++deaf_count_;
  } else if (verdict == Verdict::answered && place.deaf) {
    place.deaf = false;
    --deaf_count_;
  }
  if (place.outstanding == 0 && !place.deaf) places_.erase(found);
  while (deaf_count_ > most_deaf_) forget_one();
  if (deaf_.size() > 2 * deaf_count_ + 1024) {  // mostly of places that hear again
    std::erase_if(deaf_, [this](std::uint64_t which) { return !deaf(which); });
  }
}

std::size_t Hops::unheard(std::uint64_t hop) const {
  const auto found = places_.find(hop);
  return found == places_.end() || !found->second.deaf ? 0 : found->second.outstanding;
}

bool Hops::deaf(std::uint64_t hop) const {
  const auto found = places_.find(hop);
  return found != places_.end() && found->second.deaf;
}

void Hops::forget_one() {
  const auto found = places_.find(deaf_.front());
  deaf_.pop_front();
  if (found == places_.end() || !found->second.deaf) return;
  found->second.deaf = false;
  --deaf_count_;
  if (found->second.outstanding == 0) places_.erase(found);
}

}  // namespace presentia::runtime
