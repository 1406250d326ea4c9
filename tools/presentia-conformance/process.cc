#include "tools/presentia-conformance/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tools/presentia-conformance/suite.h"

namespace presentia::conformance {
namespace {

constexpr std::size_t kShownLog = 2000;
constexpr std::chrono::milliseconds kBetweenAttempts{100};
constexpr std::chrono::milliseconds kToTheEnd{10000};

volatile std::sig_atomic_t group = 0;  // of the server that runs; 0: none

// The server has a group of its own, which Ctrl-C does not reach.
extern "C" void end_group(int signal) {
  if (group != 0) kill(-group, SIGTERM);
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void shell(const std::string& command, const std::string& what) {
  if (command.empty()) return;
  const int status = std::system(command.c_str());
  if (status != 0)
    throw std::runtime_error("the " + what + " command failed (" + std::to_string(status) + "): " + command);
}

std::string end_of(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream all;
  all << in.rdbuf();
  const std::string text = all.str();
  return text.size() > kShownLog ? text.substr(text.size() - kShownLog) : text;
}

}  // namespace

ServerProcess::ServerProcess(const Library& library, const Target& target, const std::string& token)
    : stop_(target.commands.stop) {
  shell(target.commands.reset, "reset");
  if (target.commands.start.empty()) return;
  if (alive(library, target, token + "before", 0.5)) {
    throw std::runtime_error("something answers already where the start command's server should listen");
  }
  start(target.commands.start);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(target.ready_s);
  while (!alive(library, target, token + "start", 1)) {
    const bool over = ended(kBetweenAttempts);
    if (!over && std::chrono::steady_clock::now() < deadline) continue;
    const std::string why = over ? "the start command ended: " : "the server does not answer after the start command: ";
    const std::string said = end_of(log_);
    end();
    throw std::runtime_error(why + target.commands.start + "\n" + said);
  }
}

ServerProcess::~ServerProcess() { end(); }

void ServerProcess::start(const std::string& command) {
  std::array<char, 32> name{"/tmp/conformance-XXXXXX"};
  const int log = mkstemp(name.data());
  log_ = name.data();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("no process for the start command");
  if (pid_ == 0) {
    setpgid(0, 0);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  setpgid(pid_, pid_);
  group = pid_;
  std::signal(SIGINT, end_group);
  std::signal(SIGTERM, end_group);
  close(log);
}

bool ServerProcess::ended(std::chrono::milliseconds within) {
  if (pid_ < 0) return true;
  pollfd end{static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), POLLIN, 0};
  poll(&end, 1, static_cast<int>(within.count()));
  close(end.fd);
  if (waitpid(pid_, nullptr, WNOHANG) == 0) return false;
  pid_ = -1;
  return true;
}

void ServerProcess::end() {
  if (pid_ > 0) {
    if (stop_.empty() || std::system(stop_.c_str()) != 0) kill(-pid_, SIGTERM);
    if (!ended(kToTheEnd)) {
      kill(-pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      pid_ = -1;
    }
  }
  group = 0;
  if (!log_.empty()) unlink(log_.c_str());
  log_.clear();
}

}  // namespace presentia::conformance
