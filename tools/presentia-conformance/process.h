// The commands of a target file: start, reset and stop of the server under test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "tools/presentia-conformance/library.h"
#include "tools/presentia-conformance/target.h"

namespace presentia::conformance {

// Runs the start command, if there is one, and waits until the server answers; ends it in the destructor, by the stop
// command or SIGTERM to its process group, and SIGKILL where that does not help. When the suite itself is interrupted
// (SIGINT, SIGTERM), the group gets SIGTERM first. One at a time.
class ServerProcess {
 public:
  // Throws std::runtime_error: the command ended, or the server does not answer in time; with the end of its output.
  ServerProcess(const Library& library, const Target& target, const std::string& token);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

 private:
  void start(const std::string& command);
  void end();
  // Waits for its end at the most so long; true: it is over.
  bool ended(std::chrono::milliseconds within);

  std::string stop_;
  std::string log_;
  pid_t pid_ = -1;
};

}  // namespace presentia::conformance
