#include "as/sip/engine.h"

#include <sofia-sip/su.h>
#include <sofia-sip/su_log.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>

#include "as/base/log.h"

namespace presentia::sip {
namespace {

constexpr base::Millis kHousekeeping{200};
constexpr base::Millis kLinger{1000};         // for connections that do not take what is to be sent
constexpr su_duration_t kLingerStep = 20;     // ms
constexpr su_duration_t kLongestSleep = 200;  // ms
constexpr std::size_t kTimersAtOnce = 2000;   // then look at the sockets again

// Sofia writes to stderr unless told otherwise, process-wide.
void log_sofia(void*, const char* format, va_list arguments) noexcept {
  if (!base::logs(base::Module::sip, base::Level::debug)) return;
  std::array<char, 512> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  base::log(base::Module::sip, base::Level::debug, "sofia", {{"text", text.data()}});
}

void prepare_sofia() {
  static std::once_flag once;
  std::call_once(once, [] {
    su_init();
    su_log_redirect(nullptr, &log_sofia, nullptr);
  });
}

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

Engine::Engine(const mgmt::Live& live, Counters& counters, const base::Clock& clock, ports::SipHandler& handler,
               std::uint32_t io, base::Inbox<Command>& inbox, const Traces& traces)
    : clock_(clock), handler_(handler), inbox_(inbox), environment_(live, counters, clock.now(), io), tracer_(traces) {}

Engine::~Engine() {
  if (wake_index_ >= 0) su_root_deregister(root_.get(), wake_index_);
}

base::Result<base::Done> Engine::open(int wake_fd) {
  prepare_sofia();
  root_.reset(su_root_create(nullptr));
  if (!root_) return base::Unexpected{base::Error{"event_loop", "cannot make an event loop"}};
  su_wait_t wait = SU_WAIT_INIT;
  wake_fd_ = wake_fd;
  if (su_wait_create(&wait, wake_fd, SU_WAIT_IN) < 0 ||
      (wake_index_ =
           su_root_register(root_.get(), &wait, &Engine::woken, reinterpret_cast<su_wakeup_arg_t*>(this), 0)) < 0) {
    return base::Unexpected{base::Error{"event_loop", "cannot watch the wake-up descriptor"}};
  }
  network_ = std::make_unique<Network>(Loop{root_.get(), clock_, environment_.wheel}, parser_, environment_.reader,
                                       static_cast<NetworkUser&>(*this), environment_.counters);
  environment_.network = network_.get();
  network_->tap(static_cast<SentTap&>(*this));
  resolver_ = std::make_unique<Resolver>(root_.get(), environment_.sip().resolv_conf(), [this](Transport way, bool v6) {
    return network_->listener_for(way, v6).has_value();
  });
  proxy_ = std::make_unique<Proxy>(environment_, *resolver_);
  inbound_ = std::make_unique<Inbound>(environment_, *proxy_, handler_);
  outbound_ = std::make_unique<Outbound>(environment_, *resolver_, handler_);
  auto opened = network_->open(environment_.sip());
  if (!opened) return opened;
  for (const Listener& listener : network_->listeners()) environment_.own.add(listener);
  return opened;
}

std::vector<std::string> Engine::addresses() const {
  std::vector<std::string> texts;
  for (const Listener& listener : network_->listeners()) texts.push_back(listener.text());
  return texts;
}

void Engine::run(const std::atomic<bool>& stop, base::Heartbeat& heartbeat) {
  while (!stop.load(std::memory_order_acquire)) turn(heartbeat);
  send_the_rest();
}

void Engine::turn(base::Heartbeat& heartbeat) {
  const auto due = environment_.wheel.next();
  environment_.now = clock_.now();
  heartbeat.beat(environment_.now);
  if (due && *due <= environment_.now) environment_.counters.loop_lag(environment_.now - *due);
  take_commands();
  network_->report_losses();
  environment_.wheel.advance(environment_.now, kTimersAtOnce);
  if (environment_.now >= next_housekeeping_) housekeeping();
  network_->flush();
  su_root_step(root_.get(), idle_time());
}

// Answers and NOTIFYs that were given before the stop: datagrams leave at once, connections take theirs as they can.
void Engine::send_the_rest() {
  environment_.now = clock_.now();
  const base::Instant until = environment_.now + kLinger;
  take_commands();
  network_->flush();
  while (network_->sending() && environment_.now < until) {
    su_root_step(root_.get(), kLingerStep);
    environment_.now = clock_.now();
  }
}

su_duration_t Engine::idle_time() const {
  const auto next = environment_.wheel.next();
  if (!next) return kLongestSleep;
  const auto left = (*next - environment_.now).count();
  return static_cast<su_duration_t>(std::clamp<decltype(left)>(left, 0, kLongestSleep));
}

int Engine::woken(su_root_magic_t*, su_wait_t*, su_wakeup_arg_t* self) noexcept {
  std::uint64_t count = 0;
  const auto& engine = *reinterpret_cast<Engine*>(self);
  std::ignore = read(engine.wake_fd_, &count, sizeof count);
  return 0;
}

void Engine::take_commands() {
  inbox_.drain(commands_);
  for (Command& command : commands_) {
    std::visit(Overloaded{[this](RespondCommand& c) { inbound_->respond(c.key, c.response); },
                          [this](ForwardCommand& c) { inbound_->forward(c.key); },
                          [this](SendCommand& c) { outbound_->send(c.key, std::move(c.request)); },
                          [this](AbandonCommand& c) { outbound_->abandon(c.key); }},
               command);
  }
  commands_.clear();
}

void Engine::housekeeping() {
  next_housekeeping_ = environment_.now + kHousekeeping;
  inbound_->refresh_limits();
  outbound_->refresh_limits();
  environment_.counters.connections(network_->connections());
  environment_.counters.transactions(inbound_->transactions(), outbound_->transactions());
}

void Engine::on_message(MsgPtr message, const Origin& origin) {
  environment_.now = clock_.now();
  RawMessage raw = parser_.cut(message.get());
  if (origin.framing != Defect::none) raw.defect = origin.framing;
  if (tracer_.on()) {
    tracer_.received(
        raw, {network_->listeners()[origin.listener], origin.address.host() + ':' + origin.port, environment_.now});
  }
  if (raw.request) return inbound_->on_request(std::move(message), std::move(raw), origin);
  Drop why = Drop::unreadable;
  if (raw.status != 0 && raw.defect == Defect::none) {
    why = Drop::stray_response;
    const auto vias = raw.list(HeaderName::via);
    const auto top = vias.empty() ? std::nullopt : parse_via(vias.front());
    if (top && (outbound_->on_response(raw, *top) || proxy_->on_response(raw, *top))) return;
  }
  environment_.counters.dropped(why);
  base::log(base::Module::sip, base::Level::info, "sip.dropped",
            {{"reason", drop_name(why)}, {"peer", origin.address.host() + ':' + origin.port}});
  if (why == Drop::unreadable) environment_.network->close(origin.connection);
}

void Engine::sent(const Listener& from, const HostPort& to, std::string_view bytes) {
  tracer_.sent(bytes, {from, to.host + ':' + to.port, environment_.now});
}

}  // namespace presentia::sip
