// What the operating system knows about the server under test: CPU time and memory of its whole process tree.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace presentia::bench {

class ServerProcess {
 public:
  explicit ServerProcess(pid_t pid) : pid_(pid) {}

  // User and system time of the process, its descendants, and those of them that have ended and were waited for.
  // Resolution: the kernel's clock tick (10 ms as a rule).
  [[nodiscard]] std::chrono::microseconds cpu() const;

  // Memory in use by the tree in bytes: the proportional set size, so that memory shared by several processes counts
  // once; the resident set where the kernel does not tell the former. 0 if the process is gone.
  [[nodiscard]] std::uint64_t memory() const;

  [[nodiscard]] bool alive() const;

 private:
  [[nodiscard]] std::vector<pid_t> tree() const;

  pid_t pid_;
};

}  // namespace presentia::bench
