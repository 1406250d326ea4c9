// Everything that lives on the SIP thread, put together: made, run and destroyed there.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "as/base/heartbeat.h"
#include "as/base/inbox.h"
#include "as/base/result.h"
#include "as/ports/sip_port.h"
#include "as/sip/environment.h"
#include "as/sip/inbound.h"
#include "as/sip/outbound.h"
#include "as/sip/tracer.h"

namespace presentia::sip {

// What other threads want of it.
struct RespondCommand {
  ports::RequestKey key;
  ports::SipResponse response;
};
struct ForwardCommand {
  ports::RequestKey key;
};
struct SendCommand {
  ports::SendKey key;
  ports::SipOutgoing request;
};
struct AbandonCommand {
  ports::SendKey key;
};
using Command = std::variant<RespondCommand, ForwardCommand, SendCommand, AbandonCommand>;

class Engine final : private NetworkUser, private SentTap {
 public:
  Engine(const mgmt::Live& live, Counters& counters, const base::Clock& clock, ports::SipHandler& handler,
         std::uint32_t io, base::Inbox<Command>& inbox, const Traces& traces);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Binds; `wake_fd` becomes readable when the inbox has something, or `stop` was set.
  base::Result<base::Done> open(int wake_fd);
  [[nodiscard]] std::vector<std::string> addresses() const;
  // Until `stop`; what was to be sent before it still goes out, as far as the peers read it within a moment.
  void run(const std::atomic<bool>& stop, base::Heartbeat& heartbeat);

 private:
  struct RootDeleter {
    void operator()(su_root_t* root) const { su_root_destroy(root); }
  };
  static int woken(su_root_magic_t*, su_wait_t*, su_wakeup_arg_t* self) noexcept;

  void on_message(MsgPtr message, const Origin& origin) override;
  void on_connection_lost(ConnectionId connection) override { outbound_->on_connection_lost(connection); }
  void on_unreachable(const HostPort& remote) override { outbound_->on_unreachable(remote); }
  void turn(base::Heartbeat& heartbeat);
  void send_the_rest();
  [[nodiscard]] bool on() override { return tracer_.on(); }
  void sent(const Listener& from, const HostPort& to, std::string_view bytes) override;
  void take_commands();
  void housekeeping();
  [[nodiscard]] su_duration_t idle_time() const;

  const base::Clock& clock_;
  ports::SipHandler& handler_;
  base::Inbox<Command>& inbox_;
  std::vector<Command> commands_;
  Environment environment_;
  Parser parser_;
  Tracer tracer_;
  std::unique_ptr<su_root_t, RootDeleter> root_;
  int wake_fd_ = -1;
  int wake_index_ = -1;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<Proxy> proxy_;
  std::unique_ptr<Inbound> inbound_;
  std::unique_ptr<Outbound> outbound_;
  base::Instant next_housekeeping_{};
};

}  // namespace presentia::sip
