#include "as/packages/presence/service_profile.h"

#include <gtest/gtest.h>

#include "as/xml/reader.h"

namespace presentia::presence {
namespace {

base::Result<event::ServiceProfile, std::string> read(const std::string& inside) {
  EXPECT_TRUE(xml::initialize());
  return ServiceProfileReader().read("<p:service-profile xmlns:p=\"urn:presentia:service-profile\">" + inside +
                                     "</p:service-profile>");
}

TEST(ServiceProfile, SaysWhatAUserMayDo) {
  const auto profile = read(
      "<p:presence> barred </p:presence><p:max-publications>3</p:max-publications>"
      "<p:max-subscriptions>0</p:max-subscriptions><p:without-rules>polite-block</p:without-rules>");
  ASSERT_TRUE(profile.has_value()) << profile.error();
  EXPECT_FALSE(profile->allowed);
  EXPECT_EQ(profile->max_publications, 3U);
  EXPECT_EQ(profile->max_subscriptions, 0U);
  EXPECT_EQ(profile->without_rules, event::SubHandling::polite_block);
}

TEST(ServiceProfile, WhatIsLeftOutIsAsForEverybody) {
  EXPECT_EQ(*read(""), event::ServiceProfile());
  EXPECT_EQ(*ServiceProfileReader().read(" \n"), event::ServiceProfile());
}

TEST(ServiceProfile, WhatANewerServerWouldUnderstandIsPassedOver) {
  EXPECT_EQ(*read("<p:colour>red</p:colour><x:presence xmlns:x=\"urn:other\">barred</x:presence>"),
            event::ServiceProfile());
}

TEST(ServiceProfile, WhatCannotBeReadIsNamed) {
  EXPECT_EQ(read("<p:presence>maybe</p:presence>").error(), "line 1: presence cannot be \"maybe\"");
  for (const char* bad :
       {"<p:max-publications>-1</p:max-publications>", "<p:max-publications/>",
        "<p:max-subscriptions>4294967296</p:max-subscriptions>", "<p:max-subscriptions>1x</p:max-subscriptions>",
        "<p:without-rules>perhaps</p:without-rules>", "<p:presence>"}) {
    EXPECT_FALSE(read(bad).has_value()) << bad;
  }
  EXPECT_FALSE(ServiceProfileReader().read("<service-profile/>").has_value());
  EXPECT_FALSE(ServiceProfileReader().read("<!DOCTYPE x []><x/>").has_value());
}

}  // namespace
}  // namespace presentia::presence
