// Our own subscriptions over real UDP: a raw notifier that shares no code with us, the SIP thread, the clients' thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "as/base/tokens.h"
#include "as/runtime/clients/client_host.h"
#include "tests/adapter/sip/harness.h"

namespace presentia::test {

// No resource is ours.
class NoFeeds final : public runtime::Feeds {
 public:
  ports::FeedKey open_feed(base::Partition, runtime::FeedRequest, runtime::FeedSink) override { return {}; }
  void close_feed(const ports::FeedKey&) override {}
};

// Gives the NOTIFYs and outcomes of an agent to the clients, as Core does.
class Joint final : public ports::SipHandler {
 public:
  void on_request(ports::SipRequest request) override { clients->on_request(std::move(request)); }
  void on_outcome(ports::SipOutcome outcome) override { clients->on_outcome(std::move(outcome)); }
  ports::SipHandler* clients = nullptr;
};

// What a thread of ours was told, as lines; the test waits for them.
class ToldLines {
 public:
  // The n-th line (from 0), waiting for it; empty if it does not come.
  std::string line(std::size_t n, std::chrono::milliseconds wait = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, wait, [&] { return lines_.size() > n; });
    return lines_.size() > n ? lines_[n] : "";
  }

 protected:
  void note(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    came_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> lines_;
};

// A raw notifier and our own side, up and running.
class NotifierLab : public testing::Test {
 protected:
  explicit NotifierLab(const config::Config& config = lab_config({"udp:127.0.0.1:0"}))
      : live(std::make_shared<const mgmt::Snapshot>(config, 1)),
        host({live, packages, feeds, clock, metrics, std::make_unique<base::BootTokens>(9)}),
        agent(live, metrics, clock, joint) {
    joint.clients = &host;
    host.connect(agent);
    EXPECT_TRUE(agent.start());
    host.start();
    const std::string address = agent.addresses().at(0);
    port = address.substr(address.rfind(':') + 1);
  }
  ~NotifierLab() override {
    host.stop();
    agent.stop();
  }

  ports::Subscribe wanted() {
    ports::Subscribe subscribe;
    subscribe.subscriber = "sip:ps@ims.test";
    subscribe.target = "sip:xdms@ims.test";
    subscribe.package = "xcap-diff";
    subscribe.content.event_parameters = {{"diff-processing", "no-patching"}};
    subscribe.content.content_type = "application/resource-lists+xml";
    subscribe.content.body = std::make_shared<const std::string>("<l/>");
    subscribe.accept = {"application/xcap-diff+xml"};
    subscribe.expires = base::Seconds(600);
    subscribe.next_hop = "sip:127.0.0.1:" + notifier.port() + ";lr";
    return subscribe;
  }
  // A NOTIFY in the dialog of that SUBSCRIBE.
  std::string notify(const std::string& subscribe, int cseq, const std::string& state, const std::string& body = "",
                     const std::string& extra = "") {
    std::string text = "NOTIFY sip:127.0.0.1:" + port + " SIP/2.0\n";
    text += "Via: SIP/2.0/UDP 127.0.0.1:" + notifier.port() + ";branch=z9hG4bKn" + std::to_string(++branches) + "\n";
    text += "From: " + header(subscribe, "To").at(0) + (extra.empty() ? ";tag=xdms" : ";tag=" + extra) + "\n";
    text += "To: " + header(subscribe, "From").at(0) + "\n";
    text += "Call-ID: " + header(subscribe, "Call-ID").at(0) + "\nCSeq: " + std::to_string(cseq) + " NOTIFY\n";
    text += "Contact: <sip:127.0.0.1:" + notifier.port() + ">\nMax-Forwards: 70\n";
    text += "Event: " + package + "\nSubscription-State: " + state + "\n";
    if (!body.empty()) text += "Content-Type: " + type + "\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\n\n" + body;
  }
  std::string accept(const std::string& subscribe, const std::string& expires = "600") {
    std::string text = ok_to(subscribe, "Expires: " + expires + "\nContact: <sip:127.0.0.1:" + notifier.port() + ">\n");
    const std::string to = "To: " + header(subscribe, "To").at(0);
    if (to.find("tag=") == std::string::npos) text.insert(text.find(to) + to.size(), ";tag=xdms");
    return text;
  }
  int answer_to(const std::string& text) {
    notifier.send(text, port);
    return status_of(notifier.receive());
  }

  base::SteadyClock clock;
  base::Metrics metrics;
  mgmt::Live live;
  event::Packages packages;
  NoFeeds feeds;
  Joint joint;
  Peer notifier = Peer::udp();
  std::string port;
  int branches = 0;
  std::string package = "xcap-diff", type = "application/xcap-diff+xml";  // of NOTIFYs
  runtime::ClientHost host;
  sip::Agent agent;
};

}  // namespace presentia::test
