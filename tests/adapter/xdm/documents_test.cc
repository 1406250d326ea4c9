// The document client over HttpClient against a server on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "mgmt/attributes/values.h"
#include "tests/adapter/xdm/test_server.h"
#include "tests/support/spec.h"
#include "xdm-client/documents/document_client.h"
#include "xdm-client/documents/http_settings_of.h"
#include "xdm-client/http/http_client.h"

namespace presentia::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kRules = "pres-rules/users/sip:alice@example.org/index";

// A small XCAP server: documents by path, each with a tag of its own.
class Shelf {
 public:
  void put(const std::string& path, const std::string& text) {
    const std::lock_guard lock(mutex_);
    documents_['/' + path] = {text, "\"v" + std::to_string(++versions_) + '"'};
  }
  void remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    documents_.erase('/' + path);
  }
  void fail(bool on) {
    const std::lock_guard lock(mutex_);
    fails_ = on;
  }
  TestServer::Serve serve() {
    return answering([this](const std::string& request) { return answer(request); });
  }
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  struct Held {
    std::string text, tag;
  };
  std::string answer(const std::string& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (fails_) return response("500 Internal Server Error");
    const auto from = request.find(' ') + 1;
    const auto found = documents_.find(request.substr(from, request.find(' ', from) - from));
    if (found == documents_.end()) return response("404 Not Found");
    const std::string tag = "ETag: " + found->second.tag + "\r\n";
    if (request.find("If-None-Match: " + found->second.tag) != std::string::npos) {
      return "HTTP/1.1 304 Not Modified\r\n" + tag + "\r\n";
    }
    return response("200 OK", found->second.text, tag + "Content-Type: application/auth-policy+xml\r\n");
  }

  mutable std::mutex mutex_;
  std::map<std::string, Held> documents_;
  std::vector<std::string> requests_;
  int versions_ = 0;
  bool fails_ = false;
};

class Documents : public testing::Test, protected ports::DocumentsHandler, protected xdm::DocumentSetObserver {
 protected:
  Documents() {
    config.mutable_xdm()->set_poll_s(0);
    config.mutable_xdm()->set_retry_first_ms(10);
    config.mutable_xdm()->set_retry_max_ms(100);
    config.mutable_xdm()->set_request_timeout_ms(5000);
    config.mutable_xdm()->set_first_byte_timeout_ms(5000);
  }
  // Nobody calls the test any more when it goes.
  void TearDown() override { stop(); }

  void start() {
    live.emplace(std::make_shared<const mgmt::Snapshot>(config, version));
    settings.emplace(*live);
    http.emplace(settings->source(), metrics);
    client.emplace(
        *live, clock, metrics,
        [this](xdm::HttpRequest request, xdm::HttpClient::OnDone done) {
          http->request(std::move(request), std::move(done));
        },
        1);
    client->start(static_cast<ports::DocumentsHandler&>(*this), static_cast<xdm::DocumentSetObserver*>(this));
  }
  void stop() {
    if (client) client->stop();
    if (http) http->stop();
  }
  void use(const std::string& root) {
    config.mutable_xdm()->clear_root();
    config.mutable_xdm()->add_root()->set_uri(root);
    if (!live) return;
    live->swap(std::make_shared<const mgmt::Snapshot>(config, ++version));
    client->settings_changed();
  }

  // The next reading: "present v1 TEXT".
  std::string next() {
    std::unique_lock lock(mutex);
    if (!arrived.wait_for(lock, 20s, [this] { return !readings.empty(); })) return "nothing";
    const ports::DocumentReading reading = readings.front();
    readings.erase(readings.begin());
    std::string line(ports::word(reading.status));
    if (reading.status == ports::DocumentStatus::present) line += ' ' + reading.etag + ' ' + *reading.text;
    if (!reading.why.empty()) line += ' ' + reading.why;
    return line;
  }

  void on_document(ports::DocumentReading reading) override {
    const std::lock_guard lock(mutex);
    readings.push_back(std::move(reading));
    arrived.notify_all();
  }
  void on_followed(const std::string& document) override {
    const std::lock_guard lock(mutex);
    set.insert(document);
  }
  void on_unfollowed(const std::string& document) override {
    const std::lock_guard lock(mutex);
    set.erase(document);
  }

  std::mutex mutex;  // guards the next three
  std::condition_variable arrived;
  std::vector<ports::DocumentReading> readings;
  std::set<std::string> set;

  base::SteadyClock clock;
  base::Metrics metrics;
  config::Config config = mgmt::defaults();
  std::uint64_t version = 1;
  Shelf shelf;
  std::optional<mgmt::Live> live;
  std::optional<xdm::LiveHttpSettings> settings;
  std::optional<xdm::HttpClient> http;
  std::optional<xdm::DocumentClient> client;
};

TEST_F(Documents, ADocumentIsFetchedFollowedAndItsEndIsSeen) {
  PS_SPEC("XCP-03 XCP-04 TS24-21");
  shelf.put(kRules, "<one/>");
  const TestServer server(shelf.serve());
  config.mutable_xdm()->set_poll_s(1);
  use(server.root());
  start();
  client->follow({kRules});
  EXPECT_EQ(next(), "present v1 <one/>");
  shelf.put(kRules, "<two/>");
  EXPECT_EQ(next(), "present v2 <two/>");
  while (shelf.requests().size() < 4) std::this_thread::yield();  // polls that find nothing new
  shelf.remove(kRules);
  EXPECT_EQ(next(), "absent");
  const auto requests = shelf.requests();
  EXPECT_THAT(requests.at(0), Not(HasSubstr("If-None-Match")));
  EXPECT_THAT(requests.at(1), HasSubstr("If-None-Match: \"v1\""));
}

TEST_F(Documents, TheIdentityOfTheUserIsAsserted) {
  PS_SPEC("XCP-08 TS24-21");
  const TestServer server(shelf.serve());
  config.mutable_xdm()->set_identity(config::Xdm::ASSERTED_3GPP);
  use(server.root());
  start();
  client->follow({kRules});
  EXPECT_EQ(next(), "absent");
  EXPECT_THAT(shelf.requests().at(0), HasSubstr("X-3GPP-Asserted-Identity: \"sip:alice@example.org\""));
}

TEST_F(Documents, FailureRecoveryAndLookingAgain) {
  PS_SPEC("XCP-05");
  const TestServer server(shelf.serve());
  shelf.fail(true);
  use(server.root());
  start();
  client->follow({kRules});
  EXPECT_EQ(next(), "unavailable status 500");
  shelf.fail(false);
  EXPECT_EQ(next(), "absent");  // by its own retry
  shelf.put(kRules, "<one/>");
  EXPECT_EQ(client->look_again("/pres-rules/"), 1);
  EXPECT_EQ(next(), "present v1 <one/>");
  EXPECT_EQ(client->look_again("resource-lists/"), 0);
  EXPECT_THAT(client->followed(), ElementsAre(kRules));
}

TEST_F(Documents, WhoAsksIsToldHowDocumentsStandAndNobodyAfterTheStop) {
  shelf.put(kRules, "<one/>");
  const TestServer server(shelf.serve());
  config.mutable_xdm()->set_poll_s(60);
  use(server.root());
  start();
  client->follow({kRules});
  EXPECT_EQ(next(), "present v1 <one/>");
  std::promise<std::vector<ports::DocumentStanding>> told;
  auto answer = told.get_future();
  client->standings({kRules, "resource-lists/users/nobody/index"},
                    [&told](std::vector<ports::DocumentStanding> standings) { told.set_value(std::move(standings)); });
  ASSERT_EQ(answer.wait_for(20s), std::future_status::ready);
  const auto standings = answer.get();
  ASSERT_EQ(standings.size(), 1U);
  EXPECT_EQ(standings[0].document, kRules);
  EXPECT_EQ(standings[0].following, ports::Following::polling);
  EXPECT_LE(standings[0].confirmed_at, clock.now());
  client->stop();
  client->standings({kRules}, [](const auto&) { ADD_FAILURE() << "it has stopped"; });
}

TEST_F(Documents, ADocumentThatIsTooLargeIsRefused) {
  PS_SPEC("XCP-10");
  shelf.put(kRules, "<a>" + std::string(10'000'000, 'x') + "</a>");
  const TestServer server(shelf.serve());
  use(server.root());
  start();
  client->follow({kRules});
  EXPECT_THAT(next(), HasSubstr("unavailable body_too_large"));
}

TEST_F(Documents, RootsComeChangeAndGo) {
  Shelf other;
  other.put(kRules, "<other/>");
  shelf.put(kRules, "<one/>");
  const TestServer server(shelf.serve()), second(other.serve());
  start();
  client->follow({kRules});
  EXPECT_EQ(next(), "absent");
  use(server.root());
  EXPECT_EQ(next(), "present v1 <one/>");
  use(second.root());
  EXPECT_EQ(next(), "present v1 <other/>");
}

TEST_F(Documents, NobodyIsCalledAfterTheStopWhateverIsUnderWay) {
  Event taken, go_on;
  const TestServer server(answering([&](const std::string&) {
    taken.set();
    go_on.wait();
    return response("404 Not Found");
  }));
  use(server.root());
  start();
  client->follow({kRules});
  ASSERT_TRUE(taken.wait());
  client->stop();
  go_on.set();
  client.reset();  // the answer comes later, or never
  http->stop();
  const std::lock_guard lock(mutex);
  EXPECT_THAT(readings, IsEmpty());
}

TEST_F(Documents, ManyThreadsMayFollowAndLookAgain) {
  for (int i = 0; i < 40; ++i) shelf.put("pres-rules/users/sip:u" + std::to_string(i) + "@x/index", "<a/>");
  const TestServer server(shelf.serve());
  use(server.root());
  start();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 10; ++i) {
        client->follow({"pres-rules/users/sip:u" + std::to_string(thread * 10 + i) + "@x/index"});
        client->look_again("pres-rules/users/sip:u" + std::to_string(thread));
        static_cast<void>(client->followed());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 40; ++i) EXPECT_THAT(next(), AllOf(HasSubstr("present v"), HasSubstr("<a/>")));
  EXPECT_EQ(client->followed().size(), 40);
  for (const std::string& each : client->followed()) client->unfollow({each});
  while (!client->followed().empty()) std::this_thread::yield();
  const std::lock_guard lock(mutex);
  EXPECT_THAT(set, IsEmpty());
}

}  // namespace
}  // namespace presentia::test
