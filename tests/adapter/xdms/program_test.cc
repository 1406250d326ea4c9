// The program as it is started by hand, with the sample users of the laboratory.
#include <signal.h>

#include <array>
#include <cstdio>

#include "tests/adapter/xdms/fixture.h"

namespace presentia::test {
namespace {

using testing::HasSubstr;

const std::string kProgram = PS_BINARY_DIR "/presentia-xdms";

std::string line_of(FILE* pipe) {
  std::array<char, 4096> buffer{};
  const char* const line = std::fgets(buffer.data(), buffer.size(), pipe);
  return line == nullptr ? "" : line;
}

TEST(XdmsProgram, SaysWhereItListensAndStopsOnASignal) {
  const std::string samples = std::string(PS_SOURCE_DIR) + "/conf/lab/xdms";
  const TemporaryFolder folder;
  const std::string command = kProgram + " --folder " + folder.path("d") + " --samples " + samples +
                              " 2>/dev/null & echo $!; wait $!; echo stopped with $?";
  FILE* const pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  const int pid = std::stoi(line_of(pipe));
  std::string line = line_of(pipe);
  while (!line.empty() && !line.starts_with("ready ")) line = line_of(pipe);
  EXPECT_THAT(line, testing::MatchesRegex("ready http=http://127.0.0.1:[0-9]+/xcap sip=udp:127.0.0.1:[0-9]+\n"));
  ::kill(pid, SIGTERM);
  std::string last;
  while (!(line = line_of(pipe)).empty()) last = line;
  EXPECT_EQ(last, "stopped with 0\n");
  ::pclose(pipe);
  EXPECT_TRUE(std::filesystem::exists(folder.path("d/pres-rules/users/sip:alice@example.com/index.xml")));
}

TEST(XdmsProgram, ExplainsItselfAndItsErrors) {
  const auto output = [](const std::string& arguments) {
    FILE* const pipe = ::popen((kProgram + " " + arguments + " 2>&1; echo $?").c_str(), "r");
    std::string all;
    for (std::string line; !(line = line_of(pipe)).empty();) all += line;
    ::pclose(pipe);
    return all;
  };
  EXPECT_THAT(output("--help"), testing::AllOf(HasSubstr("--no-xcap-diff"), HasSubstr("--open"), HasSubstr("0\n")));
  EXPECT_THAT(output("--schemas /nowhere"), testing::AllOf(HasSubstr("/nowhere"), HasSubstr("\n2\n")));
  EXPECT_THAT(output("--http 127.0.0.1:x"), HasSubstr("\n2\n"));
  EXPECT_THAT(output("--super-user nobody"), HasSubstr("no SIP or tel URI"));
}

}  // namespace
}  // namespace presentia::test
