// The service Presentities in front of an inspection that answers as told, driven by presentiactl and by raw calls.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <mutex>
#include <sstream>

#include "proto/presentities.grpc.pb.h"
#include "tests/adapter/management/support.h"

namespace presentia::mgmt {
namespace {

using management::Presentities;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kAlice = "sip:alice@example.com";

class FakeTail final : public ports::EventTail {
 public:
  explicit FakeTail(std::vector<ports::CoreEvent> events) : events_(std::move(events)) {}
  std::uint64_t take(std::vector<ports::CoreEvent>& out) override {
    const std::uint64_t lost = events_.empty() ? 0 : 3;
    for (ports::CoreEvent& event : events_) out.push_back(std::move(event));
    events_.clear();
    return lost;
  }

 private:
  std::vector<ports::CoreEvent> events_;
};

ports::RegistrationInfo registration() {
  ports::RegistrationRecord record;
  record.statements = {
      {ports::RegistrationSource::third_party_register, true, base::Instant(base::Seconds(1'767'348'000)),
       test::StoppedClock().now() + base::Millis(599'500)},
      {ports::RegistrationSource::reg_event, false, base::Instant(base::Seconds(1'767'348'001)), {}}};
  record.s_cscf = "sip:scscf.example.com";
  record.service_info = "presence-profile=alice";
  record.instances = {"urn:uuid:\xFF"};
  return {record, ports::RegistrationSource::reg_event};
}

// Knows alice only; keeps the orders as text.
class FakeInspection final : public ports::Inspection {
 public:
  ports::Inspected<ports::ListPage> list(const ports::ListQuestion& question, base::Millis /*within*/) override {
    note("list " + question.presentity + " " + question.watcher + " " + question.package + " " + question.domain +
         (question.publications ? " p" : "") + (question.subscriptions ? " s" : "") + " " +
         std::to_string(question.limit) + " " + question.cursor);
    ports::ListPage page;
    if (question.cursor.empty()) {
      page.publications.push_back(publication());
      page.cursor = "7p1:x";
    } else {
      page.subscriptions.push_back(subscription());
    }
    return page;
  }
  ports::Inspected<ports::PresentityInfo> show(const ports::Resource& presentity, base::Millis /*within*/) override {
    if (presentity != kAlice) return unknown(presentity);
    ports::PresentityInfo info{kAlice, {publication()}, {subscription()}, 1, {}};
    info.documents.push_back({"presence",
                              "application/pidf+xml",
                              std::make_shared<const std::string>("<presence/>"),
                              {{"tuple", "a", {"tag1", "tag2"}}}});
    info.registration = registration();
    return info;
  }
  ports::Inspected<ports::ExplainInfo> explain(const ports::ExplainQuestion& question,
                                               base::Millis /*within*/) override {
    note("explain " + question.watcher + " " + question.presentity + " " + question.package +
         (question.at ? " at " + std::to_string(question.at->time_since_epoch().count()) : "") +
         (question.rules ? " by " + *question.rules : ""));
    if (question.rules == "<broken") {
      return base::Unexpected{
          ports::InspectError{ports::InspectTrouble::invalid, "the rules cannot be read: line 1: no (xml.malformed)"}};
    }
    return explanation(question);
  }
  ports::Inspected<ports::DocumentsPage> documents(const ports::DocumentsQuestion& question,
                                                   base::Millis /*within*/) override {
    note("documents " + question.prefix + " " + (question.state ? std::string(ports::word(*question.state)) : "") +
         " " + std::to_string(question.limit) + " " + question.cursor);
    if (question.prefix == "none") return ports::DocumentsPage{};
    return question.cursor.empty() ? first_documents() : last_documents();
  }
  ports::Inspected<std::size_t> terminate(const ports::TerminateOrder& order, base::Millis /*within*/) override {
    note("terminate " + order.presentity + " " + std::to_string(order.id) + " " +
         std::string(ports::word(order.reason)) +
         (order.retry_after ? " " + std::to_string(order.retry_after->count()) : ""));
    if (order.id == 9) {
      return base::Unexpected{
          ports::InspectError{ports::InspectTrouble::impossible, "a subscription in the state active does not end so"}};
    }
    return std::size_t{1};
  }
  ports::Inspected<std::size_t> drop(const ports::DropOrder& order, base::Millis /*within*/) override {
    note("drop " + order.presentity + " " + order.etag);
    return std::size_t{2};
  }
  ports::Inspected<std::size_t> renotify(const ports::RenotifyOrder& order, base::Millis /*within*/) override {
    note("renotify " + order.presentity + " " + std::to_string(order.id));
    return std::size_t{3};
  }
  ports::Inspected<std::unique_ptr<ports::EventTail>> tail() override {
    ports::CoreEvent of_alice;
    of_alice.kind = ports::EventKind::notify_finished;
    of_alice.presentity = kAlice;
    of_alice.watcher = "sip:bob@example.com";
    of_alice.status = 481;
    of_alice.call_id = "\xE2\x82\xAC\xFF\xC3";  // a euro sign and no UTF-8
    ports::CoreEvent of_zoe;
    of_zoe.presentity = "sip:zoe@example.com";
    return std::unique_ptr<ports::EventTail>(std::make_unique<FakeTail>(std::vector{of_zoe, of_alice}));
  }

  [[nodiscard]] std::string last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  static base::Unexpected<ports::InspectError> unknown(const std::string& what) {
    return base::Unexpected{ports::InspectError{ports::InspectTrouble::unknown, "there is nothing of " + what}};
  }
  static ports::PublicationInfo publication() {
    ports::PublicationInfo info;
    info.presentity = kAlice;
    info.package = "presence";
    info.etag = "tag1";
    info.expires_at = test::StoppedClock().now() + base::Millis(59'500);
    info.content_type = "application/pidf+xml";
    info.size = 11;
    return info;
  }
  static ports::DocumentsPage first_documents() {
    const base::Instant now = test::StoppedClock().now();
    ports::FollowedDocument bad{{"pres-rules/users/sip:alice@example.com/index"}};
    bad.state = ports::FollowedState::bad;
    bad.etag = "etag7";
    bad.read_at = now - base::Seconds(70);
    bad.confirmed_at = now - base::Millis(12'500);
    bad.following = ports::Following::xcap_diff;
    bad.presentities = 2;
    bad.why = "line 9: no end (xml.malformed)";
    bad.last_good = true;
    return {{bad}, "1:more"};
  }
  static ports::DocumentsPage last_documents() {
    ports::FollowedDocument away{{"resource-lists/global/team", "resource-lists/list"}};
    away.state = ports::FollowedState::unavailable;
    away.following = ports::Following::polling;
    away.why = "status 500 \xFF";
    ports::FollowedDocument bad{{"pres-rules/users/sip:zoe@example.com/index"}};
    bad.state = ports::FollowedState::bad;
    bad.why = "line 1: no (xml.malformed)";
    return {{away, bad}, ""};
  }
  static ports::ExplainInfo explanation(const ports::ExplainQuestion& question) {
    ports::ExplainInfo info;
    info.presentity = question.presentity;
    info.watcher = question.watcher;
    info.package = question.package;
    info.at = question.at.value_or(test::StoppedClock().now());
    ports::ExplainedDocument rules;
    rules.use = "rules";
    rules.key = {"pres-rules/users/sip:alice@example.com/index"};
    rules.status = ports::ExplainedDocument::Status::present;
    rules.in_force = true;
    rules.etag = "etag7";
    rules.fetched_at = test::StoppedClock().now() - base::Seconds(12);
    rules.bad = "line 9: no end";
    ports::ExplainedDocument list;
    list.use = "list";
    list.key = {"resource-lists/global/team", "resource-lists/list"};
    list.why = "no answer yet";
    info.documents = {rules, list};
    info.rules = {{"friends", 3, true, {{"identity", 4, true, "one sip:bob@example.com"}}, "sub-handling allow"},
                  {"work", 8, false, {{"sphere", 9, false, "the sphere is home"}}, "sub-handling allow; note"}};
    info.handling = "allow";
    info.decided_by = "rule friends";
    info.grants = "sub-handling allow";
    info.next_change = base::Instant(base::Seconds(1'800'000'000));
    info.depends_on_sphere = true;
    info.sphere = "home";
    info.sources = {{"tag1", ports::Source::hard, {}},
                    {"tag2", ports::Source::pua, test::StoppedClock().now() + base::Seconds(60)}};
    info.removed = {{"device", "d", true, {}}, {"person", "p", false, {"rpid:mood", "dm:note"}}};
    info.content_type = "application/pidf+xml";
    info.body = std::make_shared<const std::string>("<presence/>");
    return info;
  }
  static ports::SubscriptionInfo subscription() {
    ports::SubscriptionInfo info;
    info.presentity = kAlice;
    info.id = 42;
    info.package = "presence";
    info.watcher.uri = "sip:bob@example.com";
    info.state = ports::SubscriptionState::active;
    info.expires_at = test::StoppedClock().now() + base::Seconds(300);
    info.last_notify = ports::NotifyInfo{test::StoppedClock().now(), 4, ports::OutcomeKind::response, 200};
    return info;
  }
  void note(std::string text) {
    const std::lock_guard lock(mutex_);
    last_ = std::move(text);
  }
  mutable std::mutex mutex_;
  std::string last_;
};

class FakeDocuments final : public ports::Documents {
 public:
  void follow(const ports::DocumentKey& /*key*/) override {}
  void unfollow(const ports::DocumentKey& /*key*/) override {}
  std::size_t look_again(std::string_view path) override {
    const std::lock_guard lock(mutex_);
    last_ = path;
    return path.empty() ? 12 : 3;
  }
  void standings(std::vector<std::string> /*documents*/,
                 std::function<void(std::vector<ports::DocumentStanding>)> /*told*/) override {}
  [[nodiscard]] std::string last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  std::string last_ = "(none)";
};

class FakeTrace final : public ports::MessageTrace {
 public:
  explicit FakeTrace(std::vector<ports::TracedMessage> messages) : messages_(std::move(messages)) {}
  std::uint64_t take(std::vector<ports::TracedMessage>& out) override {
    std::swap(out, messages_);
    return 0;
  }

 private:
  std::vector<ports::TracedMessage> messages_;
};

class FakeTracing final : public ports::MessageTracing {
 public:
  ports::Inspected<std::unique_ptr<ports::MessageTrace>> trace(const ports::TraceOrder& order) override {
    if (order.identity != kAlice)
      return base::Unexpected{ports::InspectError{ports::InspectTrouble::busy, "4 traces run already"}};
    return std::unique_ptr<ports::MessageTrace>(std::make_unique<FakeTrace>(messages));
  }
  std::vector<ports::TracedMessage> messages;
};

class PresentitiesService : public testing::Test {
 protected:
  void SetUp() override {
    managed.server.offer(inspection, tracing, documents);
    const auto bound = managed.server.start();
    ASSERT_TRUE(bound) << bound.error().text;
    stub = Presentities::NewStub(grpc::CreateChannel(*bound, grpc::InsecureChannelCredentials()));
  }
  test::Ran ctl(const std::string& arguments) const {
    return test::run("PRESENTIA_MANAGEMENT=unix:" + socket + " '" PS_BINARY_DIR "/presentiactl' " + arguments);
  }
  static ports::TracedMessage message(bool sent, const std::string& text) {
    return {base::Instant(base::Seconds(1'000'000)), sent, "udp", "192.0.2.1:5060", "192.0.2.7:5062", text, 0};
  }

  const test::TemporaryFolder folder;
  const std::string socket = folder.path("s");
  FakeInspection inspection;
  FakeTracing tracing;
  FakeDocuments documents;
  test::Managed managed{test::listening_on("unix:" + socket)};
  std::unique_ptr<Presentities::Stub> stub;
};

TEST_F(PresentitiesService, ListReadsAllPagesAndPassesTheFilter) {
  const test::Ran ran =
      ctl("presentities list 'sip:*@example.com' --watcher sips:BOB@Example.com --package presence "
          "--domain Example.COM --limit 0");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("tag1"), HasSubstr("60 s"), HasSubstr("42"), HasSubstr("CSeq 4 200")));
  EXPECT_EQ(inspection.last(), "list sip:*@example.com sip:BOB@example.com presence example.com p s 1000 7p1:x");
  EXPECT_THAT(ctl("presentities list --limit 1").output, HasSubstr("there may be more"));
  EXPECT_EQ(inspection.last(), "list     p s 1 ");
  EXPECT_EQ(ctl("presentities list --subscriptions --limit 1").status, 0);
  EXPECT_EQ(inspection.last(), "list     s 1 ");
}

TEST_F(PresentitiesService, ShowHasTheDocumentAndTheOriginOfItsElements) {
  EXPECT_THAT(ctl("show alice@example.com").output, HasSubstr("is no sip, sips, pres or tel URI"));
  const test::Ran ran = ctl("show sip:alice@EXAMPLE.com:5060");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.output, AllOf(StartsWith("sip:alice@example.com\n"), HasSubstr("tag1 tag2"), HasSubstr("<presence/>"),
                                HasSubstr("active")));
  EXPECT_THAT(ctl("--json show sip:alice@example.com").output,
              AllOf(HasSubstr("\"etag\": \"tag1\""), HasSubstr("\"expires_in\": \"59.500s\"")));
  EXPECT_THAT(ran.output,
              AllOf(testing::ContainsRegex("third-party-register +registered +2026-01-02T10:00:00Z +600 s +no\n"),
                    testing::ContainsRegex("reg-event +not registered +2026-01-02T10:00:01Z +- +yes\n"),
                    HasSubstr("S-CSCF: sip:scscf.example.com\n"), HasSubstr("service info: presence-profile=alice\n"),
                    HasSubstr("device: urn:uuid:\xEF\xBF\xBD\n")));
  const test::Ran nobody = ctl("show sip:nobody@example.com");
  EXPECT_EQ(nobody.status, 1);
  EXPECT_THAT(nobody.output, HasSubstr("there is nothing of sip:nobody@example.com"));
}

TEST_F(PresentitiesService, OrdersArePassedOn) {
  EXPECT_EQ(ctl("terminate sip:alice@example.com 42 --reason probation --retry-after 60").status, 0);
  EXPECT_EQ(inspection.last(), "terminate sip:alice@example.com 42 probation 60");
  EXPECT_EQ(ctl("terminate sip:alice@example.com 42").status, 0);
  EXPECT_EQ(inspection.last(), "terminate sip:alice@example.com 42 deactivated");
  EXPECT_THAT(ctl("drop sip:alice@example.com tag1").output, HasSubstr("watchers: 2"));
  EXPECT_EQ(inspection.last(), "drop sip:alice@example.com tag1");
  EXPECT_THAT(ctl("renotify sip:alice@example.com").output, HasSubstr(": 3"));
  EXPECT_EQ(inspection.last(), "renotify sip:alice@example.com 0");
  EXPECT_EQ(ctl("renotify sip:alice@example.com 42").status, 0);
  EXPECT_EQ(inspection.last(), "renotify sip:alice@example.com 42");
  EXPECT_THAT(managed.metrics.text(),
              HasSubstr("presentia_management_calls_total{method=\"Terminate\",result=\"done\"} 2"));
}

TEST_F(PresentitiesService, WrongOrdersAreExplainedAndNotPassedOn) {
  const test::Ran with_reason = ctl("terminate sip:alice@example.com 42 --retry-after 60");
  EXPECT_EQ(with_reason.status, 1);
  EXPECT_THAT(with_reason.output, HasSubstr("probation and giveup only"));
  EXPECT_EQ(inspection.last(), "");
  EXPECT_EQ(ctl("terminate sip:alice@example.com 42 --reason boredom").status, 2);
  const test::Ran in_state = ctl("terminate sip:alice@example.com 9 --reason giveup");
  EXPECT_EQ(in_state.status, 1);
  EXPECT_THAT(in_state.output, HasSubstr("in the state active"));
  EXPECT_EQ(ctl("terminate sip:alice@example.com").status, 2);

  management::TerminateRequest request;
  request.set_presentity(kAlice);
  request.set_reason("boredom");
  management::ActResponse response;
  grpc::ClientContext context;
  const grpc::Status status = stub->Terminate(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("deactivated, probation, rejected"));
}

TEST_F(PresentitiesService, ExplainTellsDocumentsRulesDecisionAndResult) {
  const test::Ran ran = ctl("explain sips:BOB@Example.com sip:alice@EXAMPLE.com:5060");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(inspection.last(), "explain sip:BOB@example.com sip:alice@example.com presence");
  EXPECT_THAT(ran.output, StartsWith("sip:BOB@example.com watching sip:alice@example.com at "));
  for (const char* line :
       {"pres-rules/users/sip:alice@example.com/index       rules  present  yes       etag7  12 s\n",
        "resource-lists/global/team/~~/resource-lists/list  ", ": no answer yet\n",
        ": its newest text cannot be read: line 9: no end\n",
        "rule friends (line 3) matches\n  identity (line 4) holds: one sip:bob@example.com\n  grants sub-handling "
        "allow\n",
        "rule work (line 8) does not match\n  sphere (line 9) does not hold: the sphere is home\n  would grant ",
        "decision: allow (rule friends)\n", "may change at 2027-01-15T08:00:00Z\n",
        "depends on the sphere, which is home\n", "not shown: device d\n", "not shown: person p: rpid:mood, dm:note\n",
        "application/pidf+xml\n<presence/>\n"}) {
    EXPECT_THAT(ran.output, HasSubstr(line));
  }
  EXPECT_THAT(ctl("--json explain anonymous sip:alice@example.com").output,
              AllOf(HasSubstr("\"handling\": \"allow\""), HasSubstr("\"status\": \"unknown\""),
                    HasSubstr("\"decided_by\": \"rule friends\""), HasSubstr("\"age\": \"12s\"")));
  EXPECT_EQ(inspection.last(), "explain anonymous sip:alice@example.com presence");
}

TEST_F(PresentitiesService, ExplainPassesOnATimeAndRulesToTry) {
  const std::string file = folder.path("rules.xml");
  std::ofstream(file, std::ios::binary) << "<ruleset>\xFF</ruleset>\n";
  EXPECT_EQ(
      ctl("explain sip:bob@example.com sip:alice@example.com --at 2027-01-15T09:00:00.250+01:00 --rules '" + file + "'")
          .status,
      0);
  EXPECT_EQ(inspection.last(),
            "explain sip:bob@example.com sip:alice@example.com presence at 1800000000250 by <ruleset>\xFF</ruleset>\n");
  std::ofstream(file, std::ios::trunc) << "<broken";
  const test::Ran broken = ctl("explain sip:bob@example.com sip:alice@example.com --rules '" + file + "'");
  EXPECT_EQ(broken.status, 1);
  EXPECT_THAT(broken.output, HasSubstr("the rules cannot be read: line 1"));
  std::ofstream(file, std::ios::trunc).close();
  EXPECT_EQ(ctl("explain sip:bob@example.com sip:alice@example.com --rules '" + file + "'").status, 0);
  EXPECT_EQ(inspection.last(), "explain sip:bob@example.com sip:alice@example.com presence by ")
      << "an empty file is a candidate, too";
}

TEST_F(PresentitiesService, WrongQuestionsWhyAreExplained) {
  const test::Ran nobody = ctl("explain somebody sip:alice@example.com");
  EXPECT_EQ(nobody.status, 1);
  EXPECT_THAT(nobody.output, HasSubstr("watcher: \"somebody\" is no sip, sips, pres or tel URI, nor \"anonymous\""));
  const test::Ran time = ctl("explain anonymous sip:alice@example.com --at tomorrow");
  EXPECT_EQ(time.status, 2);
  EXPECT_THAT(time.output, HasSubstr("\"tomorrow\" is no time like"));
  EXPECT_EQ(ctl("explain anonymous sip:alice@example.com --rules /no/such/file").status, 2);
  EXPECT_EQ(ctl("explain anonymous").status, 2);
  EXPECT_EQ(inspection.last(), "");

  management::ExplainRequest request;
  request.set_watcher("anonymous");
  request.set_presentity(kAlice);
  request.mutable_at()->set_seconds(std::numeric_limits<std::int64_t>::max());
  management::ExplainResponse response;
  grpc::ClientContext context;
  const grpc::Status status = stub->Explain(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("at: "));
}

TEST_F(PresentitiesService, DocumentsAreListedWithTheirStateAndWhatIsWrongWithThem) {
  const test::Ran ran = ctl("documents --limit 0");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(inspection.last(), "documents   1000 1:more") << "all pages";
  for (const char* line :
       {"DOCUMENT                                           STATE        ETAG   READ  CONFIRMED  FOLLOWED BY  "
        "PRESENTITIES\n",
        "pres-rules/users/sip:alice@example.com/index       bad          etag7  70 s  12 s       xcap-diff    2\n",
        "resource-lists/global/team/~~/resource-lists/list  unavailable  -      -     -          polling      0\n",
        "sip:alice@example.com/index: its newest text cannot be read: line 9: no end (xml.malformed); the last good "
        "one "
        "is in force\n",
        "resource-lists/global/team/~~/resource-lists/list: status 500 \xEF\xBF\xBD\n",
        "sip:zoe@example.com/index: its newest text cannot be read: line 1: no (xml.malformed); none is in force\n"}) {
    EXPECT_THAT(ran.output, HasSubstr(line));
  }
  EXPECT_THAT(ctl("--json documents").output,
              AllOf(HasSubstr("\"state\": \"bad\""), HasSubstr("\"last_good\": true"),
                    HasSubstr("\"following\": \"xcap-diff\""), HasSubstr("\"age\": \"70s\""),
                    HasSubstr("\"confirmed_since\": \"12.500s\""), HasSubstr("\"presentities\": \"2\""),
                    HasSubstr("\"node\": \"resource-lists/list\"")));
  EXPECT_EQ(inspection.last(), "documents   99 1:more") << "a hundred, if nothing is said";
  EXPECT_THAT(managed.metrics.text(),
              HasSubstr("presentia_management_calls_total{method=\"ListDocuments\",result=\"done\"} 4"));
}

TEST_F(PresentitiesService, TheFilterOfDocumentsIsPassedOn) {
  EXPECT_THAT(ctl("documents --prefix /pres-rules/users/ --state bad --limit 1").output,
              HasSubstr("there may be more: --limit 0"));
  EXPECT_EQ(inspection.last(), "documents pres-rules/users/ bad 1 ");
  const test::Ran none = ctl("documents --prefix none");
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.output, "nothing\n");
  EXPECT_EQ(ctl("documents --state rotten").status, 2);
  EXPECT_THAT(ctl("complete-line 'presentiactl documents --state un'").output, "unavailable\n");

  management::ListDocumentsRequest request;
  request.set_state("rotten");
  management::ListDocumentsResponse response;
  grpc::ClientContext context;
  const grpc::Status status = stub->ListDocuments(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("good, absent, bad, stale, unavailable, waiting"));
}

TEST_F(PresentitiesService, InvalidateLooksAtDocumentsAgain) {
  EXPECT_THAT(ctl("invalidate pres-rules/users/sip:alice@example.com").output,
              HasSubstr("documents that are looked at again: 3\n"));
  EXPECT_EQ(documents.last(), "pres-rules/users/sip:alice@example.com");
  EXPECT_THAT(ctl("--json invalidate").output, HasSubstr("\"documents\": \"12\""));
  EXPECT_EQ(documents.last(), "");
  EXPECT_THAT(managed.metrics.text(),
              HasSubstr("presentia_management_calls_total{method=\"Invalidate\",result=\"done\"} 2"));
}

TEST_F(PresentitiesService, TailGivesWhatIsOfThePresentityAndSaysWhatWasMissed) {
  grpc::ClientContext context;
  management::TailRequest request;
  request.set_presentity("sips:alice@example.com");
  const auto reader = stub->Tail(&context, request);
  management::TailEvent event;
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.missed(), 3U);
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.event(), "notify.finished");
  EXPECT_EQ(event.presentity(), kAlice);
  EXPECT_EQ(event.status(), 481U);
  EXPECT_EQ(event.call_id(), "\xE2\x82\xAC\xEF\xBF\xBD\xEF\xBF\xBD") << "each byte that is no UTF-8 is replaced";
  context.TryCancel();
  EXPECT_FALSE(reader->Read(&event));
}

TEST_F(PresentitiesService, TailPrintsLinesUntilTheServerStops) {
  const std::string out = folder.path("out"), ready = folder.path("ready");
  ASSERT_EQ(::mkfifo(out.c_str(), 0600), 0);
  const std::string command = "PRESENTIA_MANAGEMENT=unix:" + socket + " '" PS_BINARY_DIR "/presentiactl' tail > '" +
                              out + "' 2> '" + ready + "' &";
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe): no other thread touches the environment
  std::ifstream printed(out);
  std::string line;
  ASSERT_TRUE(std::getline(printed, line));
  EXPECT_EQ(line, "missed 3 events");
  ASSERT_TRUE(std::getline(printed, line));
  ASSERT_TRUE(std::getline(printed, line));
  EXPECT_THAT(line, HasSubstr("notify.finished sip:alice@example.com watcher=sip:bob@example.com status=481"));
  managed.server.stop();
  EXPECT_FALSE(std::getline(printed, line)) << "it ends";
}

TEST_F(PresentitiesService, TraceEndsAtItsLimitAndShowsMessages) {
  tracing.messages = {message(false, "PUBLISH sip:alice@example.com SIP/2.0\r\n\r\n"),
                      message(true, "SIP/2.0 200 OK\r\n\r\n"), message(true, "SIP/2.0 500 No\r\n\r\n")};
  tracing.messages[0].cut_bytes = 10;
  const test::Ran ran = ctl("trace sip:alice@example.com --messages 2");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(
      ran.output,
      AllOf(HasSubstr("1970-01-12T13:46:40Z received udp 192.0.2.7:5062 -> 192.0.2.1:5060\nPUBLISH"),
            HasSubstr("[10 bytes of body]"), HasSubstr("sent udp 192.0.2.1:5060 -> 192.0.2.7:5062\nSIP/2.0 200"),
            HasSubstr("its number of messages is reached"), Not(HasSubstr("500 No"))));
  const test::Ran busy = ctl("trace sip:bob@example.com");
  EXPECT_EQ(busy.status, 1);
  EXPECT_THAT(busy.output, HasSubstr("4 traces run already"));
}

// As the attribute in force says, at once.
TEST_F(PresentitiesService, TheLimitsOfATraceAreLive) {
  tracing.messages.assign(5, message(true, "SIP/2.0 200 OK\r\n\r\n"));
  ASSERT_EQ(ctl("set management.trace_max_messages=3").status, 0);
  EXPECT_THAT(ctl("--json trace sip:alice@example.com --messages 100").output,
              AllOf(HasSubstr("\"ended\":\"its number of messages is reached\""), Not(HasSubstr("time"))));
}

// A record of a pcap file: its two lengths and its packet.
struct Packet {
  std::uint32_t held = 0, original = 0;
  std::string bytes;
};
std::vector<Packet> packets_of(const std::string& file) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  const std::string capture = content.str();
  std::vector<Packet> packets;
  for (std::size_t at = 24; at + 16 <= capture.size();) {
    Packet packet;
    std::memcpy(&packet.held, capture.data() + at + 8, 4);
    std::memcpy(&packet.original, capture.data() + at + 12, 4);
    packet.bytes = capture.substr(at + 16, packet.held);
    at += 16 + packet.held;
    packets.push_back(std::move(packet));
  }
  return packets;
}

std::uint32_t sum_of_words(const std::string& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return sum;
}

TEST_F(PresentitiesService, ACaptureHasIpv6AndMessagesLargerThanADatagram) {
  ports::TracedMessage six = message(true, "NOTIFY sip:b@[2001:db8::7] SIP/2.0\r\n\r\n");
  six.transport = "tcp";
  six.local = "[2001:db8::1]:5060";
  six.remote = "[2001:db8::7]:5062";
  const std::size_t size = 70'000;
  tracing.messages = {six, message(false, std::string(size, 'x'))};
  ASSERT_EQ(ctl("trace sip:alice@example.com --messages 2 --pcap '" + folder.path("c.pcap") + "'").status, 0);
  const auto packets = packets_of(folder.path("c.pcap"));
  ASSERT_EQ(packets.size(), 2U);
  const std::string& packet = packets[0].bytes;
  ASSERT_EQ(packet.size(), 40 + 8 + six.text.size());
  EXPECT_EQ(packet[0], 0x60);
  EXPECT_EQ(packet.substr(8, 16), std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16));
  // [RFC8200 8.1] addresses, length and next header with the datagram: all ones
  const std::string udp = packet.substr(40);
  const std::string pseudo = packet.substr(8, 32) + std::string(2, '\0') + udp.substr(4, 2) + std::string("\0\x11", 2);
  EXPECT_EQ(sum_of_words(pseudo + udp), 0xFFFFU);
  EXPECT_EQ(packets[1].held, 65'535U) << "as large as a packet can be";
  EXPECT_EQ(packets[1].original, 28 + size) << "and it says that there was more";
}

TEST_F(PresentitiesService, WhatCanFollowIsCompleted) {
  EXPECT_THAT(ctl("complete-line 'presentiactl pres'").output, "presentities\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl show sip:al'").output, "sip:alice@example.com\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl drop sip:alice@example.com t'").output, "tag1\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl terminate sip:alice@example.com 4'").output, "42\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl terminate sip:alice@example.com 42 --reason p'").output, "probation\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl explain '").output,
              AllOf(HasSubstr("anonymous\n"), HasSubstr("sip:bob@example.com\n"), HasSubstr("--rules\n")));
  EXPECT_THAT(ctl("complete-line 'presentiactl explain sip:bob@example.com sip'").output, "sip:alice@example.com\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl inv'").output, "invalidate\n");
}

}  // namespace
}  // namespace presentia::mgmt
