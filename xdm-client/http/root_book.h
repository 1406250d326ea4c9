// The roots in their order of preference with the health of each: which one a request is sent to next. Any thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "as/base/metrics.h"
#include "xdm-client/http/http_settings.h"
#include "xdm-client/http/http_values.h"
#include "xdm-client/http/root_health.h"
#include "xdm-client/http/root_uri.h"

namespace presentia::xdm {

struct RootChoice {
  RootUri root;
  RootHealth::Ticket ticket = 0;
};

class RootBook {
 public:
  using Now = std::function<Moment()>;

  // `metrics` outlives it.
  RootBook(base::Metrics& metrics, Now now);

  // The first root that is worth asking and not among `tried` (their texts). Absent: none.
  [[nodiscard]] std::optional<RootChoice> choose(const HttpSettings& settings, const std::set<std::string>& tried);
  // When the first of the roots will be worth asking; 0: now, or after the probe that is under way.
  [[nodiscard]] base::Millis ready_in(const HttpSettings& settings);

  // What became of a choice; exactly one of them for each.
  void alive(const RootChoice& choice);
  void failed(const RootChoice& choice, const HttpSettings& settings, const std::string& why);
  void doubted(const RootChoice& choice, const HttpSettings& settings, const std::string& why);
  void leave(const RootChoice& choice, base::Millis for_time, const std::string& why);
  void undecided(const RootChoice& choice);

 private:
  struct Entry {
    RootHealth health;
    base::Gauge state;
  };
  Entry& entry(const std::string& root);
  double jitter() { return std::uniform_real_distribution<double>(0, 1)(chance_); }
  void forget_others(const HttpSettings& settings);
  // A change is shown and logged: once when a root is left, once when it is back.
  template <class Change>
  void change(const RootChoice& choice, const std::string& why, Change change);

  base::Metrics& metrics_;
  const Now now_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // by the root's text; this and the next guarded by mutex_
  std::minstd_rand chance_;
};

}  // namespace presentia::xdm
