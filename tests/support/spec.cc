#include "tests/support/spec.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "as/base/log.h"

namespace presentia::test {

void spec(const std::string& ids) { testing::Test::RecordProperty("spec", ids); }

namespace {

// The log of a test is noise unless PS_TEST_LOG is set.
class QuietLog final : public testing::Environment {
  void SetUp() override {
    if (std::getenv("PS_TEST_LOG") != nullptr) return;
    for (int module = 0; module < base::kModules; ++module)
      base::set_level(static_cast<base::Module>(module), base::Level::off);
  }
};

[[maybe_unused]] const auto* const kQuiet = testing::AddGlobalTestEnvironment(new QuietLog);

}  // namespace

}  // namespace presentia::test
