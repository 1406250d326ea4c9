#include "mgmt/service/metrics_http.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/StreamCopier.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapter/management/support.h"

namespace presentia::mgmt {
namespace {

using testing::HasSubstr;
namespace net = Poco::Net;

class MetricsOverHttp : public testing::Test {
 protected:
  void SetUp() override {
    metrics.counter("presentia_commit_failures_total").add(3);
    const auto bound = http.start("127.0.0.1:0");
    ASSERT_TRUE(bound) << bound.error().text;
    address = *bound;
  }
  int ask(const std::string& method, const std::string& path) {
    net::HTTPClientSession session{net::SocketAddress(address)};
    net::HTTPRequest request(method, path, net::HTTPMessage::HTTP_1_1);
    session.sendRequest(request);
    body.clear();
    Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
    return response.getStatus();
  }

  base::Metrics metrics;
  test::FakeOperation operation;
  MetricsHttp http{metrics, operation};
  std::string address, body;
  net::HTTPResponse response;
};

TEST_F(MetricsOverHttp, MetricsAreServedAsPrometheusReadsThem) {
  EXPECT_EQ(ask("GET", "/metrics"), 200);
  EXPECT_THAT(response.getContentType(), HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(body, HasSubstr("# HELP presentia_commit_failures_total Commits that the store failed\n"));
  EXPECT_THAT(body, HasSubstr("\npresentia_commit_failures_total 3\n"));
}

TEST_F(MetricsOverHttp, HealthAndReadinessSayWhatIsWrong) {
  EXPECT_EQ(ask("GET", "/healthz"), 200);
  EXPECT_EQ(ask("GET", "/readyz"), 200);
  operation.wrong = {"draining", "starting"};
  EXPECT_EQ(ask("GET", "/readyz"), 503);
  EXPECT_EQ(body, "draining\nstarting\n");
  EXPECT_EQ(ask("GET", "/healthz"), 200);
  operation.hanging = {"shard 0 does not turn"};
  EXPECT_EQ(ask("GET", "/healthz"), 503);
  EXPECT_EQ(body, "shard 0 does not turn\n");
}

TEST_F(MetricsOverHttp, WhatIsMissingIsSaidWithoutCallingItNotReady) {
  operation.lacking = {"no peer of Sh is in use: hss closed"};
  EXPECT_EQ(ask("GET", "/readyz"), 200);
  EXPECT_EQ(body, "ok\ndegraded: no peer of Sh is in use: hss closed\n");
  EXPECT_EQ(ask("GET", "/healthz"), 200);
  EXPECT_EQ(body, "ok\n");
}

TEST_F(MetricsOverHttp, NothingElseIsThere) {
  EXPECT_EQ(ask("GET", "/"), 404);
  EXPECT_EQ(ask("GET", "/metrics/x"), 404);
  EXPECT_EQ(ask("POST", "/metrics"), 405);
}

TEST_F(MetricsOverHttp, AnAddressInUseIsAnError) {
  MetricsHttp second(metrics, operation);
  const auto bound = second.start(address);
  ASSERT_FALSE(bound);
  EXPECT_THAT(bound.error().text, HasSubstr(address));
  EXPECT_FALSE(MetricsHttp(metrics, operation).start("nonsense"));
}

}  // namespace
}  // namespace presentia::mgmt
