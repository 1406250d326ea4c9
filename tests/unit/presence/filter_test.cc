#include "as/packages/presence/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "as/packages/presence/pidf_names.h"
#include "as/packages/presence/pidf_reader.h"
#include "as/packages/presence/pidf_writer.h"
#include "as/packages/presence/sphere.h"
#include "tests/support/spec.h"
#include "tests/unit/presence/support.h"

namespace presentia::presence {
namespace {

using rules::Attribute;
using rules::Permissions;
using rules::Selector;
using rules::UserInput;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// Documents of one presentity, each published once.
class Documents {
 public:
  explicit Documents(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      auto parsed = read_pidf(parse_xml(text), kAlice, {});
      EXPECT_TRUE(parsed) << text;
      if (!parsed) continue;
      documents_.push_back(parsed->document);
      records_.push_back(std::make_unique<ports::PublicationRecord>());
      records_.back()->arrival = records_.size();
      views_.push_back({records_.back().get(), documents_.back().get()});
    }
  }
  [[nodiscard]] Composition composed() const { return compose(views_, Persons::oma, Tracking::on); }
  [[nodiscard]] std::optional<std::string> sphere() const { return sphere_of(views_); }

 private:
  std::vector<event::DocumentPtr> documents_;
  std::vector<std::unique_ptr<ports::PublicationRecord>> records_;
  std::vector<event::PublicationView> views_;
};

constexpr base::Instant kNow{std::chrono::hours(24 * 365 * 56)};

std::string written(const Composition& composition) { return write_pidf(kAlice, composition, kNow); }

// What a watcher with these permissions is sent of the documents.
std::string sent(const std::vector<std::string>& texts, const Permissions& permissions) {
  const Documents documents(texts);
  return written(filtered(documents.composed(), permissions));
}

Permissions all_components() {
  Permissions permissions;
  permissions.handling = rules::SubHandling::allow;
  permissions.services.add_all();
  permissions.persons.add_all();
  permissions.devices.add_all();
  return permissions;
}

Permissions everything() {
  Permissions permissions = all_components();
  permissions.grant_all_attributes();
  return permissions;
}

// One of each: what the permissions of RFC 5025 and OMA are about, and what they are not.
const std::string kFull = pidf(
    "<tuple id='t1'><status><basic>open</basic><gp:geopriv><gp:location-info/><gp:usage-rules/></gp:geopriv>"
    "<x:state xmlns:x='urn:x'/></status>"
    "<rpid:class>biz</rpid:class><dm:deviceID>urn:uuid:d1</dm:deviceID><rpid:privacy><rpid:text/></rpid:privacy>"
    "<rpid:relationship><rpid:family/></rpid:relationship><rpid:service-class><rpid:electronic/></rpid:service-class>"
    "<rpid:status-icon>http://x/t</rpid:status-icon>"
    "<rpid:user-input idle-threshold='600' last-input='2026-01-02T10:00:00Z' id='ui1'>idle</rpid:user-input>"
    "<op:willingness><op:basic>open</op:basic></op:willingness>"
    "<op:session-participation><op:basic>open</op:basic></op:session-participation>"
    "<op:registration-state>active</op:registration-state><op:barring-state>active</op:barring-state>"
    "<op:service-description><op:service-id>org.oma:poc</op:service-id><op:version>1.0</op:version>"
    "</op:service-description><x:foo xmlns:x='urn:x'>1</x:foo><x:bar xmlns:x='urn:x'>2</x:bar>"
    "<contact priority='0.8'>sip:alice@phone.example.com</contact><note>of the service</note>"
    "<timestamp>2026-01-02T10:00:00Z</timestamp></tuple>"
    "<note>of the presentity</note>"
    "<dm:person id='p1'><rpid:activities><rpid:note>inside</rpid:note><rpid:meeting/></rpid:activities>"
    "<rpid:class>private</rpid:class><rpid:mood><rpid:happy/></rpid:mood>"
    "<rpid:place-is><rpid:audio><rpid:noisy/></rpid:audio></rpid:place-is>"
    "<rpid:place-type><lt:office/></rpid:place-type><rpid:privacy><rpid:audio/></rpid:privacy>"
    "<rpid:sphere><rpid:work/></rpid:sphere><rpid:status-icon>http://x/p</rpid:status-icon>"
    "<rpid:time-offset>120</rpid:time-offset><rpid:user-input idle-threshold='60'>active</rpid:user-input>"
    "<op:overriding-willingness><op:basic>open</op:basic></op:overriding-willingness>"
    "<c:homepage>http://x/</c:homepage><x:foo xmlns:x='urn:x'>3</x:foo>"
    "<dm:note>of the person</dm:note><dm:timestamp>2026-01-02T10:00:01Z</dm:timestamp></dm:person>"
    "<dm:device id='d1'><rpid:class>biz</rpid:class><rpid:user-input>active</rpid:user-input>"
    "<op:network-availability><op:network id='IMS'><op:active/></op:network></op:network-availability>"
    "<x:foo xmlns:x='urn:x'>4</x:foo><dm:deviceID>urn:uuid:d1</dm:deviceID><dm:note>of the device</dm:note>"
    "<dm:timestamp>2026-01-02T10:00:02Z</dm:timestamp></dm:device>"
    "<x:beside xmlns:x='urn:x'/>");

// The names of what is in the components, "tuple/contact", in the order of the document.
std::vector<std::string> contents(const std::string& text) {
  std::vector<std::string> names;
  const xml::DocumentPtr document = parse_xml(text);
  for (const xml::Element component : document->root().children()) {
    const std::string name(component.local());
    if (!component.first_child()) names.push_back(name);
    for (const xml::Element child : component.children()) {
      names.push_back(name + "/" + std::string(child.local()));
      if (!child.is(kPidf, "status")) continue;
      names.pop_back();
      for (const xml::Element value : child.children()) names.push_back(name + "/status/" + std::string(value.local()));
    }
  }
  return names;
}

const std::vector<std::string> kAlways{"tuple/status/basic", "tuple/service-class", "tuple/contact",
                                       "tuple/timestamp",    "person/timestamp",    "device/deviceID",
                                       "device/timestamp"};

// What is shown beyond what always is.
std::vector<std::string> shown_beyond(const Permissions& permissions) {
  std::vector<std::string> names = contents(sent({kFull}, permissions));
  for (const std::string& name : kAlways) {
    const auto found = std::find(names.begin(), names.end(), name);
    EXPECT_NE(found, names.end()) << name;
    if (found != names.end()) names.erase(found);
  }
  return names;
}

TEST(PresenceFilter, ShowsNothingUnlessItIsProvided) {
  PS_SPEC("PRU-12 PRU-13 PRU-14");
  EXPECT_THAT(contents(sent({kFull}, {})), IsEmpty());
  Permissions attributes;
  attributes.handling = rules::SubHandling::allow;
  attributes.grant_all_attributes();
  EXPECT_THAT(contents(sent({kFull}, attributes)), IsEmpty()) << "all attributes of no component";
  Permissions persons;
  persons.persons.add_all();
  EXPECT_THAT(contents(sent({kFull}, persons)), ElementsAre("person/timestamp")) << "and no service";
}

TEST(PresenceFilter, AlwaysShowsSomeOfWhatIsGranted) {
  PS_SPEC("PRU-16");
  EXPECT_THAT(shown_beyond(all_components()), IsEmpty());
  const std::string text = sent({kFull}, all_components());
  EXPECT_THAT(text, HasSubstr("<contact priority=\"0.8\">sip:alice@phone.example.com</contact>"));
  EXPECT_THAT(text, HasSubstr("<rpid:electronic/>"));
}

TEST(PresenceFilter, ShowsEachAttributeByItsOwnPermission) {
  PS_SPEC("PRU-17 PRU-19 OM1-11");
  using Names = std::vector<std::string>;
  const std::vector<std::pair<Attribute, Names>> table{
      {Attribute::activities, {"person/activities"}},
      {Attribute::group, {"tuple/class", "person/class", "device/class"}},
      {Attribute::device_id, {"tuple/deviceID"}},
      {Attribute::mood, {"person/mood"}},
      {Attribute::place_is, {"person/place-is"}},
      {Attribute::place_type, {"person/place-type"}},
      {Attribute::privacy, {"tuple/privacy", "person/privacy"}},
      {Attribute::relationship, {"tuple/relationship"}},
      {Attribute::sphere, {"person/sphere"}},
      {Attribute::status_icon, {"tuple/status-icon", "person/status-icon"}},
      {Attribute::time_offset, {"person/time-offset"}},
      {Attribute::note, {"tuple/note", "person/note", "device/note"}},
      {Attribute::willingness, {"tuple/willingness", "person/overriding-willingness"}},
      {Attribute::network_availability, {"device/network-availability"}},
      {Attribute::session_participation, {"tuple/session-participation"}},
      {Attribute::registration_state, {"tuple/registration-state"}},
      {Attribute::barring_state, {"tuple/barring-state"}},
      {Attribute::geopriv, {"tuple/status/geopriv"}},
  };
  ASSERT_EQ(table.size(), rules::kAttributePermissions.size());
  for (const auto& [attribute, names] : table) {
    Permissions permissions = all_components();
    permissions.grant(attribute);
    EXPECT_EQ(shown_beyond(permissions), names) << static_cast<int>(attribute);
  }
}

TEST(PresenceFilter, ANoteInsideAnAttributeIsPartOfIt) {
  PS_SPEC("PRU-19");
  Permissions permissions = all_components();
  permissions.grant(Attribute::activities);
  EXPECT_THAT(sent({kFull}, permissions), HasSubstr("<rpid:note>inside</rpid:note>"));
  permissions = all_components();
  permissions.grant(Attribute::note);
  const std::string text = sent({kFull}, permissions);
  EXPECT_THAT(text, Not(HasSubstr("inside")));
  EXPECT_THAT(text, HasSubstr("of the service"));
  EXPECT_THAT(text, HasSubstr("of the person"));
  EXPECT_THAT(text, HasSubstr("of the device"));
  EXPECT_THAT(text, Not(HasSubstr("of the presentity"))) << "in no component";
}

TEST(PresenceFilter, ShowsUserInputByLevels) {
  PS_SPEC("PRU-18");
  const auto inputs = [](UserInput level) {
    Permissions permissions = all_components();
    permissions.grant(level);
    const xml::DocumentPtr document = parse_xml(sent({kFull}, permissions));
    std::vector<std::string> found;
    for (const xml::Element input : all(document->root(), kRpid, "user-input")) {
      std::string text = input.text();
      for (std::size_t i = 0; i < input.attribute_count(); ++i) {
        text.append(" ").append(input.attribute_at(i).local).append("=").append(input.attribute_at(i).value);
      }
      found.push_back(std::move(text));
    }
    return found;
  };
  EXPECT_THAT(inputs(UserInput::none), IsEmpty());
  EXPECT_THAT(inputs(UserInput::bare), ElementsAre("idle", "active", "active"));
  EXPECT_THAT(inputs(UserInput::thresholds),
              ElementsAre("idle idle-threshold=600", "active idle-threshold=60", "active"));
  EXPECT_THAT(inputs(UserInput::full), ElementsAre("idle id=ui1 idle-threshold=600 last-input=2026-01-02T10:00:00Z",
                                                   "active idle-threshold=60", "active"));
}

TEST(PresenceFilter, ShowsUnknownAttributesByName) {
  PS_SPEC("PRU-20");
  const auto with = [](const char* ns, const char* local) {
    Permissions permissions = all_components();
    permissions.grant_unknown({ns, local});
    return shown_beyond(permissions);
  };
  EXPECT_THAT(with("urn:x", "foo"), ElementsAre("tuple/foo", "person/foo", "device/foo"));
  EXPECT_THAT(with("urn:x", "bar"), ElementsAre("tuple/bar"));
  EXPECT_THAT(with("urn:y", "foo"), IsEmpty());
  EXPECT_THAT(with("urn:ietf:params:xml:ns:pidf:cipid", "homepage"), ElementsAre("person/homepage"));
  EXPECT_THAT(with("urn:oma:xml:prs:pidf:oma-pres", "service-description"), ElementsAre("tuple/service-description"));
  EXPECT_THAT(with("urn:x", "state"), IsEmpty()) << "in the status: no child of the tuple";
  EXPECT_THAT(with("urn:x", "beside"), IsEmpty());
  for (const char* governed : {"mood", "activities", "user-input", "class"}) {
    EXPECT_THAT(with("urn:ietf:params:xml:ns:pidf:rpid", governed), IsEmpty()) << governed << " is not unknown";
  }
  EXPECT_THAT(with("urn:oma:xml:prs:pidf:oma-pres", "willingness"), IsEmpty());
}

TEST(PresenceFilter, ShowsAllAttributesAlsoThoseThatNobodyKnows) {
  PS_SPEC("PRU-21");
  EXPECT_EQ(contents(sent({kFull}, everything())), contents(written(Documents({kFull}).composed())));
  Permissions services = everything();
  services.persons = {};
  services.devices = {};
  const std::vector<std::string> shown = contents(sent({kFull}, services));
  EXPECT_THAT(shown, testing::IsSupersetOf({"tuple/foo", "tuple/status/state", "tuple/note", "tuple/user-input"}));
  EXPECT_THAT(shown, testing::Each(testing::StartsWith("tuple/")));
}

TEST(PresenceFilter, AnAttributeInTheWrongComponentIsShownWithAllOnly) {
  PS_SPEC("PRU-17");
  const std::string odd =
      pidf(tuple("t", "open", "<rpid:activities><rpid:meeting/></rpid:activities>") +
           "<dm:person id='p'><rpid:service-class><rpid:electronic/></rpid:service-class></dm:person>");
  Permissions permissions = all_components();
  permissions.grant(Attribute::activities);
  EXPECT_THAT(contents(sent({odd}, permissions)), ElementsAre("tuple/status/basic", "person"));
  EXPECT_THAT(contents(sent({odd}, everything())),
              ElementsAre("tuple/status/basic", "tuple/activities", "person/service-class"));
}

class PresenceSelection : public testing::Test {
 protected:
  std::vector<std::string> services(Selector::By by, const char* value) {
    Permissions permissions;
    permissions.services.add({by, value});
    return selected(permissions, kPidf, "tuple");
  }
  std::vector<std::string> persons(Selector::By by, const char* value) {
    Permissions permissions;
    permissions.persons.add({by, value});
    return selected(permissions, kDataModel, "person");
  }
  std::vector<std::string> devices(Selector::By by, const char* value) {
    Permissions permissions;
    permissions.devices.add({by, value});
    return selected(permissions, kDataModel, "device");
  }
  static std::string service(const char* id, const char* contact, const char* group, const char* service_id) {
    const auto element = [](const char* name, std::string_view value) {
      return value.empty() ? std::string() : "<" + std::string(name) + ">" + std::string(value) + "</" + name + ">";
    };
    const std::string described = *service_id == '\0'
                                      ? std::string()
                                      : "<op:service-description>" + element("op:service-id", service_id) +
                                            "<op:version>1.0</op:version></op:service-description>";
    return tuple(id, "open", element("rpid:class", group) + described + element("contact", contact));
  }

 private:
  std::vector<std::string> selected(const Permissions& permissions, std::string_view ns, std::string_view local) const {
    const std::string text = sent({document_}, permissions);
    const xml::DocumentPtr parsed = parse_xml(text);
    std::size_t components = 0;
    for ([[maybe_unused]] const xml::Element child : parsed->root().children()) ++components;
    const std::vector<std::string> found = ids(parsed->root(), ns, local);
    EXPECT_EQ(components, found.size()) << "nothing of another kind";
    return found;
  }
  const std::string document_ = pidf(
      service("a", "sip:alice@example.com", "biz", "") +
      service("b", "sip:alice@Example.com:5070", "Biz", "org.oma:poc") +
      service("c", "SIP:bob@example.com", "", "org.oma:POC") + service("d", "mailto:alice@example.com", "biz", "") +
      service("e", "", "home", "") + service("sip", "sipx:alice", "", "") +
      "<dm:person id='p'><rpid:class>biz</rpid:class></dm:person><dm:person "
      "id='q'><rpid:class>home</rpid:class></dm:person>"
      "<dm:device id='x'><rpid:class>biz</rpid:class><dm:deviceID>urn:uuid:F81D4FAE-7dec-11d0-a765-00a0c91e6bf6"
      "</dm:deviceID></dm:device><dm:device id='y'><dm:deviceID>urn:x-mac:0003ba4811e3</dm:deviceID></dm:device>");
};

TEST_F(PresenceSelection, OfServices) {
  PS_SPEC("PRU-14 PRU-15");
  EXPECT_THAT(services(Selector::By::group, "biz"), UnorderedElementsAre("a", "d"));
  EXPECT_THAT(services(Selector::By::group, "bi"), IsEmpty());
  EXPECT_THAT(services(Selector::By::occurrence_id, "c"), ElementsAre("c"));
  EXPECT_THAT(services(Selector::By::occurrence_id, "C"), IsEmpty());
  EXPECT_THAT(services(Selector::By::service_uri, "sip:alice@EXAMPLE.com"), ElementsAre("a"));
  EXPECT_THAT(services(Selector::By::service_uri, "sip:%61lice@example.com;x=y"), ElementsAre("a"));
  EXPECT_THAT(services(Selector::By::service_uri, "sip:Alice@example.com"), IsEmpty());
  EXPECT_THAT(services(Selector::By::service_uri, "sip:alice@example.com:5070"), ElementsAre("b"));
  EXPECT_THAT(services(Selector::By::service_uri, "sips:alice@example.com"), IsEmpty());
  EXPECT_THAT(services(Selector::By::service_uri_scheme, "sip"), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(services(Selector::By::service_uri_scheme, "SIP"), ElementsAre("c"));
  EXPECT_THAT(services(Selector::By::service_uri_scheme, "mailto"), ElementsAre("d"));
  EXPECT_THAT(services(Selector::By::service_uri_scheme, "si"), IsEmpty());
}

TEST_F(PresenceSelection, OfServicesByOmaServiceId) {
  PS_SPEC("OM1-11");
  EXPECT_THAT(services(Selector::By::service_id, "org.oma:poc"), ElementsAre("b"));
  EXPECT_THAT(services(Selector::By::service_id, "org.oma"), IsEmpty());
}

TEST_F(PresenceSelection, OfPersons) {
  PS_SPEC("PRU-13 PRU-15");
  EXPECT_THAT(persons(Selector::By::group, "home"), ElementsAre("q"));
  EXPECT_THAT(persons(Selector::By::group, "Home"), IsEmpty());
  EXPECT_THAT(persons(Selector::By::occurrence_id, "p"), ElementsAre("p"));
  EXPECT_THAT(persons(Selector::By::service_uri, "p"), IsEmpty());
}

TEST_F(PresenceSelection, OfDevices) {
  PS_SPEC("PRU-12 PRU-15");
  EXPECT_THAT(devices(Selector::By::group, "biz"), ElementsAre("x"));
  EXPECT_THAT(devices(Selector::By::occurrence_id, "y"), ElementsAre("y"));
  EXPECT_THAT(devices(Selector::By::device_id, "URN:UUID:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), ElementsAre("x"));
  EXPECT_THAT(devices(Selector::By::device_id, "urn:x-mac:0003BA4811E3"), IsEmpty());
  EXPECT_THAT(devices(Selector::By::device_id, "urn:x-mac:0003ba4811e3"), ElementsAre("y"));
}

// Elsewhere a contact of any length was copied into 10 or 16 bytes.
TEST_F(PresenceSelection, OfAServiceWithAContactOfAnyLength) {
  Permissions permissions;
  permissions.services.add({Selector::By::service_uri_scheme, "sip"});
  permissions.services.add({Selector::By::service_uri, "sip:a@b"});
  for (const std::string& contact : {std::string(5000, 'x'), std::string(5000, 'x') + ":a", std::string(":")}) {
    const std::string text = pidf(tuple("t", "open", "<contact>" + contact + "</contact>"));
    EXPECT_THAT(contents(sent({text}, permissions)), IsEmpty());
  }
}

TEST(PresenceFilter, KeepsTheOriginsOfWhatItShows) {
  const Documents documents({pidf(tuple("a", "open", "<contact>sip:a@b</contact>")),
                             pidf(tuple("b", "open", "<contact>mailto:a@b</contact>"))});
  Permissions permissions;
  permissions.services.add({Selector::By::service_uri_scheme, "sip"});
  const Composition shown = filtered(documents.composed(), permissions);
  ASSERT_EQ(shown.tuples.size(), 1U);
  EXPECT_EQ(shown.tuples[0].id, "a");
  EXPECT_THAT(shown.tuple_origins, ElementsAre(ElementsAre(0U)));
}

// Few of each, from the documents that it is used on.
Permissions random_permissions(std::mt19937& chance) {
  const auto one_in = [&](unsigned n) { return chance() % n == 0; };
  Permissions made;
  for (const auto& permission : rules::kAttributePermissions) {
    if (one_in(3)) made.grant(permission.attribute);
  }
  if (one_in(5)) made.grant_all_attributes();
  if (one_in(3)) made.grant_unknown({"urn:x", "foo"});
  made.grant(static_cast<UserInput>(chance() % 4));
  const auto select = [&](rules::Components& components) {
    if (one_in(2)) components.add_all();
    if (one_in(2)) components.add({Selector::By::service_uri_scheme, "sip"});
    if (one_in(2)) components.add({Selector::By::occurrence_id, "t1"});
    if (made.shows(Attribute::group)) components.add({Selector::By::group, "biz"});
    if (one_in(2)) components.add({Selector::By::device_id, "urn:uuid:d1"});
  };
  select(made.services);
  select(made.persons);
  select(made.devices);
  return made;
}

TEST(PresenceFilter, ChangesNothingWhenAppliedToWhatItMade) {
  PS_SPEC("PRU-22");
  std::mt19937 chance(3);  // the same in every run
  std::vector<std::vector<std::string>> inputs{{kFull}, {kFull, kFull}};
  for (const char* folder : {"pidf", "rpid", "oma-pde", "pidf-lo"}) {
    for (const std::string& path : test_documents(folder)) inputs.push_back({test_document(path)});
  }
  for (const std::vector<std::string>& texts : inputs) {
    const Documents documents(texts);
    for (int i = 0; i < 20; ++i) {
      const Permissions permissions = random_permissions(chance);
      const Composition once = filtered(documents.composed(), permissions);
      const std::string body = written(once);
      ASSERT_EQ(written(filtered(once, permissions)), body) << permissions.key();
      ASSERT_EQ(sent({body}, permissions), body) << permissions.key() << "\n" << texts[0];
    }
  }
}

TEST(PresenceFilter, AClassThatIsNotShownStillSelects) {
  PS_SPEC("PRU-14 PRU-22");
  Permissions permissions;
  permissions.services.add({Selector::By::group, "biz"});
  const Documents documents({kFull});
  const Composition once = filtered(documents.composed(), permissions);
  EXPECT_THAT(written(once), Not(HasSubstr("class>biz")));
  EXPECT_EQ(written(filtered(once, permissions)), written(once));
}

TEST(PresenceFilter, MakesDocumentsThatAreValid) {
  PS_SPEC("PRU-18");
  std::mt19937 chance(5);
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back(sent({kFull}, random_permissions(chance)));
  EXPECT_EQ(xmllint(texts), "");
}

TEST(Spheres, AreWhatAllDocumentsAgreeOn) {
  PS_SPEC("PRU-05");
  const auto person = [](std::string_view id, std::string_view inside) {
    return "<dm:person id='" + std::string(id) + "'>" + std::string(inside) + "</dm:person>";
  };
  const std::string work = "<rpid:sphere><rpid:work/></rpid:sphere>", home = "<rpid:sphere><rpid:home/></rpid:sphere>";
  const auto sphere = [&](const std::vector<std::string>& insides) {
    std::vector<std::string> texts;
    for (const std::string& inside : insides) texts.push_back(pidf(inside));
    return Documents(texts).sphere();
  };
  EXPECT_EQ(sphere({}), std::nullopt);
  EXPECT_EQ(sphere({person("p", "")}), std::nullopt);
  EXPECT_EQ(sphere({person("p", work)}), "work");
  EXPECT_EQ(sphere({person("p", work), person("q", ""), person("r", work)}), "work");
  EXPECT_EQ(sphere({person("p", work), person("q", home)}), std::nullopt);
  EXPECT_EQ(sphere({person("p", work) + person("q", home)}), std::nullopt);
  EXPECT_EQ(sphere({person("p", "<rpid:sphere>travel</rpid:sphere>")}), "travel");
  EXPECT_EQ(sphere({person("p", "<rpid:sphere/>"), person("q", work)}), std::nullopt);
  EXPECT_EQ(sphere({tuple("t", "open", work)}), std::nullopt) << "not of the person";
}

}  // namespace
}  // namespace presentia::presence
