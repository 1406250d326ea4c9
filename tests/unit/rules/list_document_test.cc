#include "as/rules/list_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/spec.h"
#include "tests/unit/rules/support.h"

namespace presentia::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

base::Result<ListDocument, ReadError> read(std::string_view text, const ListLimits& limits = {}) {
  xml::Reader reader;
  return read_list(text, reader, limits);
}

TEST(ListDocuments, GiveTheEntriesOfAllTheirListsAndWhatTheyReferTo) {
  const auto list = read(test_document("resource-lists/rfc4826-s3.3-1.xml"));
  ASSERT_TRUE(list);
  EXPECT_THAT(list->members, ElementsAre("sip:bill@example.com", "sip:joe@example.com", "sip:nancy@example.com"));
  EXPECT_THAT(list->externals,
              ElementsAre("http://xcap.example.org/resource-lists/users/sip:a@example.org/index/~~/resource-lists/"
                          "list%5b@name=%22mkting%22%5d"));
  EXPECT_THAT(
      list->entry_refs,
      ElementsAre("resource-lists/users/sip:bill@example.com/index/~~/resource-lists/list%5b@name=%22list1%22%5d/"
                  "entry%5b@uri=%22sip:petri@example.com%22%5d"));
}

TEST(ListDocuments, MayBeOneListOrOneEntryCutOutOfItsDocument) {
  EXPECT_THAT(read("<list name='a'><entry uri='sip:a@b'/><list><entry uri='sip:c@d'/></list></list>")->members,
              ElementsAre("sip:a@b", "sip:c@d"));
  EXPECT_THAT(
      read("<l:list xmlns:l='urn:ietf:params:xml:ns:resource-lists'><l:entry uri='sip:a@b'/></l:list>")->members,
      ElementsAre("sip:a@b"));
  EXPECT_THAT(read("<entry uri='sip:a@b'/>")->members, ElementsAre("sip:a@b"));
  EXPECT_THAT(read("<list/>")->members, IsEmpty());
}

TEST(ListDocuments, PassOverWhatTheyDoNotKnow) {
  const auto list = read(
      "<list xmlns:x='urn:x'><display-name>A</display-name><x:entry uri='sip:a@b'/><entry/>"
      "<entry uri=' '/><external/><entry-ref/><entry uri='sip:c@d'><x:note/></entry></list>");
  ASSERT_TRUE(list);
  EXPECT_THAT(list->members, ElementsAre("sip:c@d"));
  EXPECT_THAT(list->externals, IsEmpty());
  EXPECT_THAT(list->entry_refs, IsEmpty());
}

TEST(ListDocuments, AreRefusedWithAReason) {
  EXPECT_EQ(read("<ruleset/>").error().reason, "list.no-list");
  EXPECT_EQ(read("<x:list xmlns:x='urn:x'/>").error().reason, "list.no-list");
  EXPECT_EQ(read("<list>").error().reason, "xml.malformed");
  EXPECT_EQ(read("<list><entry uri='a'/><external anchor='b'/></list>", {.max_entries = 1}).error().reason,
            "list.too-many-entries");
  EXPECT_TRUE(read("<list><entry uri='a'/><external anchor='b'/></list>", {.max_entries = 2}));
}

TEST(ListMembers, AreComparedAsRulesCompareUsers) {
  PS_SPEC("OM1-12");
  Members members({"sip:Bob@EXAMPLE.com;user=phone", "tel:+1-555-1234", " ", "sip:Bob@example.com"});
  members.add({"sip:carol@b\u00FCcher.example"});
  EXPECT_EQ(members.size(), 3U);
  EXPECT_TRUE(members.contains("sip:Bob@example.com"));
  EXPECT_TRUE(members.contains("tel:+15551234"));
  EXPECT_TRUE(members.contains("sip:carol@xn--bcher-kva.example"));
  EXPECT_FALSE(members.contains("sip:bob@example.com"));
  EXPECT_FALSE(members.contains(""));
}

}  // namespace
}  // namespace presentia::rules
