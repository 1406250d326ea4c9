// Every metric of the process, declared once: what it is called, its labels and its line of help. conf/metrics.md is
// generated from here; as/base/metrics.h registers nothing that is not declared.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace presentia::base {

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

struct MetricInfo {
  std::string_view name;  // as Prometheus wants it: base unit (seconds, bytes) and _total of a counter at the end
  MetricKind kind = MetricKind::counter;
  std::string_view labels;          // names, in alphabetical order, separated by ", "; empty: none
  std::string_view help;            // one line
  std::span<const double> buckets;  // upper bounds of a histogram, rising
};

// In the order of the page. Any thread.
[[nodiscard]] std::span<const MetricInfo> metric_catalogue();
// The metrics as a page for people: conf/metrics.md.
[[nodiscard]] std::string metrics_page();

}  // namespace presentia::base
