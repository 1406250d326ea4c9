#include "as/runtime/overload.h"

#include <algorithm>
#include <functional>
#include <string>

#include "as/event/admission.h"

namespace presentia::runtime {
namespace {

// Of the error in targets, per window. The first answers a flood at once and damps, the second finds the level that
// holds.
constexpr double kAtOnce = 0.25;
constexpr double kLasting = 0.05;
constexpr double kWorstError = 8;
constexpr int kMostWindows = 200;  // after these without a request every level has fallen to 0

}  // namespace

std::string_view word(ShedClass which) {
  switch (which) {
    case ShedClass::subscribe:
      return "subscribe";
    case ShedClass::publish:
      return "publish";
    case ShedClass::modify:
      return "modify";
    case ShedClass::refresh:
      return "refresh";
  }
  return "subscribe";
}

std::optional<ShedClass> shed_class(const ports::RequestGist& gist) {
  if (gist.method == "SUBSCRIBE") {
    if (!gist.in_dialog) return ShedClass::subscribe;
    return gist.ends ? std::nullopt : std::optional(ShedClass::refresh);
  }
  // Last of all: an S-CSCF may end the registration of a user whose REGISTER fails here [TS24.229 5.4.1.7].
  if (gist.method == "REGISTER") return gist.ends ? std::nullopt : std::optional(ShedClass::refresh);
  if (gist.method != "PUBLISH") return std::nullopt;
  if (!gist.if_match) return ShedClass::publish;
  if (gist.ends) return std::nullopt;
  return gist.body ? ShedClass::modify : ShedClass::refresh;
}

std::optional<ShedClass> shed_class(const ports::SipRequest& request) {
  return shed_class(ports::RequestGist{request.key.io, request.method, !request.to_tag.empty(), request.has_if_match,
                                       request.body != nullptr,
                                       request.expires == 0U || event::is_deregistration(request)});
}

ShedLevel share_of(ShedClass which, ShedLevel level) {
  const ShedLevel before = static_cast<ShedLevel>(which) * kFull;
  return level <= before ? 0 : std::min(level - before, kFull);
}

ShedLevel share_of_rest(ShedLevel share, ShedLevel already) {
  if (share <= already) return 0;
  return (share - already) * kFull / (kFull - already);
}

void Overload::tick(base::Instant now, base::Millis target) {
  const double goal = static_cast<double>(std::max(target, base::Millis(1)).count());
  for (int closed = 0; now - window_ >= kWindow; ++closed) {
    if (closed == kMostWindows) {
      window_ = now;
      break;
    }
    const double delay = static_cast<double>(shortest_.value_or(base::Millis(0)).count());
    close(overflowed_ ? kWorstError : std::min(delay / goal - 1, kWorstError));
    shortest_.reset();
    overflowed_ = false;
    window_ += kWindow;
  }
}

void Overload::close(double error) {
  sum_ = std::clamp(sum_ + kLasting * error, 0.0, static_cast<double>(kShedClasses));
  const double level = std::clamp(sum_ + kAtOnce * error, 0.0, static_cast<double>(kShedClasses));
  level_.store(static_cast<ShedLevel>(level * kFull), std::memory_order_relaxed);
}

std::optional<base::Instant> Overload::next() const {
  if (!shortest_ && !overflowed_ && sum_ == 0 && level() == 0) return std::nullopt;
  return window_ + kWindow;
}

Shedder::Shedder(base::Tokens& tokens) : random_(std::hash<std::string>{}(tokens.tag(0))) {}

bool Shedder::sheds(ShedClass which, ShedLevel share) {
  ShedLevel& owed = owed_[static_cast<std::size_t>(which)];
  owed += share;
  if (owed < kFull) return false;
  owed -= kFull;
  return true;
}

// SplitMix64: nobody gains by foreseeing it.
base::Seconds Shedder::retry_after(const mgmt::Snapshot& settings) {
  random_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t mixed = (random_ ^ (random_ >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  mixed ^= mixed >> 31;
  const std::uint32_t least = settings.config().runtime().retry_after_s();
  const std::uint32_t most = std::max(least, settings.config().overload().max_retry_after_s());
  return base::Seconds{least + mixed % (most - least + 1)};
}

ports::SipResponse overloaded(std::string_view why, base::Seconds retry_after, const mgmt::Snapshot& settings) {
  const bool node = settings.config().overload().status() == config::Overload::STATUS_503;
  ports::SipResponse response = event::refusal(node ? 503 : 500, why);
  response.headers.emplace_back("Retry-After", std::to_string(retry_after.count()));
  return response;
}

}  // namespace presentia::runtime
