// Addresses, lists and parameters, with the odd but valid (and the invalid) examples of RFC 4475.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/sip/grammar.h"
#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(Address, WithBracketsHasDisplayNameUriAndParametersOfTheHeader) {
  const auto address =
      parse_address("\"Alice \\\"A\\\" Liddell\" <sip:alice@example.com;transport=tcp?a=b>;tag=x1;Q=0.5");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->name.display, "Alice \"A\" Liddell");
  EXPECT_EQ(address->name.uri, "sip:alice@example.com;transport=tcp?a=b");
  EXPECT_EQ(address->tag(), "x1");
  EXPECT_THAT(address->params, ElementsAre(Param{"tag", "x1"}, Param{"q", "0.5"}));
}

TEST(Address, WithoutBracketsGivesItsParametersToTheHeader) {
  const auto address = parse_address("sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n");  // RFC 4475 3.1.1.1
  ASSERT_TRUE(address);
  EXPECT_EQ(address->name.uri, "sip:vivekg@chair-dnrc.example.com");
  EXPECT_EQ(address->tag(), "1918181833n");
  EXPECT_EQ(address->name.display, "");
}

TEST(Address, TheTortuousFromOfRfc4475IsRead) {
  const auto from = parse_address("\"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8");
  ASSERT_TRUE(from);
  EXPECT_EQ(from->name.display, "J Rosenberg \\\"");
  EXPECT_EQ(from->tag(), "98asjd8");
  const auto contact = parse_address(
      "\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n newvalue ;\r\n"
      "  secondparam ; q = 0.33");
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->name.display, "Quoted string \"\"");
  EXPECT_THAT(contact->params,
              ElementsAre(Param{"newparam", "newvalue"}, Param{"secondparam", std::nullopt}, Param{"q", "0.33"}));
}

TEST(Address, AnUnquotedDisplayNameAndBlanksInTheBracketsAreTaken) {
  EXPECT_EQ(parse_address("Mr. Watson <sip:w@bell.example>")->name.display, "Mr. Watson");
  EXPECT_EQ(parse_address("<sip:w@bell.example>")->name.display, "");
  EXPECT_EQ(parse_address("\"Watson, Thomas\" < sip:t.watson@example.org >")->name.uri, "sip:t.watson@example.org");
  EXPECT_EQ(parse_address("sip:a@b;x=\"<z>\"")->name.uri, "sip:a@b");
  EXPECT_EQ(parse_address("<tel:+1>;a=\"q;r,s\"")->params[0].value, "q;r,s");
}

class NoAddress : public testing::TestWithParam<const char*> {};

TEST_P(NoAddress, IsNone) { EXPECT_FALSE(parse_address(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Values, NoAddress,
                         testing::Values("", "*", "alice", "<>", "<sip:>", "<alice@example.com>", "<sip:a@b",
                                         "sip:a@b>", "\"open <sip:a@b>", "\"x\" y <sip:a@b>", "<sip:a@b> x",
                                         "<sip:a@b>;=x", "<sip:a@b>;t g=x", "<sip:a b@c>", "<sip:a@b>;tag=\"open",
                                         "<sip:a@b>;tag=\"x\"y", "<sip:a@b\r\nX: y>", "sip:a@b c", "<<sip:a@b>>",
                                         ";tag=x"));

TEST(Addresses, ACommaInQuotesOrBracketsSeparatesNothing) {
  PS_SPEC("SIP-31");
  const auto list = parse_addresses("\"Bell, \\\"A\\\", <G>\" <sip:a,b@c>;x=\"1,2\" , sip:d@e,,<tel:+1>");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3U);
  EXPECT_EQ((*list)[0].name.display, "Bell, \"A\", <G>");
  EXPECT_EQ((*list)[0].name.uri, "sip:a,b@c");
  EXPECT_EQ((*list)[1].name.uri, "sip:d@e");
  EXPECT_EQ((*list)[2].name.uri, "tel:+1");
  EXPECT_FALSE(parse_addresses("<sip:a@b>, nobody"));
  EXPECT_THAT(*parse_addresses(" , "), IsEmpty());
}

TEST(SplitList, GivesTrimmedElementsAndLeavesEmptyOnesOut) {
  EXPECT_THAT(split_list(" a ,\tb,, c,"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_list("a;b,c;\"d;e\"", ';'), ElementsAre("a", "b,c", "\"d;e\""));
  EXPECT_THAT(split_list("a,\"b,c"), ElementsAre("a", "\"b,c"));
  EXPECT_THAT(split_list("a,<b,c"), ElementsAre("a", "<b,c"));
  EXPECT_THAT(split_list("\"\\\",\",x"), ElementsAre("\"\\\",\"", "x"));
  EXPECT_THAT(split_list(""), IsEmpty());
}

TEST(Params, NamesAreLowerCaseAndQuotedValuesPlain) {
  const auto params = parse_params(";Transport=TCP ; lr;x=\"a \\\" b\";e=");
  ASSERT_TRUE(params);
  EXPECT_THAT(*params,
              ElementsAre(Param{"transport", "TCP"}, Param{"lr", std::nullopt}, Param{"x", "a \" b"}, Param{"e", ""}));
  EXPECT_THAT(param(*params, "transport"), Optional(std::string_view("TCP")));
  EXPECT_THAT(param(*params, "lr"), Optional(std::string_view("")));
  EXPECT_FALSE(param(*params, "absent"));
  EXPECT_THAT(*parse_params(""), IsEmpty());
}

TEST(FirstContact, IsTheUriOfTheFirstOne) {
  EXPECT_EQ(first_contact("\"A\" <sip:a@b;x=1>;expires=5, <sip:c@d>"), "sip:a@b;x=1");
  EXPECT_EQ(first_contact("sip:a@b;expires=5"), "sip:a@b");
  EXPECT_EQ(first_contact("*"), "");
  EXPECT_EQ(first_contact(""), "");
  EXPECT_EQ(first_contact("nobody"), std::nullopt);
}

TEST(ServedUser, SaysForWhomAndInWhichCase) {
  PS_SPEC("PHD-07");
  const auto orig = parse_served_user("<sip:alice@ims.test>;sescase=orig;regstate=reg");
  ASSERT_TRUE(orig);
  EXPECT_EQ(orig->uri, "sip:alice@ims.test");
  EXPECT_EQ(orig->session_case, ports::SessionCase::originating);
  EXPECT_TRUE(orig->registered);
  const auto term = parse_served_user("<sip:carol@ims.test>;SesCase=TERM;regstate=unreg");
  ASSERT_TRUE(term);
  EXPECT_EQ(term->session_case, ports::SessionCase::terminating);
  EXPECT_FALSE(term->registered);
  EXPECT_EQ(parse_served_user("<sip:a@b>;orig-cdiv")->session_case, ports::SessionCase::originating);
  EXPECT_EQ(parse_served_user("<sip:a@b>")->session_case, ports::SessionCase::unknown);
  EXPECT_EQ(parse_served_user("<sip:a@b>;sescase=other")->session_case, ports::SessionCase::unknown);
  EXPECT_FALSE(parse_served_user("alice"));
}

// [RFC3325 9.1]
TEST(Asserted, IsOneIdentityOrASipAndATelephoneIdentity) {
  const auto both = parse_asserted("\"Alice\" <sip:alice@ims.test>, <tel:+12015550123>");
  ASSERT_TRUE(both);
  ASSERT_EQ(both->size(), 2U);
  EXPECT_EQ((*both)[0].display, "Alice");
  EXPECT_EQ((*both)[1].uri, "tel:+12015550123");
  EXPECT_EQ(parse_asserted("tel:+1")->size(), 1U);
  EXPECT_TRUE(parse_asserted("<sips:a@b>"));
  for (const char* bad : {"", "<sip:a@b>, <sip:c@d>", "<tel:+1>, <tel:+2>", "<sip:a@b>, <tel:+1>, <tel:+2>",
                          "<mailto:a@b>", "<sip:a@b>, x", "<sip:a@b>, <sips:c@d>"}) {
    EXPECT_FALSE(parse_asserted(bad)) << bad;
  }
}

}  // namespace
}  // namespace presentia::sip
