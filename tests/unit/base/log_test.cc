#include "as/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace presentia::base {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;

class Log : public testing::Test {
 protected:
  // The tests' main program switches everything off.
  Log() {
    set_level(Module::sip, Level::info);
    set_level(Module::store, Level::info);
  }
  ~Log() override {
    set_level(Module::sip, Level::off);
    set_level(Module::store, Level::off);
  }

  static std::string written(Level level, std::initializer_list<Field> fields) {
    testing::internal::CaptureStderr();
    log(Module::sip, level, "publish.accepted", fields);
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(Log, WritesOneLineWithTimeLevelModuleEventAndFields) {
  const std::string line = written(Level::warn, {{"resource", "sip:alice@example.com"}, {"took_us", 42}, {"n", -1}});
  EXPECT_THAT(line, MatchesRegex("time=[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+[.][0-9]+Z level=warn module=sip "
                                 "event=publish[.]accepted resource=sip:alice@example[.]com took_us=42 n=-1\n"));
}

TEST_F(Log, AValueFromThePeerCanNeitherEndTheLineNorPoseAsAField) {
  const std::string line =
      written(Level::error,
              {{"a", "x y"}, {"b", "\r\nevent=forged\t"}, {"c", "\"\\"}, {"d", ""}, {"e", std::string("\x01\x7f")}});
  EXPECT_THAT(line, EndsWith(R"(a="x y" b="\r\nevent=forged\t" c="\"\\" d="" e="\x01\x7f")"
                             "\n"));
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST_F(Log, TheLevelOfAModuleTakesEffectAtOnceAndLeavesTheOthersAlone) {
  EXPECT_EQ(written(Level::debug, {}), "");
  set_level(Module::sip, Level::debug);
  EXPECT_NE(written(Level::debug, {}), "");
  EXPECT_FALSE(logs(Module::store, Level::debug));
  set_level(Module::sip, Level::off);
  EXPECT_EQ(written(Level::error, {}), "");
  EXPECT_FALSE(logs(Module::sip, Level::off));
  EXPECT_TRUE(logs(Module::store, Level::error));
}

}  // namespace
}  // namespace presentia::base
