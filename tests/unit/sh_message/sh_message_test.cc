// Requests, answers and pushes of Sh as AVPs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "diameter/message/avp_table.h"
#include "diameter/message/data_keys.h"
#include "diameter/message/octet_forms.h"
#include "diameter/message/sh_answer.h"
#include "diameter/message/sh_parts.h"
#include "diameter/message/sh_push.h"
#include "diameter/message/sh_request.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using namespace std::string_literals;
using diameter::Answer;
using diameter::Avp;
using diameter::AvpName;
using diameter::Avps;
using diameter::complaint;
using diameter::made;
using diameter::push_answer;
using ports::DataKeys;
using ports::DataReference;
using ports::SubscriberFault;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
namespace avp_name = diameter::avp_name;

const ports::UserIdentity kAlice{"sip:alice@ims.example.com"};
const diameter::Envelope kEnvelope{"ps.example.com;1;2;sh", "ps.example.com", "example.com", "", "ims.example.com", 0};

std::vector<std::uint32_t> codes(const Avps& avps) {
  std::vector<std::uint32_t> all;
  for (const Avp& each : avps) all.push_back(each.name.code);
  return all;
}
std::vector<std::uint32_t> references(const Avps& avps) {
  std::vector<std::uint32_t> all;
  for (const Avp& each : avps)
    if (each.name == avp_name::kDataReference) all.push_back(std::get<std::uint32_t>(each.value));
  return all;
}

DataKeys repository(std::vector<std::string> services) {
  DataKeys keys;
  keys.references = {DataReference::repository_data};
  keys.service_indications = std::move(services);
  return keys;
}

TEST(ShRequest, UserDataRequestHasWhatItMustInTheOrderOfTheStandard) {
  PS_SPEC("SH-02 SH-06 SH-39");
  const Avps avps = user_data_request(kEnvelope, kAlice, repository({"presence"}));
  EXPECT_THAT(codes(avps), ElementsAre(263, 260, 277, 264, 296, 283, 700, 704, 703));
  EXPECT_EQ(number(avps, avp_name::kAuthSessionState), 1U);
  const Avps* const application = group(avps, avp_name::kVendorSpecificApplicationId);
  ASSERT_NE(application, nullptr);
  EXPECT_EQ(number(*application, avp_name::kVendorId), 10415U);
  EXPECT_EQ(number(*application, avp_name::kAuthApplicationId), 16777217U);
  EXPECT_EQ(octets(*group(avps, avp_name::kUserIdentity), avp_name::kPublicIdentity), "sip:alice@ims.example.com");
  EXPECT_EQ(find(avps, AvpName{703, 10415})->is_mandatory, true);

  diameter::Envelope known = kEnvelope;
  known.destination_host = "hss.example.com";
  known.features = diameter::kNotifEff;
  const Avps second = user_data_request(known, kAlice, repository({"presence"}));
  EXPECT_EQ(octets(second, avp_name::kDestinationHost), "hss.example.com");
  EXPECT_EQ(diameter::features_of(second), diameter::kNotifEff);
  EXPECT_FALSE(find(second, avp_name::kSupportedFeatures)->is_mandatory) << "an offer is no demand";
}

TEST(ShRequest, EveryReferenceHasTheNumberOfTheStandard) {
  PS_SPEC("SH-07");
  const std::vector<std::pair<DataReference, std::uint32_t>> all{{DataReference::repository_data, 0},
                                                                 {DataReference::ims_public_identity, 10},
                                                                 {DataReference::ims_user_state, 11},
                                                                 {DataReference::scscf_name, 12},
                                                                 {DataReference::initial_filter_criteria, 13},
                                                                 {DataReference::location_information, 14},
                                                                 {DataReference::user_state, 15},
                                                                 {DataReference::charging_information, 16},
                                                                 {DataReference::msisdn, 17},
                                                                 {DataReference::psi_activation, 18},
                                                                 {DataReference::dsai, 19},
                                                                 {DataReference::service_level_trace_info, 21},
                                                                 {DataReference::ue_reachability_for_ip, 25},
                                                                 {DataReference::tads_information, 26},
                                                                 {DataReference::stn_sr, 27},
                                                                 {DataReference::imsi, 32},
                                                                 {DataReference::ims_private_user_identity, 33},
                                                                 {DataReference::ue_5g_srvcc_capability, 35}};
  for (const auto& [reference, number] : all) {
    DataKeys keys;
    keys.references = {reference};
    EXPECT_THAT(references(user_data_request(kEnvelope, kAlice, keys)), ElementsAre(number));
  }
}

TEST(ShRequest, AQuestionThatLacksAKeyIsNotSent) {
  PS_SPEC("SH-08");
  const auto complains = [](DataReference reference, bool subscription = false) {
    DataKeys keys;
    keys.references = {reference};
    return complaint(kAlice, keys, subscription).has_value();
  };
  EXPECT_TRUE(complains(DataReference::repository_data));
  EXPECT_TRUE(complains(DataReference::initial_filter_criteria));
  EXPECT_TRUE(complains(DataReference::dsai));
  EXPECT_TRUE(complains(DataReference::location_information));
  EXPECT_TRUE(complains(DataReference::user_state));
  EXPECT_FALSE(complains(DataReference::ims_user_state));
  EXPECT_FALSE(complaint(kAlice, repository({"a"}), false));
  EXPECT_TRUE(complaint({}, repository({"a"}), false));
  EXPECT_TRUE(complaint({"", "+1555"}, repository({"a"}), false));
  EXPECT_FALSE(complaint({"", "1555"}, repository({"a"}), true));
  DataKeys location;
  location.references = {DataReference::location_information};
  location.domain = ports::AccessDomain::packet_switched;
  EXPECT_FALSE(complaint(kAlice, location, false));
  EXPECT_TRUE(complaint(kAlice, location, true));
}

TEST(ShRequest, LocationIsAskedForWithItsDomain) {
  PS_SPEC("SH-09");
  DataKeys keys;
  keys.references = {DataReference::location_information};
  keys.domain = ports::AccessDomain::packet_switched;
  keys.current_location = true;
  const Avps avps = user_data_request(kEnvelope, kAlice, keys);
  EXPECT_EQ(number(avps, avp_name::kRequestedDomain), 1U);
  EXPECT_EQ(number(avps, avp_name::kCurrentLocation), 1U);
}

TEST(ShRequest, SubscriptionsSayTheirTypeAndWhatElseIsWanted) {
  PS_SPEC("SH-04 SH-25 SH-27");
  DataKeys keys;
  keys.references = {DataReference::ims_user_state, DataReference::scscf_name};
  const base::Instant end{std::chrono::seconds(1'000'000)};
  const Avps avps = subscribe_request(kEnvelope, kAlice, keys, true, end);
  EXPECT_THAT(codes(avps), ElementsAre(263, 260, 277, 264, 296, 283, 700, 705, 703, 703, 710, 709));
  EXPECT_EQ(number(avps, avp_name::kSubsReqType), 0U);
  EXPECT_EQ(number(avps, avp_name::kSendDataIndication), 1U);
  EXPECT_EQ(octets(avps, avp_name::kExpiryTime), "\x83\xB9\xC0\xC0"s);  // 2208988800 + 1000000
  EXPECT_EQ(find(avps, avp_name::kOneTimeNotification), nullptr);
  const Avps end_of_it = unsubscribe_request(kEnvelope, kAlice, keys);
  EXPECT_EQ(number(end_of_it, avp_name::kSubsReqType), 1U);
  EXPECT_EQ(find(end_of_it, avp_name::kSendDataIndication), nullptr);
  EXPECT_EQ(find(end_of_it, avp_name::kExpiryTime), nullptr);
}

TEST(ShRequest, AnUpdateIsOfRepositoryDataAndOfNothingElse) {
  PS_SPEC("SH-03 SH-24");
  const Avps avps = profile_update_request(kEnvelope, kAlice, "<Sh-Data/>");
  EXPECT_THAT(references(avps), ElementsAre(0));
  EXPECT_EQ(octets(avps, avp_name::kUserData), "<Sh-Data/>");
}

TEST(DataKeys, AreSplitIntoWhatEachReferenceNeeds) {
  PS_SPEC("SH-34");
  DataKeys keys = repository({"a", "b"});
  keys.references.push_back(DataReference::ims_user_state);
  keys.references.push_back(DataReference::dsai);
  keys.server_name = "sip:ps.example.com";
  keys.dsai_tags = {"presence"};
  const auto parts = diameter::split(keys);
  ASSERT_THAT(parts, SizeIs(4));
  EXPECT_THAT(parts[0].service_indications, ElementsAre("a"));
  EXPECT_THAT(parts[1].service_indications, ElementsAre("b"));
  EXPECT_THAT(parts[2].references, ElementsAre(DataReference::ims_user_state));
  EXPECT_THAT(parts[2].service_indications, IsEmpty());
  EXPECT_THAT(parts[2].dsai_tags, IsEmpty());
  EXPECT_EQ(parts[3].server_name, "sip:ps.example.com");
  EXPECT_THAT(parts[3].dsai_tags, ElementsAre("presence"));
}

TEST(OctetForms, MsisdnIsTbcd) {
  PS_SPEC("SH-06");
  EXPECT_EQ(diameter::to_tbcd("15551230001"), "\x51\x55\x21\x03\x00\xF1"s);
  EXPECT_EQ(diameter::from_tbcd("\x51\x55\x21\x03\x00\xF1"s), "15551230001");
  EXPECT_EQ(diameter::from_tbcd("\x21\x43"s), "1234");
  for (const std::string& bad : {""s, "+1"s, "1234567890123456"s, "12a"s}) EXPECT_FALSE(diameter::to_tbcd(bad)) << bad;
  for (const std::string& bad : {""s, "\xF1\x21"s, "\x1A"s, "123456789"s}) EXPECT_FALSE(diameter::from_tbcd(bad));
}

TEST(OctetForms, TimeCountsFrom1900AndOnInto2036) {
  EXPECT_EQ(diameter::to_time(base::Instant{}), "\x83\xAA\x7E\x80"s);
  EXPECT_EQ(diameter::from_time("\x83\xAA\x7E\x80"s), base::Instant{});
  const base::Instant era{std::chrono::seconds(2'085'978'496)};  // 2036-02-07T06:28:16Z
  EXPECT_EQ(diameter::to_time(era), "\0\0\0\0"s);
  EXPECT_EQ(diameter::from_time("\0\0\0\0"s), era);
  EXPECT_FALSE(diameter::from_time("abc"));
}

Avps answered(Avp result) {
  return {made(avp_name::kSessionId, "s"), std::move(result), made(avp_name::kOriginHost, "hss.example.com"),
          made(avp_name::kOriginRealm, "example.com")};
}
Avp experimental(std::uint32_t code, std::uint32_t vendor = 10415) {
  return made(avp_name::kExperimentalResult,
              Avps{made(avp_name::kVendorId, vendor), made(avp_name::kExperimentalResultCode, code)});
}
SubscriberFault fault(Avp result) { return error_of(diameter::read_answer(answered(std::move(result)))).fault; }

TEST(ShAnswer, CodesOf3gppHaveTheirMeaning) {
  PS_SPEC("SH-11 SH-12 SH-14 SH-15 SH-16 SH-17 SH-18");
  const std::vector<std::pair<std::uint32_t, SubscriberFault>> all{
      {4100, SubscriberFault::data_not_available},    {4101, SubscriberFault::update_in_progress},
      {5001, SubscriberFault::unknown_user},          {5002, SubscriberFault::identities_differ},
      {5008, SubscriberFault::too_much_data},         {5011, SubscriberFault::feature_unsupported},
      {5012, SubscriberFault::feature_unsupported},   {5100, SubscriberFault::data_not_recognized},
      {5101, SubscriberFault::operation_not_allowed}, {5102, SubscriberFault::cannot_be_read},
      {5103, SubscriberFault::cannot_be_modified},    {5104, SubscriberFault::cannot_be_notified},
      {5105, SubscriberFault::out_of_sync},           {5106, SubscriberFault::data_absent},
      {5107, SubscriberFault::no_subscription},       {5108, SubscriberFault::dsai_not_available}};
  for (const auto& [code, expected] : all) EXPECT_EQ(fault(experimental(code)), expected) << code;
  EXPECT_EQ(fault(experimental(5999)), SubscriberFault::refused);
  EXPECT_EQ(fault(experimental(5001, 9)), SubscriberFault::refused) << "a code of another vendor";
}

TEST(ShAnswer, CodesOfTheBaseProtocolAreOthersWithTheSameNumbers) {
  PS_SPEC("SH-19");
  EXPECT_EQ(fault(made(avp_name::kResultCode, 3002U)), SubscriberFault::undeliverable);
  EXPECT_EQ(fault(made(avp_name::kResultCode, 3003U)), SubscriberFault::undeliverable);
  EXPECT_EQ(fault(made(avp_name::kResultCode, 3004U)), SubscriberFault::too_busy);
  EXPECT_EQ(fault(made(avp_name::kResultCode, 5012U)), SubscriberFault::refused);
  EXPECT_EQ(fault(made(avp_name::kResultCode, 5001U)), SubscriberFault::refused);
  EXPECT_TRUE(is_for_another_peer(diameter::read_answer(answered(made(avp_name::kResultCode, 3004U)))));
  EXPECT_FALSE(is_for_another_peer(diameter::read_answer(answered(made(avp_name::kResultCode, 5012U)))));
  EXPECT_FALSE(is_for_another_peer(diameter::read_answer(answered(experimental(5001)))));
}

TEST(ShAnswer, WhatLacksItsCodeOrItsOriginIsMalformed) {
  EXPECT_EQ(fault(made(avp_name::kUserName, "x")), SubscriberFault::malformed_answer);
  EXPECT_EQ(fault(made(avp_name::kExperimentalResult, Avps{})), SubscriberFault::malformed_answer);
  const Answer without_origin = diameter::read_answer({made(avp_name::kResultCode, 2001U)});
  EXPECT_FALSE(is_success(without_origin));
  EXPECT_EQ(error_of(without_origin).fault, SubscriberFault::malformed_answer);
  Avps wrong_type = answered(Avp{avp_name::kResultCode, true, "2001"s});
  EXPECT_EQ(error_of(diameter::read_answer(wrong_type)).fault, SubscriberFault::malformed_answer);
}

TEST(ShAnswer, CarriesDataFeaturesAndItsEnd) {
  PS_SPEC("SH-25 SH-26 SH-33 SH-38");
  Avps avps = answered(made(avp_name::kResultCode, 2001U));
  avps.push_back(made(avp_name::kUserData, "<Sh-Data/>"));
  avps.push_back(made(avp_name::kExpiryTime, "\x83\xB9\xC0\xC0"s));
  avps.push_back(diameter::supported_features(3));
  avps.push_back(made(avp_name::kOcOlr, Avps{made(avp_name::kOcReductionPercentage, 100U)}));
  const Answer answer = diameter::read_answer(avps);
  EXPECT_TRUE(is_success(answer));
  EXPECT_EQ(answer.user_data, "<Sh-Data/>");
  EXPECT_EQ(answer.expires_at, base::Instant{std::chrono::seconds(1'000'000)});
  EXPECT_EQ(answer.features, 3U);
  EXPECT_EQ(answer.origin_host, "hss.example.com");
}

TEST(ShAnswer, ARedirectNamesHosts) {
  PS_SPEC("SH-35");
  Avps avps = answered(made(avp_name::kResultCode, 3006U));
  avps.push_back(made(avp_name::kRedirectHost, "aaa://HSS2.example.com:3869;transport=tcp"));
  const Answer answer = diameter::read_answer(avps);
  ASSERT_THAT(answer.redirect_hosts, SizeIs(1));
  const auto host = diameter::read_diameter_uri(answer.redirect_hosts[0]);
  ASSERT_TRUE(host);
  EXPECT_EQ(host->host, "hss2.example.com");
  EXPECT_EQ(host->port, 3869);
  EXPECT_EQ(diameter::read_diameter_uri("aaa://hss2")->port, 0);
  for (const char* const bad :
       {"", "aaa://", "http://a", "aaa://a:x", "aaa://a:99999", "aaa://a b", "aaa://a;transport=udp"}) {
    EXPECT_FALSE(diameter::read_diameter_uri(bad)) << bad;
  }
}

TEST(ShPush, IsReadAndAnsweredAsAsked) {
  PS_SPEC("SH-05 SH-28");
  Avps avps{made(avp_name::kSessionId, "s"), made(avp_name::kOriginHost, "hss.example.com"),
            diameter::user_identity(kAlice), made(avp_name::kUserData, "<Sh-Data/>")};
  const auto push = diameter::read_push(avps);
  ASSERT_TRUE(push);
  EXPECT_EQ(push->user, kAlice);
  EXPECT_EQ(push->user_data, "<Sh-Data/>");
  EXPECT_EQ(push->origin_host, "hss.example.com");
  avps.pop_back();
  const auto without_data = diameter::read_push(avps);
  ASSERT_FALSE(without_data);
  EXPECT_EQ(without_data.error().result_code, 5005U);

  const auto code = [](ports::PushVerdict verdict) {
    return diameter::read_answer(push_answer("ps.example.com", "example.com", verdict));
  };
  EXPECT_TRUE(is_success(code(ports::PushVerdict::taken)));
  EXPECT_EQ(error_of(code(ports::PushVerdict::unknown_user)).fault, SubscriberFault::unknown_user);
  EXPECT_EQ(error_of(code(ports::PushVerdict::not_subscribed)).fault, SubscriberFault::no_subscription);
  EXPECT_EQ(code(ports::PushVerdict::cannot_now).code, 5012U);
}

}  // namespace
}  // namespace presentia::test
