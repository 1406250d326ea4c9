#include "as/base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace presentia::base {
namespace {

using testing::HasSubstr;

TEST(Metrics, TheSameNameAndLabelsAreTheSameCounter) {
  Metrics metrics;
  Counter first = metrics.counter("presentia_publish_total", "PUBLISH requests.", {{"status", "200"}});
  Counter again = metrics.counter("presentia_publish_total", "PUBLISH requests.", {{"status", "200"}});
  Counter other = metrics.counter("presentia_publish_total", "PUBLISH requests.", {{"status", "412"}});
  first.add();
  again.add(2);
  EXPECT_EQ(first.value(), 3);
  EXPECT_EQ(other.value(), 0);
}

TEST(Metrics, TextIsThePrometheusFormatWithHelp) {
  Metrics metrics;
  metrics.counter("presentia_publish_total", "PUBLISH requests.", {{"status", "200"}}).add(3);
  Gauge gauge = metrics.gauge("presentia_subscriptions", "Subscriptions held.");
  gauge.set(5);
  gauge.add(-2);
  EXPECT_EQ(gauge.value(), 3);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# HELP presentia_publish_total PUBLISH requests.\n"
                              "# TYPE presentia_publish_total counter\n"
                              "presentia_publish_total{status=\"200\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE presentia_subscriptions gauge\npresentia_subscriptions 3\n"));
}

}  // namespace
}  // namespace presentia::base
