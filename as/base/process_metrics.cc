#include "as/base/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace presentia::base {
namespace {

// Fields of /proc/self/stat, see proc(5).
struct Stat {
  double utime = 0, stime = 0;  // ticks
  double threads = 0;
  double starttime = 0;  // ticks after the boot
  double vsize = 0;      // bytes
  double rss = 0;        // pages
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));  // the name may hold blanks
  std::string state;
  fields >> state;                 // field 3
  std::array<double, 21> value{};  // fields 4 to 24
  for (double& one : value) fields >> one;
  if (!fields) return std::nullopt;
  return Stat{value[10], value[11], value[16], value[18], value[19], value[20]};
}

double boot_time() {
  std::ifstream file("/proc/stat");
  std::string word;
  double at = 0;
  while (file >> word) {
    if (word == "btime" && file >> at) return at;
  }
  return 0;
}

double open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator folder("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(folder), end(folder))) - 1;  // without the listing's own
}

double most_descriptors() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

}  // namespace

void add_process_metrics(Metrics& metrics) {
  Counter cpu = metrics.counter("process_cpu_seconds_total");
  Gauge resident = metrics.gauge("process_resident_memory_bytes");
  Gauge virtual_memory = metrics.gauge("process_virtual_memory_bytes");
  Gauge threads = metrics.gauge("process_threads");
  Gauge open = metrics.gauge("process_open_fds");
  Gauge most = metrics.gauge("process_max_fds");
  Gauge start = metrics.gauge("process_start_time_seconds");
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  const double booted = boot_time();
  metrics.before_reading([=]() mutable {
    if (const auto stat = read_stat()) {
      cpu.add(std::max(0.0, (stat->utime + stat->stime) / ticks - cpu.value()));
      resident.set(stat->rss * page);
      virtual_memory.set(stat->vsize);
      threads.set(stat->threads);
      start.set(booted + stat->starttime / ticks);
    }
    open.set(open_descriptors());
    most.set(most_descriptors());
  });
}

}  // namespace presentia::base
