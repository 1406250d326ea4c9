// What an S-CSCF tells the HSS on Cx reaches who has subscribed to it on Sh [TS29.328 6.1.4, TS29.228 6.1.2].
#include "tests/adapter/diameter/sh_lab.h"

namespace presentia::test {
namespace {

using ports::DataReference;
using ports::ImsUserState;
using testing::StartsWith;

TEST(RegistrationAtTheHss, IsPushedWhenTheScscfReportsIt) {
  ShLab& lab = ShLab::instance();
  HssProcess scscf("scscf.ims.test", lab.first().port(), PS_SOURCE_DIR "/tests/adapter/hss/otp_scscf.escript");
  const ports::ReadQuestion state = question({DataReference::ims_user_state}, "sip:carol@example.com");
  const auto subscribed = lab.subscribe({.user = state.user, .keys = state.keys});
  ASSERT_TRUE(subscribed) << subscribed.error().text;
  EXPECT_EQ(subscribed->record.ims_user_state, ImsUserState::not_registered);
  static_cast<void>(lab.take_pushed());

  std::vector<ports::PushedData> pushed;
  const auto comes = [&] {
    pushed = lab.take_pushed();
    return !pushed.empty();
  };
  const auto is_answered = [&] { return lab.first().tell("verdict") == "ok 2001"; };
  const std::string carol = "sar carol@example.com sip:carol@example.com ";
  EXPECT_THAT(scscf.tell(carol + "1 sip:scscf.ims.test"), StartsWith("2001"));
  ASSERT_TRUE(lab.wait_for(comes));
  EXPECT_EQ(pushed.front().record.ims_user_state, ImsUserState::registered);
  ASSERT_TRUE(lab.wait_for(is_answered));
  EXPECT_THAT(scscf.tell(carol + "2 sip:scscf.ims.test"), StartsWith("2001"));
  EXPECT_THAT(scscf.tell(carol + "5 sip:scscf.ims.test"), StartsWith("2001"));
  ASSERT_TRUE(lab.wait_for(comes));
  EXPECT_EQ(pushed.size(), 1U) << "a refresh is no change";
  EXPECT_EQ(pushed.front().record.ims_user_state, ImsUserState::not_registered);
  ASSERT_TRUE(lab.wait_for(is_answered));
  EXPECT_TRUE(lab.unsubscribe(state));
}

}  // namespace
}  // namespace presentia::test
