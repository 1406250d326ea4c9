#include "tests/adapter/diameter/hss_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <utility>

namespace presentia::test {

HssProcess::HssProcess(const std::string& identity, std::uint16_t port, const std::string& program) {
  std::array<int, 2> in{}, out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipe";
    return;
  }
  const std::string users = std::string(PS_SOURCE_DIR) + "/conf/lab/hss.xml";
  const std::string port_text = std::to_string(port);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execl(program.c_str(), program.c_str(), "--users", users.c_str(), "--identity", identity.c_str(), "--realm",
            "ims.test", "--port", port_text.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  to_ = ::fdopen(in[1], "w");
  from_ = ::fdopen(out[0], "r");
  std::istringstream line(read_line());
  std::string ready, name, address;
  line >> ready >> name >> address >> port_;
  EXPECT_EQ(ready, "ready") << "presentia-hss does not start";
}

HssProcess::~HssProcess() {
  kill();
  if (to_ != nullptr) std::fclose(to_);
  if (from_ != nullptr) std::fclose(from_);
}

std::string HssProcess::read_line() {
  std::array<char, 4096> buffer{};
  std::string line = std::fgets(buffer.data(), buffer.size(), from_) == nullptr ? "" : buffer.data();
  if (line.ends_with('\n')) line.pop_back();
  return line;
}

std::string HssProcess::tell(const std::string& command) {
  std::fprintf(to_, "%s\n", command.c_str());
  std::fflush(to_);
  return read_line();
}

void HssProcess::kill() {
  const pid_t pid = std::exchange(pid_, -1);
  if (pid <= 0) return;
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
}

}  // namespace presentia::test
