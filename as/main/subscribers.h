// What an HSS knows of users: the Sh client, which runs from when sh.peer names a peer on. No logic of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/result.h"
#include "as/base/time.h"
#include "as/ports/subscriber_data.h"
#include "diameter/client/sh_client.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia {

// Questions are answered `off` at once while no peer is configured. Any thread, but for start() and stop().
class Subscribers final : public ports::SubscriberData {
 public:
  // What is given outlives it, the observer also stop(). xml::initialize() has been called.
  Subscribers(const mgmt::Live& live, const base::Clock& clock, base::Metrics& metrics,
              ports::SubscriberObserver& observer)
      : live_(live), observer_(observer), client_(live, clock, metrics) {}
  ~Subscribers() override { stop(); }
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;

  // Done where no peer is configured. The error is for people.
  [[nodiscard]] base::Result<base::Done> start();
  // Questions are answered `stopped` from here on, and connections are closed on a thread of its own.
  void begin_stop();
  // Returns when nobody is called any more; that may take 16 s where a peer does not answer.
  void stop();
  // Starts the client with the first peer; what keeps it from that is logged, and told by degraded().
  void settings_changed();

  void read(ports::ReadQuestion question, base::Millis within, std::function<void(ports::ReadResult)> done) override;
  void update(ports::UpdateQuestion question, base::Millis within,
              std::function<void(ports::UpdateResult)> done) override;
  void subscribe(ports::SubscribeQuestion question, base::Millis within,
                 std::function<void(ports::SubscribeResult)> done) override;
  void unsubscribe(ports::ReadQuestion question, base::Millis within,
                   std::function<void(ports::UnsubscribeResult)> done) override;
  [[nodiscard]] std::vector<ports::PeerView> peers() const override { return client_.peers(); }

  // The threads that have not turned for base::kLongestSilence, by name.
  [[nodiscard]] std::vector<std::string> stalled(base::Instant now) const;
  // One line for each reason why users are not known as they should be; empty where Sh is off.
  [[nodiscard]] std::vector<std::string> degraded() const;

 private:
  // off: no peer yet; failed: what keeps it from starting is in trouble_, and only a new process helps
  enum class State : std::uint8_t { off, on, failed, stopping };

  [[nodiscard]] bool has_peers() const { return live_.snapshot()->config().sh().peer_size() > 0; }
  base::Result<base::Done> start_client();
  template <class Question, class Result>
  void ask(void (diameter::ShClient::*how)(Question, base::Millis, std::function<void(Result)>), Question question,
           base::Millis within, const std::function<void(Result)>& done);

  const mgmt::Live& live_;
  ports::SubscriberObserver& observer_;
  diameter::ShClient client_;
  mutable std::mutex mutex_;  // guards trouble_ and changes of state_
  std::atomic<State> state_{State::off};
  std::string trouble_;
  std::thread closing_;
};

}  // namespace presentia
