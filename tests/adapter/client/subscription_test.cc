// Our own subscriptions over real UDP: a raw notifier that shares no code with us, the SIP thread, the clients' thread.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "as/base/tokens.h"
#include "as/runtime/clients/client_host.h"
#include "tests/adapter/sip/harness.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

class NoFeeds final : public runtime::Feeds {
 public:
  ports::FeedKey open_feed(base::Partition, runtime::FeedRequest, runtime::FeedSink) override { return {}; }
  void close_feed(const ports::FeedKey&) override {}
};

// What it was told, as lines.
class Listener final : public ports::SubscriptionObserver {
 public:
  void accepted(ports::SubscriptionHandle, base::Seconds expires, int status, std::uint64_t) override {
    note("accepted " + std::to_string(status) + " " + std::to_string(expires.count()));
  }
  void refused(ports::SubscriptionHandle, const ports::SubscriptionEnd& end) override {
    note("refused " + std::to_string(end.status));
  }
  void notified(ports::SubscriptionHandle, const ports::Notification& notification) override {
    note("notified " + notification.content_type + " " + (notification.body ? *notification.body : ""));
  }
  void ended(ports::SubscriptionHandle, const ports::SubscriptionEnd& end) override { note("ended " + end.reason); }

  // The n-th line (from 0), waiting for it; empty if it does not come.
  std::string line(std::size_t n, std::chrono::milliseconds wait = 10s) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, wait, [&] { return lines_.size() > n; });
    return lines_.size() > n ? lines_[n] : "";
  }

 private:
  void note(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    came_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> lines_;
};

// Gives the NOTIFYs and outcomes of an agent to the clients, as Core does.
class Joint final : public ports::SipHandler {
 public:
  void on_request(ports::SipRequest request) override { clients->on_request(std::move(request)); }
  void on_outcome(ports::SipOutcome outcome) override { clients->on_outcome(std::move(outcome)); }
  ports::SipHandler* clients = nullptr;
};

class OwnSubscriptions : public testing::Test {
 protected:
  OwnSubscriptions()
      : live(std::make_shared<const mgmt::Snapshot>(lab_config({"udp:127.0.0.1:0"}), 1)),
        host({live, packages, feeds, clock, metrics, std::make_unique<base::BootTokens>(9)}),
        agent(live, metrics, clock, joint) {
    joint.clients = &host;
    host.connect(agent);
    EXPECT_TRUE(agent.start());
    host.start();
    const std::string address = agent.addresses().at(0);
    port = address.substr(address.rfind(':') + 1);
  }
  ~OwnSubscriptions() override {
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
    text += "Event: xcap-diff\nSubscription-State: " + state + "\n";
    if (!body.empty()) text += "Content-Type: application/xcap-diff+xml\n";
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
  Listener told;
  Peer notifier = Peer::udp();
  std::string port;
  int branches = 0;
  runtime::ClientHost host;
  sip::Agent agent;
};

TEST_F(OwnSubscriptions, SubscribeNotifyRefreshWithANewBodyAndUnsubscribe) {
  PS_SPEC("XDP-01 XDP-03 XDP-05 XDP-07");
  const auto handle = host.subscribe(wanted(), told);
  const std::string subscribe = notifier.receive();
  EXPECT_THAT(subscribe, StartsWith("SUBSCRIBE sip:xdms@ims.test SIP/2.0\r\n"));
  EXPECT_THAT(header(subscribe, "Route"), ElementsAre("<sip:127.0.0.1:" + notifier.port() + ";lr>"));
  EXPECT_THAT(header(subscribe, "Contact"), ElementsAre(HasSubstr("127.0.0.1:" + port)));
  EXPECT_THAT(header(subscribe, "From"), ElementsAre(MatchesRegex("<sip:ps@ims\\.test>;tag=[0-9A-Za-z]{12,}")));
  EXPECT_THAT(header(subscribe, "P-Asserted-Identity"), ElementsAre("<sip:ps@ims.test>"));
  EXPECT_THAT(header(subscribe, "Event"), ElementsAre("xcap-diff;diff-processing=no-patching"));
  EXPECT_THAT(header(subscribe, "CSeq"), ElementsAre("1 SUBSCRIBE"));
  EXPECT_EQ(body_of(subscribe), "<l/>");
  // the NOTIFY overtakes the answer
  EXPECT_EQ(answer_to(notify(subscribe, 1, "active;expires=600", "<d/>")), 200);
  EXPECT_EQ(told.line(0), "notified application/xcap-diff+xml <d/>");
  notifier.send(accept(subscribe), port);
  EXPECT_EQ(told.line(1), "accepted 200 600");

  ports::SubscriptionContent more = wanted().content;
  more.body = std::make_shared<const std::string>("<more/>");
  host.refresh(handle, more);
  const std::string refresh = notifier.receive();
  EXPECT_THAT(refresh, StartsWith("SUBSCRIBE sip:127.0.0.1:" + notifier.port() + " SIP/2.0\r\n"));
  EXPECT_THAT(header(refresh, "To"), ElementsAre("<sip:xdms@ims.test>;tag=xdms"));
  EXPECT_THAT(header(refresh, "CSeq"), ElementsAre("2 SUBSCRIBE"));
  EXPECT_EQ(body_of(refresh), "<more/>");
  notifier.send(accept(refresh), port);
  EXPECT_EQ(told.line(2), "accepted 200 600");

  host.unsubscribe(handle);
  const std::string last = notifier.receive();
  EXPECT_THAT(header(last, "Expires"), ElementsAre("0"));
  notifier.send(accept(last, "0"), port);
  EXPECT_EQ(answer_to(notify(subscribe, 2, "terminated;reason=timeout")), 200);
  EXPECT_EQ(answer_to(notify(subscribe, 3, "active")), 481);
  EXPECT_EQ(told.line(3, 200ms), "");
}

TEST_F(OwnSubscriptions, WhatIsNotOfTheDialogIsRefused) {
  PS_SPEC("XDP-03");
  host.subscribe(wanted(), told);
  const std::string subscribe = notifier.receive();
  notifier.send(accept(subscribe), port);
  EXPECT_EQ(answer_to(notify(subscribe, 5, "active;expires=600", "<d/>")), 200);
  EXPECT_EQ(answer_to(notify(subscribe, 4, "active;expires=600", "<old/>")), 500);
  EXPECT_EQ(answer_to(notify(subscribe, 6, "active;expires=600", "<fork/>", "fork")), 481);
  std::string stray = notify(subscribe, 7, "active;expires=600", "<guess/>");
  const std::string tag = header(subscribe, "From").at(0).substr(header(subscribe, "From").at(0).find("tag=") + 4);
  stray.replace(stray.find(tag), tag.size(), "AAAguessed");
  EXPECT_EQ(answer_to(stray), 481);
  std::string package = notify(subscribe, 8, "active;expires=600", "<d/>");
  package.replace(package.find("Event: xcap-diff"), 16, "Event: presence");
  EXPECT_EQ(answer_to(package), 489);
}

TEST_F(OwnSubscriptions, ARefusalIsToldWithItsStatus) {
  PS_SPEC("XDP-08");
  host.subscribe(wanted(), told);
  std::string refusal = ok_to(notifier.receive());
  refusal.replace(8, 6, "489 Bad Event");
  notifier.send(refusal, port);
  EXPECT_EQ(told.line(0), "refused 489");
}

TEST_F(OwnSubscriptions, AnIntervalTooBriefIsAskedForAgainWithTheMinimumOfTheAnswer) {
  host.subscribe(wanted(), told);
  const std::string first = notifier.receive();
  std::string brief = ok_to(first, "Min-Expires: 1800\n");
  brief.replace(8, 6, "423 Interval Too Brief");
  notifier.send(brief, port);
  const std::string second = notifier.receive();
  EXPECT_THAT(header(second, "Expires"), ElementsAre("1800"));
  EXPECT_THAT(header(second, "CSeq"), ElementsAre("2 SUBSCRIBE"));
}

TEST_F(OwnSubscriptions, AStopUnsubscribes) {
  host.subscribe(wanted(), told);
  const std::string subscribe = notifier.receive();
  notifier.send(accept(subscribe), port);
  EXPECT_EQ(answer_to(notify(subscribe, 1, "active;expires=600")), 200);
  EXPECT_NE(told.line(1), "");
  host.stop();
  EXPECT_THAT(header(notifier.receive(), "Expires"), ElementsAre("0"));
}

}  // namespace
}  // namespace presentia::test
