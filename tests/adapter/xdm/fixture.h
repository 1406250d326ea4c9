// The client under test with settings that the test may change at any time.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "as/base/metrics.h"
#include "tests/adapter/xdm/test_server.h"
#include "xdm-client/http/http_client.h"

namespace presentia::test {

using namespace std::chrono_literals;

class HttpFixture : public testing::Test {
 protected:
  HttpFixture() {
    environment.now = [this] { return xdm::Moment(clock_ms.load() * 1ms); };
    set([](xdm::HttpSettings& made) {
      made.connect_timeout = 5s;
      made.first_byte_timeout = 5s;
      made.send_timeout = 5s;
      made.backoff_jitter_percent = 0;
    });
  }

  // Nothing of the test is used any more when it goes.
  void TearDown() override { client_.reset(); }

  template <class Change>
  void set(Change change) {
    const std::lock_guard lock(mutex_);
    auto made = std::make_shared<xdm::HttpSettings>(*settings_);
    change(*made);
    settings_ = std::move(made);
  }
  void use(std::vector<std::string> roots) {
    set([&](xdm::HttpSettings& made) { made.roots = std::move(roots); });
  }

  xdm::HttpClient& client() {
    if (!client_) {
      const auto current = [this] {
        const std::lock_guard lock(mutex_);
        return settings_;
      };
      client_.emplace(current, metrics, environment);
    }
    return *client_;
  }

  std::future<xdm::HttpResult> start(xdm::HttpRequest request) {
    auto promise = std::make_shared<std::promise<xdm::HttpResult>>();
    auto future = promise->get_future();
    client().request(std::move(request), [promise](xdm::HttpResult result) { promise->set_value(std::move(result)); });
    return future;
  }
  static xdm::HttpResult wait(std::future<xdm::HttpResult> future) {
    if (future.wait_for(20s) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "no answer at all";
    return base::Unexpected{xdm::HttpFailure{}};
  }
  xdm::HttpResult ask(xdm::HttpRequest request) { return wait(start(std::move(request))); }
  xdm::HttpResult get(const std::string& path = "/doc") { return ask(get_of(path)); }

  static xdm::HttpRequest get_of(const std::string& path = "/doc") {
    xdm::HttpRequest request;
    request.path = path;
    request.within = 10s;
    return request;
  }
  static xdm::HttpRequest put_of(const std::string& body, std::optional<std::string> if_match = {}) {
    xdm::HttpRequest request = get_of();
    request.method = xdm::Method::put;
    request.body = body;
    request.content_type = "application/auth-policy+xml";
    request.if_match = std::move(if_match);
    return request;
  }
  // "200 body", or the kind of the failure.
  static std::string said(const xdm::HttpResult& result) {
    if (!result) return std::string(xdm::word(result.error().kind));
    return std::to_string(result->status) + (result->body.empty() ? "" : ' ' + result->body);
  }

  base::Metrics metrics;
  std::atomic<std::int64_t> clock_ms = 1'000'000;  // what the client believes about roots that were left
  xdm::HttpClient::Environment environment;

 private:
  std::mutex mutex_;
  std::shared_ptr<const xdm::HttpSettings> settings_ = std::make_shared<xdm::HttpSettings>();
  std::optional<xdm::HttpClient> client_;
};

}  // namespace presentia::test
