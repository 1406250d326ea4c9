// The commands of the HSS over TCP on loopback: one line each, and one line that answers it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "as/base/result.h"

namespace presentia::hss {

class Control {
 public:
  // Gives the answer to a line. Called by the thread of the control, one line at a time.
  using Obey = std::function<std::string(std::string_view line)>;

  // Listens at that port of 127.0.0.1. The error is for people.
  [[nodiscard]] static base::Result<std::unique_ptr<Control>> start(std::uint16_t port, Obey obey);
  // Closes all connections.
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

 private:
  struct Connection {
    int socket = -1;
    std::string text;  // of a line that is not whole yet
  };

  Control(int listener, int end, Obey obey);
  void serve();
  void accept();
  // False: it is over.
  [[nodiscard]] bool take(Connection& connection);

  const int listener_, end_;  // an eventfd: written when it is over
  const Obey obey_;
  std::vector<Connection> connections_;
  std::thread thread_;
};

}  // namespace presentia::hss
