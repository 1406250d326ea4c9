#include "tests/support/spec.h"

#include <gtest/gtest.h>

namespace presentia::test {

void spec(const std::string& ids) { testing::Test::RecordProperty("spec", ids); }

}  // namespace presentia::test
