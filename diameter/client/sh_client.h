// ports::SubscriberData over Diameter: a thread of its own that decides, and the stack, whose threads only hand over.
// There is one of these in a process, ever (see Stack).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "as/base/heartbeat.h"
#include "as/base/metrics.h"
#include "as/base/result.h"
#include "as/ports/subscriber_data.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::diameter {

class ShClient final : public ports::SubscriberData {
 public:
  // What is given outlives it. xml::initialize() has been called.
  ShClient(const mgmt::Live& settings, const base::Clock& clock, base::Metrics& metrics);
  ~ShClient() override;  // stops
  ShClient(const ShClient&) = delete;
  ShClient& operator=(const ShClient&) = delete;

  // Connects to the peers. The observer outlives it, or stop(). Questions from before are done now. Once. The error is
  // for people; then it stays stopped. Throws std::system_error where no thread is to be had.
  [[nodiscard]] base::Result<base::Done> start(ports::SubscriberObserver& observer);
  // Nobody is called any more when it returns, which may take 16 s where a peer does not answer; questions are answered
  // with `stopped` first. Any thread but the client's.
  void stop();

  // Any thread.
  void read(ports::ReadQuestion question, base::Millis within, std::function<void(ports::ReadResult)> done) override;
  void update(ports::UpdateQuestion question, base::Millis within,
              std::function<void(ports::UpdateResult)> done) override;
  void subscribe(ports::SubscribeQuestion question, base::Millis within,
                 std::function<void(ports::SubscribeResult)> done) override;
  void unsubscribe(ports::ReadQuestion question, base::Millis within,
                   std::function<void(ports::UnsubscribeResult)> done) override;
  [[nodiscard]] std::vector<ports::PeerView> peers() const override;

  // The attributes changed; a new peer is connected to, all else of peers waits for a restart. Any thread.
  void settings_changed();
  // That its thread still turns.
  [[nodiscard]] const base::Heartbeat& heartbeat() const;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace presentia::diameter
