#include "as/sip/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "as/base/mutants.h"
#include "as/sip/grammar.h"
#include "as/sip/tls_names.h"

namespace presentia::sip {
namespace {

constexpr std::size_t kReadSize = 16384;
constexpr int kReadsAtOnce = 4;                    // then the others have their turn
constexpr std::size_t kMostWaiting = 8U << 20;     // bytes; more is not taken
constexpr std::size_t kPauseReading = 256U << 10;  // a peer that does not read is not read either
constexpr base::Millis kLinger{2000};

std::string system_text(int error) { return std::generic_category().message(error); }

}  // namespace

Stream::Stream(StreamUser& user, const Loop& loop, ConnectionId id, Peer peer, Socket socket,
               std::unique_ptr<TlsSession> tls, bool check_name)
    : user_(user),
      loop_(loop),
      id_(id),
      peer_(std::move(peer)),
      socket_(std::move(socket)),
      tls_(std::move(tls)),
      check_name_(check_name),
      last_traffic_(now()),
      waiting_since_(last_traffic_) {
  if (peer_.accepted) stage_ = tls_ ? Stage::handshake : Stage::open;
}

bool Stream::start() {
  const int events = stage_ == Stage::connecting ? SU_WAIT_OUT : SU_WAIT_IN;
  if (!watch_.start(loop_.root, socket_.fd(), events, *this)) return false;
  settle();
  return true;
}

bool Stream::reaches(std::string_view canon) const {
  if (!usable()) return false;
  if (!tls_ || !check_name_) return true;
  if (name_host(names_, canon)) return true;
  // Whoever came to us without a certificate is reached by the address from which it came, and by no name.
  return peer_.accepted ? parse_ip(canon) == peer_.at.address : equal_ignoring_case(peer_.canon, canon);
}

bool Stream::send(std::string_view bytes) {
  const std::size_t waiting = queue_.size() + unsent_.size();
  if (!usable() || (waiting > 0 && waiting + bytes.size() > kMostWaiting)) return false;
  if (stage_ == Stage::open) {
    write(bytes);
  } else {
    unsent_.append(bytes);
  }
  settle();
  return stage_ != Stage::ended;
}

void Stream::finish() {
  if (stage_ > Stage::open) return;
  if (stage_ < Stage::open) return end(StreamEnd::ours);
  stage_ = Stage::finishing;
  finished_by_ = now() + user_.limits().patience;
  flush();
  settle();
}

void Stream::ready(int events) {
  if (stage_ == Stage::ended) return;
  if (stage_ == Stage::connecting) {
    connected();
  } else {
    if ((events & ~SU_WAIT_OUT) != 0) read();
    if ((events & SU_WAIT_OUT) != 0 && stage_ != Stage::ended) flush();
  }
  settle();
}

void Stream::connected() {
  if (const int error = connect_error(socket_.fd()); error != 0) return end(StreamEnd::failed, system_text(error));
  last_traffic_ = now();
  if (!tls_) return opened();
  stage_ = Stage::handshake;
  if (!tls_->start()) return end(StreamEnd::tls, tls_->why());
  queue_.push(tls_->take_output(), last_traffic_);
  flush();
}

// The handshake is done, if there is one: now is the time for names, and for what waited.
void Stream::opened() {
  if (tls_) names_ = tls_->peer_names();
  if (check_name_ && !peer_.accepted && !name_host(names_, peer_.canon)) {
    return end(StreamEnd::tls, "no certificate of " + peer_.canon);
  }
  stage_ = Stage::open;
  if (!peer_.accepted) waiting_since_.reset();  // it need not say anything
  if (const std::string waited = std::exchange(unsent_, {}); !waited.empty()) write(waited);
}

void Stream::read() {
  std::array<char, kReadSize> bytes;  // NOLINT(*-member-init): only what was read of it is used
  for (int i = 0; i < kReadsAtOnce && stage_ != Stage::ended; ++i) {
    const ssize_t got = recv(socket_.fd(), bytes.data(), bytes.size(), 0);
    if (got == 0) return end(StreamEnd::peer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (got < 0) return end(StreamEnd::failed, system_text(errno));
    take({bytes.data(), static_cast<std::size_t>(got)});
    if (static_cast<std::size_t>(got) < bytes.size()) return;
  }
}

void Stream::take(std::string_view bytes) {
  if (stage_ > Stage::open) return;  // nobody is interested any more
  last_traffic_ = now();
  if (!tls_) {
    framer_.feed(bytes);
    return deliver();
  }
  const bool alive = decrypt(bytes);
  if (stage_ == Stage::open) deliver();
  if (!alive) end(tls_->why().empty() ? StreamEnd::peer : StreamEnd::tls, tls_->why());
}

// False if the session is over.
bool Stream::decrypt(std::string_view bytes) {
  std::string plain;
  const bool alive = tls_->receive(bytes, plain);
  if (const std::string answer = tls_->take_output(); !answer.empty()) {
    queue_.push(answer, last_traffic_);
    flush();
  }
  if (alive && stage_ == Stage::handshake && tls_->established()) opened();
  framer_.feed(plain);
  return alive;
}

void Stream::deliver() {
  std::size_t pings = 0;
  bool something = false;
  while (stage_ == Stage::open) {
    const auto framed = framer_.next(user_.limits().max_message_bytes);
    if (!framed) break;
    something = true;
    if (framed->ping) {
      ++pings;
      continue;
    }
    user_.on_framed(*this, *framed);
    if (framed->defect != Defect::none) finish();
  }
  if (pings > 0 && stage_ == Stage::open) pong(pings);
  if (!framer_.amid() && something) waiting_since_.reset();
  if (framer_.amid() && (something || !waiting_since_)) waiting_since_ = last_traffic_;
}

// [RFC5626 3.5.1] One CRLF for each two.
void Stream::pong(std::size_t pings) {
  if (PS_MUTANT("keep-alive-unanswered")) return;
  std::string answer;
  for (std::size_t i = 0; i < pings; ++i) answer += "\r\n";
  send(answer);
}

void Stream::write(std::string_view bytes) {
  if (tls_ && !tls_->send(bytes)) return end(StreamEnd::tls, tls_->why());
  if (tls_) {
    queue_.push(tls_->take_output(), now());
  } else {
    queue_.push(bytes, now());
  }
  flush();
}

void Stream::flush() {
  while (!queue_.empty()) {
    const std::string_view waiting = queue_.waiting();
    const ssize_t sent = ::send(socket_.fd(), waiting.data(), waiting.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (sent < 0) return end(StreamEnd::failed, system_text(errno));
    last_traffic_ = now();
    queue_.pop(static_cast<std::size_t>(sent), last_traffic_);
  }
  if (stage_ == Stage::finishing) linger();
}

// Closing a socket with unread bytes resets the connection, and the peer may lose what we said last: so it is told
// that nothing more comes, and has some time to close it.
void Stream::linger() {
  stage_ = Stage::lingering;
  if (tls_) {
    tls_->close();
    const std::string good_bye = tls_->take_output();
    ::send(socket_.fd(), good_bye.data(), good_bye.size(), MSG_NOSIGNAL);
  }
  shutdown(socket_.fd(), SHUT_WR);
  finished_by_ = now() + kLinger;
}

// What is wanted of the loop after something has changed.
void Stream::settle() {
  if (stage_ == Stage::ended) return;
  const bool out = stage_ == Stage::connecting || !queue_.empty();
  const bool in = stage_ != Stage::connecting && queue_.size() <= kPauseReading;
  watch_.want((in ? SU_WAIT_IN : 0) | (out ? SU_WAIT_OUT : 0));
  const base::Instant at = due().first;
  if (!armed() || at < deadline()) loop_.wheel.arm(*this, at);
}

// When it ends unless something happens, and why then.
std::pair<base::Instant, StreamEnd> Stream::due() const {
  if (stage_ > Stage::open) return {finished_by_, StreamEnd::ours};
  const StreamLimits limits = user_.limits();
  std::pair<base::Instant, StreamEnd> first{last_traffic_ + limits.idle, StreamEnd::idle};
  if (waiting_since_) first = std::min(first, {*waiting_since_ + limits.patience, StreamEnd::late});
  if (!queue_.empty()) first = std::min(first, {queue_.stuck_since() + limits.patience, StreamEnd::stuck});
  return first;
}

void Stream::fire() {
  const auto [at, why] = due();
  if (now() < at) return loop_.wheel.arm(*this, at);
  end(why);
}

void Stream::end(StreamEnd why, std::string_view words) {
  if (stage_ == Stage::ended) return;
  stage_ = Stage::ended;
  watch_.stop();
  cancel();
  user_.on_ended(*this, why, words);
  socket_.close();
}

}  // namespace presentia::sip
