// Following documents by xcap-diff, the whole way: follower, client, SIP thread, UDP, and a raw notifier.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/adapter/client/notifier_lab.h"
#include "tests/support/spec.h"
#include "xdm-client/diff/diff_follower.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kRules = "pres-rules/users/sip:alice@ims.test/index";

class Sink final : public xdm::DiffSink, public ToldLines {
 public:
  void covered(const std::string& document, bool is) override { note((is ? "covered " : "uncovered ") + document); }
  void reported(const xcap::DocumentChange& change) override {
    note("reported " + change.sel + " " + change.new_etag.value_or("-"));
  }
  void missed(const std::string& document) override { note("look " + document); }
};

class DiffOverUdp : public NotifierLab {
 protected:
  DiffOverUdp() {
    config::Config next = live.snapshot()->config();
    next.mutable_xdm()->mutable_diff()->set_notifier("sip:xdms@127.0.0.1:" + notifier.port());
    next.mutable_xdm()->mutable_diff()->set_subscriber("sip:ps@ims.test");
    next.mutable_isc()->set_originating_ioi("home.test");
    live.swap(std::make_shared<const mgmt::Snapshot>(next, 2));
    follower.start();
  }
  ~DiffOverUdp() override {
    follower.stop();
    host.stop();  // before who is told ends
  }

  std::string diff(const std::string& etags) {
    return "<xcap-diff xmlns=\"urn:ietf:params:xml:ns:xcap-diff\" xcap-root=\"http://xdms.ims.test/\"><document "
           "sel=\"" +
           kRules + "\" " + etags + "/></xcap-diff>";
  }

  Sink sink;
  xdm::DiffFollower follower{{live, host, sink, clock, metrics}};
};

//  Presentia                      notifier
//    | SUBSCRIBE xcap-diff, list      |
//    |------------------------------->|
//    |           200, NOTIFY new-etag |  covered
//    |<-------------------------------|
//    |            NOTIFY previous-etag, new-etag
//    |<-------------------------------|  reported at once
TEST_F(DiffOverUdp, ADocumentIsFollowedFromItsListToTheReportOfItsChange) {
  PS_SPEC("XDP-01 XDP-02 XDP-03 XDP-07 XDI-01 TS29A-20 TS24-12");
  follower.on_followed(kRules);
  const std::string subscribe = notifier.receive();
  EXPECT_THAT(header(subscribe, "Event"), ElementsAre("xcap-diff"));
  EXPECT_THAT(header(subscribe, "Accept"), ElementsAre("application/xcap-diff+xml"));
  EXPECT_THAT(header(subscribe, "P-Asserted-Identity"), ElementsAre("<sip:ps@ims.test>"));
  EXPECT_THAT(header(subscribe, "P-Charging-Vector"),
              ElementsAre(testing::MatchesRegex("icid-value=[0-9A-Za-z]{12,};orig-ioi=home\\.test")));
  EXPECT_THAT(header(subscribe, "Content-Type"), ElementsAre("application/resource-lists+xml"));
  EXPECT_THAT(body_of(subscribe), HasSubstr("<entry uri=\"" + kRules + "\"/>"));
  notifier.send(accept(subscribe), port);
  EXPECT_EQ(answer_to(notify(subscribe, 1, "active;expires=600", diff("new-etag=\"e1\""))), 200);
  EXPECT_EQ(sink.line(0), "covered " + kRules);
  EXPECT_EQ(sink.line(1), "reported " + kRules + " e1");
  const auto sent = std::chrono::steady_clock::now();
  EXPECT_EQ(answer_to(notify(subscribe, 2, "active;expires=590", diff("previous-etag=\"e1\" new-etag=\"e2\""))), 200);
  EXPECT_EQ(sink.line(2), "reported " + kRules + " e2");
  EXPECT_LT(std::chrono::steady_clock::now() - sent, 1s);
}

TEST_F(DiffOverUdp, ADeactivatedSubscriptionIsMadeAnewAndItsDocumentsAreLookedAt) {
  PS_SPEC("XDP-05");
  follower.on_followed(kRules);
  const std::string first = notifier.receive();
  notifier.send(accept(first), port);
  answer_to(notify(first, 1, "active;expires=600", diff("new-etag=\"e1\"")));
  EXPECT_EQ(sink.line(1), "reported " + kRules + " e1");
  // the new SUBSCRIBE may overtake the answer
  notifier.send(notify(first, 2, "terminated;reason=deactivated"), port);
  std::string again = notifier.receive();
  if (status_of(again) != 0) again = notifier.receive();
  EXPECT_EQ(sink.line(2), "uncovered " + kRules);
  EXPECT_NE(header(again, "Call-ID"), header(first, "Call-ID"));
  notifier.send(accept(again), port);
  notifier.send(notify(again, 1, "active;expires=600"), port);  // empty, as some begin
  EXPECT_EQ(sink.line(3), "covered " + kRules);
  EXPECT_EQ(sink.line(4), "look " + kRules);
}

}  // namespace
}  // namespace presentia::test
