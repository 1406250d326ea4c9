// Threads, queue, names and metrics of the client.
#include "tests/adapter/xdm/fixture.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::HasSubstr;
using xdm::HttpRequest;
using xdm::HttpResult;
using xdm::HttpSettings;

class Client : public HttpFixture {
 protected:
  // Answers "held" when the test lets it go.
  TestServer::Serve holding() {
    return answering([this](const std::string&) {
      ++arrived;
      taken.set();
      go_on.wait();
      return response("200 OK", "held");
    });
  }
  void one_thread() {
    set([](HttpSettings& made) { made.workers = 1; });
  }
  Event taken, go_on;
  std::atomic<int> arrived = 0;
};

TEST_F(Client, AFullQueueRefuses) {
  const TestServer server(holding());
  use({server.root()});
  one_thread();
  set([](HttpSettings& made) { made.max_queue = 1; });
  auto first = start(get_of());
  ASSERT_TRUE(taken.wait());
  auto second = start(get_of());
  EXPECT_EQ(said(get()), "queue_full");
  go_on.set();
  EXPECT_EQ(said(wait(std::move(first))), "200 held");
  EXPECT_EQ(said(wait(std::move(second))), "200 held");
}

TEST_F(Client, TimePassesInTheQueueToo) {
  const TestServer server(holding());
  use({server.root()});
  one_thread();
  auto first = start(get_of());
  ASSERT_TRUE(taken.wait());
  HttpRequest request = get_of();
  request.within = 10ms;
  EXPECT_EQ(said(ask(request)), "whole_deadline");
  EXPECT_THAT(metrics.text(), HasSubstr("\npresentia_xcap_queue 0\n"));
  go_on.set();
  EXPECT_EQ(said(wait(std::move(first))), "200 held");
  EXPECT_EQ(arrived, 1);
}

TEST_F(Client, ThePoolGrowsAndShrinksWithTheSettings) {
  const TestServer server(holding());
  use({server.root()});
  one_thread();
  auto first = start(get_of());
  ASSERT_TRUE(taken.wait());
  set([](HttpSettings& made) { made.workers = 3; });
  auto second = start(get_of()), third = start(get_of());
  while (arrived < 3) std::this_thread::yield();
  go_on.set();
  for (auto* each : {&first, &second, &third}) EXPECT_EQ(said(wait(std::move(*each))), "200 held");
  one_thread();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(said(get()), "200 held");
}

TEST_F(Client, ManyCallersAndFewThreads) {
  const TestServer server(answering(
      [](const std::string& request) { return response("200 OK", request.substr(0, request.find(" HTTP"))); }));
  use({server.root()});
  constexpr int kCallers = 4, kEach = 50;
  std::vector<std::thread> callers;
  client();
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([this, caller] {
      for (int i = 0; i < kEach; ++i) {
        const std::string path = '/' + std::to_string(caller) + '/' + std::to_string(i);
        EXPECT_EQ(said(get(path)), "200 GET " + path);
      }
    });
  }
  for (std::thread& each : callers) each.join();
  EXPECT_LE(server.connections(), 4);
  EXPECT_THAT(metrics.text(), HasSubstr("presentia_xcap_requests_total{method=\"GET\",outcome=\"2xx\"} 200\n"));
}

TEST_F(Client, StopAnswersWhatIsOpenAndWhatComesAfter) {
  const TestServer server([this](Peer& peer) {
    peer.request();
    taken.set();
    peer.wait_until_closed();
  });
  use({server.root()});
  one_thread();
  auto under_way = start(get_of());
  ASSERT_TRUE(taken.wait());
  auto queued = start(get_of());
  client().stop();
  ASSERT_EQ(under_way.wait_for(0s), std::future_status::ready);
  ASSERT_EQ(queued.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(said(under_way.get()), "stopped");
  EXPECT_EQ(said(queued.get()), "stopped");
  auto after = start(get_of());
  ASSERT_EQ(after.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(said(after.get()), "stopped");
  client().stop();
  EXPECT_THAT(metrics.text(), HasSubstr("\npresentia_xcap_connections 0\n"));
}

TEST_F(Client, ACallbackMayAskAgain) {
  const TestServer server(answering([](const std::string&) { return response("200 OK", "a"); }));
  use({server.root()});
  one_thread();
  std::promise<HttpResult> second;
  client().request(get_of(), [&](const HttpResult&) {
    client().request(get_of(), [&](HttpResult result) { second.set_value(std::move(result)); });
  });
  EXPECT_EQ(said(wait(second.get_future())), "200 a");
}

TEST_F(Client, LimitsAreThoseOfTheMoment) {
  const TestServer server(answering([](const std::string&) { return response("200 OK", "12345"); }));
  use({server.root()});
  EXPECT_EQ(said(get()), "200 12345");
  set([](HttpSettings& made) { made.max_body_bytes = 4; });
  EXPECT_EQ(said(get()), "body_too_large");
  set([](HttpSettings& made) { made.max_body_bytes = 5; });
  EXPECT_EQ(said(get()), "200 12345");
}

TEST_F(Client, IdleConnectionsAreClosedInTheEnd) {
  Event closed;
  const TestServer server([&](Peer& peer) {
    peer.request();
    peer.send(response("200 OK", "a"));
    peer.wait_until_closed();
    closed.set();
  });
  use({server.root()});
  set([](HttpSettings& made) { made.idle_timeout = 1ms; });
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_TRUE(closed.wait());
}

TEST_F(Client, MetricsSayWhatBecameOfRequests) {
  const TestServer server(answering([](const std::string&) { return response("404 None"); }));
  use({server.root()});
  EXPECT_EQ(said(get()), "404");
  EXPECT_EQ(said(ask(put_of("<a/>"))), "404");
  EXPECT_EQ(said(get("no path")), "invalid_request");
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("presentia_xcap_requests_total{method=\"GET\",outcome=\"4xx\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("presentia_xcap_requests_total{method=\"PUT\",outcome=\"4xx\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("presentia_xcap_requests_total{method=\"GET\",outcome=\"invalid_request\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("presentia_xcap_seconds_count{method=\"PUT\"} 1\n"));
}

class Names : public Client {
 protected:
  // The root of `server` under a name.
  static std::string named(const TestServer& server) {
    return "http://xcap.test:" + std::to_string(server.port()) + "/root";
  }
  static base::Result<xdm::Addresses> addresses(const std::vector<std::string>& texts) {
    xdm::Addresses found;
    for (const std::string& text : texts) found.emplace_back(text);
    return found;
  }
};

TEST_F(Names, AddressesAreTriedInTurnAndTheGoodOneIsRemembered) {
  std::string seen;
  const TestServer server(answering([&](const std::string& request) {
                            seen = request;
                            return response("200 OK", "a", "Connection: close\r\n");
                          }),
                          "127.0.0.3");
  std::atomic<int> lookups = 0;
  environment.lookup = [&](const std::string& host) {
    ++lookups;
    EXPECT_EQ(host, "xcap.test");
    return addresses({"127.0.0.1", "127.0.0.2", "127.0.0.3"});
  };
  use({named(server)});
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(lookups, 1);
  EXPECT_THAT(seen, HasSubstr("\r\nHost: xcap.test:" + std::to_string(server.port()) + "\r\n"));
}

TEST_F(Names, ANameWithoutAddressIsSaidSo) {
  environment.lookup = [](const std::string&) -> base::Result<xdm::Addresses> {
    return base::Unexpected{base::Error{"name", "no such host"}};
  };
  use({"http://xcap.test"});
  const auto result = get();
  EXPECT_EQ(said(result), "name_not_found");
  EXPECT_THAT(result.error().text, HasSubstr("no such host"));
  EXPECT_FALSE(result.error().maybe_sent);
}

TEST_F(Names, ASlowLookupHoldsUpNobodyForLongerThanItsDeadline) {
  const TestServer server(answering([](const std::string&) { return response("200 OK", "a"); }));
  Event looked_up;
  environment.lookup = [&](const std::string&) {
    looked_up.wait();
    return addresses({"127.0.0.1"});
  };
  use({named(server)});
  set([](HttpSettings& made) { made.connect_timeout = 20ms; });
  EXPECT_EQ(said(get()), "connect_deadline");
  set([](HttpSettings& made) { made.connect_timeout = 10s; });
  clock_ms += 100'000;
  auto waits = start(get_of());
  looked_up.set();
  EXPECT_EQ(said(wait(std::move(waits))), "200 a");
}

TEST_F(Names, OldAddressesServeWhereNewOnesCannotBeHad) {
  const TestServer server(
      answering([](const std::string&) { return response("200 OK", "a", "Connection: close\r\n"); }));
  std::atomic<int> lookups = 0;
  environment.lookup = [&](const std::string&) -> base::Result<xdm::Addresses> {
    if (++lookups == 1) return addresses({"127.0.0.1"});
    return base::Unexpected{base::Error{"name", "server failure"}};
  };
  use({named(server)});
  set([](HttpSettings& made) { made.name_lifetime = 0s; });
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(lookups, 2);
}

TEST_F(Names, TheSystemKnowsLocalhost) {
  const TestServer server(answering([](const std::string&) { return response("200 OK", "a"); }));
  use({"http://localhost:" + std::to_string(server.port())});
  EXPECT_EQ(said(get()), "200 a");
}

TEST_F(Names, StopDoesNotWaitForAnAnswerFromNameResolution) {
  environment.lookup = [this](const std::string&) {
    taken.set();
    go_on.wait();
    return addresses({"127.0.0.1"});
  };
  use({"http://xcap.test"});
  auto open = start(get_of());
  ASSERT_TRUE(taken.wait());
  client().stop();
  ASSERT_EQ(open.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(said(open.get()), "stopped");
  go_on.set();
}

}  // namespace
}  // namespace presentia::test
