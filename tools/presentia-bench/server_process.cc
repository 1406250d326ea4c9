#include "tools/presentia-bench/server_process.h"

#include <unistd.h>

#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

namespace presentia::bench {
namespace {

struct Stat {
  pid_t parent = 0;
  std::int64_t ticks = 0;
};

// Fields of /proc/PID/stat after the command in brackets, which may hold blanks and brackets itself (proc(5)).
std::optional<Stat> read_stat(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return {};
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  constexpr int kParent = 4, kUserTime = 14, kLast = 17;  // utime, stime, cutime, cstime
  Stat stat;
  std::string field;
  for (int number = 3; number <= kLast && fields >> field; ++number) {
    std::int64_t value = 0;
    std::from_chars(field.data(), field.data() + field.size(), value);
    if (number == kParent) stat.parent = static_cast<pid_t>(value);
    if (number >= kUserTime) stat.ticks += value;
  }
  return stat;
}

std::uint64_t kilobytes_of(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size()));
  }
  return 0;
}

}  // namespace

std::vector<pid_t> ServerProcess::tree() const {
  std::multimap<pid_t, pid_t> children;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    if (const auto stat = read_stat(pid)) children.emplace(stat->parent, pid);
  }
  std::vector<pid_t> found{pid_};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [first, last] = children.equal_range(found[i]);
    for (auto child = first; child != last; ++child) found.push_back(child->second);
  }
  return found;
}

std::chrono::microseconds ServerProcess::cpu() const {
  std::int64_t ticks = 0;
  for (const pid_t pid : tree()) {
    if (const auto stat = read_stat(pid)) ticks += stat->ticks;
  }
  return std::chrono::microseconds(ticks * 1'000'000 / sysconf(_SC_CLK_TCK));
}

std::uint64_t ServerProcess::memory_by_command() const {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(memory_command_.c_str(), "r"), pclose);
  std::uint64_t bytes = 0;
  return pipe && std::fscanf(pipe.get(), "%" SCNu64, &bytes) == 1 ? bytes : 0;
}

std::uint64_t ServerProcess::memory() const {
  if (!memory_command_.empty()) return memory_by_command();
  std::uint64_t kilobytes = 0;
  for (const pid_t pid : tree()) {
    const std::string folder = "/proc/" + std::to_string(pid);
    // Without the pages of program and libraries: their share changes whenever another process with them comes or goes.
    const std::uint64_t own = kilobytes_of(folder + "/smaps_rollup", "Pss_Anon:");
    const std::uint64_t shared = kilobytes_of(folder + "/smaps_rollup", "Pss_Shmem:");
    kilobytes += own != 0 ? own + shared : kilobytes_of(folder + "/status", "VmRSS:");
  }
  return kilobytes * 1024;
}

}  // namespace presentia::bench
