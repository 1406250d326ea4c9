// The core on its own threads: what the scenario tests turn by hand runs the same with real shards, a real clock and a
// store that is done on a thread of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "as/base/check.h"
#include "as/base/inbox.h"
#include "as/base/metrics.h"
#include "as/base/tokens.h"
#include "as/runtime/core.h"
#include "as/store/memory_store.h"
#include "mgmt/attributes/values.h"
#include "tests/scenario/core/tick_package.h"

namespace presentia::runtime {
namespace {

using testing::HasSubstr;

// Answers every NOTIFY with 200 on a thread of its own, as SIP would.
class EchoSip final : public ports::SipPort {
 public:
  ~EchoSip() override { stop(); }
  void start(ports::SipHandler& handler) {
    thread_ = std::thread([this, &handler] {
      std::vector<ports::SendKey> keys;
      while (!ended()) {
        keys.clear();
        sent_.wait_and_drain(keys, std::chrono::steady_clock::now() + std::chrono::hours(1));
        for (const ports::SendKey key : keys) handler.on_outcome({key, ports::OutcomeKind::response, 200, {}, {}});
      }
    });
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    sent_.close();
    if (thread_.joinable()) thread_.join();
  }

  void respond(const ports::RequestKey& key, ports::SipResponse response) override {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(responses_.emplace(key.slot, std::move(response)).second);
    changed_.notify_all();
  }
  void forward(const ports::RequestKey& /*key*/) override {}
  void send(ports::SendKey key, ports::SipOutgoing request) override {
    {
      const std::lock_guard lock(mutex_);
      bodies_.push_back(request.body ? *request.body : "");
      changed_.notify_all();
    }
    sent_.post(base::Lane::completion, key);
  }
  void abandon(ports::SendKey /*key*/) override {}

  ports::SipResponse response_to(std::uint32_t slot) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return responses_.contains(slot); }));
    return responses_[slot];
  }
  void wait_for_body(const std::string& body) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20),
                                  [&] { return std::find(bodies_.begin(), bodies_.end(), body) != bodies_.end(); }))
        << "no NOTIFY with " << body;
  }

 private:
  bool ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint32_t, ports::SipResponse> responses_;
  std::vector<std::string> bodies_;
  bool ended_ = false;
  base::Inbox<ports::SendKey> sent_{1'000'000};
  std::thread thread_;
};

// Tells of each commit on another thread, later.
class LateStore final : public ports::StateStore {
 public:
  LateStore()
      : thread_([this] {
          std::vector<std::function<void()>> jobs;
          bool open = true;
          while (open) {
            jobs.clear();
            jobs_.wait_and_drain(jobs, std::chrono::steady_clock::now() + std::chrono::hours(1));
            for (const auto& job : jobs) {
              if (job) job();
              open = open && job;
            }
          }
        }) {}
  ~LateStore() override {
    jobs_.post(base::Lane::completion, {});
    thread_.join();
  }
  base::Result<base::Done> load(base::Partition partition, const Sink& sink) override {
    return records_.load(partition, sink);
  }
  [[nodiscard]] std::uint64_t epoch(base::Partition partition) const override { return records_.epoch(partition); }
  void commit(base::Partition partition, std::uint64_t epoch, ports::Commit commit, OnDone done) override {
    jobs_.post(base::Lane::completion, [this, partition, epoch, commit = std::move(commit), done = std::move(done)] {
      records_.commit(partition, epoch, commit, done);
    });
  }
  [[nodiscard]] bool writable() const override { return true; }
  base::Result<base::Done> backup(const std::string& folder) override { return records_.backup(folder); }

 private:
  store::MemoryStore records_{true};
  base::Inbox<std::function<void()>> jobs_{1'000'000};
  std::thread thread_;
};

config::Config config() {
  config::Config config = mgmt::defaults();
  config.mutable_sip()->add_domains()->set_name("example.com");
  config.mutable_notify()->set_min_interval_s(0);
  return config;
}

event::Packages packages() {
  event::Packages packages;
  packages.add(std::make_unique<test::TickPackage>());
  return packages;
}

class CoreThreads : public testing::Test {
 protected:
  CoreThreads() {
    core.connect(sip);
    sip.start(core);
    core.start();
  }
  ~CoreThreads() override {
    core.stop();
    sip.stop();
  }

  static ports::SipRequest request(std::uint32_t slot, const std::string& method, const std::string& user) {
    ports::SipRequest request;
    request.key = {0, slot, 1};
    request.method = method;
    request.request_uri = "sip:" + user + "@example.com";
    request.to = request.from = {"", request.request_uri};
    request.to_text = "<" + request.request_uri + ">";
    request.from_text = request.to_text + ";tag=f";
    request.from_tag = "f";
    request.call_id = "call-" + std::to_string(slot);
    request.cseq = 1;
    request.event = ports::EventHeader{"x-tick", {}};
    request.contact = "sip:127.0.0.1:5071";
    request.own_contact = "sip:127.0.0.1:5060";
    request.trusted = true;
    request.asserted = {{"", request.request_uri}};
    return request;
  }
  static ports::SipRequest publish(std::uint32_t slot, const std::string& user, int number) {
    ports::SipRequest made = request(slot, "PUBLISH", user);
    made.content_type = std::string(test::TickPackage::kType);
    made.body = std::make_shared<const std::string>(std::to_string(number));
    return made;
  }

  base::SteadyClock clock;
  base::Metrics metrics;
  mgmt::Live live{std::make_shared<const mgmt::Snapshot>(config(), 1)};
  event::Packages served = packages();
  LateStore store;
  EchoSip sip;
  Core core{{live, served, store, clock, metrics,
             [](std::uint32_t lane) { return std::make_unique<base::BootTokens>(lane); }, 2, 1}};
};

TEST_F(CoreThreads, ServesManyResourcesAtOnce) {
  constexpr std::uint32_t kUsers = 200;
  for (std::uint32_t i = 0; i < kUsers; ++i) core.on_request(request(i, "SUBSCRIBE", "user" + std::to_string(i)));
  for (std::uint32_t i = 0; i < kUsers; ++i) EXPECT_EQ(sip.response_to(i).status, 200);
  for (std::uint32_t i = 0; i < kUsers; ++i) {
    core.on_request(publish(kUsers + i, "user" + std::to_string(i), 1000 + static_cast<int>(i)));
  }
  for (std::uint32_t i = 0; i < kUsers; ++i) {
    EXPECT_EQ(sip.response_to(kUsers + i).status, 200);
    sip.wait_for_body(std::to_string(1000 + i));
  }
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("presentia_publications 200"));
  EXPECT_THAT(text, HasSubstr("presentia_subscriptions{state=\"active\"} 200"));
  EXPECT_THAT(text, HasSubstr("presentia_requests_total{method=\"PUBLISH\",package=\"x-tick\",status=\"200\"} 200"));
}

TEST_F(CoreThreads, AnInDialogRequestForATagThatIsNotKnownIs481) {
  ports::SipRequest stray = request(1, "SUBSCRIBE", "alice");
  stray.to_tag = base::partition_prefix(7) + "unknown";
  core.on_request(std::move(stray));
  EXPECT_EQ(sip.response_to(1).status, 481);
}

TEST_F(CoreThreads, AFeedIsServedOnTheSubscribersShard) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> seen;
  const ports::Resource alice = "sip:alice@example.com";
  const auto elsewhere = static_cast<base::Partition>(base::partition_of(alice) ^ 1U);
  core.open_feed(elsewhere, {alice, "x-tick", {alice, ""}, base::Seconds(600)}, [&](const event::Deliver& delivered) {
    EXPECT_EQ(base::this_thread_role(), base::ThreadRole::shard);
    const std::lock_guard lock(mutex);
    seen.push_back(*delivered.body.bytes);
    changed.notify_all();
  });
  core.on_request(publish(1, "alice", 7));
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return !seen.empty() && seen.back() == "7"; }));
}

TEST_F(CoreThreads, AfterTheStopNewRequestsAreRefused) {
  core.on_request(publish(1, "alice", 7));
  core.stop();
  EXPECT_EQ(sip.response_to(1).status, 200);  // what was inside is done and stored
  core.on_request(publish(2, "alice", 8));
  const ports::SipResponse refused = sip.response_to(2);
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.headers, testing::Contains(testing::Key("Retry-After")));
}

}  // namespace
}  // namespace presentia::runtime
