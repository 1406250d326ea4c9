// An Sh client, and two HSSs that it may ask. One for the whole program: the client's library starts once.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "diameter/client/sh_client.h"
#include "mgmt/attributes/snapshot.h"
#include "tests/adapter/diameter/hss_process.h"

namespace presentia::test {

using namespace std::chrono_literals;

inline constexpr const char* kAlice = "sip:alice@example.com";
inline constexpr const char* kNobody = "sip:nobody@example.com";
inline constexpr base::Millis kWithin{6000};

class ShLab : public testing::Environment, private ports::SubscriberObserver {
 public:
  static ShLab& instance();

  void SetUp() override;
  void TearDown() override;

  HssProcess& first() { return *first_; }
  HssProcess& second() { return *second_; }
  // One that shares no code with the client, asked only where another one points to it: NAME_hss.py or
  // NAME_hss.escript. It becomes the peer `name`, while all runs, when this is called first.
  HssProcess& other(const std::string& name, const std::string& program);
  // Starts it again at its port.
  void restart_first();
  diameter::ShClient& client() { return *client_; }
  base::Metrics& metrics() { return metrics_; }
  double counted(const std::string& name, const base::Labels& labels) { return metrics_.counter(name, labels).value(); }
  [[nodiscard]] base::Instant now() const { return clock_.now(); }

  // Waits up to 15 s.
  bool wait_for(const std::function<bool()>& holds);
  bool wait_for_phase(const std::string& peer, ports::PeerPhase phase);
  [[nodiscard]] ports::PeerView peer(const std::string& name) const;
  void set(const std::function<void(config::Sh&)>& change);

  ports::ReadResult read(ports::ReadQuestion question, base::Millis within = kWithin);
  ports::UpdateResult update(ports::UpdateQuestion question, base::Millis within = kWithin);
  ports::SubscribeResult subscribe(ports::SubscribeQuestion question, base::Millis within = kWithin);
  ports::UnsubscribeResult unsubscribe(ports::ReadQuestion question, base::Millis within = kWithin);

  // What was pushed since; and what to answer from now on, nullopt: nothing.
  std::vector<ports::PushedData> take_pushed();
  void answer_pushes(std::optional<ports::PushVerdict> verdict);

 private:
  template <class Result, class Question>
  Result wait(Question question, base::Millis within,
              void (diameter::ShClient::*ask)(Question, base::Millis, std::function<void(Result)>));
  void on_push(ports::PushedData data, Answer answer) override;
  void on_peer(const ports::PeerView& peer, bool any_open) override;

  std::unique_ptr<HssProcess> first_, second_;
  std::map<std::string, std::unique_ptr<HssProcess>> others_;
  base::SteadyClock clock_;
  base::Metrics metrics_;
  std::unique_ptr<mgmt::Live> live_;
  std::unique_ptr<diameter::ShClient> client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ports::PushedData> pushed_;
  std::optional<ports::PushVerdict> verdict_ = ports::PushVerdict::taken;
};

ports::ReadQuestion question(std::vector<ports::DataReference> references, const std::string& user = kAlice);

}  // namespace presentia::test
