#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "as/xml/reader.h"
#include "mgmt/attributes/xml_load.h"
#include "tests/adapter/management/support.h"

namespace presentia::mgmt {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Presentiactl : public testing::Test {
 protected:
  void SetUp() override {
    const auto bound = managed.server.start();
    ASSERT_TRUE(bound) << bound.error().text;
  }
  test::Ran ctl(const std::string& arguments) const {
    return test::run("PRESENTIA_MANAGEMENT=unix:" + socket + " '" PS_BINARY_DIR "/presentiactl' " + arguments);
  }

  const test::TemporaryFolder folder;
  const std::string socket = folder.path("s");
  test::Managed managed{test::listening_on("unix:" + socket), folder.path("c.xml")};
};

TEST_F(Presentiactl, GetPrintsWhatSetReads) {
  EXPECT_EQ(ctl("get rules.no_document").output, "rules.no_document=confirm\n");
  const test::Ran ran = ctl("set rules.no_document=allow 'sip.domains[new.example].name=new.example'");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("rules.no_document"), HasSubstr("confirm"), HasSubstr("version 2")));
  EXPECT_THAT(ctl("get rules").output, testing::StartsWith("rules.no_document=allow\n"));
  EXPECT_EQ(ctl("reset 'sip.domains[new.example]' rules.no_document").status, 0);
  EXPECT_THAT(ctl("get rules").output, testing::StartsWith("rules.no_document=confirm\n"));
}

TEST_F(Presentiactl, ARefusalIsExplainedAndGivesOne) {
  const test::Ran ran = ctl("set event.publication.min_expires_s=0");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("event.publication.min_expires_s"), HasSubstr("1 to 86400 s")));
  EXPECT_THAT(ctl("get presence.publication.min_expire_s").output,
              HasSubstr("did you mean presence.publication.min_expires_s?"));
  EXPECT_EQ(ctl("set sip.t1_ms=100 --expect-version 9").status, 1);
}

TEST_F(Presentiactl, WrongUsageGivesTwo) {
  EXPECT_EQ(ctl("").status, 2);
  EXPECT_EQ(ctl("set").status, 2);
  EXPECT_EQ(ctl("set sip.t1_ms").status, 2);
  EXPECT_EQ(ctl("frobnicate").status, 2);
  EXPECT_EQ(ctl("--ca /dev/null get sip").status, 2) << "TLS needs all three files";
  EXPECT_EQ(ctl("--help").status, 0);
}

TEST_F(Presentiactl, AServerThatDoesNotAnswerGivesThree) {
  const test::Ran ran = ctl("--server unix:" + folder.path("nobody") + " status");
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.output, HasSubstr("no answer from unix:" + folder.path("nobody")));
}

TEST_F(Presentiactl, ListAndDescribeExplain) {
  EXPECT_THAT(ctl("list notify").output,
              AllOf(HasSubstr("notify.min_interval_s"), HasSubstr("0 to 3600 s"), Not(HasSubstr("sip."))));
  EXPECT_THAT(ctl("describe event.subscription.max_forwards").output,
              AllOf(HasSubstr("Max-Forwards of NOTIFY."), HasSubstr("1 to 255"), HasSubstr("at once"),
                    HasSubstr("SipEventSubscriptionControl.MaxForwards")));
  EXPECT_THAT(ctl("status").output, HasSubstr("presentia test"));
  EXPECT_THAT(ctl("metrics").output, HasSubstr("# TYPE presentia_management_calls_total counter"));
}

TEST_F(Presentiactl, DrainSaysWhatIsLeftAndStatusGoesOnSayingIt) {
  EXPECT_THAT(ctl("status").output, AllOf(HasSubstr("ready                      yes"), Not(HasSubstr("NOTIFYs"))));
  const test::Ran ran = ctl("drain --mode handover");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, "draining (handover): 7 subscriptions held, 3 NOTIFYs without an answer\n");
  managed.operation.wrong = {"draining"};
  EXPECT_THAT(ctl("status").output, AllOf(HasSubstr("ready                      no"), HasSubstr("draining"),
                                          HasSubstr("NOTIFYs without an answer  3")));
  EXPECT_EQ(ctl("drain --mode sideways").status, 2);
}

TEST_F(Presentiactl, ABackupIsMadeOrItIsSaidWhyNot) {
  EXPECT_EQ(ctl("backup /somewhere/else/../new").status, 0);
  EXPECT_THAT(managed.operation.folders(), testing::ElementsAre("/somewhere/new"));
  managed.operation.fail_backups("the folder exists");
  const test::Ran ran = ctl("backup /somewhere/new");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("no backup: the folder exists"));
}

TEST_F(Presentiactl, JsonHasTheNamesOfTheService) {
  EXPECT_THAT(ctl("--json get rules.no_document").output,
              AllOf(HasSubstr("\"name\": \"rules.no_document\""), HasSubstr("\"is_default\": true")));
  const test::Ran ran = ctl("--json set rules.no_document=x");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("\"attribute\": \"rules.no_document\""));
}

TEST_F(Presentiactl, ADryRunAndAPersistentChange) {
  ASSERT_TRUE(xml::initialize());
  EXPECT_THAT(ctl("set sip.t1_ms=100 --dry-run").output, HasSubstr("nothing was changed"));
  EXPECT_EQ(managed.attributes.snapshot()->version(), 1u);
  EXPECT_EQ(ctl("set sip.t1_ms=100 --persist").status, 0);
  const auto loaded = load_xml_file(folder.path("c.xml"));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->sip().t1_ms(), 100u);
  EXPECT_THAT(ctl("set runtime.shards=2").output, HasSubstr("runtime.shards takes effect at the next start"));
  EXPECT_THAT(ctl("history").output,
              AllOf(HasSubstr("sip.t1_ms 500 -> 100 persisted"), HasSubstr("runtime.shards 0 -> 2")));
}

TEST_F(Presentiactl, WatchPrintsAChangeAsItHappens) {
  const std::string out = folder.path("out"), ready = folder.path("ready");
  ASSERT_EQ(::mkfifo(ready.c_str(), 0600), 0);
  const std::string command = "PRESENTIA_MANAGEMENT=unix:" + socket +
                              " '" PS_BINARY_DIR "/presentiactl' watch rules > '" + out + "' 2> '" + ready + "' &";
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe): no other thread touches the environment
  std::ifstream first(ready);
  std::string line;
  ASSERT_TRUE(std::getline(first, line));
  EXPECT_THAT(line, HasSubstr("version 1 is in force"));
  ASSERT_EQ(ctl("set rules.no_document=block").status, 0);
  managed.server.stop();  // which ends the watch
  while (std::getline(first, line)) {
  }
  std::ostringstream printed;
  printed << std::ifstream(out).rdbuf();
  EXPECT_THAT(printed.str(), HasSubstr("rules.no_document confirm -> block"));
  EXPECT_THAT(printed.str(), HasSubstr("version=2 who=unix:"));
}

TEST_F(Presentiactl, TheShellCompletesNamesAndValues) {
  EXPECT_THAT(ctl("complete-line 'presentiactl des'").output, "describe\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl get rules.no'").output, "rules.no_document\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl --json set rules.no_document=po'").output,
              "rules.no_document=polite-block\n");
  EXPECT_THAT(ctl("complete-line 'presentiactl set sip.identity_from_from='").output,
              "sip.identity_from_from=true\nsip.identity_from_from=false\n");
  // bash breaks the word at =, so it must be given the part behind it.
  const std::string script = folder.path("complete.bash");
  std::ofstream(script) << "eval \"$('" PS_BINARY_DIR "/presentiactl' completion bash)\"\n"
                        << "COMP_WORDS=('" PS_BINARY_DIR "/presentiactl' set rules.no_document = po)\n"
                        << "COMP_CWORD=4\nCOMP_LINE='presentiactl set rules.no_document=po'\n"
                        << "COMP_POINT=${#COMP_LINE}\n_presentiactl\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  EXPECT_EQ(test::run("PRESENTIA_MANAGEMENT=unix:" + socket + " bash '" + script + "'").output, "polite-block\n");
  EXPECT_THAT(ctl("completion zsh").output, HasSubstr("#compdef presentiactl"));
}

}  // namespace
}  // namespace presentia::mgmt
