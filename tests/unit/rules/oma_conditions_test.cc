// OMA's conditions: external-list, anonymous-request, other-identity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/spec.h"
#include "tests/unit/rules/support.h"

namespace presentia::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::string kGranted =
    "http://xcap.example.com/resource-lists/users/sip:alice@example.com/index/~~/resource-lists/"
    "list%5B@name=%22oma_grantedcontacts%22%5D";
const std::string kBlocked =
    "http://xcap.example.com/resource-lists/users/sip:alice@example.com/index/~~/resource-lists/"
    "list%5B@name=%22oma_blockedcontacts%22%5D";

std::string list(std::string_view entries) {
  return "<ocp:external-list>" + std::string(entries) + "</ocp:external-list>";
}

std::string entry(std::string_view anchor) { return "<ocp:entry anc='" + std::string(anchor) + "'/>"; }

class OmaConditions : public testing::Test {
 protected:
  SubHandling handling_of(std::vector<std::string> watcher) {
    asked.watcher = std::move(watcher);
    return asked.handling();
  }
  Asked asked;
};

TEST_F(OmaConditions, AnExternalListHoldsForItsMembersOnly) {
  PS_SPEC("OM1-12");
  asked.lists.known = {{"http://x/a", Members({"sip:Bob@EXAMPLE.com", "tel:+1-555"})}, {"http://x/b", Members()}};
  const std::string lists = list(entry("http://x/b") + entry(" http://x/\n a "));
  EXPECT_FALSE(asked.matches(lists)) << "the predecessor let everybody pass";
  asked.watcher = {"sip:Bob@example.com"};
  EXPECT_TRUE(asked.matches(lists));
  asked.watcher = {"sip:other@example.com", "tel:+1555"};
  EXPECT_TRUE(asked.matches(lists));
  asked.watcher = {};
  EXPECT_FALSE(asked.matches(lists));
  EXPECT_THAT(asked.evaluate().asked_lists, ElementsAre(0U, 1U));
  EXPECT_EQ(asked.rule_set->list(1), "http://x/a");
}

TEST_F(OmaConditions, AListThatCannotBeHadHoldsForNobody) {
  PS_SPEC("OM1-15");
  EXPECT_FALSE(asked.matches(list(entry("http://x/gone"))));
  EXPECT_THAT(asked.evaluate().unknown_lists, ElementsAre(0U));
  asked.lists.known = {{"http://x/a", Members({"sip:bob@example.com"})}};
  EXPECT_TRUE(asked.matches(list(entry("http://x/gone") + entry("http://x/a")))) << "in the other one";
  EXPECT_FALSE(asked.matches(list("")));
  EXPECT_FALSE(asked.matches(list("<ocp:entry/>"))) << "a template that was never filled in";
  EXPECT_FALSE(asked.matches(list("<x:entry anc='http://x/a'/>")));
}

TEST_F(OmaConditions, ListsAreAskedOnlyWhereTheyDecide) {
  PS_SPEC("OM1-12");
  asked.lists.known = {{"http://x/a", Members({"sip:bob@example.com"})}};
  EXPECT_FALSE(asked.matches(list(entry("http://x/a")) + one("sip:eve@example.com")));
  EXPECT_THAT(asked.evaluate().asked_lists, IsEmpty());
  EXPECT_THAT(asked.rule_set->lists(), testing::SizeIs(1));
  EXPECT_TRUE(asked.matches(list(entry("http://x/a")) + one("sip:bob@example.com")));
  EXPECT_THAT(asked.evaluate().asked_lists, ElementsAre(0U));
}

TEST_F(OmaConditions, TheDefaultRulesDoWhatTheirNamesSay) {
  PS_SPEC("XDM-05 OM1-12 OM1-13");
  asked.document(test_document("pres-rules/oma-default.xml"));
  EXPECT_THAT(asked.remarks, IsEmpty());
  asked.lists.known = {{kGranted, Members({"sip:bob@example.com"})}, {kBlocked, Members({"sip:eve@example.com"})}};
  EXPECT_EQ(handling_of({"sip:alice@example.com"}), SubHandling::allow);
  EXPECT_EQ(handling_of({"sip:bob@example.com"}), SubHandling::allow);
  EXPECT_EQ(handling_of({"sip:eve@example.com"}), SubHandling::block);
  EXPECT_EQ(handling_of({"sip:carol@example.com"}), SubHandling::confirm);
  asked.anonymous = true;
  EXPECT_EQ(handling_of({"sip:carol@example.com"}), SubHandling::block);
  EXPECT_EQ(handling_of({}), SubHandling::block);
  EXPECT_EQ(handling_of({"sip:bob@example.com"}), SubHandling::allow) << "he is named, whatever he hides";
}

TEST_F(OmaConditions, WhoseListsCannotBeHadIsNotSomebodyElse) {
  PS_SPEC("OM1-13 OM1-15");
  asked.document(test_document("pres-rules/oma-default.xml"));
  asked.lists.known = {{kGranted, Members({"sip:bob@example.com"})}};
  EXPECT_EQ(handling_of({"sip:carol@example.com"}), SubHandling::block) << "she may be on the list of the blocked";
  EXPECT_THAT(asked.evaluate().unknown_lists, ElementsAre(1U));
  EXPECT_EQ(handling_of({"sip:bob@example.com"}), SubHandling::allow);
}

TEST_F(OmaConditions, AnonymousRequestHoldsForRequestsThatHideTheIdentity) {
  PS_SPEC("OM1-13");
  EXPECT_FALSE(asked.matches("<ocp:anonymous-request/>"));
  asked.watcher = {"sip:anonymous@example.com"};
  EXPECT_FALSE(asked.matches("<ocp:anonymous-request/>")) << "a name, and not what decides";
  asked.watcher = {"sip:a@a"};
  EXPECT_FALSE(asked.matches("<ocp:anonymous-request/>"));
  asked.anonymous = true;
  EXPECT_TRUE(asked.matches("<ocp:anonymous-request/>"));
  asked.watcher = {};
  EXPECT_TRUE(asked.matches("<ocp:anonymous-request/>"));
}

TEST_F(OmaConditions, OtherIdentityIsWhomNoOtherRuleNamesInAnyOrder) {
  PS_SPEC("OM1-13");
  const std::string other = rule("other", "<ocp:other-identity/>", handling("confirm"));
  const std::string bob = rule("bob", one("sip:bob@example.com") + "<sphere value='work'/>", handling("allow"));
  for (const std::string& rules : {other + bob, bob + other}) {
    asked.rules(rules);
    asked.watcher = {"sip:carol@example.com"};
    EXPECT_THAT(asked.matched(), ElementsAre("other"));
    asked.watcher = {"sip:bob@example.com"};
    EXPECT_THAT(asked.matched(), IsEmpty()) << "named, though his rule does not match";
    asked.watcher = {};
    EXPECT_THAT(asked.matched(), IsEmpty()) << "no identity at all";
  }
}

TEST_F(OmaConditions, OtherIdentityLooksAtOtherRulesOnly) {
  PS_SPEC("OM1-13");
  asked.rules(rule("mine", one("sip:bob@example.com") + "<ocp:other-identity/>", handling("allow")) +
              rule("all", "", handling("confirm")));
  EXPECT_THAT(asked.matched(), ElementsAre("mine", "all"));
  asked.rules(rule("mine", one("sip:bob@example.com") + "<ocp:other-identity/>", handling("allow")) +
              rule("domain", identity("<many domain='example.com'/>") + "<x:never/>", handling("confirm")));
  EXPECT_THAT(asked.matched(), IsEmpty());
  asked.rules(rule("a", "<ocp:other-identity/>", handling("allow")) +
              rule("b", "<ocp:other-identity/>", handling("confirm")));
  EXPECT_THAT(asked.matched(), UnorderedElementsAre("a", "b"));
}

TEST_F(OmaConditions, OfTheExampleWithAllExtensions) {
  PS_SPEC("OM1-11 OM1-12");
  asked.document(test_document("pres-rules/mem-oma-extensions.xml"));
  EXPECT_THAT(asked.remarks, IsEmpty());
  asked.lists.known = {{std::string(asked.rule_set->list(0)), Members({"sip:bob@example.com"})}};
  const Permissions granted = asked.evaluate().permissions;
  EXPECT_EQ(granted.handling, SubHandling::allow);
  EXPECT_THAT(granted.services.only,
              ElementsAre(Selector{Selector::By::service_id, "org.openmobilealliance:PoC-session"}));
  EXPECT_TRUE(granted.persons.all);
  EXPECT_TRUE(granted.devices.none());
  for (const Attribute shown : {Attribute::willingness, Attribute::network_availability,
                                Attribute::session_participation, Attribute::registration_state, Attribute::geopriv}) {
    EXPECT_TRUE(granted.shows(shown)) << static_cast<int>(shown);
  }
  EXPECT_FALSE(granted.shows(Attribute::barring_state));
  EXPECT_EQ(handling_of({"sip:carol@example.com"}), SubHandling::confirm);
  asked.anonymous = true;
  EXPECT_EQ(handling_of({"sip:carol@example.com"}), SubHandling::block);
}

}  // namespace
}  // namespace presentia::rules
