// What we send is valid against the RFCs' schemas and holds what was published; xmllint (libxml2) is the judge, not the
// library that we read with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "as/packages/presence/pidf_names.h"
#include "as/xml/compare.h"
#include "tests/support/spec.h"
#include "tests/unit/presence/support.h"

namespace presentia::presence {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

// Documents whose extensions break the schemas of their own namespaces; they are passed on as they are.
bool has_invalid_extension(const std::string& path) { return path == "oma-pde/mem-rcs-all-services.xml"; }

bool is_accepted(const std::string& path) {
  House house;
  return house.reason(test_document(path)).empty();
}

std::vector<std::string> accepted_documents() {
  std::vector<std::string> paths;
  for (const std::string& path : test_documents()) {
    if (is_accepted(path)) paths.push_back(path);
  }
  return paths;
}

// Every element of `published` has its equal in `sent`, but for those that the composition makes anew or leaves out.
void expect_kept(xml::Element published, const std::vector<xml::Element>& components, xml::Element sent,
                 const std::string& path) {
  for (const xml::Element component : components) {
    for (const xml::Element child : component.children()) {
      if (child.ns() == kPidf || child.is(kDataModel, "note") || child.is(kDataModel, "timestamp")) continue;
      bool found = false;
      for (const xml::Element candidate : all(sent, child.ns(), child.local())) {
        found = found || xml::equal_ignoring_space(candidate, child);
      }
      EXPECT_TRUE(found) << path << ": " << child.local();
    }
  }
  EXPECT_EQ(texts(published, kPidf, "note").size(), texts(sent, kPidf, "note").size()) << path;
}

TEST(SentDocuments, AreValidWhateverWasPublished) {
  PS_SPEC("PDF-06 DMD-06 CAP-02 PDF-05");
  std::vector<std::string> sent, core;
  for (const std::string& path : accepted_documents()) {
    House house;
    house.publish(test_document(path));
    (has_invalid_extension(path) ? core : sent).push_back(house.text());
  }
  EXPECT_THAT(sent, SizeIs(testing::Gt(40U)));
  EXPECT_EQ(xmllint(sent), "");
  EXPECT_EQ(xmllint(core, "core.xsd"), "");
}

TEST(SentDocuments, AreValidWhenEverythingIsComposed) {
  PS_SPEC("PDF-04 PDF-06 DMD-06 OM1-07");
  for (const auto persons : {config::Composition::ONE, config::Composition::OMA}) {
    House house;
    house.config.mutable_presence()->mutable_composition()->set_persons(persons);
    for (const std::string& path : accepted_documents()) {
      if (has_invalid_extension(path)) continue;
      house.publish(test_document(path));
      house.publish(test_document(path));
    }
    EXPECT_EQ(xmllint({house.text()}), "");
  }
}

TEST(SentDocuments, AreValidWithoutState) {
  House house;
  House tel("tel:+15551230001");
  House odd("sip:a&b'c@example.com");
  const std::string closed = house.text();
  house.config.mutable_presence()->set_without_state(config::Presence::EMPTY_PIDF);
  EXPECT_EQ(xmllint({closed, house.text(), tel.text(), odd.text()}), "");
}

TEST(SentDocuments, AreValidForWhatRealClientsPublish) {
  PS_SPEC("PDF-06");
  const std::vector<std::string> bodies{
      // baresip: person before tuple, an unknown basic status
      pidf("<dm:person id=\"p4159\"><rpid:activities/></dm:person>" +
           tuple("t4109", "unknown", "<contact>sip:bob@example.com</contact>")),
      // linphone: a status extension, a person whose id is a URI
      pidf("<tuple id=\"x1\"><status><basic>open</basic><o:online "
           "xmlns:o=\"http://www.linphone.org/xsds/pidfonline.xsd\"/>"
           "</status><contact "
           "priority=\"0.8\">sip:alice@example.com</contact><timestamp>2025-01-01T00:00:00Z</timestamp>"
           "</tuple><dm:person id=\"sip:+15551230001@example.com\"/>"),
      // pjsip: ids that begin with a digit; elements in another order, several of one kind
      pidf("<tuple "
           "id=\"17415d\"><timestamp>2025-01-01T00:00:00</timestamp><note>n</note><contact>sip:a@192.0.2.1:5060</"
           "contact>"
           "<contact>sip:b@c</contact><status><basic>open</basic><basic>closed</basic></status><status/></tuple>"),
      // attributes and elements that the schemas do not know
      pidf("<tuple id=\"a\" x=\"1\"><status y=\"2\"><basic z=\"3\">open</basic></status><foo/><note xml:lang=\"not a "
           "language\" "
           "q=\"1\">n<b/></note></tuple><bar xmlns=\"\"/><dm:person id=\"p\" "
           "w=\"1\"><dm:other/><rpid:mood/></dm:person>"),
      // contacts that are no URIs
      pidf(tuple("a", "open", "<contact>\"Al\" &lt;sip:a b@c&gt;</contact>") +
           tuple("b", "open", "<contact>100%^{}</contact>") + tuple("c", "open", "<contact/>")),
      // nothing in its order, and no status
      pidf("<note>n</note><dm:device><dm:timestamp>x</dm:timestamp><dm:deviceID>urn:uuid:1</dm:deviceID><rpid:class>c</"
           "rpid:class>"
           "</dm:device><tuple id=\"z\"/>"),
  };
  std::vector<std::string> sent;
  for (const std::string& body : bodies) {
    House house;
    house.publish(body);
    sent.push_back(house.text());
  }
  EXPECT_EQ(xmllint(sent), "");
}

TEST(SentDocuments, KeepTheIdsOfRpidElementsUnique) {
  PS_SPEC("DMD-06");
  House house;
  house.config.mutable_presence()->mutable_composition()->set_persons(config::Composition::OMA);
  house.publish(pidf("<dm:person id='p'><rpid:activities id='x'><rpid:away/></rpid:activities></dm:person>"));
  house.publish(pidf("<dm:person id='p'><rpid:activities id='x'><rpid:busy/></rpid:activities></dm:person>" +
                     tuple("x", "open")));
  EXPECT_EQ(xmllint({house.text()}), "");
}

TEST(SentDocuments, HoldAllExtensionsThatWerePublished) {
  PS_SPEC(
      "OM1-08 OM1-09 RPD-02 RPD-04 RPD-06 RPD-09 RPD-10 CPD-01 CAP-01 DMD-01 DMD-05 DMD-07 LOC-01 LOC-03 LOC-07 PDE-01 "
      "PDE-04 PDF-11");
  for (const std::string& path : accepted_documents()) {
    House house;
    house.config.mutable_presence()->mutable_composition()->set_persons(config::Composition::OMA);
    house.now = base::Instant();  // no location is too old
    house.publish(test_document(path));
    const auto published = parse_xml(test_document(path)), sent = house.document();
    for (const auto& [ns, name] : {std::pair{kPidf, "tuple"}, std::pair{kPidf, "status"},
                                   std::pair{kDataModel, "person"}, std::pair{kDataModel, "device"}}) {
      expect_kept(published->root(), all(published->root(), ns, name), sent->root(), path);
    }
    EXPECT_EQ(texts(sent->root(), kPidf, "contact"), texts(published->root(), kPidf, "contact")) << path;
  }
}

TEST(SentDocuments, AreUtf8WithADeclaration) {
  PS_SPEC("PDF-01");
  House house;
  house.publish(pidf(tuple("a", "open", "<note>caf\xC3\xA9 \xE6\xBC\xA2 &lt;&amp;</note>")));
  EXPECT_THAT(house.text(), testing::StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
  EXPECT_THAT(house.text(), HasSubstr("<note>caf\xC3\xA9 \xE6\xBC\xA2 &lt;&amp;</note>"));
}

TEST(SentDocuments, CarryTimestampsWithCapitalLetters) {
  PS_SPEC("PDF-09");
  const std::regex timestamp("<(dm:)?timestamp>([^<]*)<");
  const std::regex rfc3339("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)");
  for (const std::string& path : accepted_documents()) {
    House house;
    house.publish(test_document(path));
    const std::string text = house.text();
    for (std::sregex_iterator it(text.begin(), text.end(), timestamp), end; it != end; ++it) {
      EXPECT_TRUE(std::regex_match((*it)[2].str(), rfc3339)) << path << (*it)[2];
    }
  }
}

// Some clients read by text (baresip: <basic>open</basic>, <rpid:away/>).
TEST(SentDocuments, KeepTheUsualPrefixes) {
  House house;
  house.publish(
      "<p:presence xmlns:p='urn:ietf:params:xml:ns:pidf' xmlns='urn:ietf:params:xml:ns:pidf:rpid' "
      "xmlns:m='urn:ietf:params:xml:ns:pidf:data-model' xmlns:o='urn:oma:xml:prs:pidf:oma-pres' "
      "entity='sip:alice@example.com'>"
      "<p:tuple "
      "id='a'><p:status><p:basic>open</p:basic></p:status><o:registration-state>active</o:registration-state></p:tuple>"
      "<m:person id='b'><activities><away/></activities></m:person></p:presence>");
  const std::string text = house.text();
  EXPECT_THAT(text, HasSubstr("<presence xmlns=\"urn:ietf:params:xml:ns:pidf\""));
  EXPECT_THAT(text, HasSubstr("<basic>open</basic>"));
  EXPECT_THAT(text, HasSubstr("<dm:person id=\"b\"><rpid:activities><rpid:away/></rpid:activities></dm:person>"));
  EXPECT_THAT(text, HasSubstr("<op:registration-state>active</op:registration-state>"));
}

}  // namespace
}  // namespace presentia::presence
