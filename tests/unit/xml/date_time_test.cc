#include "as/xml/date_time.h"

#include <gtest/gtest.h>

#include "tests/support/spec.h"

namespace presentia::xml {
namespace {

TEST(Timestamps, AreReadLenientlyAndWrittenAsRfc3339) {
  PS_SPEC("PDF-09");
  const auto text = [](std::string_view in) { return read_date_time(in).value_or(DateTime{}).text; };
  EXPECT_EQ(text("2001-10-27T16:49:29Z"), "2001-10-27T16:49:29Z");
  EXPECT_EQ(text("2001-10-27t16:49:29z"), "2001-10-27T16:49:29Z");
  EXPECT_EQ(text(" 2001-10-27 16:49:29 "), "2001-10-27T16:49:29Z");
  EXPECT_EQ(text("2001-10-27T16:49:29.250+05:00"), "2001-10-27T16:49:29.250+05:00");
  EXPECT_EQ(text("2000-02-29T00:00:00-14:00"), "2000-02-29T00:00:00-14:00");
  for (const char* bad : {"", "2001-10-27", "2001-02-29T00:00:00Z", "2001-13-01T00:00:00Z", "2001-01-01T24:00:00Z",
                          "2001-01-01T00:60:00Z", "2001-01-01T00:00:60Z", "2001-01-01T00:00:00+15:00",
                          "2001-01-01T00:00:00.Z", "2001-01-01T00:00:00Zx", "01-01-01T00:00:00Z",
                          "0000-01-01T00:00:00Z", "2001-01-01T00:00:00+0500", "-001-01-01T00:00:00Z"}) {
    EXPECT_FALSE(read_date_time(bad)) << bad;
  }
}

TEST(Timestamps, CompareAcrossOffsets) {
  EXPECT_EQ(read_date_time("2001-10-27T16:49:29Z")->at, read_date_time("2001-10-27T21:49:29+05:00")->at);
  EXPECT_LT(read_date_time("2001-10-27T16:49:29.1Z")->at, read_date_time("2001-10-27T16:49:29.11Z")->at);
  EXPECT_EQ(read_date_time("1970-01-02T00:00:01.5Z")->at.time_since_epoch(), std::chrono::milliseconds(86401500));
}

}  // namespace
}  // namespace presentia::xml
