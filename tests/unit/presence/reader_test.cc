#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "as/packages/presence/ids.h"
#include "as/packages/presence/pidf_names.h"
#include "as/packages/presence/pidf_reader.h"
#include "tests/support/spec.h"
#include "tests/unit/presence/support.h"

namespace presentia::presence {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class PresenceDocuments : public testing::Test {
 protected:
  std::string sent(std::string_view body) {
    house = House();
    house.publish(body);
    return house.text();
  }
  House house;
};

TEST_F(PresenceDocuments, NeedPresenceOfPidfAsRoot) {
  PS_SPEC("PDF-02");
  EXPECT_EQ(house.reason("<other xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:alice@example.com'/>"),
            "pidf.wrong-root");
  EXPECT_EQ(house.reason(test_document("negative/pidf-wrong-ns.xml")), "pidf.wrong-namespace");
  EXPECT_EQ(house.reason("<presence entity='sip:alice@example.com'/>"), "pidf.wrong-namespace");
  const auto refused = house.parse(test_document("negative/pidf-wrong-ns.xml"));
  EXPECT_EQ(refused.error().status, 400);
  EXPECT_THAT(refused.error().why, HasSubstr("urn:ietf:params:xml:ns:pidf"));
}

TEST_F(PresenceDocuments, WithoutEntityAreReadUnlessSwitched) {
  PS_SPEC("PDF-02 DMD-04");
  const std::string body = test_document("negative/pidf-no-entity.xml");
  EXPECT_THAT(house.remarks(body), ElementsAre("pidf.entity-missing"));
  EXPECT_THAT(house.remarks(test_document("rpid/rfc4479-s7.1-1.xml")), Contains("pidf.entity-missing"));
  house.config.mutable_presence()->set_entity_mismatch(config::Presence::REFUSE);
  EXPECT_EQ(house.reason(body), "pidf.no-entity");
}

TEST_F(PresenceDocuments, AreSentWithThePresentityAsEntity) {
  PS_SPEC("CPP-02");
  for (const char* entity :
       {"sip:alice@example.com:5060", "pres:alice@example.com", "sip:%61lice@example.com", "sips:alice@EXAMPLE.com",
        "mailto:alice@example.com", "alice@example.com", "sip:bob@example.com", "<sip:alice@example.com>"}) {
    std::string escaped;
    for (const char* c = entity; *c != '\0'; ++c) escaped += *c == '<' ? "&lt;" : std::string(1, *c);
    EXPECT_THAT(house.remarks(pidf("", escaped)), ElementsAre("pidf.entity-rewritten")) << entity;
    EXPECT_THAT(sent(pidf("", escaped)), HasSubstr("entity=\"sip:alice@example.com\""));
  }
}

TEST_F(PresenceDocuments, OfSomeoneElseAreRefusedIfSwitched) {
  house.config.mutable_presence()->set_entity_mismatch(config::Presence::REFUSE);
  EXPECT_EQ(house.reason(pidf("", "sip:alice@example.com:5060")), "");
  EXPECT_EQ(house.reason(pidf("", "pres:alice@example.com")), "");
  EXPECT_EQ(house.reason(pidf("", "sip:bob@example.com")), "pidf.entity-mismatch");
  EXPECT_EQ(house.reason(pidf("", "mailto:alice@example.com")), "pidf.entity-mismatch");
}

TEST_F(PresenceDocuments, NeedADifferentIdForEachTuple) {
  PS_SPEC("PDF-04");
  EXPECT_EQ(house.reason(test_document("negative/pidf-dup-tuple-id.xml")), "pidf.duplicate-tuple-id");
  EXPECT_EQ(house.reason(test_document("negative/pidf-no-tuple-id.xml")), "pidf.no-tuple-id");
  EXPECT_EQ(house.reason(pidf("<tuple id=' '/>")), "pidf.no-tuple-id");
}

TEST_F(PresenceDocuments, WithIdsThatAreNoNamesAreReadAndTheIdsRewritten) {
  PS_SPEC("PDF-05");
  const std::string body = test_document("rpid/rfc4660-s7.1-1.xml");
  EXPECT_THAT(house.remarks(body), Contains("pidf.id-repaired"));
  const auto document = parse_xml(sent(body));
  EXPECT_THAT(ids(document->root(), kPidf, "tuple"), ElementsAre("_432sd", "thr76jk"));
  const std::string person = "<dm:person id='sip:+1@x'/><dm:person/>";
  house.config.mutable_presence()->mutable_composition()->set_persons(config::Composition::OMA);
  EXPECT_THAT(house.remarks(pidf(person)), ElementsAre("pidf.id-repaired"));
}

TEST_F(PresenceDocuments, WithoutTuplesAreLegal) {
  PS_SPEC("PDF-13");
  EXPECT_THAT(house.remarks(test_document("negative/pidf-empty.xml")), ElementsAre("pidf.entity-rewritten"));
}

TEST_F(PresenceDocuments, WithDoctypeAreRefusedQuickly) {
  PS_SPEC("PDF-14");
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(house.reason(test_document("negative/pidf-billion-laughs.xml")), "xml.doctype");
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(50));
  EXPECT_EQ(house.reason("<!DOCTYPE presence [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
                         "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:a@b'><note>&x;</note></presence>"),
            "xml.doctype");
}

TEST_F(PresenceDocuments, ThatAreNotWellFormedAreRefusedWithTheLine) {
  const auto refused = house.parse(test_document("malformed/cipid--rfc4482-s4-1.xml"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400);
  EXPECT_EQ(refused.error().reason, "xml.malformed");
  EXPECT_THAT(refused.error().why, HasSubstr("line 16"));
  EXPECT_EQ(house.reason("\xFF\xFE<"), "xml.malformed");
}

TEST_F(PresenceDocuments, ThatAreTooDeepOrTooLargeAreRefusedWith413) {
  const auto status = [this](const std::string& body) { return house.parse(body).error().status; };
  house.config.mutable_presence()->set_max_xml_depth(4);
  EXPECT_EQ(house.reason(pidf(tuple("a", "open"))), "");
  const std::string deep = pidf(tuple("a", "open", "<x:x xmlns:x='urn:x'><x:x><x:x/></x:x></x:x>"));
  EXPECT_EQ(house.reason(deep), "xml.too-deep");
  EXPECT_EQ(status(deep), 413);
  const std::string decorated = pidf(tuple("a", "open", "<x:x xmlns:x='urn:x' a='' b='' c='' d='' e=''/>"));
  house.config.mutable_presence()->set_max_xml_attributes(4);
  EXPECT_EQ(house.reason(decorated), "xml.too-many-attributes");
  EXPECT_EQ(status(decorated), 413);
  house.config.mutable_presence()->set_max_xml_elements(3);
  EXPECT_EQ(house.reason(pidf(tuple("a", "open"))), "xml.too-many-elements");
  EXPECT_EQ(status(pidf(tuple("a", "open"))), 413);
}

TEST_F(PresenceDocuments, ShowABasicStatusThatIsNoneAsClosed) {
  PS_SPEC("PDF-07");
  for (const char* value : {"unknown", "OPEN", "", "open closed"}) {
    const std::string body = pidf(tuple("a", value));
    EXPECT_THAT(house.remarks(body), ElementsAre("pidf.basic-dropped", "pidf.status-empty")) << value;
    EXPECT_THAT(sent(body), HasSubstr("<status><basic>closed</basic></status>"));
  }
  EXPECT_THAT(house.remarks(pidf(tuple("a", " open "))), IsEmpty());
  EXPECT_THAT(house.remarks(test_document("negative/pidf-empty-status.xml")), Contains("pidf.status-empty"));
}

TEST_F(PresenceDocuments, LoseAPriorityOutsideOfTheRange) {
  PS_SPEC("PDF-08");
  EXPECT_THAT(sent(test_document("negative/pidf-bad-priority.xml")), HasSubstr("<contact>sip:a@example.com</contact>"));
  for (const char* good : {"0", "1", "0.5", "0.021", "1.000", "1.0", "0."}) {
    const std::string body =
        pidf(tuple("a", "open", "<contact priority='" + std::string(good) + "'>sip:a@b</contact>"));
    EXPECT_THAT(house.remarks(body), IsEmpty()) << good;
    EXPECT_THAT(sent(body), HasSubstr("priority=\"" + std::string(good) + "\""));
  }
  for (const char* bad : {"1.5", "1.001", "-1", "2", "0.1234", "high", "", ".5", "0,5"}) {
    const std::string body = pidf(tuple("a", "open", "<contact priority='" + std::string(bad) + "'>sip:a@b</contact>"));
    EXPECT_THAT(house.remarks(body), ElementsAre("pidf.priority-dropped")) << bad;
  }
}

TEST_F(PresenceDocuments, GetTheirTimestampsRepaired) {
  PS_SPEC("PDF-09");
  EXPECT_THAT(sent(test_document("negative/pidf-bad-timestamp.xml")),
              HasSubstr("<timestamp>2001-10-27T16:49:29Z</timestamp>"));
  EXPECT_THAT(house.remarks(pidf(tuple("a", "open", "<timestamp>yesterday</timestamp>"))),
              ElementsAre("pidf.timestamp-dropped"));
}

TEST_F(PresenceDocuments, KeepWhatNobodyKnows) {
  PS_SPEC("PDF-11 PDF-12");
  EXPECT_THAT(sent(pidf(tuple("a", "open", "<u:foo xmlns:u='urn:u' k='v'><u:bar>1</u:bar></u:foo>"))),
              HasSubstr("<u:foo k=\"v\"><u:bar>1</u:bar></u:foo>"));
  const auto document = parse_xml(sent(test_document("negative/pidf-must-understand.xml")));
  const auto secret = all(document->root(), "urn:example:x", "secret");
  ASSERT_EQ(secret.size(), 1U);
  EXPECT_EQ(secret[0].attribute("mustUnderstand", kPidf), "1");
  EXPECT_TRUE(secret[0].parent().is(kPidf, "status"));
  EXPECT_EQ(secret[0].text(), "z");
}

TEST_F(PresenceDocuments, LoseElementsThatNoSchemaAllows) {
  const std::string body = pidf("<foo/><tuple id='a'><status><basic>open</basic><bar/></status><baz/></tuple>");
  EXPECT_THAT(house.remarks(body), ElementsAre("pidf.element-dropped"));
  EXPECT_THAT(sent(body), Not(testing::ContainsRegex("<(foo|bar|baz)")));
  EXPECT_THAT(house.remarks(pidf("<dm:device id='d'/>")), ElementsAre("pidf.device-dropped"));
}

TEST_F(PresenceDocuments, LoseAMoodWithoutMood) {
  PS_SPEC("RPD-05");
  const std::string body = pidf("<dm:person id='p'><rpid:mood/><rpid:activities/></dm:person>");
  EXPECT_THAT(house.remarks(body), ElementsAre("pidf.element-dropped"));
  EXPECT_THAT(sent(body), HasSubstr("<dm:person id=\"p\"><rpid:activities/></dm:person>"));
}

TEST(Contacts, BecomeUrisTheSchemasAccept) {
  EXPECT_EQ(uri_text(" sip:alice@example.com\n"), "sip:alice@example.com");
  EXPECT_EQ(uri_text("\"Alice\" <sip:alice@example.com>"), "sip:alice@example.com");
  EXPECT_EQ(uri_text("sip:a b@example.com"), "sip:a%20b@example.com");
  EXPECT_EQ(uri_text("sip:a%41@b"), "sip:a%41@b");
  EXPECT_EQ(uri_text("sip:100%@b"), "sip:100%25@b");
  EXPECT_EQ(uri_text(""), "");
}

TEST(Ids, BecomeXmlNames) {
  EXPECT_EQ(valid_id("t4109"), "t4109");
  EXPECT_EQ(valid_id("432sd"), "_432sd");
  EXPECT_EQ(valid_id("sip:+1@x"), "sip__1_x");
  EXPECT_EQ(valid_id("-a.b"), "_-a.b");
}

}  // namespace
}  // namespace presentia::presence
