// Several roots: which is asked, which is left alone, what is sent again.
#include "tests/adapter/xdm/fixture.h"
#include "tests/support/spec.h"
#include "xdm-client/http/root_health.h"

namespace presentia::test {
namespace {

using testing::HasSubstr;
using xdm::HttpRequest;
using xdm::HttpSettings;
using xdm::Moment;
using xdm::RootHealth;
using xdm::RootState;

// A server that answers with a status that the test may change, and counts.
struct Root {
  std::atomic<int> asked = 0;
  std::mutex mutex;
  std::string next;  // guarded by mutex
  TestServer server;

  explicit Root(const std::string& first)
      : next(first), server(answering([this](const std::string&) {
          ++asked;
          const std::lock_guard lock(mutex);
          return next;
        })) {}
  void answer(const std::string& with) {
    const std::lock_guard lock(mutex);
    next = with;
  }
};

class Failover : public HttpFixture {
 protected:
  double state_of(const std::string& root) {
    return metrics.gauge("presentia_xcap_root_state", {{"root", root}}).value();
  }
  const ClosedPort nowhere, nowhere_else;
};

TEST_F(Failover, ARefusedConnectionGoesOnToTheNextRootAndTheFirstIsLeftAlone) {
  Root second(response("200 OK", "second"));
  use({nowhere.root(), second.server.root()});
  EXPECT_EQ(said(get()), "200 second");
  EXPECT_EQ(state_of(nowhere.root()), 2);
  EXPECT_EQ(said(ask(put_of("<a/>"))), "200 second");
  EXPECT_THAT(metrics.text(), HasSubstr("\npresentia_xcap_failovers_total 1\n"));
}

TEST_F(Failover, AfterItsTimeTheFirstIsProbedAndPreferredAgain) {
  Root first(response("502 Bad Gateway")), second(response("200 OK", "second"));
  use({first.server.root(), second.server.root()});
  set([](HttpSettings& made) { made.backoff_first = 1000ms; });
  EXPECT_EQ(said(get()), "200 second");
  clock_ms += 999;
  first.answer(response("200 OK", "first"));
  EXPECT_EQ(said(get()), "200 second");
  EXPECT_EQ(first.asked, 1);
  clock_ms += 1;
  EXPECT_EQ(said(get()), "200 first");
  EXPECT_EQ(state_of(first.server.root()), 0);
}

TEST_F(Failover, AProbeThatFailsDoublesTheTime) {
  Root first(response("502 Bad Gateway")), second(response("200 OK", "second"));
  use({first.server.root(), second.server.root()});
  set([](HttpSettings& made) { made.backoff_first = 1000ms; });
  EXPECT_EQ(said(get()), "200 second");
  clock_ms += 1000;
  EXPECT_EQ(said(get()), "200 second");
  EXPECT_EQ(first.asked, 2);
  clock_ms += 1999;
  EXPECT_EQ(said(get()), "200 second");
  EXPECT_EQ(first.asked, 2);
  clock_ms += 1;
  EXPECT_EQ(said(get()), "200 second");
  EXPECT_EQ(first.asked, 3);
}

TEST_F(Failover, WhileOneProbesTheOthersGoElsewhere) {
  Event probing, go_on;
  std::atomic<int> asked = 0;
  const TestServer first(answering([&](const std::string&) {
    if (++asked == 1) return response("502 Bad Gateway");
    probing.set();
    go_on.wait();
    return response("200 OK", "first");
  }));
  Root second(response("200 OK", "second"));
  use({first.root(), second.server.root()});
  EXPECT_EQ(said(get()), "200 second");
  clock_ms += 100'000;
  auto probe = start(get_of());
  ASSERT_TRUE(probing.wait());
  EXPECT_EQ(state_of(first.root()), 1);
  EXPECT_EQ(said(get()), "200 second");
  go_on.set();
  EXPECT_EQ(said(wait(std::move(probe))), "200 first");
}

TEST_F(Failover, AServerErrorIsTriedOnceMoreAndTheLastAnswerCounts) {
  PS_SPEC("XCP-05");
  Root first(response("500 One")), second(response("500 Two", "two")), third(response("200 OK"));
  use({first.server.root(), second.server.root(), third.server.root()});
  EXPECT_EQ(said(get()), "500 two");
  EXPECT_EQ(third.asked, 0);
  // a 500 is about the document: both stay in use
  EXPECT_EQ(said(get()), "500 two");
  EXPECT_EQ(first.asked, 2);
}

TEST_F(Failover, AnAnswerIsBetterThanTheFailureAfterIt) {
  Root first(response("500 One", "one"));
  use({first.server.root(), nowhere.root()});
  EXPECT_EQ(said(get()), "500 one");
}

TEST_F(Failover, RetryAfterIsObeyedUpToTheLimit) {
  Root first(response("503 Busy", "", "Retry-After: 3000\r\n"));
  use({first.server.root()});
  set([](HttpSettings& made) { made.max_retry_after = 100s; });
  EXPECT_EQ(get()->retry_after, 3000s);
  first.answer(response("200 OK", "first"));
  clock_ms += 99'999;
  const auto left_alone = get();
  EXPECT_EQ(said(left_alone), "every_root_failed");
  EXPECT_EQ(left_alone.error().ready_in, 1ms);
  EXPECT_FALSE(left_alone.error().maybe_sent);
  clock_ms += 1;
  EXPECT_EQ(said(get()), "200 first");
}

TEST_F(Failover, OnlyWhatMayBeRepeatedIsSentTwice) {
  std::atomic<int> asked = 0;
  const TestServer first([&](Peer& peer) {
    if (!peer.request().empty()) ++asked;
  });
  Root second(response("412 Changed"));
  use({first.root(), second.server.root()});
  const auto once = ask(put_of("<a/>"));
  EXPECT_EQ(said(once), "connection_lost");
  EXPECT_TRUE(once.error().maybe_sent);
  EXPECT_EQ(second.asked, 0);
  clock_ms += 100'000;
  const auto twice = ask(put_of("<a/>", "\"tag\""));
  EXPECT_EQ(said(twice), "412");
  EXPECT_TRUE(twice->repeated);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(second.asked, 1);
}

TEST_F(Failover, AServerErrorToAnUnconditionalWriteIsFinal) {
  Root first(response("500 Half done")), second(response("200 OK"));
  use({first.server.root(), second.server.root()});
  EXPECT_EQ(said(ask(put_of("<a/>"))), "500");
  EXPECT_EQ(second.asked, 0);
}

TEST_F(Failover, ATimeoutGoesOnToTheNextRoot) {
  const TestServer first([](Peer& peer) { peer.wait_until_closed(); });
  Root second(response("200 OK", "second"));
  use({first.root(), second.server.root()});
  set([](HttpSettings& made) { made.first_byte_timeout = 20ms; });
  for (const double state : {0, 0, 2}) {  // silence may be about one document
    EXPECT_EQ(said(get()), "200 second");
    EXPECT_EQ(state_of(first.root()), state);
  }
}

TEST_F(Failover, RefusalsAreNoReasonToAskAnother) {
  Root first(response("404 None")), second(response("200 OK"));
  use({first.server.root(), second.server.root()});
  for (const char* status : {"404 None", "409 Conflict", "412 Changed", "304 Same", "403 No"}) {
    first.answer(response(status));
    EXPECT_EQ(said(get()), std::string(status).substr(0, 3));
  }
  EXPECT_EQ(second.asked, 0);
}

TEST_F(Failover, WhenAllFailEachIsNamed) {
  use({nowhere.root(), nowhere_else.root()});
  const auto result = get();
  EXPECT_EQ(said(result), "every_root_failed");
  EXPECT_THAT(result.error().text, HasSubstr("connection_refused " + nowhere.root()));
  EXPECT_THAT(result.error().text, HasSubstr("connection_refused " + nowhere_else.root()));
  EXPECT_EQ(result.error().ready_in, 500ms);
}

TEST_F(Failover, WithoutARootNothingIsAsked) { EXPECT_EQ(said(get()), "every_root_failed"); }

TEST_F(Failover, RootsMayChangeWhileItRuns) {
  Root first(response("200 OK", "first")), second(response("200 OK", "second"));
  use({first.server.root()});
  EXPECT_EQ(said(get()), "200 first");
  use({second.server.root()});
  EXPECT_EQ(said(get()), "200 second");
  use({nowhere.root(), "nonsense", first.server.root()});
  EXPECT_EQ(said(get()), "200 first");
}

TEST_F(Failover, ADeadlineThatLeftNoTimeProvesNothingAboutTheRoot) {
  const TestServer first([](Peer& peer) { peer.wait_until_closed(); });
  use({first.root()});
  HttpRequest request = get_of();
  request.within = 20ms;
  for (int i = 0; i < RootHealth::kMostDoubts; ++i) EXPECT_EQ(said(ask(request)), "whole_deadline");
  EXPECT_EQ(state_of(first.root()), 0);
  set([](HttpSettings& made) { made.connect_timeout = 10ms; });
  for (int i = 0; i < RootHealth::kMostDoubts; ++i) EXPECT_EQ(said(ask(request)), "whole_deadline");
  EXPECT_EQ(state_of(first.root()), 2);
}

TEST_F(Failover, AnAnswerThatIsNoneLeavesTheRootInUseUntilItIsTheThirdInARow) {
  PS_SPEC("XCP-10");
  Root first(response("200 OK", "first"));
  use({first.server.root()});
  for (int round = 0; round < 2; ++round) {
    first.answer("nonsense\r\n\r\n");
    for (int i = 1; i < RootHealth::kMostDoubts; ++i) EXPECT_EQ(said(get()), "malformed");
    EXPECT_EQ(state_of(first.server.root()), 0);
    first.answer(response("200 OK", "first"));
    EXPECT_EQ(said(get()), "200 first");
  }
  first.answer("nonsense\r\n\r\n");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(said(get()), "malformed");
  EXPECT_EQ(state_of(first.server.root()), 2);
  EXPECT_EQ(said(get()), "every_root_failed");
}

class Health : public testing::Test {
 protected:
  // How long it is left after so many failures in a row.
  base::Millis left_after(int failures, double chance = 0) {
    RootHealth root;
    Moment now{1h};
    for (int i = 0; i < failures; ++i) {
      now = std::max(now, root.due());
      root.failed(*root.admit(now), now, settings, chance);
    }
    return std::chrono::duration_cast<base::Millis>(root.due() - now);
  }
  HttpSettings settings{.backoff_first = 100ms, .backoff_max = 1000ms, .backoff_jitter_percent = 20};
};

TEST_F(Health, TheTimeDoublesUpToTheLimitLessTheJitter) {
  EXPECT_EQ(left_after(1), 100ms);
  EXPECT_EQ(left_after(2), 200ms);
  EXPECT_EQ(left_after(4), 800ms);
  EXPECT_EQ(left_after(5), 1000ms);
  EXPECT_EQ(left_after(100), 1000ms);
  EXPECT_EQ(left_after(1, 0.5), 90ms);
}

TEST_F(Health, ReportsOfAnEarlierStateChangeNothing) {
  RootHealth root;
  const Moment now{1h};
  const auto one = root.admit(now), two = root.admit(now);
  ASSERT_TRUE(one && two);
  root.failed(*one, now, settings, 0);
  root.failed(*two, now, settings, 0);
  EXPECT_EQ(root.due(), now + 100ms);
  root.alive(*two);
  EXPECT_EQ(root.state(), RootState::left);
}

TEST_F(Health, AProbeIsNotDoubtedTwice) {
  RootHealth root;
  const Moment now{1h};
  for (int i = 0; i < RootHealth::kMostDoubts; ++i) root.doubted(*root.admit(now), now, settings, 0);
  EXPECT_EQ(root.due(), now + 100ms);
  root.doubted(*root.admit(now + 100ms), now + 100ms, settings, 0);
  EXPECT_EQ(root.state(), RootState::left);
  EXPECT_EQ(root.due(), now + 300ms);
}

TEST_F(Health, OneProbeAtATimeAndAnUndecidedOneMakesRoomForTheNext) {
  RootHealth root;
  const Moment now{1h};
  root.failed(*root.admit(now), now, settings, 0);
  EXPECT_FALSE(root.admit(now + 99ms));
  const auto probe = root.admit(now + 100ms);
  ASSERT_TRUE(probe);
  EXPECT_FALSE(root.admit(now + 10s));
  root.undecided(*probe, now + 10s);
  const auto next = root.admit(now + 10s);
  ASSERT_TRUE(next);
  root.alive(*next);
  EXPECT_EQ(root.state(), RootState::used);
}

}  // namespace
}  // namespace presentia::test
