#include "as/runtime/drain.h"

#include <algorithm>

namespace presentia::runtime {
namespace {

constexpr std::uint64_t kOne = 1000;  // credit of one NOTIFY: a millisecond brings `rate` of it
constexpr std::uint64_t kBurst = 50;  // ms whose credit can be saved up
constexpr base::Millis kLookAgain{200};

}  // namespace

void Drain::start(ports::DrainMode mode, std::size_t open, ports::SendKey last, base::Instant now,
                  base::Instant give_up) {
  if (!active_) {
    awaited_ = open;
    last_ = last;
    give_up_ = give_up;
    refilled_ = next_ = now;
    mode_ = mode;
  }
  active_ = true;
  if (mode == ports::DrainMode::handover) mode_ = mode;
}

bool Drain::waits(base::Instant now) {
  if (now >= give_up_) awaited_ = 0;
  return awaited_ > 0;
}

void Drain::finished(ports::SendKey key) {
  if (active_ && key <= last_ && awaited_ > 0) --awaited_;
}

bool Drain::may_end(base::Instant now, std::uint32_t rate) {
  if (now < next_) return false;
  const auto passed = static_cast<std::uint64_t>(std::max<base::Millis::rep>(0, (now - refilled_).count()));
  credit_ = std::min(credit_ + passed * rate, std::max(kOne, kBurst * rate));
  refilled_ = std::max(refilled_, now);
  if (credit_ < kOne) {
    next_ = now + base::Millis((kOne - credit_ + rate - 1) / rate);
    return false;
  }
  credit_ -= kOne;
  return true;
}

void Drain::pause(base::Instant now) { next_ = now + kLookAgain; }

std::optional<base::Instant> Drain::next() const {
  if (handing_over()) return next_;
  if (active_ && awaited_ > 0) return give_up_;
  return std::nullopt;
}

}  // namespace presentia::runtime
