// A listening socket: gives out what connects. SIP thread.
#pragma once

#include <cstddef>
#include <memory>

#include "as/sip/counters.h"
#include "as/sip/loop.h"
#include "as/sip/socket.h"

namespace presentia::sip {

class StreamAcceptor {
 public:
  virtual ~StreamAcceptor() = default;
  virtual void on_accepted(std::size_t listener, Socket socket, const Endpoint& peer) = 0;
};

class StreamListener final : private Watched, private base::Timer {
 public:
  // `number`: what the acceptor is told.
  StreamListener(StreamAcceptor& acceptor, const Loop& loop, Counters& counters, std::size_t number, Socket socket);
  // False if the loop has no room for it.
  [[nodiscard]] bool start();

 private:
  void ready(int events) override;
  void fire() override { ready(SU_WAIT_IN); }
  void pause(int error);
  void resume();

  StreamAcceptor& acceptor_;
  const Loop& loop_;
  Counters& counters_;
  const std::size_t number_;
  Socket socket_;
  Watch watch_;
  bool paused_ = false;
};

}  // namespace presentia::sip
