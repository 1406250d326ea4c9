// Counters, gauges and histograms of the process, as metric_catalogue.h declares them. Registered once, used by
// reference.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "as/base/metric_catalogue.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace presentia::base {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  explicit Counter(prometheus::Counter& held) : held_(&held) {}
  void add(double by = 1);  // any thread
  [[nodiscard]] double value() const;

 private:
  prometheus::Counter* held_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& held) : held_(&held) {}
  void set(double value);  // any thread
  void add(double by);     // any thread; negative to lower
  [[nodiscard]] double value() const;

 private:
  prometheus::Gauge* held_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& held) : held_(&held) {}
  void observe(double value);  // any thread
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] double sum() const;

 private:
  prometheus::Histogram* held_;
};

class Metrics {
 public:
  // `declared` outlives it.
  explicit Metrics(std::span<const MetricInfo> declared = metric_catalogue());
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same name and labels give the same counter again. Help and buckets are those of the declaration; a name, kind
  // or label that is not declared is a bug. Takes a lock: call at construction and keep the result; for labels known
  // only at run time (a status, a reason from a fixed set) keep the results in a table. Any thread.
  Counter counter(const std::string& name, const Labels& labels = {});
  Gauge gauge(const std::string& name, const Labels& labels = {});
  Histogram histogram(const std::string& name, const Labels& labels = {});
  // `refresh` is called before each reading, for what is looked up only then; it outlives the last reading. At start.
  void before_reading(std::function<void()> refresh);
  // All of them in Prometheus' text format. Any thread.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] const MetricInfo& declared(const std::string& name, MetricKind kind, const Labels& labels) const;

  std::span<const MetricInfo> declared_;
  std::shared_ptr<prometheus::Registry> registry_;
  mutable std::mutex mutex_;
  std::vector<std::function<void()>> refreshers_;  // guarded by mutex_
};

}  // namespace presentia::base
