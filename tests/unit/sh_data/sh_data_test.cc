// Sh-Data against documents written by hand after the schema of TS 29.328.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "diameter/sh_data/sequence_number.h"
#include "diameter/sh_data/sh_data_reader.h"
#include "diameter/sh_data/sh_data_writer.h"
#include "tests/support/files.h"
#include "tests/support/libxml2.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using diameter::read_sh_data;
using diameter::write_repository_update;
using diameter::write_sh_data;
using ports::ImsUserState;
using ports::PublicIdentity;
using ports::SubscriberRecord;
using testing::ElementsAre;
using testing::Field;
using testing::Optional;

std::string fixture(const std::string& name) { return content(std::string(PS_TEST_DATA) + "/sh/" + name + ".xml"); }

class ShData : public testing::Test {
 protected:
  ShData() { EXPECT_TRUE(xml::initialize()); }

  SubscriberRecord read(const std::string& text) {
    auto record = read_sh_data(reader, text);
    EXPECT_TRUE(record) << record.error().reason << ": " << record.error().text;
    return record ? *record : SubscriberRecord{};
  }
  std::string refusal(const std::string& text, const diameter::ShDataLimits& limits = {}) {
    const auto record = read_sh_data(reader, text, limits);
    return record ? "taken" : record.error().reason;
  }
  std::string written(const SubscriberRecord& record) {
    const auto text = write_sh_data(reader, record);
    EXPECT_TRUE(text);
    return text ? *text : "";
  }
  xml::Reader reader;
};

std::vector<std::string> uris(const SubscriberRecord& record) {
  std::vector<std::string> all;
  for (const PublicIdentity& identity : record.public_identities) all.push_back(identity.uri);
  return all;
}

TEST_F(ShData, PublicIdentitiesAreReadInBothForms) {
  PS_SPEC("SH-20 SH-21");
  const SubscriberRecord plain = read(fixture("public-identifiers"));
  EXPECT_THAT(uris(plain), ElementsAre("sip:alice@ims.example.com", "tel:+15551230001"));
  EXPECT_THAT(plain.msisdns, ElementsAre("15551230001"));
  EXPECT_THAT(uris(read(fixture("fhoss-public-identity"))),
              ElementsAre("sip:alice@ims.example.com", "tel:+15551230001"));
  EXPECT_THAT(read(fixture("msisdn")).msisdns, ElementsAre("15551230001"));
}

TEST_F(ShData, AnExtensionSaysWhatKindOfIdentityItIs) {
  EXPECT_THAT(read(fixture("public-identifiers-psi")).public_identities,
              ElementsAre(PublicIdentity{"sip:rls@ps.example.com", PublicIdentity::Kind::distinct_service, ""}));
  EXPECT_THAT(read(fixture("public-identifiers-wpsi")).public_identities,
              ElementsAre(PublicIdentity{"sip:list-7@ps.example.com", PublicIdentity::Kind::wildcarded_service,
                                         "sip:list-!.*!@ps.example.com"}));
}

TEST_F(ShData, IdentitySetsAreToldApart) {
  const SubscriberRecord record = read(fixture("identity-sets"));
  EXPECT_THAT(record.registered_identities, Optional(ElementsAre("sip:alice@ims.example.com")));
  EXPECT_THAT(record.implicit_identities, Optional(ElementsAre("sip:alice@ims.example.com", "tel:+15551230001")));
  EXPECT_THAT(record.all_identities,
              Optional(ElementsAre("sip:alice@ims.example.com", "sip:alice.work@ims.example.com")));
  EXPECT_THAT(record.alias_identities, Optional(ElementsAre("sip:alice@ims.example.com")));
}

TEST_F(ShData, UserStatesHaveTheirFourValuesAndNoOther) {
  PS_SPEC("SH-31");
  EXPECT_EQ(read(fixture("ims-user-state-0-not-registered")).ims_user_state, ImsUserState::not_registered);
  EXPECT_EQ(read(fixture("ims-user-state-1-registered")).ims_user_state, ImsUserState::registered);
  EXPECT_EQ(read(fixture("ims-user-state-2-registered-unreg-services")).ims_user_state,
            ImsUserState::registered_unregistered_services);
  EXPECT_EQ(read(fixture("ims-user-state-3-authentication-pending")).ims_user_state,
            ImsUserState::authentication_pending);
  EXPECT_EQ(refusal(fixture("ims-user-state-9-invalid")), "bad-value");
}

TEST_F(ShData, StatesOfTheCircuitAndThePacketDomainAreRead) {
  PS_SPEC("SH-32");
  const SubscriberRecord record = read(fixture("user-state-cs-ps"));
  EXPECT_EQ(record.cs_user_state, ports::CsUserState::assumed_idle);
  EXPECT_EQ(record.ps_user_state, ports::PsUserState::connected_reachable_for_paging);
}

TEST_F(ShData, TheNameOfTheScscfIsReadInBothSpellingsAndMayBeEmpty) {
  PS_SPEC("SH-21");
  EXPECT_EQ(read(fixture("scscf-name")).scscf_name, "sip:scscf1.ims.example.com:5054");
  EXPECT_EQ(read(fixture("scscf-name-spelling")).scscf_name, "sip:scscf1.ims.example.com:5054");
  EXPECT_EQ(read(fixture("scscf-name-empty")).scscf_name, "");
}

TEST_F(ShData, LocationsAreRead) {
  const SubscriberRecord cs = read(fixture("cs-location")), ps = read(fixture("ps-location"));
  ASSERT_TRUE(cs.cs_location && ps.ps_location);
  EXPECT_EQ(cs.cs_location->location_number, "MTIzNA==");
  EXPECT_EQ(cs.cs_location->serving_node, "kUQXAAAB");
  EXPECT_EQ(cs.cs_location->is_current, true);
  EXPECT_EQ(cs.cs_location->age_minutes, 3U);
  EXPECT_EQ(ps.ps_location->routing_area_id, "Ev8QAAEC");
  EXPECT_EQ(ps.ps_location->is_current, false);
  EXPECT_EQ(ps.ps_location->age_minutes, 42U);
}

TEST_F(ShData, ChargingFunctionsFilterCriteriaAndServiceStatesAreRead) {
  const auto charging = read(fixture("charging")).charging;
  ASSERT_TRUE(charging);
  EXPECT_EQ(charging->primary_event_function, "aaa://ecf1.example.com");
  EXPECT_EQ(charging->primary_collection_function, "aaa://ccf1.example.com:3868;transport=tcp");
  EXPECT_EQ(charging->secondary_event_function, "");
  const auto criteria = read(fixture("ifc")).initial_filter_criteria;
  ASSERT_TRUE(criteria);
  EXPECT_THAT(xpath(*criteria, "/IFCs/InitialFilterCriteria/ApplicationServer/ServerName"),
              ElementsAre("sip:ps.example.com:5060"));
  EXPECT_THAT(read(fixture("dsai")).dsai, ElementsAre(ports::Dsai{"presence", true}));
  EXPECT_EQ(read(fixture("psi-activation")).psi_active, true);
}

TEST_F(ShData, RepositoryDataComesWithItsNumberAndItsContentStandsAlone) {
  PS_SPEC("SH-20");
  const SubscriberRecord record = read(fixture("repository-data"));
  ASSERT_EQ(record.repository_data.size(), 1U);
  EXPECT_EQ(record.repository_data[0].service_indication, "presence-profile");
  EXPECT_EQ(record.repository_data[0].sequence_number, 7);
  EXPECT_EQ(canonical(record.repository_data[0].service_data.value_or("")),
            canonical("<PresenceProfile xmlns='urn:example:pres'><max-publications>5</max-publications>"
                      "</PresenceProfile>"));
  const SubscriberRecord two = read(fixture("repository-data-two"));
  ASSERT_EQ(two.repository_data.size(), 2U);
  EXPECT_EQ(two.repository_data[1].service_indication, "b");
  EXPECT_EQ(two.repository_data[1].sequence_number, 3);
  EXPECT_EQ(read(fixture("aliases-repository")).aliases_repository_data.at(0).sequence_number, 2);
}

TEST_F(ShData, RepositoryDataWithoutContentIsDeleted) {
  PS_SPEC("SH-29");
  const SubscriberRecord record = read(fixture("repository-data-delete"));
  ASSERT_EQ(record.repository_data.size(), 1U);
  EXPECT_EQ(record.repository_data[0].sequence_number, 8);
  EXPECT_EQ(record.repository_data[0].service_data, std::nullopt);
}

TEST_F(ShData, NoDataIsNoError) {
  PS_SPEC("SH-10");
  EXPECT_TRUE(read(fixture("empty")).repository_data.empty());
  EXPECT_TRUE(read("").repository_data.empty());
  EXPECT_TRUE(read("<Sh-Data/>").public_identities.empty());
}

TEST_F(ShData, WhatIsNotKnownIsPassedOver) {
  PS_SPEC("SH-20");
  read(fixture("unknown-extension"));
  EXPECT_EQ(read("<Sh-Data><Sh-IMS-Data><New/><IMSUserState> 1\n</IMSUserState><v:IMSUserState xmlns:v='urn:v'>0"
                 "</v:IMSUserState></Sh-IMS-Data></Sh-Data>")
                .ims_user_state,
            ImsUserState::registered);
}

TEST_F(ShData, HostileDocumentsAreRefusedForAReason) {
  PS_SPEC("SH-20");
  EXPECT_EQ(refusal(fixture("xxe")), "xml.doctype");
  EXPECT_EQ(refusal("<Sh-Data>"), "xml.malformed");
  EXPECT_EQ(refusal("<IMSSubscription/>"), "not-sh-data");
  EXPECT_EQ(refusal("<Sh-Data>\xff</Sh-Data>"), "xml.malformed");
  EXPECT_EQ(refusal(fixture("ifc"), {.max_bytes = 100, .xml = {}}), "too-large");
  std::string deep, end;
  for (int level = 0; level < 40; ++level) {
    deep += "<Extension>";
    end += "</Extension>";
  }
  EXPECT_EQ(refusal("<Sh-Data>" + deep + end + "</Sh-Data>"), "xml.too-deep");
  std::string many;
  for (int count = 0; count < 2100; ++count) many += "<CSUserState>1</CSUserState>";
  EXPECT_EQ(refusal("<Sh-Data>" + many + "</Sh-Data>"), "xml.too-many-elements");
}

TEST_F(ShData, ValuesAreNotGuessed) {
  const auto repository = [](const std::string& inside) {
    return "<Sh-Data><RepositoryData>" + inside + "</RepositoryData></Sh-Data>";
  };
  EXPECT_EQ(refusal(repository("<SequenceNumber>1</SequenceNumber>")), "missing-element");
  EXPECT_EQ(refusal(repository("<ServiceIndication>a</ServiceIndication>")), "missing-element");
  for (const char* const number : {"65536", "-1", "", "1x", "99999999999999"}) {
    EXPECT_EQ(refusal(repository("<ServiceIndication>a</ServiceIndication><SequenceNumber>" + std::string(number) +
                                 "</SequenceNumber>")),
              "bad-value")
        << number;
  }
  EXPECT_EQ(refusal("<Sh-Data><PublicIdentifiers><IMSPublicIdentity/></PublicIdentifiers></Sh-Data>"), "bad-value");
  EXPECT_EQ(refusal("<Sh-Data><PSUserState>6</PSUserState></Sh-Data>"), "bad-value");
}

TEST_F(ShData, WhatWasReadIsWrittenTheSame) {
  for (const char* const name :
       {"aliases-repository", "charging", "cs-location", "dsai", "identity-sets", "ifc", "ims-user-state-1-registered",
        "msisdn", "ps-location", "psi-activation", "public-identifiers", "public-identifiers-psi",
        "public-identifiers-wpsi", "repository-data", "repository-data-delete", "repository-data-first",
        "repository-data-two", "scscf-name", "user-state-cs-ps"}) {
    std::string expected = fixture(name);  // its line breaks only set elements apart
    std::erase(expected, '\n');
    EXPECT_EQ(canonical(written(read(fixture(name)))), canonical(expected)) << name;
  }
}

TEST_F(ShData, AnUpdateIsWrittenAndADeletionHasNoContent) {
  PS_SPEC("SH-22 SH-23");
  const auto update = write_repository_update(reader, {"presence-profile", 0, "<v>1</v>"});
  ASSERT_TRUE(update);
  std::string expected = fixture("repository-data-first");
  std::erase(expected, '\n');
  EXPECT_EQ(canonical(*update), canonical(expected));
  const auto deletion = write_repository_update(reader, {"presence-profile", 8, std::nullopt});
  ASSERT_TRUE(deletion);
  expected = fixture("repository-data-delete");
  std::erase(expected, '\n');
  EXPECT_EQ(canonical(*deletion), canonical(expected));
}

TEST_F(ShData, ContentIsSentAsItIsWhateverItLooksLike) {
  SubscriberRecord record;
  record.repository_data = {{"<verbatim>0</verbatim>", 1, "<verbatim>1</verbatim><a  b='&lt;'/>"}, {"b", 2, "plain"}};
  const std::string text = written(record);
  EXPECT_THAT(text, testing::HasSubstr("<ServiceData><verbatim>1</verbatim><a  b='&lt;'/></ServiceData>"));
  const SubscriberRecord again = read(text);
  ASSERT_EQ(again.repository_data.size(), 2U);
  EXPECT_EQ(again.repository_data[0].service_indication, "<verbatim>0</verbatim>");
  EXPECT_EQ(again.repository_data[1].service_data, "plain");
}

TEST_F(ShData, ContentThatIsNoContentIsNotSent) {
  for (const char* const inside : {"<a>", "</ServiceData><ServiceData>", "<!DOCTYPE a><a/>", "&x;", "<a:b/>"}) {
    EXPECT_FALSE(write_repository_update(reader, {"p", 0, inside})) << inside;
  }
}

TEST(SequenceNumber, StartsAtZeroAndNeverReturnsToIt) {
  PS_SPEC("SH-22");
  EXPECT_EQ(diameter::next_sequence_number(std::nullopt), 0);
  EXPECT_EQ(diameter::next_sequence_number(0), 1);
  EXPECT_EQ(diameter::next_sequence_number(7), 8);
  EXPECT_EQ(diameter::next_sequence_number(65534), 65535);
  EXPECT_EQ(diameter::next_sequence_number(65535), 1);
}

}  // namespace
}  // namespace presentia::test
