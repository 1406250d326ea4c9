#include "diameter/stack/library_values.h"

namespace presentia::diameter {

char* text(const std::string& held) { return const_cast<char*>(held.c_str()); }  // NOLINT: the library has no const

std::string identity_of(DiamId_t identity, std::size_t length) {
  return identity == nullptr ? std::string() : std::string(identity, length);
}

timespec deadline(base::Millis within) {
  timespec at{};
  clock_gettime(CLOCK_REALTIME, &at);
  const auto nanoseconds = at.tv_nsec + within.count() % 1000 * 1'000'000;
  at.tv_sec += within.count() / 1000 + nanoseconds / 1'000'000'000;
  at.tv_nsec = nanoseconds % 1'000'000'000;
  return at;
}

ports::PeerPhase phase_of(int state) {
  switch (state) {
    case STATE_OPEN:
    case STATE_OPEN_NEW:
      return ports::PeerPhase::open;
    case STATE_SUSPECT:
    case STATE_REOPEN:
      return ports::PeerPhase::suspect;
    case STATE_WAITCNXACK:
    case STATE_WAITCNXACK_ELEC:
    case STATE_WAITCEA:
    case STATE_OPEN_HANDSHAKE:
      return ports::PeerPhase::connecting;
    default:
      return ports::PeerPhase::closed;
  }
}

}  // namespace presentia::diameter
