#include "as/sip/loop.h"

namespace presentia::sip {
namespace {

int called(su_root_magic_t*, su_wait_t* wait, su_wakeup_arg_t* whose) noexcept {
  reinterpret_cast<Watched*>(whose)->ready(su_wait_events(wait, wait->fd));
  return 0;
}

}  // namespace

bool Watch::start(su_root_t* root, int fd, int events, Watched& whose) {
  stop();
  su_wait_t wait = SU_WAIT_INIT;
  if (su_wait_create(&wait, fd, events) < 0) return false;
  const int index = su_root_register(root, &wait, &called, reinterpret_cast<su_wakeup_arg_t*>(&whose), 0);
  if (index < 0) return false;
  root_ = root;
  index_ = index;
  fd_ = fd;
  events_ = events;
  return true;
}

void Watch::want(int events) {
  if (index_ < 0 || events == events_) return;
  su_root_eventmask(root_, index_, fd_, events);
  events_ = events;
}

void Watch::stop() {
  if (index_ >= 0) su_root_deregister(root_, index_);
  index_ = -1;
}

}  // namespace presentia::sip
