#include "as/sip/stream_listener.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "as/base/log.h"

namespace presentia::sip {
namespace {

constexpr int kAtOnce = 64;  // then the others have their turn
constexpr base::Millis kPause{250};

// Errors of the connection that was to be accepted; the next one may be good [accept(2)].
bool concerns_one(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case ENONET:
      return true;
    default:
      return false;
  }
}

}  // namespace

StreamListener::StreamListener(StreamAcceptor& acceptor, const Loop& loop, Counters& counters, std::size_t number,
                               Socket socket)
    : acceptor_(acceptor), loop_(loop), counters_(counters), number_(number), socket_(std::move(socket)) {}

bool StreamListener::start() { return watch_.start(loop_.root, socket_.fd(), SU_WAIT_IN, *this); }

void StreamListener::ready(int) {
  for (int i = 0; i < kAtOnce; ++i) {
    Accepted accepted = accept_from(socket_.fd());
    if (accepted.error == EAGAIN || accepted.error == EWOULDBLOCK) return resume();
    if (accepted.error != 0 && concerns_one(accepted.error)) continue;
    if (accepted.error != 0) return pause(accepted.error);
    acceptor_.on_accepted(number_, std::move(accepted.socket), accepted.peer);
  }
  resume();
}

// Without descriptors or memory the connection stays in the kernel's queue, and its descriptor stays readable: to look
// again at once would only burn the CPU that may free some.
void StreamListener::pause(int error) {
  counters_.accept_paused();
  if (!paused_) {
    base::log(base::Module::sip, base::Level::warn, "sip.accept_paused",
              {{"why", std::generic_category().message(error)}});
  }
  paused_ = true;
  watch_.want(0);
  loop_.wheel.arm(*this, loop_.clock.now() + kPause);
}

void StreamListener::resume() {
  if (!paused_) return;
  paused_ = false;
  watch_.want(SU_WAIT_IN);
  base::log(base::Module::sip, base::Level::info, "sip.accept_resumed", {});
}

}  // namespace presentia::sip
