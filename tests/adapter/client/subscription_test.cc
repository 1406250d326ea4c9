// Our own subscriptions over real UDP: what goes out, what comes in, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/adapter/client/notifier_lab.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

// What it was told, as lines.
class Listener final : public ports::SubscriptionObserver, public ToldLines {
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
};

class OwnSubscriptions : public NotifierLab {
 protected:
  ~OwnSubscriptions() override { host.stop(); }  // before who is told ends
  Listener told;
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
  std::string other = notify(subscribe, 8, "active;expires=600", "<d/>");
  other.replace(other.find("Event: xcap-diff"), 16, "Event: presence");
  EXPECT_EQ(answer_to(other), 489);
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
