// The Sh client against HSSs of their own processes, over Diameter on loopback.
#include "diameter/client/sh_client.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>

#include "mgmt/attributes/values.h"
#include "tests/adapter/diameter/sh_lab.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using ports::DataReference;
using ports::PeerPhase;
using ports::SubscriberFault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class Sh : public testing::Test {
 protected:
  void SetUp() override { lab.take_pushed(); }
  void TearDown() override {
    lab.answer_pushes(ports::PushVerdict::taken);
    for (HssProcess* const hss : {&lab.first(), &lab.second()}) {
      for (const char* const line :
           {"mute off", "unknown-avp off", "features on", "redirect off", "fail 5012 0", "expiry off", "forget"}) {
        EXPECT_EQ(hss->tell(line), "ok");
      }
    }
  }
  static SubscriberFault fault(const ports::ReadResult& result) {
    return result ? static_cast<SubscriberFault>(255) : result.error().fault;
  }
  ShLab& lab = ShLab::instance();
};

TEST_F(Sh, EachReferenceIsRead) {
  PS_SPEC("SH-01 SH-02 SH-07 SH-08 SH-09 SH-10");
  const std::array all{DataReference::repository_data,
                       DataReference::ims_public_identity,
                       DataReference::ims_user_state,
                       DataReference::scscf_name,
                       DataReference::initial_filter_criteria,
                       DataReference::location_information,
                       DataReference::user_state,
                       DataReference::charging_information,
                       DataReference::msisdn,
                       DataReference::psi_activation,
                       DataReference::dsai};
  ports::SubscriberRecord found;
  for (const DataReference reference : all) {
    const auto answer = lab.read(question({reference}));
    ASSERT_TRUE(answer) << static_cast<int>(reference) << ": " << answer.error().text;
    const ports::SubscriberRecord& record = answer->record;
    if (!record.repository_data.empty()) found.repository_data = record.repository_data;
    if (!record.public_identities.empty()) found.public_identities = record.public_identities;
    if (record.ims_user_state) found.ims_user_state = record.ims_user_state;
    if (record.scscf_name) found.scscf_name = record.scscf_name;
    if (record.initial_filter_criteria) found.initial_filter_criteria = record.initial_filter_criteria;
    if (record.cs_location) found.cs_location = record.cs_location;
    if (record.cs_user_state) found.cs_user_state = record.cs_user_state;
    if (record.charging) found.charging = record.charging;
    if (record.psi_active) found.psi_active = record.psi_active;
    if (!record.msisdns.empty()) found.msisdns = record.msisdns;
    if (!record.dsai.empty()) found.dsai = record.dsai;
  }
  ASSERT_THAT(found.repository_data, SizeIs(1));
  EXPECT_EQ(found.repository_data[0].sequence_number, 7);
  EXPECT_THAT(found.public_identities, SizeIs(2));
  EXPECT_EQ(found.ims_user_state, ports::ImsUserState::registered);
  EXPECT_EQ(found.scscf_name, "sip:scscf.example.com:5060");
  EXPECT_TRUE(found.initial_filter_criteria);
  EXPECT_EQ(found.cs_location->age_minutes, 3U);
  EXPECT_EQ(found.cs_user_state, ports::CsUserState::assumed_idle);
  EXPECT_EQ(found.charging->primary_collection_function, "aaa://ccf.example.com");
  EXPECT_THAT(found.msisdns, ElementsAre("15550001"));
  EXPECT_EQ(found.psi_active, true);
  EXPECT_THAT(found.dsai, SizeIs(1));
}

TEST_F(Sh, AUserMayBeNamedByMsisdn) {
  PS_SPEC("SH-06");
  ports::ReadQuestion by_number = question({DataReference::ims_user_state});
  by_number.user = {"", "15550001"};
  const auto answer = lab.read(by_number);
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->record.ims_user_state, ports::ImsUserState::registered);
}

TEST_F(Sh, UnknownUsersAndReferencesAreToldApart) {
  PS_SPEC("SH-11 SH-12");
  EXPECT_EQ(fault(lab.read(question({DataReference::ims_user_state}, kNobody))), SubscriberFault::unknown_user);
  EXPECT_EQ(fault(lab.read(question({DataReference::stn_sr}))), SubscriberFault::data_not_recognized);
}

TEST_F(Sh, TheHssThatAnsweredIsAskedByItsNameFromThenOn) {
  PS_SPEC("SH-39");
  // a user of its own, since others have been asked about before
  const auto bob = question({DataReference::ims_user_state}, "sip:bob@example.com");
  ASSERT_TRUE(lab.read(bob));
  EXPECT_EQ(lab.first().tell("destination"), "ok -");
  ASSERT_TRUE(lab.read(bob));
  EXPECT_EQ(lab.first().tell("destination"), "ok first.ims.test");
}

TEST_F(Sh, SeveralReferencesGoTogetherWhereBothSidesCanAndApartWhereNot) {
  PS_SPEC("SH-33 SH-34");
  const auto both = question({DataReference::ims_user_state, DataReference::scscf_name});
  ASSERT_TRUE(lab.read(both));
  const auto requests = [this] { return lab.first().tell("requests"); };
  const auto udrs = [&] {
    const std::string told = requests();
    const std::size_t at = told.find("udr=");
    return at == std::string::npos ? 0 : std::stoi(told.substr(at + 4));
  };
  int before = udrs();
  auto answer = lab.read(both);
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(udrs() - before, 1);
  EXPECT_EQ(answer->record.scscf_name, "sip:scscf.example.com:5060");
  EXPECT_EQ(answer->record.ims_user_state, ports::ImsUserState::registered);

  lab.first().tell("features off");
  ASSERT_TRUE(lab.read(question({DataReference::ims_user_state})));  // which says so
  before = udrs();
  answer = lab.read(both);
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(udrs() - before, 2);
  EXPECT_EQ(answer->record.scscf_name, "sip:scscf.example.com:5060");
  EXPECT_EQ(answer->record.ims_user_state, ports::ImsUserState::registered);
}

TEST_F(Sh, RepositoryDataIsWrittenInSequence) {
  PS_SPEC("SH-03 SH-13 SH-22 SH-23");
  const auto write = [this](std::optional<std::string> data, std::optional<std::uint16_t> based_on, bool only = false) {
    return lab.update({{kAlice}, "notes", std::move(data), based_on, only});
  };
  auto first = write("<n>1</n>", std::nullopt);
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_EQ(first->sequence_number, 0);
  const auto second = write("<n>2</n>", 0);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->sequence_number, 1);
  const auto stale = write("<n>3</n>", 0, true);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().fault, SubscriberFault::out_of_sync);
  EXPECT_EQ(stale.error().code, 5105U);
  const auto redone = write("<n>4</n>", std::nullopt);
  ASSERT_TRUE(redone) << redone.error().text;
  EXPECT_EQ(redone->sequence_number, 2);
  auto notes = question({DataReference::repository_data});
  notes.keys.service_indications = {"notes"};
  auto held = lab.read(notes);
  ASSERT_TRUE(held);
  ASSERT_THAT(held->record.repository_data, SizeIs(1));
  EXPECT_EQ(held->record.repository_data[0].service_data, "<n>4</n>");
  const auto deleted = write(std::nullopt, 2);
  ASSERT_TRUE(deleted) << deleted.error().text;
  EXPECT_EQ(deleted->sequence_number, 3);
  held = lab.read(notes);
  ASSERT_TRUE(held);
  EXPECT_THAT(held->record.repository_data, SizeIs(0));
}

TEST_F(Sh, ChangesArePushedWhileASubscriptionLasts) {
  PS_SPEC("SH-04 SH-05 SH-25 SH-28 SH-30");
  ports::SubscribeQuestion subscribe{{kAlice}, question({DataReference::ims_user_state}).keys, true, {}};
  const auto subscribed = lab.subscribe(subscribe);
  ASSERT_TRUE(subscribed) << subscribed.error().text;
  EXPECT_EQ(subscribed->record.ims_user_state, ports::ImsUserState::registered);
  EXPECT_FALSE(subscribed->expires_at);

  EXPECT_EQ(lab.first().tell("state " + std::string(kAlice) + " 0"), "ok 1");
  ASSERT_TRUE(lab.wait_for([&] { return lab.first().tell("verdict") == "ok 2001"; }));
  auto pushed = lab.take_pushed();
  ASSERT_THAT(pushed, SizeIs(1));
  EXPECT_EQ(pushed[0].user.public_identity, kAlice);
  EXPECT_EQ(pushed[0].from, "first.ims.test");
  EXPECT_EQ(pushed[0].record.ims_user_state, ports::ImsUserState::not_registered);

  const std::array<std::pair<ports::PushVerdict, const char*>, 3> verdicts{
      {{ports::PushVerdict::unknown_user, "ok 5001"},
       {ports::PushVerdict::not_subscribed, "ok 5107"},
       {ports::PushVerdict::cannot_now, "ok 5012"}}};
  for (const auto& [verdict, code] : verdicts) {
    lab.answer_pushes(verdict);
    lab.first().tell("state " + std::string(kAlice) + " 1");
    EXPECT_TRUE(lab.wait_for([&, wanted = code] { return lab.first().tell("verdict") == wanted; })) << code;
  }

  lab.answer_pushes(ports::PushVerdict::taken);
  ASSERT_TRUE(lab.unsubscribe(question({DataReference::ims_user_state})));
  EXPECT_EQ(lab.first().tell("state " + std::string(kAlice) + " 1"), "ok 0");
  EXPECT_TRUE(lab.unsubscribe(question({DataReference::ims_user_state}))) << "there is none, as was wanted";
}

TEST_F(Sh, APushThatNobodyJudgesIsAnsweredInTime) {
  EXPECT_EQ(lab.first().tell("verdict"), "ok -");
  lab.set([](config::Sh& sh) { sh.set_push_answer_within_ms(50); });
  ASSERT_TRUE(lab.subscribe({{kAlice}, question({DataReference::scscf_name}).keys, false, {}}));
  lab.answer_pushes(std::nullopt);
  lab.first().tell("scscf " + std::string(kAlice) + " sip:scscf.example.com:5060");
  EXPECT_TRUE(lab.wait_for([&] { return lab.first().tell("verdict") == "ok 5012"; }));
  lab.set([](config::Sh& sh) { sh.set_push_answer_within_ms(1000); });
}

TEST_F(Sh, ASubscriptionEndsWhenTheHssSays) {
  PS_SPEC("SH-26");
  lab.first().tell("expiry 100");
  const auto asked = lab.now();
  const auto subscribed =
      lab.subscribe({{kAlice}, question({DataReference::ims_user_state}).keys, false, asked + base::Seconds(3600)});
  ASSERT_TRUE(subscribed) << subscribed.error().text;
  ASSERT_TRUE(subscribed->expires_at && subscribed->renew_at);
  EXPECT_NEAR(static_cast<double>((*subscribed->expires_at - asked).count()), 100'000, 3000);
  EXPECT_NEAR(static_cast<double>((*subscribed->renew_at - asked).count()), 80'000, 3000);
  lab.first().tell("forget");
}

TEST_F(Sh, WhatPassesIsTriedAgainAndWhatDoesNotIsNot) {
  PS_SPEC("SH-12 SH-16 SH-17 SH-18");
  const auto state = question({DataReference::ims_user_state});
  lab.first().tell("fail3gpp 4101 1");
  EXPECT_TRUE(lab.read(state));
  lab.first().tell("fail3gpp 5011 1");
  EXPECT_TRUE(lab.read(state));
  lab.first().tell("fail3gpp 5101 1");
  EXPECT_EQ(fault(lab.read(state)), SubscriberFault::operation_not_allowed);
  lab.first().tell("fail3gpp 4100 100");
  EXPECT_EQ(fault(lab.read(state, 700ms)), SubscriberFault::data_not_available);
  lab.first().tell("fail3gpp 5008 1");
  const auto update = lab.update({{kAlice}, "large", "<n/>", std::nullopt});
  ASSERT_FALSE(update);
  EXPECT_EQ(update.error().fault, SubscriberFault::too_much_data);
}

TEST_F(Sh, ATooBusyPeerIsLeftForTheOther) {
  PS_SPEC("SH-19");
  const auto state = question({DataReference::ims_user_state}, "sip:bob@example.com");
  lab.first().tell("fail 3004 100");
  const auto answer = lab.read(state);
  EXPECT_TRUE(answer) << answer.error().text;
  EXPECT_GT(lab.counted("presentia_sh_repairs_total", {{"kind", "failover"}}), 0);
}

TEST_F(Sh, ASilentPeerCostsOneTryAndSilenceEverywhereTheWholeTime) {
  PS_SPEC("SH-37 SH-40");
  const auto state = question({DataReference::ims_user_state});
  lab.set([](config::Sh& sh) { sh.set_attempt_timeout_ms(300); });
  lab.first().tell("mute on");
  auto begun = lab.now();
  EXPECT_TRUE(lab.read(state));
  EXPECT_GE(lab.now() - begun, 300ms);
  EXPECT_LT(lab.now() - begun, 2s);
  lab.second().tell("mute on");
  begun = lab.now();
  EXPECT_EQ(fault(lab.read(state, 800ms)), SubscriberFault::timed_out);
  EXPECT_GE(lab.now() - begun, 790ms);
  EXPECT_LT(lab.now() - begun, 1300ms);
  lab.set([](config::Sh& sh) { sh.set_attempt_timeout_ms(3000); });
}

TEST_F(Sh, AnAnswerThatCannotBeUnderstoodIsOneAllTheSame) {
  lab.first().tell("unknown-avp on");
  lab.second().tell("unknown-avp on");
  const auto begun = lab.now();
  const auto answer = lab.read(question({DataReference::ims_user_state}));
  EXPECT_EQ(fault(answer), SubscriberFault::malformed_answer) << (answer ? "" : answer.error().text);
  EXPECT_LT(lab.now() - begun, 4s) << "it is not waited for";
}

TEST_F(Sh, DataThatIsNoneIsRefused) {
  lab.first().tell("data <!DOCTYPE Sh-Data [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Sh-Data>&x;</Sh-Data>");
  EXPECT_EQ(fault(lab.read(question({DataReference::ims_user_state}))), SubscriberFault::malformed_answer);
  EXPECT_EQ(lab.counted("presentia_sh_documents_refused_total", {{"reason", "xml.doctype"}}), 1);
}

TEST_F(Sh, ARedirectIsFollowed) {
  PS_SPEC("SH-35");
  lab.first().tell("redirect aaa://second.ims.test:3868;transport=tcp");
  const auto answer = lab.read(question({DataReference::ims_user_state}, "sip:bob@example.com"));
  EXPECT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(lab.second().tell("destination"), "ok second.ims.test");
}

TEST_F(Sh, AnHssThatDiesIsReplacedByTheOtherAndTakenBack) {
  PS_SPEC("SH-36 SH-37");
  const auto state = question({DataReference::ims_user_state});
  ASSERT_TRUE(lab.read(state));
  lab.first().tell("mute on");
  auto open = std::async(std::launch::async, [&] { return lab.read(state); });
  ASSERT_TRUE(
      lab.wait_for([&] { return lab.peer("first").under_way > 0 || open.wait_for(0s) == std::future_status::ready; }));
  lab.first().kill();
  const auto rerouted = open.get();
  EXPECT_TRUE(rerouted) << rerouted.error().text;
  ASSERT_TRUE(lab.wait_for_phase("first", PeerPhase::closed));
  EXPECT_TRUE(lab.read(state));
  lab.restart_first();
  EXPECT_TRUE(lab.wait_for_phase("first", PeerPhase::open));
  EXPECT_GE(lab.peer("first").connects, 2U);
  EXPECT_TRUE(lab.read(state));
}

TEST_F(Sh, NothingListensAndNobodyWaitsForAcknowledgements) {
  const auto state = question({DataReference::ims_user_state});
  ASSERT_TRUE(lab.subscribe({{kAlice}, state.keys, false, {}}));
  HssProcess& asked = lab.first().tell("subscriptions") == "ok 1" ? lab.first() : lab.second();
  base::Millis shortest{1h};
  for (int round = 0; round < 5; ++round) {  // a request right after our answer to a notification
    EXPECT_EQ(asked.tell("state " + std::string(kAlice) + " 1"), "ok 1");
    ASSERT_TRUE(lab.wait_for([&] { return !lab.take_pushed().empty(); }));
    const auto begun = lab.now();
    ASSERT_TRUE(lab.read(state));
    shortest = std::min(shortest, lab.now() - begun);
  }
  EXPECT_LT(shortest, 35ms) << "a delayed acknowledgement would hold up each of them, for 40 ms";
  std::FILE* const sockets = ::popen(("ss -Hltnp | grep -w pid=" + std::to_string(::getpid())).c_str(), "r");
  std::array<char, 512> line{};
  EXPECT_EQ(std::fgets(line.data(), line.size(), sockets), nullptr) << line.data();
  ::pclose(sockets);
  std::FILE* const hss = ::popen(("ss -Hltnp | grep -w pid=" + std::to_string(lab.first().pid())).c_str(), "r");
  ASSERT_NE(std::fgets(line.data(), line.size(), hss), nullptr);
  EXPECT_THAT(line.data(), HasSubstr("127.0.0.1:" + std::to_string(lab.first().port())));
  EXPECT_EQ(std::fgets(line.data(), line.size(), hss), nullptr) << line.data();
  ::pclose(hss);
}

// Who is asked by the first HSSs' redirect, whatever comes.
class ShElsewhere : public Sh {
 protected:
  void TearDown() override {
    lab.set([](config::Sh& sh) {
      sh.set_max_remembered_hosts(1000);
      sh.set_max_document_bytes(65536);
    });
    Sh::TearDown();
  }
  HssProcess& redirected_to(const std::string& name, const std::string& program) {
    HssProcess& there = lab.other(name, program);
    for (HssProcess* const hss : {&lab.first(), &lab.second()}) hss->tell("redirect aaa://" + name + ".ims.test");
    lab.set([](config::Sh& sh) { sh.set_max_remembered_hosts(0); });
    for (const char* const user : {kAlice, ""}) {  // the HSS of before is still known, and then no more
      ports::ReadQuestion asked = question({DataReference::ims_user_state}, user);
      asked.user.msisdn = "15550001";
      EXPECT_TRUE(lab.read(asked));
    }
    return there;
  }
  void ask_everything() {
    for (ports::ReadQuestion asked :
         {question({DataReference::repository_data}), question({DataReference::ims_public_identity}),
          question({DataReference::initial_filter_criteria}), question({DataReference::location_information}),
          question({DataReference::dsai})}) {
      asked.keys.identity_sets = {ports::IdentitySet::alias};
      asked.keys.current_location = true;
      asked.keys.private_identity = "alice@ims.test";
      EXPECT_TRUE(lab.read(asked));
      asked.user = {"", "15550001"};
      EXPECT_TRUE(lab.read(asked));
    }
    const auto keys = question({DataReference::ims_user_state}).keys;
    EXPECT_TRUE(lab.subscribe({{kAlice}, keys, true, lab.now() + base::Seconds(600)}));
    EXPECT_TRUE(lab.unsubscribe({{kAlice}, keys}));
    EXPECT_TRUE(lab.update({{kAlice}, "strict", "<n/>", std::nullopt}));
  }
};

TEST_F(ShElsewhere, APeerThatChecksEachByteFindsNothingWrong) {
  PS_SPEC("SH-01 SH-02 SH-03 SH-04 SH-06 SH-35");
  HssProcess& strict = redirected_to("strict", "strict_hss.py");
  ask_everything();
  EXPECT_EQ(strict.tell("faults"), "none");
  EXPECT_THAT(strict.tell("requests"), testing::AllOf(HasSubstr("UDR"), HasSubstr("SNR; SNR"), HasSubstr("PUR")));
}

TEST_F(ShElsewhere, AnotherImplementationOfDiameterFindsNothingWrong) {
  PS_SPEC("SH-01 SH-02 SH-03 SH-04 SH-05 SH-06");
  HssProcess& otp = redirected_to("otp", "otp_hss.escript");
  ask_everything();
  EXPECT_EQ(otp.tell("faults"), "none");
  EXPECT_THAT(otp.tell("requests"), testing::AllOf(HasSubstr("UDR"), HasSubstr("SNR; SNR"), HasSubstr("PUR")));
  EXPECT_EQ(otp.tell(std::string("push ") + kAlice), "2001");
  const auto pushed = lab.take_pushed();
  ASSERT_THAT(pushed, SizeIs(1));
  EXPECT_EQ(pushed[0].from, "otp.ims.test");
  EXPECT_EQ(pushed[0].record.ims_user_state, ports::ImsUserState::registered);
  lab.answer_pushes(ports::PushVerdict::unknown_user);
  EXPECT_THAT(otp.tell(std::string("push ") + kAlice), HasSubstr("5001"));
  const auto state = question({DataReference::ims_user_state});
  const auto asked = lab.now();
  const auto subscribed = lab.subscribe({{kAlice}, state.keys, false, asked + base::Seconds(3600)});
  ASSERT_TRUE(subscribed && subscribed->expires_at && subscribed->renew_at);
  EXPECT_NEAR(static_cast<double>((*subscribed->expires_at - asked).count()), 100'000, 3000);
  EXPECT_NEAR(static_cast<double>((*subscribed->renew_at - asked).count()), 80'000, 3000);
  lab.set([](config::Sh& sh) { sh.set_max_remembered_hosts(100); });
  EXPECT_TRUE(lab.read(state));  // and from then on it is asked by its name
  for (HssProcess* const hss : {&lab.first(), &lab.second()}) hss->tell("redirect off");
  const std::string before = otp.tell("requests");
  EXPECT_TRUE(lab.read(state));
  EXPECT_EQ(otp.tell("requests"), before + "; UDR");
  otp.kill();
  ASSERT_TRUE(lab.wait_for_phase("otp", PeerPhase::closed));
  EXPECT_TRUE(lab.read(state)) << "answered by another";
}

TEST_F(ShElsewhere, AnswersThatAreWrongInOneWayHaveOneMeaning) {
  PS_SPEC("SH-10 SH-19");
  HssProcess& strict = redirected_to("strict", "strict_hss.py");
  lab.set([](config::Sh& sh) { sh.set_max_document_bytes(2000); });
  const auto right = static_cast<SubscriberFault>(255);
  const std::vector<std::pair<std::string, SubscriberFault>> all{
      {"no-result", SubscriberFault::malformed_answer},
      {"short-result", SubscriberFault::malformed_answer},
      {"unknown-before-result", SubscriberFault::malformed_answer},
      {"unknown-before-refusal", SubscriberFault::malformed_answer},
      {"no-experimental-code", SubscriberFault::malformed_answer},
      {"code-of-another-vendor", SubscriberFault::refused},
      {"unknown-code", SubscriberFault::refused},
      {"no-origin", SubscriberFault::malformed_answer},
      {"state-maintained", right},
      {"no-state", right},
      {"huge-data", SubscriberFault::malformed_answer},
      {"cut-data", SubscriberFault::malformed_answer},
      {"data-of-another-root", SubscriberFault::malformed_answer},
      {"no-data", right},
      {"not", right}};
  for (const auto& [how, expected] : all) {
    ASSERT_EQ(strict.tell("break " + how), how);
    EXPECT_EQ(fault(lab.read(question({DataReference::ims_user_state}))), expected) << how;
  }
}

TEST_F(Sh, ASecondStackInTheProcessIsAnError) {
  class Nobody final : public ports::SubscriberObserver {
    void on_push(ports::PushedData /*data*/, Answer /*answer*/) override {}
    void on_peer(const ports::PeerView& /*peer*/, bool /*any_open*/) override {}
  } nobody;
  const base::SteadyClock clock;
  base::Metrics metrics;
  const mgmt::Live live(std::make_shared<mgmt::Snapshot>(mgmt::defaults(), 1));
  diameter::ShClient second(live, clock, metrics);
  const auto started = second.start(nobody);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().text, HasSubstr("already"));
  bool answered = false;
  second.read(question({DataReference::ims_user_state}), 1s,
              [&](const ports::ReadResult& result) { answered = fault(result) == SubscriberFault::stopped; });
  EXPECT_TRUE(answered);
}

// The library has assertions that a peer can reach.
TEST_F(ShElsewhere, MessagesWithOctetsChangedByChanceEndNothing) {
  HssProcess& strict = redirected_to("strict", "strict_hss.py");
  const char* const seeds = std::getenv("PS_SH_SEEDS");
  const int last = seeds == nullptr ? 3 : std::stoi(seeds);
  for (int seed = 1; seed <= last; ++seed) {
    ASSERT_EQ(strict.tell("break " + std::to_string(seed)), std::to_string(seed));
    for (int round = 0; round < 10; ++round) {
      static_cast<void>(lab.read(question({DataReference::ims_user_state}), 300ms));
    }
    strict.tell("push 20");
  }
  strict.tell("break not");
  for (HssProcess* const hss : {&lab.first(), &lab.second()}) hss->tell("redirect off");
  EXPECT_TRUE(lab.wait_for([&] { return bool(lab.read(question({DataReference::ims_user_state}))); }));
}

}  // namespace
}  // namespace presentia::test
