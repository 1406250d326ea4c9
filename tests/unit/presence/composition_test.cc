#include "as/packages/presence/composition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "as/packages/presence/pidf_names.h"
#include "as/xml/compare.h"
#include "tests/support/spec.h"
#include "tests/unit/presence/support.h"

namespace presentia::presence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::string service(std::string_view id, std::string_view version, std::string_view description = {}) {
  std::string text = "<op:service-description><op:service-id>" + std::string(id) + "</op:service-id><op:version>" +
                     std::string(version) + "</op:version>";
  if (!description.empty()) text += "<op:description>" + std::string(description) + "</op:description>";
  return text + "</op:service-description>";
}

std::string contact(std::string_view uri, std::string_view priority = {}) {
  std::string text = "<contact";
  if (!priority.empty()) text += " priority='" + std::string(priority) + "'";
  return text + ">" + std::string(uri) + "</contact>";
}

std::string at(std::string_view time) { return "<timestamp>" + std::string(time) + "</timestamp>"; }

class PresenceComposition : public testing::Test {
 protected:
  void oma() { house.config.mutable_presence()->mutable_composition()->set_persons(config::Composition::OMA); }
  void publish(std::string_view inside) { house.publish(pidf(inside)); }
  std::vector<std::string> tuples() { return ids(root(), kPidf, "tuple"); }
  xml::Element root() {
    document = house.document();
    return document->root();
  }
  // How many tuples two publications of one tuple each make.
  std::size_t tuples_of(std::string_view one, std::string_view other, std::string_view status = "open") {
    house = House();
    publish(tuple("a", "open", one));
    publish(tuple("b", status, other));
    const std::size_t count = tuples().size();
    house = House();  // neither the order of arrival nor that of the children matters
    publish(tuple("b", status, other));
    publish(tuple("a", "open", one));
    EXPECT_EQ(tuples().size(), count);
    return count;
  }
  House house;
  xml::DocumentPtr document;
};

TEST_F(PresenceComposition, MergesTuplesOfOneService) {
  PS_SPEC("OM1-02");
  const std::string poc = service("org.openmobilealliance:PoC-session", "1.0");
  EXPECT_EQ(tuples_of(poc + contact("sip:a@b"), poc + contact("sip:a@b")), 1U);
  EXPECT_EQ(tuples_of("", ""), 1U);
  EXPECT_EQ(tuples_of("<rpid:class>x</rpid:class>", "<rpid:class> x </rpid:class>"), 1U);
}

TEST_F(PresenceComposition, KeepsTuplesOfDifferentServicesApart) {
  PS_SPEC("OM1-02 OM1-04");
  const std::string poc = service("PoC", "1.0");
  EXPECT_EQ(tuples_of(poc, service("PoC", "2.0")), 2U) << "version";
  EXPECT_EQ(tuples_of(poc, service("IM", "1.0")), 2U) << "service-id";
  EXPECT_EQ(tuples_of(poc, service("poc", "1.0")), 2U) << "service-ids are case-sensitive";
  EXPECT_EQ(tuples_of(poc, ""), 2U) << "service in one only";
  EXPECT_EQ(tuples_of(contact("sip:a@b"), contact("sip:c@b")), 2U) << "contact";
  EXPECT_EQ(tuples_of(contact("sip:a@b"), ""), 2U) << "contact in one only";
  EXPECT_EQ(tuples_of("<rpid:class>x</rpid:class>", "<rpid:class>y</rpid:class>"), 2U) << "class";
  EXPECT_EQ(tuples_of("<rpid:class>x</rpid:class>", ""), 2U) << "class in one only";
  EXPECT_EQ(tuples_of("", "", "closed"), 2U) << "basic";
  EXPECT_EQ(tuples_of("", "", "unknown"), 2U) << "no basic in one";
}

TEST_F(PresenceComposition, KeepsTuplesApartThatContradictEachOther) {
  PS_SPEC("OM1-04");
  const std::string open = "<op:willingness><op:basic>open</op:basic></op:willingness>";
  const std::string closed = "<op:willingness><op:basic>closed</op:basic></op:willingness>";
  EXPECT_EQ(tuples_of(open, closed), 2U);
  EXPECT_EQ(tuples_of(open, open), 1U);
  EXPECT_EQ(tuples_of(open, ""), 1U) << "what one does not say is no contradiction";
  EXPECT_EQ(tuples_of("<u:x xmlns:u='urn:u'>1</u:x>", "<u:x xmlns:u='urn:u'>2</u:x>"), 2U);
  EXPECT_EQ(tuples_of("<u:x xmlns:u='urn:u'>1</u:x>", "<u:x xmlns:u='urn:v'>2</u:x>"), 1U) << "another namespace";
  EXPECT_EQ(tuples_of(at("2024-01-01T00:00:00Z"), at("2025-01-01T00:00:00Z")), 1U) << "timestamps never contradict";
}

TEST_F(PresenceComposition, KeepsTuplesApartWhoseStatusesContradict) {
  PS_SPEC("OM1-04");
  const auto status = [](std::string_view id, std::string_view where) {
    return "<tuple id='" + std::string(id) + "'><status><basic>open</basic><l:at xmlns:l='urn:l'>" +
           std::string(where) + "</l:at></status></tuple>";
  };
  publish(status("a", "home"));
  publish(status("b", "work"));
  EXPECT_THAT(tuples(), SizeIs(2));
  publish(status("c", "home"));
  EXPECT_THAT(tuples(), SizeIs(2));
}

TEST_F(PresenceComposition, GivesAMergedTupleTheUnionHighestPriorityAndLatestTime) {
  PS_SPEC("OM1-03");
  const std::string both = "<op:registration-state>active</op:registration-state>";
  publish(tuple("a", "open",
                both + service("PoC", "1.0", "old text") + "<dm:deviceID>urn:x:1</dm:deviceID>" +
                    contact("sip:a@b", "0.5") + "<note>one</note><note>two</note>" + at("2025-01-01T00:00:00Z")));
  publish(tuple("b", "open",
                service("PoC", "1.0", "new text") + both +
                    "<caps:servcaps><caps:audio>true</caps:audio></caps:servcaps>" + contact("sip:a@b", "0.75") +
                    "<note>two</note><note>three</note>" + at("2024-06-01T00:00:00+01:00")));
  publish(tuple("c", "open", service("PoC", "1.0") + contact("sip:a@b", "0.08")));
  EXPECT_THAT(tuples(), SizeIs(1));
  EXPECT_THAT(texts(root(), kOmaPresence, "registration-state"), ElementsAre("active"));
  EXPECT_THAT(texts(root(), kOmaPresence, "description"), ElementsAre("new text"));
  EXPECT_THAT(texts(root(), kDataModel, "deviceID"), ElementsAre("urn:x:1"));
  EXPECT_THAT(texts(root(), kCaps, "audio"), ElementsAre("true"));
  EXPECT_THAT(texts(root(), kPidf, "note"), ElementsAre("one", "two", "three"));
  EXPECT_THAT(texts(root(), kPidf, "timestamp"), ElementsAre("2025-01-01T00:00:00Z"));
  EXPECT_THAT(house.text(), HasSubstr("<contact priority=\"0.75\">sip:a@b</contact>"));
}

TEST_F(PresenceComposition, PrefersAnyPriorityToNone) {
  PS_SPEC("OM1-03");
  publish(tuple("a", "open", contact("sip:a@b")));
  publish(tuple("b", "open", contact("sip:a@b", "0")));
  EXPECT_THAT(house.text(), HasSubstr("priority=\"0\""));
  publish(tuple("c", "open", contact("sip:a@b", "1.000")));
  publish(tuple("d", "open", contact("sip:a@b", "0.999")));
  EXPECT_THAT(house.text(), HasSubstr("priority=\"1.000\""));
}

TEST_F(PresenceComposition, NeverMergesTuplesOfOnePublication) {
  publish(tuple("a", "open") + tuple("b", "open"));
  EXPECT_THAT(tuples(), ElementsAre("a", "b"));
  publish(tuple("c", "open") + tuple("d", "open"));
  EXPECT_THAT(tuples(), SizeIs(2));
}

TEST_F(PresenceComposition, MergesAThirdAsWellAsASecond) {
  for (const char* id : {"a", "b", "c", "d"}) publish(tuple(id, "open", contact("sip:a@b", "0.5")));
  EXPECT_THAT(tuples(), SizeIs(1));
}

TEST_F(PresenceComposition, KeepsIdsAndMakesEqualOnesUnique) {
  PS_SPEC("OM1-07 PDF-04 PUB-24");
  publish(tuple("t", "open", contact("sip:1@b")) + "<dm:person id='x'/>");
  publish(tuple("t", "open", contact("sip:2@b")) + "<dm:device id='t'><dm:deviceID>urn:x:1</dm:deviceID></dm:device>");
  publish(tuple("t", "open", contact("sip:3@b")) + tuple("t-p2", "open", contact("sip:4@b")));
  const std::string text = house.text();
  std::vector<std::string> found = ids(root(), kPidf, "tuple");
  EXPECT_THAT(found, UnorderedElementsAre("t", "t-p2", "t-p3", "t-p2-p3"));
  for (const std::string& id : ids(root(), kDataModel, "device")) found.push_back(id);
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), found.size());
  EXPECT_EQ(house.text(), text) << "the same input, the same ids";
}

TEST_F(PresenceComposition, LeavesTheIdsOfOthersWhenAPublicationComesOrGoes) {
  PS_SPEC("OM1-07");
  publish(tuple("a", "open", contact("sip:1@b")));
  publish(tuple("b", "open", contact("sip:2@b")));
  EXPECT_THAT(tuples(), UnorderedElementsAre("a", "b"));
  publish(tuple("a", "open", contact("sip:3@b")));
  EXPECT_THAT(tuples(), UnorderedElementsAre("a", "b", "a-p3"));
  house.remove(1);
  EXPECT_THAT(tuples(), UnorderedElementsAre("a", "a-p3"));
}

TEST_F(PresenceComposition, NeverLetsTheTimeOfATupleRunBackward) {
  PS_SPEC("PDF-10");
  publish(tuple("a", "open", at("2025-01-01T00:00:10Z")));
  publish(tuple("b", "open", at("2025-01-01T00:00:20Z")));
  EXPECT_THAT(tuples(), ElementsAre("b"));
  EXPECT_THAT(texts(root(), kPidf, "timestamp"), ElementsAre("2025-01-01T00:00:20Z"));
  house.remove(1);  // what is left is older, and so not under the same id
  EXPECT_THAT(tuples(), ElementsAre("a"));
  EXPECT_THAT(texts(root(), kPidf, "timestamp"), ElementsAre("2025-01-01T00:00:10Z"));
}

TEST_F(PresenceComposition, ShowsOpenPublicationsFirstAndNewOnesBeforeOld) {
  publish(tuple("old", "open", contact("sip:1@b")));
  publish(tuple("new", "open", contact("sip:2@b")) + tuple("new2", "closed", contact("sip:3@b")));
  publish(tuple("gone", "closed", contact("sip:4@b")));
  EXPECT_THAT(tuples(), ElementsAre("new", "new2", "old", "gone"));
}

TEST_F(PresenceComposition, MakesOnePersonOfAllByDefault) {
  PS_SPEC("DMD-03");
  publish(
      "<dm:person id='p1'><rpid:activities><rpid:meeting/></rpid:activities><rpid:mood><rpid:happy/></rpid:mood>"
      "<dm:note>one</dm:note><dm:timestamp>2025-01-01T00:00:00Z</dm:timestamp></dm:person>");
  publish(
      "<dm:person id='p2'><rpid:activities><rpid:away/></rpid:activities><rpid:sphere><rpid:work/></rpid:sphere>"
      "<dm:note>two</dm:note><dm:timestamp>2024-01-01T00:00:00Z</dm:timestamp></dm:person>");
  EXPECT_THAT(ids(root(), kDataModel, "person"), ElementsAre("p1"));
  EXPECT_THAT(all(root(), kRpid, "meeting"), IsEmpty()) << "the newest arrival wins, whatever the timestamps say";
  EXPECT_THAT(all(root(), kRpid, "away"), SizeIs(1));
  EXPECT_THAT(all(root(), kRpid, "happy"), SizeIs(1));
  EXPECT_THAT(all(root(), kRpid, "work"), SizeIs(1));
  EXPECT_THAT(texts(root(), kDataModel, "note"), ElementsAre("one", "two"));
  EXPECT_THAT(texts(root(), kDataModel, "timestamp"), ElementsAre("2025-01-01T00:00:00Z"));
}

TEST_F(PresenceComposition, MakesOnePersonOfSeveralInOnePublication) {
  PS_SPEC("DMD-03");
  publish(
      "<dm:person id='p1'><rpid:class>a</rpid:class></dm:person><dm:person "
      "id='p2'><rpid:class>b</rpid:class></dm:person>");
  EXPECT_THAT(texts(root(), kRpid, "class"), ElementsAre("b"));
}

TEST_F(PresenceComposition, NeverDoublesAnElementOfAPerson) {
  PS_SPEC("RPD-12");
  publish("<dm:person id='p1'><rpid:class>a</rpid:class><rpid:user-input>idle</rpid:user-input></dm:person>");
  publish("<dm:person id='p2'><rpid:class>a</rpid:class><rpid:user-input>active</rpid:user-input></dm:person>");
  EXPECT_THAT(texts(root(), kRpid, "class"), ElementsAre("a"));
  EXPECT_THAT(texts(root(), kRpid, "user-input"), ElementsAre("active"));
}

TEST_F(PresenceComposition, KeepsPersonsApartThatContradictIfSwitched) {
  PS_SPEC("OM1-05 DMD-03");
  oma();
  publish("<dm:person id='p1'><rpid:activities><rpid:meeting/></rpid:activities></dm:person>");
  publish("<dm:person id='p2'><rpid:activities><rpid:away/></rpid:activities></dm:person>");
  publish(
      "<dm:person "
      "id='p3'><rpid:activities><rpid:away/></rpid:activities><rpid:mood><rpid:sad/></rpid:mood></dm:person>");
  EXPECT_THAT(ids(root(), kDataModel, "person"), UnorderedElementsAre("p1", "p2"));
  EXPECT_THAT(all(root(), kRpid, "sad"), SizeIs(1));
}

TEST_F(PresenceComposition, KeepsPersonsApartOfWhichOneHasAClassIfSwitched) {
  PS_SPEC("OM1-05");
  oma();
  publish("<dm:person id='p1'><rpid:class>a</rpid:class></dm:person>");
  publish("<dm:person id='p2'/>");
  publish("<dm:person id='p3'><rpid:class>b</rpid:class></dm:person>");
  publish("<dm:person id='p4'><rpid:class>a</rpid:class><rpid:mood><rpid:sad/></rpid:mood></dm:person>");
  EXPECT_THAT(ids(root(), kDataModel, "person"), UnorderedElementsAre("p1", "p2", "p3"));
}

std::string device(std::string_view id, std::string_view device_id, std::string_view rest = {},
                   std::string_view time = {}) {
  std::string text = "<dm:device id='" + std::string(id) + "'>" + std::string(rest) + "<dm:deviceID>" +
                     std::string(device_id) + "</dm:deviceID>";
  if (!time.empty()) text += "<dm:timestamp>" + std::string(time) + "</dm:timestamp>";
  return text + "</dm:device>";
}

TEST_F(PresenceComposition, MergesWhatIsSaidOfOneDevice) {
  PS_SPEC("OM1-06 DMD-01");
  publish(device("d1", "urn:uuid:48662e19-5fbf-43fc-a2fd-d23002787599", "<rpid:user-input>idle</rpid:user-input>",
                 "2025-01-01T00:00:00Z"));
  publish(device("d2", "urn:uuid:48662e19-5fbf-43fc-a2fd-d23002787599",
                 "<op:network-availability><op:network id='IMS'/></op:network-availability>", "2025-01-02T00:00:00Z"));
  publish(device("d3", "urn:uuid:00000000-5fbf-43fc-a2fd-d23002787599"));
  EXPECT_THAT(ids(root(), kDataModel, "device"), UnorderedElementsAre("d2", "d3"));
  EXPECT_THAT(texts(root(), kRpid, "user-input"), ElementsAre("idle"));
  EXPECT_THAT(all(root(), kOmaPresence, "network"), SizeIs(1));
  EXPECT_THAT(texts(root(), kDataModel, "timestamp"), ElementsAre("2025-01-02T00:00:00Z"));
}

TEST_F(PresenceComposition, ComparesDeviceIdsAsUris) {
  PS_SPEC("DMD-02");
  publish(device("d1", "urn:uuid:48662e19-5fbf-43fc-a2fd-d23002787599"));
  publish(device("d2", "URN:UUID:48662E19-5FBF-43FC-A2FD-D23002787599"));
  publish(device("d3", "mac:8asd7d7d70"));
  publish(device("d4", "mac:8ASD7d7d70"));
  EXPECT_THAT(ids(root(), kDataModel, "device"), UnorderedElementsAre("d1", "d3", "d4"));
}

TEST_F(PresenceComposition, KeepsAmbiguousDevicesApart) {
  PS_SPEC("OM1-06");
  publish(device("d1", "urn:x:1", "<rpid:user-input>idle</rpid:user-input>"));
  publish(device("d2", "urn:x:1", "<rpid:user-input>active</rpid:user-input>"));
  EXPECT_THAT(ids(root(), kDataModel, "device"), UnorderedElementsAre("d1", "d2"));
}

TEST_F(PresenceComposition, UnitesNotesAndUnknownElements) {
  PS_SPEC("PDF-11");
  publish("<note xml:lang='en'>hello</note><u:x xmlns:u='urn:u'>1</u:x>");
  publish("<note xml:lang='en'>hello</note><note>hello</note><v:x xmlns:v='urn:u'>1</v:x><v:x xmlns:v='urn:u'>2</v:x>");
  EXPECT_THAT(texts(root(), kPidf, "note"), ElementsAre("hello", "hello"));
  EXPECT_THAT(texts(root(), "urn:u", "x"), ElementsAre("1", "2"));
}

TEST_F(PresenceComposition, NeverMergesLocationsOfDifferentSources) {
  PS_SPEC("LOC-04 LOC-05");
  const auto location = [](const char* country) {
    return std::string("<gp:geopriv><gp:location-info><ca:civicAddress><ca:country>") + country +
           "</ca:country></ca:civicAddress></gp:location-info><gp:usage-rules/></gp:geopriv>";
  };
  oma();
  publish("<dm:person id='p1'>" + location("AU") + location("NZ") + "</dm:person>");
  publish("<dm:person id='p2'>" + location("DE") + "</dm:person>");
  EXPECT_THAT(texts(root(), "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr", "country"),
              ElementsAre("DE", "AU", "NZ"));
  EXPECT_THAT(all(root(), kGeopriv, "location-info"), SizeIs(3));
}

TEST_F(PresenceComposition, LeavesOutLocationsThatMayNotBeKeptAnyLonger) {
  PS_SPEC("LOC-02");
  const auto location = [](const char* until) {
    return std::string("<dm:person id='p'><gp:geopriv><gp:location-info/><gp:usage-rules><gbp:retention-expiry>") +
           until + "</gbp:retention-expiry></gp:usage-rules></gp:geopriv></dm:person>";
  };
  publish(location("2025-12-18T00:00:00Z"));  // the day of House::now
  EXPECT_THAT(all(root(), kGeopriv, "geopriv"), IsEmpty());
  house = House();
  publish(location("2026-12-18T00:00:00Z"));
  EXPECT_THAT(all(root(), kGeopriv, "geopriv"), SizeIs(1));
  house.now += std::chrono::hours(24 * 366);
  EXPECT_THAT(all(root(), kGeopriv, "geopriv"), IsEmpty());
  house = House();
  publish(location("some day"));
  EXPECT_THAT(all(root(), kGeopriv, "geopriv"), IsEmpty());
}

}  // namespace
}  // namespace presentia::presence
