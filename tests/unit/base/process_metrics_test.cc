#include "as/base/process_metrics.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace presentia::base {
namespace {

double value(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

TEST(ProcessMetrics, AreWhatTheSystemSays) {
  Metrics metrics;
  add_process_metrics(metrics);
  const double open = value(metrics.text(), "process_open_fds");
  const int copy = dup(STDERR_FILENO);
  const std::string text = metrics.text();
  close(copy);
  EXPECT_EQ(value(text, "process_open_fds"), open + 1);
  EXPECT_GT(value(text, "process_max_fds"), open);
  EXPECT_GE(value(text, "process_threads"), 1);
  EXPECT_GE(value(text, "process_cpu_seconds_total"), 0);
  EXPECT_GT(value(text, "process_resident_memory_bytes"), 1'000'000);
  EXPECT_GT(value(text, "process_virtual_memory_bytes"), value(text, "process_resident_memory_bytes"));
  EXPECT_GT(value(text, "process_start_time_seconds"), 1.6e9);
}

}  // namespace
}  // namespace presentia::base
