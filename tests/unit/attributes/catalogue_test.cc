#include "mgmt/attributes/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mgmt/attributes/patterns.h"
#include "mgmt/attributes/values.h"

namespace presentia::mgmt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

AttributeInfo find(const std::string& name) {
  for (AttributeInfo& info : all_attributes()) {
    if (info.name == name) return info;
  }
  ADD_FAILURE() << name << " is not declared";
  return {};
}

TEST(Catalogue, EveryAttributeHasADocAndASpec) {
  EXPECT_THAT(all_attributes(), Not(IsEmpty()));
  for (const AttributeInfo& info : all_attributes()) {
    EXPECT_THAT(info.doc, testing::EndsWith(".")) << info.name;
    EXPECT_THAT(info.spec, Not(IsEmpty())) << info.name;
  }
}

TEST(Catalogue, EveryDefaultIsAValueThatIsAllowed) {
  for (const AttributeInfo& info : all_attributes()) {
    EXPECT_FALSE(check_value(info, info.by_default).has_value()) << info.name << " " << info.by_default;
    if (info.optional) {
      EXPECT_EQ(info.by_default, "") << info.name << ": unset is the default of an optional attribute";
    }
  }
}

TEST(Catalogue, EveryNumberHasARange) {
  for (const AttributeInfo& info : all_attributes()) {
    if (info.kind != Kind::number) continue;
    EXPECT_LT(info.min, info.max) << info.name;
    EXPECT_GE(info.min, 0) << info.name;
    EXPECT_LE(info.max, std::int64_t{0xffffffff}) << info.name;
  }
}

TEST(Catalogue, EveryPatternHasACheck) {
  for (const AttributeInfo& info : all_attributes()) {
    if (!info.pattern.empty()) {
      EXPECT_TRUE(has_check(info.pattern)) << info.name << ": " << info.pattern;
    }
  }
}

TEST(Catalogue, EveryObjectHasADocAndEveryKeyedOneAName) {
  for (const ObjectInfo& object : all_objects()) {
    EXPECT_THAT(object.doc, Not(IsEmpty())) << object.name;
    if (object.keyed) find(object.name + ".name");
  }
}

TEST(Catalogue, NamesAreUnique) {
  std::set<std::string> seen;
  for (const AttributeInfo& info : all_attributes()) EXPECT_TRUE(seen.insert(info.name).second) << info.name;
}

TEST(Catalogue, UnitsComeFromTheNames) {
  EXPECT_EQ(find("event.publication.min_expires_s").unit, "s");
  EXPECT_EQ(find("sip.t1_ms").unit, "ms");
  EXPECT_EQ(find("sip.max_body_bytes").unit, "bytes");
  EXPECT_EQ(find("sip.max_connections").unit, "");
}

TEST(Catalogue, ChoicesAreWrittenInLowerCaseWithHyphensUnlessTheyHaveATextOfTheirOwn) {
  EXPECT_THAT(find("rules.no_document").choices, ElementsAre("confirm", "allow", "polite-block", "block"));
  EXPECT_THAT(find("event.subscription.pending_status").choices, ElementsAre("200", "202"));
}

// Each attribute of the Mobicents MBeans for publication and subscription has its place, with the same default.
TEST(Catalogue, EveryMobicentsAttributeOfTheEventFrameworkHasItsPlace) {
  std::set<std::string> named;
  for (const AttributeInfo& info : all_attributes()) named.insert(info.mobicents);
  for (const char* name :
       {"SipEventPublicationControl.DefaultExpires", "SipEventPublicationControl.MaxExpires",
        "SipEventPublicationControl.MinExpires", "SipEventPublicationControl.ContactAddressDisplayName",
        "SipEventPublicationControl.PChargingVectorHeaderTerminatingIOI",
        "SipEventPublicationControl.UseAlternativeValueForExpiredPublication",
        "SipEventSubscriptionControl.DefaultExpires", "SipEventSubscriptionControl.MaxExpires",
        "SipEventSubscriptionControl.MinExpires", "SipEventSubscriptionControl.DefaultWaitingExpires",
        "SipEventSubscriptionControl.MaxForwards", "SipEventSubscriptionControl.ContactAddressDisplayName",
        "SipEventSubscriptionControl.PChargingVectorHeaderTerminatingIOI"}) {
    EXPECT_TRUE(named.contains(name)) << name;
  }
  EXPECT_EQ(find("event.publication.default_expires_s").by_default, "3600");
  EXPECT_EQ(find("event.publication.min_expires_s").by_default, "60");
  EXPECT_EQ(find("event.subscription.waiting_expires_s").by_default, "86400");
  EXPECT_EQ(find("event.subscription.max_forwards").by_default, "70");
}

}  // namespace
}  // namespace presentia::mgmt
