#include "xdm-client/http/root_book.h"

#include <algorithm>
#include <utility>

#include "as/base/log.h"

namespace presentia::xdm {
namespace {

std::string words_of(base::Millis time) { return std::to_string(time.count()); }

void log_change(const std::string& root, RootState before, const RootHealth& health, Moment now,
                const std::string& why) {
  using base::Level;
  using base::Module;
  if (before == RootState::used && health.state() == RootState::left) {
    const auto time = std::chrono::ceil<base::Millis>(health.due() - now);
    base::log(Module::xdm, Level::warn, "xcap.root_left", {{"root", root}, {"for_ms", words_of(time)}, {"why", why}});
  } else if (before != RootState::used && health.state() == RootState::used) {
    base::log(Module::xdm, Level::info, "xcap.root_back", {{"root", root}});
  }
}

}  // namespace

RootBook::RootBook(base::Metrics& metrics, Now now)
    : metrics_(metrics), now_(std::move(now)), chance_(std::random_device{}()) {}

RootBook::Entry& RootBook::entry(const std::string& root) {
  const auto found = entries_.find(root);
  if (found != entries_.end()) return found->second;
  Entry fresh{{}, metrics_.gauge("presentia_xcap_root_state", {{"root", root}})};
  fresh.state.set(0);
  return entries_.emplace(root, std::move(fresh)).first->second;
}

void RootBook::forget_others(const HttpSettings& settings) {
  std::erase_if(entries_, [&](const auto& held) {
    const bool gone = std::ranges::find(settings.roots, held.first) == settings.roots.end();
    if (gone) base::Gauge(held.second.state).set(0);
    return gone;
  });
}

std::optional<RootChoice> RootBook::choose(const HttpSettings& settings, const std::set<std::string>& tried) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() > settings.roots.size()) forget_others(settings);
  for (const std::string& text : settings.roots) {
    if (tried.contains(text)) continue;
    auto root = parse_root(text);
    if (!root) continue;
    Entry& held = entry(text);
    const auto ticket = held.health.admit(now_());
    held.state.set(static_cast<double>(held.health.state()));
    if (ticket) return RootChoice{*std::move(root), *ticket};
  }
  return std::nullopt;
}

base::Millis RootBook::ready_in(const HttpSettings& settings) {
  const std::lock_guard lock(mutex_);
  const Moment now = now_();
  Moment first = Moment::max();
  for (const std::string& text : settings.roots) {
    const auto found = entries_.find(text);
    if (found == entries_.end() || found->second.health.state() != RootState::left) return base::Millis(0);
    first = std::min(first, found->second.health.due());
  }
  if (first == Moment::max() || first <= now) return base::Millis(0);
  return std::chrono::ceil<base::Millis>(first - now);
}

template <class Change>
void RootBook::change(const RootChoice& choice, const std::string& why, Change change) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(choice.root.text);
  if (found == entries_.end()) return;  // no longer one of the roots
  RootHealth& health = found->second.health;
  const RootState before = health.state();
  const Moment now = now_();
  change(health, now);
  found->second.state.set(static_cast<double>(health.state()));
  log_change(choice.root.text, before, health, now, why);
}

void RootBook::alive(const RootChoice& choice) {
  change(choice, "", [&](RootHealth& health, Moment) { health.alive(choice.ticket); });
}

void RootBook::failed(const RootChoice& choice, const HttpSettings& settings, const std::string& why) {
  change(choice, why, [&](RootHealth& health, Moment now) { health.failed(choice.ticket, now, settings, jitter()); });
}

void RootBook::doubted(const RootChoice& choice, const HttpSettings& settings, const std::string& why) {
  change(choice, why, [&](RootHealth& health, Moment now) { health.doubted(choice.ticket, now, settings, jitter()); });
}

void RootBook::leave(const RootChoice& choice, base::Millis for_time, const std::string& why) {
  change(choice, why, [&](RootHealth& health, Moment now) { health.leave(choice.ticket, now + for_time); });
}

void RootBook::undecided(const RootChoice& choice) {
  change(choice, "", [&](RootHealth& health, Moment now) { health.undecided(choice.ticket, now); });
}

}  // namespace presentia::xdm
