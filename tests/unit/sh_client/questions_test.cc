// Questions of several requests, and updates that another one came before.
#include "diameter/client/questions.h"

#include "diameter/client/record_merge.h"
#include "diameter/message/octet_forms.h"
#include "diameter/message/sh_request.h"
#include "tests/support/spec.h"
#include "tests/unit/sh_client/exchanging.h"

namespace presentia::test {
namespace {

using diameter::Command;
using diameter::OutgoingRequest;
using ports::DataReference;
using ports::SubscriberFault;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace avp_name = diameter::avp_name;

const std::string kRegistered = "<Sh-Data><Sh-IMS-Data><IMSUserState>1</IMSUserState></Sh-IMS-Data></Sh-Data>";
const std::string kScscf = "<Sh-Data><Sh-IMS-Data><SCSCFName>sip:s.test</SCSCFName></Sh-IMS-Data></Sh-Data>";

std::string repository(int number) {
  return "<Sh-Data><RepositoryData><ServiceIndication>p</ServiceIndication><SequenceNumber>" + std::to_string(number) +
         "</SequenceNumber><ServiceData><v/></ServiceData></RepositoryData></Sh-Data>";
}

class Questioning : public Exchanging {
 protected:
  void update(std::optional<std::uint16_t> based_on, bool only_if_current = false) {
    questions->update(
        {{"sip:alice@test"}, "p", "<v/>", based_on, only_if_current}, now + 2s,
        [this](ports::UpdateResult got) { updates.push_back(got); }, now);
    deliver();
  }
  static std::string sent_data(const OutgoingRequest& request) {
    return octets(request.avps, avp_name::kUserData).value_or("");
  }
  std::vector<ports::UpdateResult> updates;
};

TEST_F(Questioning, ReferencesAreAskedApartUntilTheHssIsKnownToTakeThemTogether) {
  PS_SPEC("SH-33 SH-34");
  start();
  read({DataReference::ims_user_state, DataReference::scscf_name});
  ASSERT_THAT(sent, SizeIs(2));
  diameter::Avps first = data(kRegistered);
  first.push_back(diameter::supported_features(diameter::kNotifEff));
  answer(take(), first);
  EXPECT_THAT(reads, IsEmpty());
  diameter::Avps second = data(kScscf);
  second.push_back(diameter::supported_features(diameter::kNotifEff));
  answer(take(), second);
  ASSERT_TRUE(reads.at(0));
  EXPECT_EQ(reads[0]->record.ims_user_state, ports::ImsUserState::registered);
  EXPECT_EQ(reads[0]->record.scscf_name, "sip:s.test");
  EXPECT_THAT(reads[0]->record.documents, SizeIs(2));
  read({DataReference::ims_user_state, DataReference::scscf_name});
  EXPECT_THAT(sent, SizeIs(1));
}

TEST_F(Questioning, OneRefusedReferenceDoesNotSpoilTheOthers) {
  PS_SPEC("SH-12");
  start();
  read({DataReference::ims_user_state, DataReference::scscf_name});
  answer(take(), data(kRegistered));
  answer(take(), experimental(5101));
  ASSERT_TRUE(reads.at(0));
  ASSERT_THAT(reads[0]->failed, SizeIs(1));
  EXPECT_EQ(reads[0]->failed[0].reference, DataReference::scscf_name);
  EXPECT_EQ(reads[0]->failed[0].error.fault, SubscriberFault::operation_not_allowed);

  hosts.put({"sip:alice@test"}, "hss.test", 10);
  hosts.has_features("hss.test", diameter::kNotifEff);
  read({DataReference::ims_user_state, DataReference::scscf_name});
  answer(take(), experimental(5101));
  ASSERT_THAT(sent, SizeIs(2)) << "asked together it was refused whole";
  answer(take(), data(kRegistered));
  answer(take(), experimental(5101));
  EXPECT_TRUE(reads.at(1));
}

TEST_F(Questioning, AnUnknownUserIsUnknownWhateverElseWasSaid) {
  PS_SPEC("SH-11");
  start();
  read({DataReference::ims_user_state, DataReference::scscf_name});
  answer(take(), experimental(5101));
  answer(take(), experimental(5001));
  EXPECT_EQ(last_fault(), SubscriberFault::unknown_user);
}

TEST_F(Questioning, NoDataIsAnAnswer) {
  PS_SPEC("SH-10");
  start();
  read_state();
  answer(take(), result(2001));
  ASSERT_TRUE(reads.at(0));
  EXPECT_FALSE(reads[0]->record.ims_user_state);
}

TEST_F(Questioning, DataThatCannotBeReadIsAMalformedAnswer) {
  start();
  read_state();
  answer(take(), data("<Sh-Data>"));
  EXPECT_EQ(last_fault(), SubscriberFault::malformed_answer);
  EXPECT_EQ(registry.counter("presentia_sh_documents_refused_total", {{"reason", "xml.malformed"}}).value(), 1);
}

TEST_F(Questioning, ABadQuestionIsNotSent) {
  PS_SPEC("SH-08");
  start();
  read({DataReference::repository_data});
  EXPECT_EQ(last_fault(), SubscriberFault::bad_question);
  update(std::nullopt);
  take();
  questions->update(
      {{"sip:alice@test"}, "p", "<open>", std::nullopt}, now + 2s,
      [this](ports::UpdateResult got) { updates.push_back(got); }, now);
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].error().fault, SubscriberFault::bad_question);
  EXPECT_THAT(sent, IsEmpty());
}

TEST_F(Questioning, AnUpdateOutOfSyncIsDoneOnTopOfWhatIsThere) {
  PS_SPEC("SH-13 SH-22");
  start();
  update(2);
  OutgoingRequest request = take();
  EXPECT_EQ(request.command, Command::profile_update);
  EXPECT_THAT(sent_data(request), HasSubstr("<SequenceNumber>3</SequenceNumber>"));
  answer(request, experimental(5105));
  request = take();
  EXPECT_EQ(request.command, Command::user_data);
  answer(request, data(repository(7)));
  request = take();
  EXPECT_EQ(request.command, Command::profile_update);
  EXPECT_THAT(sent_data(request), HasSubstr("<SequenceNumber>8</SequenceNumber>"));
  answer(request, result(2001));
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0]->sequence_number, 8);
}

TEST_F(Questioning, AnUpdateThatAlwaysComesTooLateEnds) {
  PS_SPEC("SH-13");
  start();
  update(0);
  int requests = 0;
  for (; !sent.empty(); ++requests) {
    const OutgoingRequest request = take();
    answer(request, request.command == Command::user_data ? data(repository(requests)) : experimental(5105));
  }
  EXPECT_EQ(requests, 7);
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].error().fault, SubscriberFault::out_of_sync);
  update(0, true);
  answer(take(), experimental(5105));
  EXPECT_THAT(updates, SizeIs(2)) << "who wants to know is told";
}

TEST_F(Questioning, ASubscriptionTellsItsEndAndWhenToRenewIt) {
  PS_SPEC("SH-26");
  start();
  std::vector<ports::SubscribeResult> results;
  ports::SubscribeQuestion question{{"sip:alice@test"}, {}, true, now + 1h};
  question.keys.references = {DataReference::ims_user_state, DataReference::scscf_name};
  questions->subscribe(
      question, now + 2s, [&](ports::SubscribeResult got) { results.push_back(got); }, now);
  diameter::Avps longer = data(kRegistered), shorter = data(kScscf);
  longer.push_back(diameter::made(avp_name::kExpiryTime, diameter::to_time(now + 200s)));
  shorter.push_back(diameter::made(avp_name::kExpiryTime, diameter::to_time(now + 100s)));
  answer(take(), longer);
  answer(take(), shorter);
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(results[0]->expires_at, now + 100s);
  EXPECT_EQ(results[0]->renew_at, now + 80s);
  EXPECT_EQ(results[0]->record.scscf_name, "sip:s.test");
}

TEST_F(Questioning, NothingToUnsubscribeFromIsAsWanted) {
  PS_SPEC("SH-15");
  start();
  std::vector<ports::UnsubscribeResult> results;
  ports::ReadQuestion question{{"sip:alice@test"}, {}};
  question.keys.references = {DataReference::ims_user_state};
  questions->unsubscribe(
      question, now + 2s, [&](ports::UnsubscribeResult got) { results.push_back(got); }, now);
  answer(take(), experimental(5107));
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_TRUE(results[0]);
}

TEST_F(Questioning, AllAreAnsweredWhenItStops) {
  start();
  read({DataReference::ims_user_state, DataReference::scscf_name});
  update(std::nullopt);
  questions->stop();
  EXPECT_EQ(last_fault(), SubscriberFault::stopped);
  EXPECT_THAT(reads, SizeIs(1));
  EXPECT_THAT(updates, SizeIs(1));
}

TEST(HostBook, ForgetsWhoWasLookedAtLongestAgo) {
  diameter::HostBook book;
  for (const char* const user : {"a", "b"}) book.put({user}, std::string("of-") + user, 2);
  EXPECT_EQ(book.host_of({"a"}), "of-a");
  book.put({"c"}, "of-c", 2);
  EXPECT_EQ(book.host_of({"b"}), "");
  EXPECT_EQ(book.host_of({"a"}), "of-a");
  book.put({"d"}, "of-d", 0);
  EXPECT_EQ(book.host_of({"d"}), "");
}

}  // namespace
}  // namespace presentia::test
