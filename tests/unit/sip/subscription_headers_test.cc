// What a subscriber reads: Subscription-State of a NOTIFY, and the answer to a SUBSCRIBE.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/sip/convert.h"
#include "as/sip/grammar.h"
#include "as/sip/message_text.h"

namespace presentia::sip {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SubscriptionState, StateAndParametersAreReadInAnyCaseAndOrder) {
  const auto active = parse_subscription_state("Active;Expires=600");
  ASSERT_TRUE(active);
  EXPECT_EQ(active->state, "active");
  EXPECT_EQ(active->expires, base::Seconds(600));
  EXPECT_EQ(active->retry_after, std::nullopt);
  const auto ended = parse_subscription_state("terminated ; retry-after = 30 ; reason=Probation;x=y");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->reason, "probation");
  EXPECT_EQ(ended->retry_after, base::Seconds(30));
}

TEST(SubscriptionState, AParameterThatIsNoNumberIsAbsentAndOneTooLargeIsTheLargest) {
  const auto state = parse_subscription_state("active;expires=-1;retry-after=99999999999999999999");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->expires, std::nullopt);
  EXPECT_EQ(state->retry_after, base::Seconds(4294967295));
}

TEST(SubscriptionState, WhatHasNoStateIsNone) {
  for (const char* text : {"", ";expires=1", "act ive", "active;=1", "active;x=\"open"})
    EXPECT_FALSE(parse_subscription_state(text)) << text;
}

RawMessage answer(std::vector<HeaderField> fields, int status) {
  RawMessage raw;
  raw.status = status;
  raw.fields = std::move(fields);
  return raw;
}

TEST(AnswerToASubscribe, CarriesWhatMakesTheDialog) {
  const RawMessage raw = answer({{HeaderName::to, "To", "<sip:x@y>;tag=abc"},
                                 {HeaderName::contact, "Contact", "<sip:n@192.0.2.1>"},
                                 {HeaderName::record_route, "Record-Route", "<sip:a;lr>, <sip:b;lr>"},
                                 {HeaderName::record_route, "Record-Route", "<sip:c;lr>"},
                                 {HeaderName::expires, "Expires", "600"}},
                                200);
  ports::SipOutcome outcome;
  outcome.status = 200;
  take_response(raw, outcome);
  EXPECT_EQ(outcome.to_tag, "abc");
  EXPECT_EQ(outcome.contact, "sip:n@192.0.2.1");
  EXPECT_THAT(outcome.record_route, ElementsAre("<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>"));
  EXPECT_EQ(outcome.expires, 600U);
}

TEST(AnswerToASubscribe, ARefusalCarriesItsTimesAndNoContact) {
  const RawMessage raw = answer({{HeaderName::contact, "Contact", "<sip:elsewhere@192.0.2.1>"},
                                 {HeaderName::retry_after, "Retry-After", "30 (later)"},
                                 {HeaderName::min_expires, "Min-Expires", "1800"}},
                                423);
  ports::SipOutcome outcome;
  outcome.status = 423;
  take_response(raw, outcome);
  EXPECT_EQ(outcome.min_expires, 1800U);
  EXPECT_EQ(outcome.retry_after, base::Seconds(30));
  EXPECT_EQ(outcome.contact, "");
}

TEST(AnswerToASubscribe, WhatCannotBeReadIsLeftOut) {
  const RawMessage raw = answer({{HeaderName::to, "To", "<<<"},
                                 {HeaderName::record_route, "Record-Route", "nonsense"},
                                 {HeaderName::expires, "Expires", "soon"}},
                                200);
  ports::SipOutcome outcome;
  outcome.status = 200;
  take_response(raw, outcome);
  EXPECT_EQ(outcome.to_tag, "");
  EXPECT_THAT(outcome.record_route, IsEmpty());
  EXPECT_EQ(outcome.expires, std::nullopt);
}

TEST(RequestText, AContactIsAddedWhereItIsAskedFor) {
  ports::SipOutgoing request;
  request.method = "SUBSCRIBE";
  request.request_uri = "sip:x@y";
  EXPECT_THAT(request_text(request, "SIP/2.0/UDP a", "sip:us@192.0.2.7"),
              HasSubstr("\r\nContact: <sip:us@192.0.2.7>\r\n"));
  EXPECT_THAT(request_text(request, "SIP/2.0/UDP a"), testing::Not(HasSubstr("Contact")));
}

}  // namespace
}  // namespace presentia::sip
