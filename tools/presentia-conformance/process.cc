#include "tools/presentia-conformance/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tools/presentia-conformance/suite.h"

namespace presentia::conformance {
namespace {

constexpr std::size_t kShownLog = 2000;
constexpr std::chrono::milliseconds kPause{100};
constexpr int kPausesToTheEnd = 100;

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
    const bool over = ended();
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
  close(log);
}

bool ServerProcess::ended() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == 0) return false;
  pid_ = -1;
  return true;
}

void ServerProcess::end() {
  if (pid_ > 0) {
    if (stop_.empty() || std::system(stop_.c_str()) != 0) kill(-pid_, SIGTERM);
    for (int i = 0; i < kPausesToTheEnd && !ended(); ++i) std::this_thread::sleep_for(kPause);
    if (pid_ > 0) {
      kill(-pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      pid_ = -1;
    }
  }
  if (!log_.empty()) unlink(log_.c_str());
  log_.clear();
}

}  // namespace presentia::conformance
