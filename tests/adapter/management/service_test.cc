#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <thread>

#include "proto/management.grpc.pb.h"
#include "tests/adapter/management/support.h"

namespace presentia::mgmt {
namespace {

using management::Management;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Service : public testing::Test {
 protected:
  void SetUp() override {
    const auto bound = managed.server.start();
    ASSERT_TRUE(bound) << bound.error().text;
    ASSERT_EQ(*bound, "unix:" + socket);
    stub = Management::NewStub(grpc::CreateChannel(*bound, grpc::InsecureChannelCredentials()));
  }

  grpc::Status set(const std::vector<std::pair<std::string, std::string>>& values,
                   management::SetRequest request = {}) {
    for (const auto& [name, value] : values) {
      management::Assignment& assignment = *request.add_assignments();
      assignment.set_name(name);
      assignment.set_value(value);
    }
    grpc::ClientContext context;
    changed.Clear();
    return stub->Set(&context, request, &changed);
  }
  grpc::Status get(const std::string& pattern) {
    management::GetRequest request;
    request.add_patterns(pattern);
    grpc::ClientContext context;
    got.Clear();
    return stub->Get(&context, request, &got);
  }
  static management::Refusal refusal(const grpc::Status& status) {
    management::StatusDetails details;
    management::Refusal result;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    EXPECT_EQ(details.code(), status.error_code());
    if (details.details_size() == 1) details.details(0).UnpackTo(&result);
    return result;
  }

  const test::TemporaryFolder folder;
  const std::string socket = folder.path("run/management.sock");
  test::Managed managed{test::listening_on("unix:" + socket), folder.path("c.xml")};
  std::unique_ptr<Management::Stub> stub;
  management::ChangeResponse changed;
  management::GetResponse got;
};

TEST_F(Service, OnlyTheOwnerCanUseTheSocketAndItsFolder) {
  struct stat found {};
  ASSERT_EQ(::stat(socket.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(folder.path("run").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
  EXPECT_THAT(std::vector<std::filesystem::path>(std::filesystem::directory_iterator(folder.path("run")), {}),
              SizeIs(1))
      << "nothing else is left there";
}

TEST_F(Service, DescribeTellsAllAboutAnAttribute) {
  management::DescribeRequest request;
  request.add_patterns("sip.transport[any].bind");
  request.add_patterns("event.publication.min_expires_s");
  management::DescribeResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(stub->Describe(&context, request, &response).ok());
  ASSERT_EQ(response.attributes_size(), 2);
  EXPECT_EQ(response.attributes(0).name(), "sip.transport[NAME].bind");
  EXPECT_TRUE(response.attributes(0).restart());
  EXPECT_EQ(response.attributes(1).kind(), management::Description::NUMBER);
  EXPECT_EQ(response.attributes(1).min(), 1);
  EXPECT_EQ(response.attributes(1).max(), 86400);
  EXPECT_EQ(response.attributes(1).by_default(), "60");
  EXPECT_EQ(response.attributes(1).unit(), "s");
  EXPECT_EQ(response.attributes(1).mobicents(), "SipEventPublicationControl.MinExpires");
}

TEST_F(Service, WhatIsSetIsGotAndInForce) {
  ASSERT_TRUE(set({{"rules.no_document", "allow"}, {"sip.domains[new.example].name", "new.example"}}).ok());
  EXPECT_EQ(changed.version(), 2u);
  EXPECT_TRUE(managed.attributes.snapshot()->serves("new.example"));
  ASSERT_TRUE(get("rules.no_document").ok());
  EXPECT_EQ(got.version(), 2u);
  ASSERT_EQ(got.values_size(), 1);
  EXPECT_EQ(got.values(0).value(), "allow");
  EXPECT_FALSE(got.values(0).is_default());
}

TEST_F(Service, ResetRemovesAnEntry) {
  ASSERT_TRUE(set({{"sip.trusted[x].address", "192.0.2.1"}}).ok());
  management::ResetRequest request;
  request.add_names("sip.trusted[x]");
  grpc::ClientContext context;
  ASSERT_TRUE(stub->Reset(&context, request, &changed).ok());
  ASSERT_TRUE(get("sip.trusted").ok());
  EXPECT_THAT(got.values(), IsEmpty());
}

TEST_F(Service, ARefusedSetNamesAttributeValueAndWhatIsAllowedAndChangesNothing) {
  const grpc::Status status = set({{"sip.t1_ms", "100"}, {"event.publication.min_expires_s", "0"}});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const management::Refusal why = refusal(status);
  ASSERT_EQ(why.violations_size(), 1);
  EXPECT_EQ(why.violations(0).attribute(), "event.publication.min_expires_s");
  EXPECT_EQ(why.violations(0).value(), "0");
  EXPECT_EQ(why.violations(0).allowed(), "1 to 86400 s");
  EXPECT_EQ(managed.attributes.snapshot()->version(), 1u);
}

TEST_F(Service, EachKindOfRefusalHasItsStatusCode) {
  EXPECT_EQ(set({{"sip.t9_ms", "1"}}).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(get("sip.t9_ms").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(get("sip.trusted[nobody].address").error_code(), grpc::StatusCode::NOT_FOUND);
  management::SetRequest conflict;
  conflict.set_expected_version(7);
  EXPECT_EQ(set({{"sip.t1_ms", "100"}}, conflict).error_code(), grpc::StatusCode::ABORTED);
  std::filesystem::create_directory(folder.path("c.xml"));  // in the way of the file
  management::SetRequest persist;
  persist.set_persist(true);
  EXPECT_EQ(set({{"sip.t1_ms", "100"}}, persist).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(managed.attributes.snapshot()->version(), 1u);
}

TEST_F(Service, ADryRunChangesNothing) {
  management::SetRequest dry;
  dry.set_dry_run(true);
  ASSERT_TRUE(set({{"sip.t1_ms", "100"}}, dry).ok());
  ASSERT_EQ(changed.changes_size(), 1);
  EXPECT_EQ(changed.changes(0).old_value(), "500");
  EXPECT_EQ(managed.attributes.snapshot()->version(), 1u);
}

TEST_F(Service, AWatchBeginsWithTheValuesInForceAndThenTellsEachChange) {
  management::WatchRequest request;
  request.add_patterns("rules.no_document");
  request.set_current(true);
  grpc::ClientContext context;
  const auto watch = stub->Watch(&context, request);
  management::WatchEvent event;
  ASSERT_TRUE(watch->Read(&event));
  EXPECT_EQ(event.version(), 1u);
  ASSERT_EQ(event.changes_size(), 1);
  EXPECT_EQ(event.changes(0).new_value(), "confirm");

  ASSERT_TRUE(set({{"sip.t1_ms", "100"}}).ok());  // not asked for
  ASSERT_TRUE(set({{"rules.no_document", "allow"}, {"sip.t2_ms", "3000"}}).ok());
  ASSERT_TRUE(watch->Read(&event));
  EXPECT_EQ(event.version(), 3u);
  EXPECT_EQ(event.at().seconds(), 1'000'000);
  EXPECT_THAT(event.who(), testing::StartsWith("unix"));
  ASSERT_EQ(event.changes_size(), 1);
  EXPECT_EQ(event.changes(0).name(), "rules.no_document");
  EXPECT_EQ(event.changes(0).old_value(), "confirm");
  EXPECT_EQ(event.changes(0).new_value(), "allow");
  context.TryCancel();
  EXPECT_FALSE(watch->Read(&event));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(Service, NoChangeEscapesAWatchThatHasBegun) {
  grpc::ClientContext context;
  const auto watch = stub->Watch(&context, management::WatchRequest());
  watch->WaitForInitialMetadata();
  EXPECT_EQ(context.GetServerInitialMetadata().count("presentia-version"), 1u);
  constexpr std::uint64_t kChanges = 200;
  std::thread changer([this] {
    for (std::uint64_t i = 1; i <= kChanges; ++i) {
      ASSERT_TRUE(managed.attributes.apply(std::vector<Assignment>{{"sip.t1_ms", std::to_string(500 + i)}}, {}));
    }
  });
  management::WatchEvent event;
  for (std::uint64_t i = 1; i <= kChanges; ++i) {
    ASSERT_TRUE(watch->Read(&event));
    ASSERT_EQ(event.version(), i + 1);
  }
  changer.join();
  context.TryCancel();
}

TEST_F(Service, AWatchOfAnUnknownNameIsRefused) {
  management::WatchRequest request;
  request.add_patterns("sip.t9_ms");
  grpc::ClientContext context;
  const auto watch = stub->Watch(&context, request);
  management::WatchEvent event;
  EXPECT_FALSE(watch->Read(&event));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(Service, StoppingEndsOpenWatches) {
  grpc::ClientContext context;
  const auto watch = stub->Watch(&context, management::WatchRequest());
  watch->WaitForInitialMetadata();
  auto stopped = std::async(std::launch::async, [this] { managed.server.stop(); });
  management::WatchEvent event;
  EXPECT_FALSE(watch->Read(&event));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  stopped.get();
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST_F(Service, HistoryMetricsAndStatusTellWhatHappened) {
  ASSERT_TRUE(set({{"sip.t1_ms", "100"}}).ok());
  grpc::ClientContext for_history, for_metrics, for_status;
  management::HistoryResponse history;
  ASSERT_TRUE(stub->History(&for_history, {}, &history).ok());
  ASSERT_EQ(history.events_size(), 1);
  EXPECT_EQ(history.events(0).changes(0).name(), "sip.t1_ms");
  management::ReadMetricsResponse metrics;
  ASSERT_TRUE(stub->ReadMetrics(&for_metrics, {}, &metrics).ok());
  EXPECT_THAT(metrics.text(), HasSubstr("presentia_management_calls_total{method=\"Set\",result=\"done\"} 1"));
  managed.server.set_listening({"udp:127.0.0.1:5060"});
  management::StatusResponse status;
  ASSERT_TRUE(stub->Status(&for_status, {}, &status).ok());
  EXPECT_EQ(status.server(), "presentia test");
  EXPECT_EQ(status.version(), 2u);
  EXPECT_THAT(status.listening(), ElementsAre("udp:127.0.0.1:5060"));
}

TEST_F(Service, ASecondServerDoesNotTakeTheSocketOfALivingOne) {
  test::Managed second(test::listening_on("unix:" + socket));
  const auto bound = second.server.start();
  ASSERT_FALSE(bound);
  EXPECT_THAT(bound.error().text, HasSubstr("served by another process"));
  EXPECT_TRUE(get("rules").ok());
}

TEST(Socket, WhatADeadServerLeftIsReplaced) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path("s");
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(dead);
  ASSERT_TRUE(std::filesystem::exists(path));
  test::Managed managed(test::listening_on("unix:" + path));
  EXPECT_TRUE(managed.server.start());
}

TEST(Socket, WhatIsNoSocketIsLeftAlone) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path("s")) << "precious";
  test::Managed managed(test::listening_on("unix:" + folder.path("s")));
  ASSERT_FALSE(managed.server.start());
  EXPECT_EQ(std::filesystem::file_size(folder.path("s")), 8u);
}

TEST(Tcp, APortInUseIsAnError) {
  test::Managed first(test::listening_on("127.0.0.1:0"), "", true);
  const auto bound = first.server.start();
  ASSERT_TRUE(bound) << bound.error().text;
  test::Managed second(test::listening_on(*bound), "", true);
  EXPECT_FALSE(second.server.start());
}

// Takes as long as the disk does; everything else is answered meanwhile.
TEST_F(Service, OneBackupAtATime) {
  std::promise<void> begun, go;
  managed.operation.during_backup([&begun, &go] {
    begun.set_value();
    go.get_future().wait();
  });
  const auto backup = [this](const std::string& place) {
    grpc::ClientContext context;
    management::BackupRequest request;
    request.set_folder(place);
    management::BackupResponse response;
    return stub->Backup(&context, request, &response);
  };
  auto first = std::async(std::launch::async, [&backup] { return backup("/one"); });
  begun.get_future().wait();
  const grpc::Status second = backup("/two");
  EXPECT_EQ(second.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(second.error_message(), "another backup is being made");
  EXPECT_TRUE(get("notify.min_interval_s").ok());
  go.set_value();
  EXPECT_TRUE(first.get().ok());
  managed.operation.during_backup({});
  EXPECT_TRUE(backup("/three").ok());
}

}  // namespace
}  // namespace presentia::mgmt
