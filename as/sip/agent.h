// SIP on ISC: the SipPort with a thread and sockets of its own. Sofia's parser and event loop, our own streams and
// transactions; see README.md for the parts.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/result.h"
#include "as/base/time.h"
#include "as/ports/sip_port.h"
#include "as/ports/tracing.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::sip {

class Agent final : public ports::SipPort, public ports::MessageTracing {
 public:
  // `io`: number of this SIP thread, part of its request keys. All references must outlive the agent.
  Agent(const mgmt::Live& live, base::Metrics& metrics, const base::Clock& clock, ports::SipHandler& handler,
        std::uint32_t io = 0);
  ~Agent() override;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Binds every sip.transport and starts the thread. The error names the transport, or the file of digest
  // users, and the reason; then nothing runs.
  base::Result<base::Done> start();
  // Ends the thread and closes the sockets. After it the handler is not called any more: what was still open has no
  // outcome. Not from a SIP thread.
  void stop();
  // True if the thread has not turned for base::kLongestSilence. Any thread.
  [[nodiscard]] bool stalled(base::Instant now) const;
  // "udp:127.0.0.1:5060", as really bound, in the order of the configuration. After start().
  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }

  void respond(const ports::RequestKey& key, ports::SipResponse response) override;
  void forward(const ports::RequestKey& key) override;
  void send(ports::SendKey key, ports::SipOutgoing request) override;
  void abandon(ports::SendKey key) override;
  [[nodiscard]] ports::Inspected<std::unique_ptr<ports::MessageTrace>> trace(const ports::TraceOrder& order) override;

 private:
  struct Parts;

  std::unique_ptr<Parts> parts_;
  std::vector<std::string> addresses_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace presentia::sip
