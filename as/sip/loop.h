// The event loop of a SIP thread: descriptors by Sofia's su_root, timers by the wheel. SIP thread.
#pragma once

#include "as/base/time.h"
#include "as/base/timer_wheel.h"
#include "as/sip/sofia.h"

namespace presentia::sip {

struct Loop {
  su_root_t* root = nullptr;
  const base::Clock& clock;
  base::TimerWheel& wheel;
};

// Whose descriptor it is. Must live until the turn of the loop in which its Watch was stopped is over.
class Watched {
 public:
  virtual ~Watched() = default;
  // `events`: of SU_WAIT_IN, SU_WAIT_OUT, SU_WAIT_ERR and SU_WAIT_HUP; may come once more after stop().
  virtual void ready(int events) = 0;
};

// A descriptor in the loop; it must stay open until stop().
class Watch {
 public:
  Watch() = default;
  ~Watch() { stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // False if the system has no room for it.
  [[nodiscard]] bool start(su_root_t* root, int fd, int events, Watched& whose);
  // From now on these events; errors always.
  void want(int events);
  void stop();

 private:
  su_root_t* root_ = nullptr;
  int index_ = -1;
  int fd_ = -1;
  int events_ = 0;
};

}  // namespace presentia::sip
