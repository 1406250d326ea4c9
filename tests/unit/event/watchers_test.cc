#include <sstream>

#include "as/event/watcher_machine.h"
#include "tests/unit/event/fixture.h"

namespace presentia::event::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// RFC 3857, figure 1, read arrow by arrow: from, label, to. The last line is the extension that the header explains.
constexpr const char* kFigure1 =
    "init subscribe pending\ninit approved active\ninit rejected terminated\n"
    "pending approved active\npending timeout waiting\npending noresource terminated\npending rejected terminated\n"
    "pending deactivated terminated\npending probation terminated\npending giveup terminated\n"
    "active noresource terminated\nactive rejected terminated\nactive deactivated terminated\n"
    "active probation terminated\nactive timeout terminated\nactive subscribe pending\n"
    "waiting noresource terminated\nwaiting rejected terminated\nwaiting giveup terminated\nwaiting approved "
    "terminated\n";

TEST(WatcherMachine, IsTheFigureOfTheStandard) {
  PS_SPEC("WIF-05 WIF-07");
  std::ostringstream table;
  for (const WatcherTransition& row : kWatcherTransitions)
    table << (row.from == WatcherState::init ? "init" : word(subscription_state(row.from))) << ' ' << word(row.on)
          << ' ' << word(subscription_state(row.to)) << '\n';
  EXPECT_EQ(table.str(), kFigure1);
}

class WatcherInformation : public Machine {
 protected:
  static ports::SipRequest watch_winfo() {
    ports::SipRequest made = subscribe(kAlice);
    made.call_id = "winfo";
    made.event = ports::EventHeader{"toy.winfo", {}};
    return made;
  }
};

TEST_F(WatcherInformation, IsForTheOwnerOnly) {
  PS_SPEC("WIF-01 WIF-02");
  EXPECT_EQ(feed_subscribe(watch_winfo()).responses.at(0).status, 200);
  ports::SipRequest stranger = subscribe();
  stranger.event = ports::EventHeader{"toy.winfo", {}};
  EXPECT_EQ(feed_subscribe(stranger).responses.at(0).status, 403);
  stranger.event->package = "toy.winfo.winfo";
  EXPECT_EQ(feed_subscribe(stranger).responses.at(0).status, 403);
}

TEST_F(WatcherInformation, IsTheDefaultTypeAndMustBeAccepted) {
  PS_SPEC("WIF-03");
  EXPECT_EQ(feed_subscribe(watch_winfo()).notifies.at(0).request.content_type, "application/watcherinfo+xml");
  ports::SipRequest made = watch_winfo();
  made.call_id = "other";
  made.accept = std::vector<std::string>{"application/pidf+xml"};
  EXPECT_EQ(feed_subscribe(made).responses.at(0).status, 406);
}

TEST_F(WatcherInformation, StartsFullAtVersionZeroAndGoesOnWithWhatChanged) {
  PS_SPEC("WIX-02 WIX-03 WIX-04 WIX-06 EVT-36");
  handling = SubHandling::confirm;
  answer(feed_subscribe(subscribe()).notifies.at(0));
  const Outcome owner = feed_subscribe(watch_winfo());
  EXPECT_THAT(body(owner.notifies.at(0)), HasSubstr("version=\"0\" state=\"full\""));
  EXPECT_THAT(body(owner.notifies[0]), HasSubstr("<watcher-list resource=\"sip:alice@example.com\" package=\"toy\">"));
  EXPECT_THAT(body(owner.notifies[0]), HasSubstr("status=\"pending\" event=\"subscribe\""));
  answer(owner.notifies[0]);
  now += 5s;
  const Outcome carol = feed_subscribe(subscribe("sip:carol@example.com"));
  ASSERT_THAT(carol.notifies, SizeIs(2));
  const Notify& partial = header(carol.notifies[0], "Event") == "toy.winfo" ? carol.notifies[0] : carol.notifies[1];
  EXPECT_THAT(body(partial), HasSubstr("version=\"1\" state=\"partial\""));
  EXPECT_THAT(body(partial), HasSubstr("sip:carol@example.com"));
  EXPECT_THAT(body(partial), Not(HasSubstr("sip:bob@example.com")));
}

TEST_F(WatcherInformation, ARefreshIsFullAgainAndTheVersionGoesOn) {
  PS_SPEC("WIX-06");
  const Outcome owner = feed_subscribe(watch_winfo());
  answer(owner.notifies.at(0));
  const Outcome again = feed_subscribe(in_dialog(watch_winfo(), owner.responses.at(0)));
  EXPECT_THAT(body(again.notifies.at(0)), HasSubstr("version=\"1\" state=\"full\""));
}

TEST_F(WatcherInformation, AnUndecidedWatcherWaitsUnderItsIdAfterItsSubscriptionEnded) {
  PS_SPEC("WIF-05");
  handling = SubHandling::confirm;
  const Outcome bob = feed_subscribe(subscribe());
  answer(bob.notifies.at(0));
  const ports::SubscriptionId id = state.subscriptions.begin()->first;
  now += 3600s;
  const Outcome due = feed(TimerDue{id});
  EXPECT_EQ(header(due.notifies.at(0), "Subscription-State"), "terminated;reason=timeout");
  ASSERT_THAT(state.subscriptions, SizeIs(1));
  EXPECT_EQ(state.subscriptions.at(id).record.state, ports::SubscriptionState::waiting);
  EXPECT_THAT(state.dialogs, IsEmpty());
  now += 86400s;
  feed(TimerDue{id});
  EXPECT_TRUE(state.empty());
}

TEST_F(WatcherInformation, ANewSubscriptionOfTheSameWatcherEndsItsWaitingWithGiveup) {
  PS_SPEC("WIF-08");
  handling = SubHandling::confirm;
  answer(feed_subscribe(subscribe()).notifies.at(0));
  const ports::SubscriptionId old = state.subscriptions.begin()->first;
  now += 3600s;
  answer(feed(TimerDue{old}).notifies.at(0));
  ASSERT_TRUE(state.subscriptions.contains(old));
  ports::SipRequest again = subscribe();
  again.call_id = "again";
  feed_subscribe(again);
  EXPECT_FALSE(state.subscriptions.contains(old));
  EXPECT_THAT(state.subscriptions, SizeIs(1));
}

TEST_F(WatcherInformation, ApprovalEndsWaiting) {
  PS_SPEC("WIF-07");
  handling = SubHandling::confirm;
  ports::SipRequest made = subscribe();
  made.expires = 0;
  feed_subscribe(made);  // a fetch: the presentity learns of it too
  ASSERT_THAT(state.subscriptions, SizeIs(1));
  const Outcome owner = feed_subscribe(watch_winfo());
  EXPECT_THAT(body(owner.notifies.at(0)), HasSubstr("status=\"waiting\" event=\"timeout\""));
  answer(owner.notifies[0]);
  now += 5s;
  handling = SubHandling::allow;
  const Outcome approved = feed(PolicyChanged{});
  EXPECT_THAT(body(approved.notifies.at(0)), HasSubstr("status=\"terminated\" event=\"approved\""));
}

}  // namespace
}  // namespace presentia::event::test
