// Counters and gauges of the process, each with one line of help. Registered once, used by reference.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace prometheus {
class Counter;
class Gauge;
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

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same name and labels give the same counter again. Takes a lock: call at construction and keep the result; for
  // labels known only at run time (a status, a reason from a fixed set) keep the results in a table. Any thread.
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // All of them in Prometheus' text format. Any thread.
  [[nodiscard]] std::string text() const;

 private:
  std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace presentia::base
