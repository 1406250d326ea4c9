#include "tools/presentia-conformance/documents.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/StreamCopier.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "tools/presentia-conformance/player.h"
#include "tools/presentia-conformance/step_reader.h"

namespace presentia::conformance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// An HTTP server that notes what it is asked and answers all with one status.
class Shelf {
 public:
  Shelf()
      : server_(new Factory(*this), Poco::Net::ServerSocket(Poco::Net::SocketAddress("127.0.0.1", 0)), one_thread()) {
    server_.start();
  }
  ~Shelf() { server_.stopAll(true); }
  [[nodiscard]] std::string root() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/xcap"; }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::atomic<int> status{200};

 private:
  static Poco::Net::HTTPServerParams* one_thread() {
    auto* const params = new Poco::Net::HTTPServerParams;
    params->setMaxThreads(1);
    return params;
  }
  struct Handler : Poco::Net::HTTPRequestHandler {
    explicit Handler(Shelf& shelf) : shelf_(shelf) {}
    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
      std::string body;
      Poco::StreamCopier::copyToString(request.stream(), body);
      {
        const std::lock_guard lock(shelf_.mutex_);
        shelf_.asked_.push_back(request.getMethod() + " " + request.getURI() + " " +
                                request.get("X-3GPP-Asserted-Identity", "-") + " " + request.getContentType() + " " +
                                body);
      }
      response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(shelf_.status.load()));
      response.setContentLength(0);
      response.send();
    }
    Shelf& shelf_;
  };
  struct Factory : Poco::Net::HTTPRequestHandlerFactory {
    explicit Factory(Shelf& shelf) : shelf_(shelf) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
      return new Handler(shelf_);
    }
    Shelf& shelf_;
  };

  std::mutex mutex_;
  std::vector<std::string> asked_;
  Poco::Net::HTTPServer server_;
};

class DocumentSteps : public testing::Test {
 protected:
  DocumentSteps() {
    target_.domain = "example.com";
    target_.xdm = Xdm{shelf_.root(), "X-3GPP-Asserted-Identity"};
  }
  Result played(const std::string& steps) {
    Scenario scenario;
    scenario.steps = read_steps(place_, YAML::Load(steps), {});
    return play(library_, target_, scenario, "t");
  }

  Shelf shelf_;
  Target target_;
  Library library_;
  yaml::Place place_{"steps.yaml"};
};

TEST_F(DocumentSteps, WriteAsTheUserDoesAndDeleteAtTheEnd) {
  const Result result = played("[{put: 'pres-rules/users/${alice}/index', by: alice, body: 'of ${alice}'}]");
  EXPECT_EQ(result.verdict, Verdict::pass) << result.why;
  const std::string path = " /xcap/pres-rules/users/sip:alice-t@example.com/index \"sip:alice-t@example.com\" ";
  EXPECT_THAT(shelf_.asked(), ElementsAre("PUT" + path + "application/auth-policy+xml of sip:alice-t@example.com",
                                          "DELETE" + path + " "));
  ASSERT_EQ(result.ladder.size(), 2U);
  EXPECT_THAT(result.ladder[1].bytes, HasSubstr("HTTP/1.1 200"));
}

TEST_F(DocumentSteps, LeaveNothingBehindWhenTheScenarioFails) {
  const Result result = played("[{put: pres-rules/users/a/index, by: a, body: x}, {check: a, is: b}]");
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(shelf_.asked().size(), 2U);
}

TEST_F(DocumentSteps, DeleteNothingTwiceAndADocumentWithItsParts) {
  played("[{put: pres-rules/users/a/index, by: a, body: x}, {delete: pres-rules/users/a/index, by: a}]");
  EXPECT_EQ(shelf_.asked().size(), 2U);
  played(
      "[{put: 'resource-lists/users/a/index/~~/resource-lists/list[@name=\"b\"]', by: a, body: <list/>},"
      " {delete: 'resource-lists/users/a/index/~~/resource-lists/list[@name=\"b\"]', by: a}]");
  ASSERT_EQ(shelf_.asked().size(), 5U);
  EXPECT_THAT(shelf_.asked()[2], HasSubstr("/index/~~/resource-lists/list%5B@name=%22b%22%5D"));
  EXPECT_THAT(shelf_.asked()[2], HasSubstr(" application/xcap-el+xml <list/>"));
  EXPECT_THAT(shelf_.asked()[4], HasSubstr("DELETE /xcap/resource-lists/users/a/index \""))
      << "the rest of it, at the end";
}

TEST_F(DocumentSteps, SayWhatTheServerAnsweredInstead) {
  shelf_.status = 409;
  const Result refused = played("[{put: pres-rules/users/a/index, by: a, body: x}]");
  EXPECT_EQ(refused.verdict, Verdict::fail);
  EXPECT_EQ(refused.why, "the XDM server answers 409 to the PUT of pres-rules/users/a/index, should be [200, 201]");
  EXPECT_EQ(played("[{put: pres-rules/users/a/index, by: a, body: x, status: 4xx}]").verdict, Verdict::pass);
  EXPECT_EQ(shelf_.asked().size(), 2U) << "what was not written is not deleted";
}

TEST_F(DocumentSteps, FailWhereNobodyAnswersAndAreBrokenWithoutAnXdmServer) {
  target_.xdm = Xdm{"http://127.0.0.1:1/xcap", ""};
  const std::string step = "[{put: pres-rules/users/a/index, by: a, body: x}]";
  EXPECT_THAT(played(step).why, HasSubstr("the XDM server at http://127.0.0.1:1/xcap gives no answer"));
  target_.xdm.reset();
  EXPECT_EQ(played(step).verdict, Verdict::broken);
  target_.xdm = Xdm{shelf_.root(), ""};
  EXPECT_EQ(played("[{put: own/users/a/index, by: a, body: x}]").verdict, Verdict::broken) << "of which type?";
  EXPECT_EQ(played("[{put: own/users/a/index, by: a, body: x, type: a/b}]").verdict, Verdict::pass);
  EXPECT_THAT(shelf_.asked().front(), HasSubstr(" - a/b x")) << "without the header field, if the target names none";
}

TEST(XcapSelectors, AreWrittenAsUrisAllow) {
  EXPECT_EQ(xcap_path("a/users/sip:b@c/index"), "a/users/sip:b@c/index");
  EXPECT_EQ(xcap_path("l[@n=\"x y\"]?xmlns(a=b)"), "l%5B@n=%22x%20y%22%5D?xmlns(a=b)");
  EXPECT_EQ(xcap_path("%5B"), "%5B") << "coded already";
  EXPECT_EQ(xcap_path("ü"), "%C3%BC");
}

TEST(XcapSelectors, HaveTheTypeOfTheirUsage) {
  EXPECT_EQ(xcap_type("org.openmobilealliance.pres-rules/users/a/pres-rules"), "application/auth-policy+xml");
  EXPECT_EQ(xcap_type("pidf-manipulation/users/a/index"), "application/pidf+xml");
  EXPECT_EQ(xcap_type("resource-lists/users/a/index/~~/resource-lists/list/@name"), "application/xcap-att+xml");
  EXPECT_EQ(xcap_type("own/users/a/index"), "");
}

TEST(Targets, NameAnXcapRoot) {
  EXPECT_EQ(read_xcap_root("http://127.0.0.1:8080/xcap").root, "http://127.0.0.1:8080/xcap");
  for (const std::string wrong : {"", "http://", "https://a/xcap", "http://a/xcap/", "127.0.0.1:8080"}) {
    EXPECT_THROW(read_xcap_root(wrong), std::invalid_argument) << wrong;
  }
}

TEST(Variables, TimeIsWrittenAsDocumentsDo) {
  const std::chrono::system_clock::time_point now(
      std::chrono::milliseconds(1767348000500));  // 2026-01-02T10:00:00.500Z
  EXPECT_EQ(time_word("time", now), "2026-01-02T10:00:00Z");
  EXPECT_EQ(time_word("time+2.5", now), "2026-01-02T10:00:03Z");
  EXPECT_EQ(time_word("time-86400", now), "2026-01-01T10:00:00Z");
  EXPECT_EQ(time_word("time@+05:30", now), "2026-01-02T15:30:00+05:30");
  EXPECT_EQ(time_word("time+60@-08:00", now), "2026-01-02T02:01:00-08:00");
  EXPECT_EQ(time_word("timer", now), std::nullopt);
  EXPECT_EQ(time_word("time+", now), std::nullopt);
}

}  // namespace
}  // namespace presentia::conformance
