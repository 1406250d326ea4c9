// PS_SPEC("PUB-07"): names the rows of the requirement matrix that a test proves; lands in gtest's XML as a property.
#pragma once

#include <string>

namespace presentia::test {

// Records `ids` (one row id, or several separated by blanks) for the running test. Any thread of the test.
void spec(const std::string& ids);

}  // namespace presentia::test

#define PS_SPEC(ids) ::presentia::test::spec(ids)
