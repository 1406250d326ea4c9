// The HSS's rules of Cx: state, S-CSCF, profile, digest [TS29.228 6.1, 6.3].
#include "tools/presentia-hss/cx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "diameter/message/sh_parts.h"
#include "tools/presentia-hss/digest.h"

namespace presentia::hss {
namespace {

using diameter::Avps;
using diameter::made;
using ports::DataReference;
using testing::HasSubstr;
using testing::Not;
namespace avp_name = diameter::avp_name;

constexpr const char* kUsers = R"(<hss>
  <user private-identity="anna@home.test" password="secret"><Sh-Data>
    <PublicIdentifiers>
      <IMSPublicIdentity>sip:anna@home.test</IMSPublicIdentity><IMSPublicIdentity>tel:+1555</IMSPublicIdentity>
    </PublicIdentifiers>
    <Sh-IMS-Data>
      <IFCs><InitialFilterCriteria><Priority>3</Priority><TriggerPoint><ConditionTypeCNF>1</ConditionTypeCNF><SPT>
        <ConditionNegated>0</ConditionNegated><Group>0</Group><SessionCase>2</SessionCase></SPT></TriggerPoint>
        <ApplicationServer><ServerName>sip:as.home.test</ServerName></ApplicationServer></InitialFilterCriteria></IFCs>
      <ChargingInformation>
        <PrimaryChargingCollectionFunctionName>aaa://ccf.home.test</PrimaryChargingCollectionFunctionName>
      </ChargingInformation>
    </Sh-IMS-Data></Sh-Data></user>
  <user private-identity="ben@home.test" password="other"><Sh-Data>
    <PublicIdentifiers><IMSPublicIdentity>sip:ben@home.test</IMSPublicIdentity></PublicIdentifiers></Sh-Data></user>
</hss>)";
constexpr const char* kServer = "sip:scscf.home.test:5060";

class FewTokens final : public base::Tokens {
 public:
  std::string tag(base::Partition /*home*/) override { return "nonce" + std::to_string(++count_); }
  std::uint64_t number() override { return ++count_; }

 private:
  std::uint64_t count_ = 0;
};

class CxOfTheHss : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(xml::initialize()); }
  void SetUp() override {
    auto parsed = Users::parse(reader_, kUsers);
    ASSERT_TRUE(parsed) << parsed.error().text;
    users_ = std::move(*parsed);
    cx_.set_origin({"hss.home.test", "home.test"});
  }

  Avps ask(diameter::Command command, Avps more, const std::string& user = "anna") {
    Avps request{made(avp_name::kOriginHost, std::string("scscf.home.test")),
                 made(avp_name::kOriginRealm, std::string("home.test")),
                 made(avp_name::kPublicIdentity, "sip:" + user + "@home.test"),
                 made(avp_name::kUserName, user + "@home.test")};
    request.insert(request.end(), more.begin(), more.end());
    return cx_.answer(command, request);
  }
  Avps assign(Assignment type, const std::string& server = kServer, const std::string& user = "anna") {
    return ask(
        cx_command::kServerAssignment,
        {made(cx_avp::kServerAssignmentType, static_cast<std::uint32_t>(type)), made(avp_name::kServerName, server)},
        user);
  }
  Avps authenticate(const std::string& scheme) {
    return ask(cx_command::kMultimediaAuth,
               {made(cx_avp::kSipAuthDataItem, Avps{made(cx_avp::kSipAuthenticationScheme, scheme)}),
                made(avp_name::kServerName, std::string(kServer))});
  }
  Avps authorize(std::uint32_t type) {
    return ask(cx_command::kUserAuthorization, {made(cx_avp::kUserAuthorizationType, type)});
  }
  static std::uint32_t code(const Avps& avps) { return number(avps, avp_name::kResultCode).value_or(0); }
  static std::uint32_t code_of_3gpp(const Avps& avps) {
    const Avps* const inside = group(avps, avp_name::kExperimentalResult);
    return inside == nullptr ? 0 : number(*inside, avp_name::kExperimentalResultCode).value_or(0);
  }
  User& anna() { return *users_.served("sip:anna@home.test"); }
  ports::ImsUserState state() { return anna().record.ims_user_state.value_or(ports::ImsUserState::not_registered); }

  xml::Reader reader_;
  Users users_;
  FewTokens tokens_;
  std::vector<std::pair<std::string, DataReference>> changes_;
  Cx cx_{users_, reader_, tokens_,
         [this](const std::string& who, DataReference what) { changes_.emplace_back(who, what); }};
};

TEST_F(CxOfTheHss, RegistrationGivesTheProfileAndIsToldToWhoSubscribed) {
  const Avps answer = assign(Assignment::registration);
  EXPECT_EQ(code(answer), 2001U);
  const std::string profile = octets(answer, cx_avp::kUserData).value_or("");
  EXPECT_THAT(profile,
              HasSubstr("<IMSSubscription><PrivateID>anna@home.test</PrivateID><ServiceProfile><PublicIdentity>"
                        "<Identity>sip:anna@home.test</Identity></PublicIdentity><PublicIdentity><Identity>"
                        "tel:+1555</Identity></PublicIdentity><InitialFilterCriteria><Priority>3</Priority>"));
  const Avps* const charging = group(answer, cx_avp::kChargingInformation);
  ASSERT_NE(charging, nullptr);
  EXPECT_EQ(octets(*charging, cx_avp::kPrimaryCollectionFunction), "aaa://ccf.home.test");
  EXPECT_EQ(state(), ports::ImsUserState::registered);
  EXPECT_THAT(changes_,
              testing::UnorderedElementsAre(std::pair(std::string("sip:anna@home.test"), DataReference::ims_user_state),
                                            std::pair(std::string("sip:anna@home.test"), DataReference::scscf_name)));
}

TEST_F(CxOfTheHss, ARefreshIsNoChangeAndAnEndIsOne) {
  static_cast<void>(assign(Assignment::registration));
  changes_.clear();
  EXPECT_EQ(code(assign(Assignment::re_registration)), 2001U);
  EXPECT_TRUE(changes_.empty());
  const Avps answer = assign(Assignment::user_deregistration);
  EXPECT_EQ(code(answer), 2001U);
  EXPECT_FALSE(octets(answer, cx_avp::kUserData)) << "nobody is served any more";
  EXPECT_EQ(state(), ports::ImsUserState::not_registered);
  EXPECT_EQ(anna().record.scscf_name, "");
  EXPECT_EQ(changes_.size(), 2U);
}

TEST_F(CxOfTheHss, AProfileThatIsThereAlreadyIsNotSent) {
  const Avps answer = ask(
      cx_command::kServerAssignment,
      {made(cx_avp::kServerAssignmentType, static_cast<std::uint32_t>(Assignment::registration)),
       made(avp_name::kServerName, std::string(kServer)), made(cx_avp::kUserDataAlreadyAvailable, std::uint32_t{1})});
  EXPECT_EQ(code(answer), 2001U);
  EXPECT_FALSE(octets(answer, cx_avp::kUserData));
}

TEST_F(CxOfTheHss, AnUnregisteredUserIsServedByOneServerOnly) {
  EXPECT_EQ(code(assign(Assignment::unregistered_user)), 2001U);
  EXPECT_EQ(state(), ports::ImsUserState::registered_unregistered_services);
  EXPECT_EQ(code_of_3gpp(assign(Assignment::unregistered_user, "sip:other.home.test")), 5005U);
  EXPECT_EQ(code(assign(Assignment::timeout_deregistration, "sip:other.home.test")), 5012U);
}

TEST_F(CxOfTheHss, WhereAUserIsSoughtDependsOnStateAndServices) {
  EXPECT_EQ(code_of_3gpp(ask(cx_command::kLocationInfo, {})), 2003U) << "she has services when not registered";
  EXPECT_EQ(code_of_3gpp(ask(cx_command::kLocationInfo, {}, "ben")), 5003U) << "he has none";
  static_cast<void>(assign(Assignment::registration));
  const Avps answer = ask(cx_command::kLocationInfo, {});
  EXPECT_EQ(code(answer), 2001U);
  EXPECT_EQ(octets(answer, avp_name::kServerName), kServer);
}

TEST_F(CxOfTheHss, AuthorizationSaysWhetherAServerMustBeChosen) {
  const Avps first = authorize(0);
  EXPECT_EQ(code_of_3gpp(first), 2001U);
  EXPECT_NE(group(first, cx_avp::kServerCapabilities), nullptr);
  EXPECT_EQ(code_of_3gpp(authorize(1)), 5003U) << "who is not registered cannot deregister";
  static_cast<void>(assign(Assignment::registration));
  const Avps further = authorize(0);
  EXPECT_EQ(code_of_3gpp(further), 2002U);
  EXPECT_EQ(octets(further, avp_name::kServerName), kServer);
  EXPECT_EQ(code(authorize(1)), 2001U);
  EXPECT_EQ(code(authorize(2)), 2001U) << "capabilities, when the server is to be chosen anew";
}

TEST_F(CxOfTheHss, ADigestIsGivenAsTheStandardHasItAndWithNonceAndPasswordForFhossStyleServers) {
  const Avps standard = authenticate("SIP Digest");
  ASSERT_EQ(code(standard), 2001U);
  const Avps* const digest = group(*group(standard, cx_avp::kSipAuthDataItem), cx_avp::kSipDigestAuthenticate);
  ASSERT_NE(digest, nullptr);
  // printf anna@home.test:home.test:secret | md5sum
  EXPECT_EQ(octets(*digest, cx_avp::kDigestHa1), "6acdb393c0e4cfcafa51b8f0d7d8b492");
  const Avps one = authenticate("Digest-MD5"), two = authenticate("Digest-MD5");
  const Avps* const item = group(one, cx_avp::kSipAuthDataItem);
  EXPECT_EQ(octets(*item, cx_avp::kSipAuthorization), "secret");
  EXPECT_NE(octets(*item, cx_avp::kSipAuthenticate),
            octets(*group(two, cx_avp::kSipAuthDataItem), cx_avp::kSipAuthenticate));
  EXPECT_EQ(code_of_3gpp(authenticate("Digest-AKAv1-MD5")), 5006U);
  EXPECT_EQ(state(), ports::ImsUserState::authentication_pending);
}

TEST_F(CxOfTheHss, AFailedAuthenticationEndsWhatWasPendingAndNothingElse) {
  static_cast<void>(authenticate("SIP Digest"));
  EXPECT_EQ(code(assign(Assignment::authentication_failure)), 2001U);
  EXPECT_EQ(state(), ports::ImsUserState::not_registered);
  static_cast<void>(assign(Assignment::registration));
  static_cast<void>(authenticate("SIP Digest"));
  EXPECT_EQ(code(assign(Assignment::authentication_timeout)), 2001U);
  EXPECT_EQ(state(), ports::ImsUserState::registered) << "another terminal of hers is";
}

TEST_F(CxOfTheHss, IdentitiesMustBeKnownAndBelongTogether) {
  const auto with = [&](const std::string& impu, const std::string& impi) {
    return code_of_3gpp(cx_.answer(cx_command::kUserAuthorization,
                                   {made(avp_name::kPublicIdentity, impu), made(avp_name::kUserName, impi)}));
  };
  EXPECT_EQ(with("sip:nobody@home.test", "anna@home.test"), 5001U);
  EXPECT_EQ(with("sip:anna@home.test", "nobody@home.test"), 5001U);
  EXPECT_EQ(with("sip:anna@home.test", "ben@home.test"), 5002U);
  EXPECT_EQ(code(cx_.answer(cx_command::kUserAuthorization, {})), 5005U) << "a base code: an AVP is missing";
}

TEST_F(CxOfTheHss, AnAssignmentOfATypeThatAnHssDoesNotTakeIsRefused) {
  EXPECT_EQ(code_of_3gpp(assign(static_cast<Assignment>(13))), 5007U);
  EXPECT_EQ(code(assign(Assignment::none)), 5012U) << "nobody serves her, so nobody may ask";
}

TEST_F(CxOfTheHss, ATerminationNamesAllIdentitiesAndGoesToWhoTookTheUserOn) {
  static_cast<void>(assign(Assignment::registration));
  const Cx::Order order = cx_.termination(anna(), 2, "moved", "session");
  EXPECT_EQ(order.host, "scscf.home.test");
  EXPECT_EQ(octets(order.avps, avp_name::kDestinationHost), "scscf.home.test");
  EXPECT_EQ(std::count_if(order.avps.begin(), order.avps.end(),
                          [](const auto& avp) { return avp.name == avp_name::kPublicIdentity; }),
            2);
  const Avps* const reason = group(order.avps, cx_avp::kDeregistrationReason);
  EXPECT_EQ(number(*reason, cx_avp::kReasonCode), 2U);
  EXPECT_EQ(octets(*reason, cx_avp::kReasonInfo), "moved");
}

TEST(DigestHa1, IsTheHashOfUserRealmAndPassword) {
  EXPECT_EQ(digest_ha1("Mufasa", "testrealm@host.com", "Circle Of Life"), "939e7578ed9e3c518a452acee763bce9");
}

}  // namespace
}  // namespace presentia::hss
