// What the operating system knows about the server under test: CPU time and memory of its whole process tree.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace presentia::bench {

class ServerProcess {
 public:
  // `memory_command`: a shell command that prints the bytes in use, for a server that keeps them in a pool which the
  // operating system cannot look into; empty: ask the operating system.
  ServerProcess(pid_t pid, std::string memory_command) : pid_(pid), memory_command_(std::move(memory_command)) {}

  // User and system time of the process, its descendants, and those of them that have ended and were waited for.
  // Resolution: the kernel's clock tick (10 ms as a rule).
  [[nodiscard]] std::chrono::microseconds cpu() const;

  // Memory in use by the tree in bytes: its share of what is not read from files, so that memory shared by several
  // processes counts once, and nothing depends on who else runs the same libraries; the resident set where the kernel
  // does not tell it; or what the command says. 0 if the process is gone or the command fails.
  [[nodiscard]] std::uint64_t memory() const;

 private:
  [[nodiscard]] std::vector<pid_t> tree() const;
  [[nodiscard]] std::uint64_t memory_by_command() const;

  pid_t pid_;
  std::string memory_command_;
};

}  // namespace presentia::bench
