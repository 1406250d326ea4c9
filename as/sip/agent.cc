#include "as/sip/agent.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <future>
#include <limits>
#include <tuple>
#include <utility>

#include "as/base/check.h"
#include "as/sip/digest_users.h"
#include "as/sip/engine.h"

namespace presentia::sip {
namespace {

// An eventfd; -1 if there was none to be had.
class WakeUp {
 public:
  WakeUp() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~WakeUp() {
    if (fd_ >= 0) close(fd_);
  }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  void ring() const {
    const std::uint64_t one = 1;
    std::ignore = write(fd_, &one, sizeof one);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

struct Agent::Parts {
  Parts(const mgmt::Live& attributes, base::Metrics& metrics, const base::Clock& time, ports::SipHandler& core,
        std::uint32_t io_thread)
      : live(attributes), counters(metrics, io_thread), clock(time), handler(core), io(io_thread) {}

  const mgmt::Live& live;
  Counters counters;
  const base::Clock& clock;
  ports::SipHandler& handler;
  std::uint32_t io;
  Traces traces;
  WakeUp wake_up;
  base::Heartbeat heartbeat;
  // All of it are answers to what we gave: never refused.
  base::Inbox<Command> inbox{std::numeric_limits<std::size_t>::max(), [this] { wake_up.ring(); }};

  void post(Command command) { std::ignore = inbox.post(base::Lane::completion, std::move(command)); }
};

Agent::Agent(const mgmt::Live& live, base::Metrics& metrics, const base::Clock& clock, ports::SipHandler& handler,
             std::uint32_t io)
    : parts_(std::make_unique<Parts>(live, metrics, clock, handler, io)) {}

Agent::~Agent() { stop(); }

base::Result<base::Done> Agent::start() {
  if (parts_->wake_up.fd() < 0) return base::Unexpected{base::Error{"event_loop", "no eventfd"}};
  const mgmt::SnapshotPtr settings = parts_->live.snapshot();
  if (auto users = check_digest_users(settings->config().sip().digest(), nullptr); !users) return users;
  std::promise<base::Result<base::Done>> opened;
  auto result = opened.get_future();
  // su_root belongs to the thread that makes it.
  thread_ = std::thread([this, opened = std::move(opened)]() mutable {
    base::this_thread_is(base::ThreadRole::sip);
    Engine engine(parts_->live, parts_->counters, parts_->clock, parts_->handler, parts_->io, parts_->inbox,
                  parts_->traces);
    auto done = engine.open(parts_->wake_up.fd());
    const bool good = done.has_value();
    if (good) addresses_ = engine.addresses();
    opened.set_value(std::move(done));
    if (good) engine.run(stop_, parts_->heartbeat);
  });
  auto done = result.get();
  if (!done) thread_.join();
  return done;
}

void Agent::stop() {
  if (!thread_.joinable()) return;
  stop_.store(true, std::memory_order_release);
  parts_->wake_up.ring();
  thread_.join();
}

bool Agent::stalled(base::Instant now) const { return parts_->heartbeat.silent(now); }

void Agent::respond(const ports::RequestKey& key, ports::SipResponse response) {
  parts_->post(RespondCommand{key, std::move(response)});
}

void Agent::forward(const ports::RequestKey& key) { parts_->post(ForwardCommand{key}); }

void Agent::send(ports::SendKey key, ports::SipOutgoing request) { parts_->post(SendCommand{key, std::move(request)}); }

void Agent::abandon(ports::SendKey key) { parts_->post(AbandonCommand{key}); }

ports::Inspected<std::unique_ptr<ports::MessageTrace>> Agent::trace(const ports::TraceOrder& order) {
  return parts_->traces.open(order);
}

}  // namespace presentia::sip
