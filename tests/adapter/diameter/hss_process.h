// A presentia-hss, or what takes its options, as a process of the test: freeDiameter can be started once in a process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <string>

namespace presentia::test {

class HssProcess {
 public:
  // With the users of the laboratory; at any free port if `port` is 0. Fails the test if it does not start.
  explicit HssProcess(const std::string& identity, std::uint16_t port = 0,
                      const std::string& program = PS_BINARY_DIR "/presentia-hss");
  ~HssProcess();
  HssProcess(const HssProcess&) = delete;
  HssProcess& operator=(const HssProcess&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  // The answer to a line of its standard input.
  std::string tell(const std::string& command);
  // At once, without a word to its peers.
  void kill();

 private:
  std::string read_line();

  pid_t pid_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
  std::uint16_t port_ = 0;
};

}  // namespace presentia::test
