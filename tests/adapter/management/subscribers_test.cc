// The service Subscribers in front of an Sh client that answers as told, driven by presentiactl and by raw calls.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>

#include "proto/management.pb.h"
#include "proto/subscribers.grpc.pb.h"
#include "tests/adapter/management/support.h"

namespace presentia::mgmt {
namespace {

using management::Subscribers;
using ports::SubscriberFault;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

base::Unexpected<ports::SubscriberError> refused(SubscriberFault fault, std::uint32_t code = 0,
                                                 const std::string& text = "") {
  return base::Unexpected{ports::SubscriberError{fault, code, text}};
}

// Knows alice and the number 15550001; keeps the questions as text.
class FakeSubscribers final : public ports::SubscriberData {
 public:
  void read(ports::ReadQuestion question, base::Millis within, std::function<void(ports::ReadResult)> done) override {
    std::string text = "read " + question.user.public_identity + question.user.msisdn;
    for (const auto reference : question.keys.references) text += " " + std::to_string(static_cast<int>(reference));
    for (const auto& service : question.keys.service_indications) text += " " + service;
    if (question.keys.domain == ports::AccessDomain::packet_switched) text += " ps";
    text += " " + question.keys.server_name;
    for (const auto& tag : question.keys.dsai_tags) text += " " + tag;
    note(text, within);
    if (fault_) return done(refused(*fault_, code_, "as told"));
    if (question.user.public_identity != "sip:alice@example.com" && question.user.msisdn != "15550001")
      return done(refused(SubscriberFault::unknown_user, 5001));
    done(answer_);
  }
  void update(ports::UpdateQuestion question, base::Millis within,
              std::function<void(ports::UpdateResult)> done) override {
    note("update " + question.user.public_identity + " " + question.service_indication + " " +
             question.service_data.value_or("(nothing)") +
             (question.based_on ? " on " + std::to_string(*question.based_on) : "") +
             (question.only_if_current ? " only" : ""),
         within);
    if (fault_) return done(refused(*fault_, code_, "as told"));
    done(ports::UpdateAnswer{8});
  }
  void subscribe(ports::SubscribeQuestion /*question*/, base::Millis /*within*/,
                 std::function<void(ports::SubscribeResult)> done) override {
    done(refused(SubscriberFault::refused));
  }
  void unsubscribe(ports::ReadQuestion /*question*/, base::Millis /*within*/,
                   std::function<void(ports::UnsubscribeResult)> done) override {
    done(refused(SubscriberFault::refused));
  }
  [[nodiscard]] std::vector<ports::PeerView> peers() const override { return peers_; }

  [[nodiscard]] std::string last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  [[nodiscard]] base::Millis within() const {
    const std::lock_guard lock(mutex_);
    return within_;
  }

  // Set before the question.
  std::optional<SubscriberFault> fault_;
  std::uint32_t code_ = 0;
  ports::ReadAnswer answer_;
  std::vector<ports::PeerView> peers_;

 private:
  void note(std::string text, base::Millis within) {
    const std::lock_guard lock(mutex_);
    last_ = std::move(text);
    within_ = within;
  }

  mutable std::mutex mutex_;
  std::string last_;
  base::Millis within_{};
};

class SubscribersService : public testing::Test {
 protected:
  void SetUp() override {
    managed.server.offer(data);
    const auto bound = managed.server.start();
    ASSERT_TRUE(bound) << bound.error().text;
    stub = Subscribers::NewStub(grpc::CreateChannel(*bound, grpc::InsecureChannelCredentials()));
  }
  test::Ran ctl(const std::string& arguments) const {
    return test::run("PRESENTIA_MANAGEMENT=unix:" + socket + " '" PS_BINARY_DIR "/presentiactl' " + arguments);
  }

  const test::TemporaryFolder folder;
  const std::string socket = folder.path("s");
  FakeSubscribers data;
  test::Managed managed{test::listening_on("unix:" + socket)};
  std::unique_ptr<Subscribers::Stub> stub;
};

TEST_F(SubscribersService, PeersAreListedWithTheirPhaseAndTrouble) {
  EXPECT_THAT(ctl("sh peers").output, HasSubstr("Sh is off"));
  data.peers_ = {
      {"one", "hss1.example.com", "example.com", "127.0.0.1:3868", ports::PeerPhase::open, test::StoppedClock().now(),
       3, 2, ""},
      {"two", "hss2.example.com", "", "", ports::PeerPhase::closed, test::StoppedClock().now(), 0, 0, "refused \xFF"}};
  const test::Ran ran = ctl("sh peers");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("hss1.example.com"), HasSubstr("127.0.0.1:3868"), HasSubstr("open"),
                                HasSubstr("closed"), HasSubstr("refused \xEF\xBF\xBD")));
  EXPECT_THAT(ctl("--json sh peers").output, AllOf(HasSubstr("\"phase\": \"open\""), HasSubstr("\"connects\": \"3\""),
                                                   HasSubstr("\"under_way\": \"2\"")));
}

TEST_F(SubscribersService, WhatTheHssSaysIsShownWithItsTypes) {
  data.answer_.record.public_identities = {{"sip:alice@example.com"}, {"tel:+15550001"}};
  data.answer_.record.ims_user_state = ports::ImsUserState::registered_unregistered_services;
  data.answer_.record.scscf_name = "";
  data.answer_.record.documents = {std::make_shared<const std::string>("<Sh-Data/>")};
  data.answer_.failed = {
      {ports::DataReference::charging_information, {SubscriberFault::operation_not_allowed, 5101, "not on the list"}}};
  const test::Ran ran = ctl("sh read sips:alice@EXAMPLE.com --reference ims-user-state,charging-information");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_EQ(data.last(), "read sip:alice@example.com 11 16 presence ");
  EXPECT_THAT(ran.output, AllOf(HasSubstr("tel:+15550001"), HasSubstr("registered-unregistered-services"),
                                HasSubstr("none is assigned"),
                                HasSubstr("no charging-information  the HSS does not allow this operation on the data "
                                          "to this server (5101): not on the list")));
  EXPECT_THAT(ctl("--json sh read sip:alice@example.com").output,
              AllOf(HasSubstr("\"ims_user_state\": \"registered-unregistered-services\""),
                    HasSubstr("\"reference\": \"CHARGING_INFORMATION\""), HasSubstr("\"code\": 5101")));
}

TEST_F(SubscribersService, WhatIsAskedForIsPassedOn) {
  EXPECT_EQ(ctl("sh read 15550001").status, 0);
  EXPECT_EQ(data.last(), "read 15550001 10 11 12 presence ");
  EXPECT_EQ(ctl("sh read tel:+1-555-0001 --reference repository-data --service-indication X").status, 1);
  EXPECT_EQ(data.last(), "read tel:+15550001 0 X ");
  EXPECT_EQ(ctl("sh read 15550001 --reference dsai --reference user-state --domain ps --server-uri sip:as.example.com "
                "--dsai-tag a --dsai-tag b")
                .status,
            0);
  EXPECT_EQ(data.last(), "read 15550001 19 15 presence ps sip:as.example.com a b");
  EXPECT_LE(data.within(), base::Millis(5000));
  EXPECT_GT(data.within(), base::Millis(0));
  EXPECT_EQ(ctl("sh read 15550001 --reference whatever").status, 2);
  EXPECT_THAT(ctl("sh read alice").output, HasSubstr("\"alice\" is no SIP or tel URI, nor an MSISDN"));
}

TEST_F(SubscribersService, TheIndicationOfTheServiceIsTheAttributeUnlessOneIsGiven) {
  EXPECT_EQ(ctl("set sh.service_indication=our-service").status, 0);
  data.answer_.record.repository_data = {{"our-service", 7, "<max>5</max>"}, {"X", 3, "<x/>"}};
  const test::Ran ran = ctl("profile get sip:alice@example.com");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(data.last(), "read sip:alice@example.com 0 our-service ");
  EXPECT_THAT(ran.output, AllOf(HasSubstr("<max>5</max>\n"), HasSubstr("our-service, number 7")));
  EXPECT_THAT(ctl("profile get sip:alice@example.com --service-indication X 2>/dev/null").output, HasSubstr("<x/>\n"));
  const test::Ran none = ctl("profile get sip:alice@example.com --service-indication Y");
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.output, HasSubstr("the HSS has no such data: service Y"));
}

TEST_F(SubscribersService, AProfileIsPutInPlaceAndDeleted) {
  const std::string file = folder.path("profile.xml");
  std::ofstream(file) << "<max>6</max>";
  const test::Ran set = ctl("profile set sip:alice@example.com --file '" + file + "'");
  EXPECT_EQ(set.status, 0);
  EXPECT_THAT(set.output, HasSubstr("stored, number 8"));
  EXPECT_EQ(data.last(), "update sip:alice@example.com presence <max>6</max>");
  EXPECT_EQ(test::run("echo -n '<a/>' | PRESENTIA_MANAGEMENT=unix:" + socket +
                      " '" PS_BINARY_DIR "/presentiactl' profile set sip:alice@example.com --expect-number 7")
                .status,
            0);
  EXPECT_EQ(data.last(), "update sip:alice@example.com presence <a/> on 7 only");
  EXPECT_THAT(ctl("profile delete sip:alice@example.com --service-indication X").output, HasSubstr("deleted"));
  EXPECT_EQ(data.last(), "update sip:alice@example.com X (nothing)");
  EXPECT_EQ(ctl("profile set sip:alice@example.com --file /nowhere").status, 2);
  EXPECT_EQ(ctl("profile delete sip:alice@example.com --expect-number 65536").status, 2);
}

TEST_F(SubscribersService, ARefusalSaysWhatTheHssSaidAndIsNoUnreachableServer) {
  const test::Ran unknown = ctl("sh read sip:nobody@example.com");
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.output, HasSubstr("the HSS knows no such user (5001)"));
  data.fault_ = SubscriberFault::timed_out;
  const test::Ran late = ctl("--json sh read sip:alice@example.com");
  EXPECT_EQ(late.status, 1);
  EXPECT_THAT(late.output, AllOf(HasSubstr("the HSS did not answer in time: as told"),
                                 HasSubstr("\"fault\": \"timed_out\""), Not(HasSubstr("no answer from"))));
  data.fault_ = SubscriberFault::peer_away;
  EXPECT_THAT(ctl("profile get sip:alice@example.com").output, HasSubstr("no peer of Sh is connected and in use"));
  data.fault_ = SubscriberFault::off;
  EXPECT_THAT(ctl("profile delete sip:alice@example.com").output, HasSubstr("Sh is off"));
  EXPECT_THAT(managed.metrics.text(),
              HasSubstr("presentia_management_calls_total{method=\"DeleteProfile\",result=\"refused\"} 1"));
}

TEST_F(SubscribersService, EachFaultHasItsStatusCodeAndItsDetails) {
  const std::pair<SubscriberFault, grpc::StatusCode> expected[] = {
      {SubscriberFault::unknown_user, grpc::StatusCode::NOT_FOUND},
      {SubscriberFault::cannot_be_read, grpc::StatusCode::PERMISSION_DENIED},
      {SubscriberFault::out_of_sync, grpc::StatusCode::ABORTED},
      {SubscriberFault::too_much_data, grpc::StatusCode::OUT_OF_RANGE},
      {SubscriberFault::queue_full, grpc::StatusCode::RESOURCE_EXHAUSTED},
      {SubscriberFault::peer_away, grpc::StatusCode::UNAVAILABLE},
      {SubscriberFault::timed_out, grpc::StatusCode::DEADLINE_EXCEEDED},
      {SubscriberFault::off, grpc::StatusCode::FAILED_PRECONDITION},
      {SubscriberFault::malformed_answer, grpc::StatusCode::INTERNAL},
      {SubscriberFault::refused, grpc::StatusCode::UNKNOWN}};
  for (const auto& [fault, code] : expected) {
    data.fault_ = fault;
    data.code_ = 4242;
    grpc::ClientContext context;
    management::ReadSubscriberRequest request;
    management::ReadSubscriberResponse response;
    request.set_identity("sip:alice@example.com");
    const grpc::Status status = stub->ReadSubscriber(&context, request, &response);
    EXPECT_EQ(status.error_code(), code) << ports::word(fault);
    management::StatusDetails details;
    management::ShFault told;
    ASSERT_TRUE(details.ParseFromString(status.error_details()));
    ASSERT_TRUE(details.details(0).UnpackTo(&told));
    EXPECT_EQ(told.fault(), ports::word(fault));
    EXPECT_EQ(told.code(), 4242U);
  }
}

TEST_F(SubscribersService, NumbersThatNothingStandsForAreInvalid) {
  grpc::ClientContext first, second;
  management::ReadSubscriberRequest read;
  management::ReadSubscriberResponse record;
  read.set_identity("sip:alice@example.com");
  read.add_references(static_cast<management::DataReference>(9));
  EXPECT_EQ(stub->ReadSubscriber(&first, read, &record).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  management::SetProfileRequest set;
  management::SetProfileResponse stored;
  set.set_identity("sip:alice@example.com");
  set.set_expected_sequence(65536);
  EXPECT_EQ(stub->SetProfile(&second, set, &stored).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(data.last(), "");
}

TEST_F(SubscribersService, TheShellCompletesTheCommands) {
  EXPECT_THAT(ctl("complete-line 'presentiactl sh '").output, "peers\nread\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl profile d'").output, "delete\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl sh read sip:a@b --reference ims-user'").output, "ims-user-state\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl sh read sip:a@b --reference msisdn,scs'").output, "msisdn,scscf-name\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl profile set sip:a@b --f'").output, "--file\n");
}

}  // namespace
}  // namespace presentia::mgmt
