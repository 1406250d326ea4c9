#include "as/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "as/base/check.h"

namespace presentia::base {

void Counter::add(double by) { held_->Increment(by); }
double Counter::value() const { return held_->Value(); }

void Gauge::set(double value) { held_->Set(value); }
void Gauge::add(double by) { held_->Increment(by); }
double Gauge::value() const { return held_->Value(); }

void Histogram::observe(double value) { held_->Observe(value); }
std::uint64_t Histogram::count() const { return held_->Collect().histogram.sample_count; }
double Histogram::sum() const { return held_->Collect().histogram.sample_sum; }

Metrics::Metrics(std::span<const MetricInfo> declared)
    : declared_(declared), registry_(std::make_shared<prometheus::Registry>()) {}
Metrics::~Metrics() = default;

const MetricInfo& Metrics::declared(const std::string& name, MetricKind kind, const Labels& labels) const {
  static constexpr MetricInfo kNone{"", MetricKind::counter, "", "Not declared", {}};
  const auto found = std::ranges::find(declared_, name, &MetricInfo::name);
  std::string names;
  for (const auto& [label, value] : labels) names.append(names.empty() ? "" : ", ").append(label);
  const bool good = found != declared_.end() && found->kind == kind && found->labels == names;
  PS_BUG(!good, "metric " + name + " is not declared so");
  return good ? *found : kNone;
}

Counter Metrics::counter(const std::string& name, const Labels& labels) {
  const std::string help(declared(name, MetricKind::counter, labels).help);
  return Counter(prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels));
}

Gauge Metrics::gauge(const std::string& name, const Labels& labels) {
  const std::string help(declared(name, MetricKind::gauge, labels).help);
  return Gauge(prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels));
}

Histogram Metrics::histogram(const std::string& name, const Labels& labels) {
  const MetricInfo& info = declared(name, MetricKind::histogram, labels);
  auto& family = prometheus::BuildHistogram().Name(name).Help(std::string(info.help)).Register(*registry_);
  return Histogram(
      family.Add(labels, prometheus::Histogram::BucketBoundaries(info.buckets.begin(), info.buckets.end())));
}

void Metrics::before_reading(std::function<void()> refresh) {
  const std::lock_guard lock(mutex_);
  refreshers_.push_back(std::move(refresh));
}

std::string Metrics::text() const {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& refresh : refreshers_) refresh();
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, registry_->Collect());
  return out.str();
}

}  // namespace presentia::base
