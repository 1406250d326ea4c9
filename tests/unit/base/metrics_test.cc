#include "as/base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

namespace presentia::base {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::array<double, 2> kBounds{0.1, 1};
constexpr std::array kDeclared{
    MetricInfo{"presentia_publish_total", MetricKind::counter, "status", "PUBLISH requests.", {}},
    MetricInfo{"presentia_subscriptions", MetricKind::gauge, "", "Subscriptions held.", {}},
    MetricInfo{"presentia_delay_seconds", MetricKind::histogram, "thread", "How long things wait.", kBounds},
};

TEST(Metrics, TheSameNameAndLabelsAreTheSameCounter) {
  Metrics metrics(kDeclared);
  Counter first = metrics.counter("presentia_publish_total", {{"status", "200"}});
  Counter again = metrics.counter("presentia_publish_total", {{"status", "200"}});
  Counter other = metrics.counter("presentia_publish_total", {{"status", "412"}});
  first.add();
  again.add(2);
  EXPECT_EQ(first.value(), 3);
  EXPECT_EQ(other.value(), 0);
}

TEST(Metrics, TextIsThePrometheusFormatWithHelp) {
  Metrics metrics(kDeclared);
  metrics.counter("presentia_publish_total", {{"status", "200"}}).add(3);
  Gauge gauge = metrics.gauge("presentia_subscriptions");
  gauge.set(5);
  gauge.add(-2);
  EXPECT_EQ(gauge.value(), 3);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# HELP presentia_publish_total PUBLISH requests.\n"
                              "# TYPE presentia_publish_total counter\n"
                              "presentia_publish_total{status=\"200\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE presentia_subscriptions gauge\npresentia_subscriptions 3\n"));
}

TEST(Metrics, AHistogramCountsUpToEachBoundOfItsDeclaration) {
  Metrics metrics(kDeclared);
  Histogram histogram = metrics.histogram("presentia_delay_seconds", {{"thread", "sip-0"}});
  histogram.observe(0.0625);
  histogram.observe(0.5);
  metrics.histogram("presentia_delay_seconds", {{"thread", "sip-0"}}).observe(4);
  EXPECT_EQ(histogram.count(), 3U);
  EXPECT_EQ(histogram.sum(), 4.5625);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# TYPE presentia_delay_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("presentia_delay_seconds_bucket{thread=\"sip-0\",le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("presentia_delay_seconds_bucket{thread=\"sip-0\",le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("presentia_delay_seconds_bucket{thread=\"sip-0\",le=\"+Inf\"} 3\n"));
}

TEST(Metrics, WhatIsLookedUpAtReadingIsOfThatMoment) {
  Metrics metrics(kDeclared);
  Gauge gauge = metrics.gauge("presentia_subscriptions");
  metrics.before_reading([gauge]() mutable { gauge.add(1); });
  EXPECT_THAT(metrics.text(), HasSubstr("\npresentia_subscriptions 1\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("\npresentia_subscriptions 2\n"));
}

#ifdef PS_CHECKS
TEST(MetricsDeathTest, WhatIsNotDeclaredIsABug) {
  Metrics metrics(kDeclared);
  EXPECT_DEATH(metrics.counter("presentia_other_total"), "");
  EXPECT_DEATH(metrics.gauge("presentia_publish_total", {{"status", "200"}}), "");
  EXPECT_DEATH(metrics.counter("presentia_publish_total", {{"code", "200"}}), "");
}
#endif

// The rules of prometheus.io/docs/practices/naming.
TEST(MetricCatalogue, NamesAndHelpAreAsPrometheusWantsThem) {
  std::set<std::string_view> names;
  for (const MetricInfo& metric : metric_catalogue()) {
    SCOPED_TRACE(metric.name);
    EXPECT_TRUE(names.insert(metric.name).second) << "declared twice";
    EXPECT_TRUE(metric.name.starts_with("presentia_") || metric.name.starts_with("process_"));
    EXPECT_EQ(metric.kind == MetricKind::counter, metric.name.ends_with("_total"));
    EXPECT_EQ(metric.kind == MetricKind::histogram, !metric.buckets.empty());
    EXPECT_TRUE(std::ranges::is_sorted(metric.buckets));
    EXPECT_FALSE(metric.help.empty());
    EXPECT_THAT(std::string(metric.help), Not(HasSubstr("\n")));
    EXPECT_THAT(std::string(metric.help), Not(EndsWith(".")));
    EXPECT_THAT(metrics_page(), HasSubstr("| `" + std::string(metric.name) + "` |"));
  }
}

}  // namespace
}  // namespace presentia::base
