// An operator asks why a watcher sees what it sees: the same decision as a SUBSCRIBE gets, with nobody watching, with
// documents that do not come, at another time and by rules that are only tried. Nothing is left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/scenario/core/rules_documents.h"
#include "tests/scenario/core/scene.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using base::Millis;
using base::Seconds;
using ports::ExplainQuestion;
using Status = ports::ExplainedDocument::Status;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string kAlice = "sip:alice@example.com";
const std::string kBob = "sip:bob@example.com";
const std::string kRoot = "http://xdms.example.com/xcap/";
const ports::DocumentKey kOma{"org.openmobilealliance.pres-rules/users/sip:alice@example.com/pres-rules"};
const ports::DocumentKey kIetf{"pres-rules/users/sip:alice@example.com/index"};
const ports::DocumentKey kHard{"pidf-manipulation/users/sip:alice@example.com/index"};
const std::string kHardPlace = "pidf-manipulation/index";
const ports::DocumentKey kTeam{"resource-lists/global/team"};

ports::ExplainInfo told(const Scene::Explained& answer) {
  EXPECT_TRUE(answer->has_value()) << "no answer";
  if (!answer->has_value()) return {};
  EXPECT_TRUE((*answer)->has_value()) << (*answer)->error().text;
  return (*answer)->has_value() ? ***answer : ports::ExplainInfo{};
}

std::string body_of(const ports::ExplainInfo& info) { return info.body ? *info.body : ""; }

// Nothing is held of alice, nor kept for her.
void expect_nothing_left(Scene& scene) {
  const auto shown = scene.ask(runtime::ShowQuestion{kAlice});
  ASSERT_TRUE(std::holds_alternative<ports::InspectError>(shown));
  EXPECT_EQ(std::get<ports::InspectError>(shown).trouble, ports::InspectTrouble::unknown);
  scene.advance(Seconds(302));
  EXPECT_THAT(scene.xdms().followed, IsEmpty());
}

//  operator           Presentia            XDM server
//    | explain           |                    |
//    |------------------>| follow rules       |
//    |                   |------------------->|
//    |                   |<-- 100 ms later ---|
//    |<-- the decision --| leave them
TEST(Explain, WithNobodyWatchingTheDocumentsAreFetchedForTheQuestion) {
  Scene scene;
  scene.set("hard_state.documents", kHardPlace);
  scene.xdms().after = Millis(100);
  scene.xdms().put(kOma, ruleset(allow("friends", one("bob"), kServices) + confirm("others", "")));
  const auto answer = scene.explain({kAlice, kBob});
  EXPECT_FALSE(answer->has_value());
  scene.advance(Millis(100));
  const auto info = told(answer);
  ASSERT_THAT(info.documents, SizeIs(2)) << "the second place of rules is not looked at";
  EXPECT_EQ(info.documents[0].key, kOma);
  EXPECT_EQ(info.documents[0].use, "rules");
  EXPECT_EQ(info.documents[0].status, Status::present);
  EXPECT_TRUE(info.documents[0].in_force);
  EXPECT_EQ(info.documents[0].etag, "tag1");
  EXPECT_EQ(info.documents[0].fetched_at, scene.now());
  EXPECT_EQ(info.documents[1].use, "hard state");
  EXPECT_EQ(info.documents[1].status, Status::absent);
  EXPECT_TRUE(info.decided);
  EXPECT_EQ(info.handling, "allow");
  EXPECT_EQ(info.decided_by, "rule friends, others");
  EXPECT_EQ(info.grants, "sub-handling allow; services all");
  ASSERT_THAT(info.rules, SizeIs(2));
  ASSERT_THAT(info.rules[0].conditions, SizeIs(1));
  EXPECT_TRUE(info.rules[0].conditions[0].holds);
  EXPECT_EQ(info.rules[0].conditions[0].why, "one sip:bob@example.com");
  EXPECT_THAT(body_of(info), HasSubstr("<basic>closed</basic>")) << "as any presentity without state";
  expect_nothing_left(scene);
}

TEST(Explain, DocumentsThatDoNotComeAreSaidAndTheAnswerComesInTime) {
  Scene scene;
  scene.xdms().silent = true;
  const auto answer = scene.explain({kAlice, kBob});
  scene.advance(Millis(1999));
  EXPECT_FALSE(answer->has_value());
  scene.advance(Millis(1));
  const auto info = told(answer);
  EXPECT_FALSE(info.decided);
  EXPECT_EQ(info.handling, "confirm") << "as a SUBSCRIBE: pending";
  ASSERT_FALSE(info.documents.empty());
  EXPECT_EQ(info.documents[0].status, Status::unknown);
  EXPECT_EQ(info.documents[0].why, "no answer yet");
  EXPECT_EQ(info.body, nullptr);
  expect_nothing_left(scene);
}

TEST(Explain, ADocumentThatCannotBeHadIsSaidWithItsReason) {
  PS_SPEC("XCP-05");
  Scene scene;
  scene.xdms().fail(kOma);
  const auto info = told(scene.explain({kAlice, kBob}));
  ASSERT_FALSE(info.documents.empty());
  EXPECT_EQ(info.documents[0].status, Status::unavailable);
  EXPECT_EQ(info.documents[0].why, "by order of the test");
  EXPECT_EQ(info.handling, "confirm");
  EXPECT_THAT(info.decided_by, AllOf(HasSubstr("rules.when_unavailable"), HasSubstr(kOma.document)));
}

TEST(Explain, WithoutAnXdmServerTheOperatorDecidesAndItIsSaidSo) {
  Scene scene;
  const auto info = told(scene.explain({kAlice, kBob}));
  EXPECT_THAT(info.documents, IsEmpty());
  EXPECT_EQ(info.handling, "confirm");
  EXPECT_THAT(info.decided_by, HasSubstr("no XDM server is configured"));
  EXPECT_EQ(told(scene.explain({kAlice, kAlice})).handling, "allow") << "the presentity itself";
}

//  in force: nobody. Tried: the members of a list, which refers to another.
TEST(Explain, RulesThatAreTriedTakeThePlaceOfThoseInForceAndTheirListsAreFetched) {
  PS_SPEC("OM1-12");
  Scene scene;
  scene.set("hard_state.documents", kHardPlace);
  scene.xdms().after = Millis(100);
  scene.xdms().put(kOma, ruleset(""));
  scene.xdms().put({"resource-lists/global/all"}, list_of({}, {kRoot + kTeam.document}));
  scene.xdms().put(kTeam, list_of({"sip:bob@example.com"}));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  const std::string tried =
      ruleset(allow("team", external_list(kRoot + "resource-lists/global/all"), kServices) + "<cp:strange/>");
  const auto answer = scene.explain({kAlice, kBob, {}, tried});
  scene.advance(Millis(200));
  const auto info = told(answer);
  EXPECT_EQ(info.handling, "allow");
  ASSERT_THAT(info.documents, SizeIs(4));
  EXPECT_EQ(info.documents[0].status, Status::candidate);
  EXPECT_TRUE(info.documents[0].in_force);
  EXPECT_THAT(info.documents[0].remarks, ElementsAre("rules.unknown-element"));
  EXPECT_EQ(info.documents[2].key, kTeam);
  EXPECT_EQ(info.documents[2].use, "list");
  EXPECT_THAT(body_of(info), AllOf(HasSubstr("<basic>open</basic>"), Not(HasSubstr("phone-1"))));
  EXPECT_FALSE(scene.xdms().follows.contains(kOma)) << "it would not decide";
  Watcher watcher{.user = "bob", .resource = "alice"};
  const std::uint32_t slot = scene.post(to_request(watcher, {}));
  scene.run();
  scene.advance(Seconds(1));
  EXPECT_EQ(scene.answer_to(slot).status, 403) << "nothing of it is in force";
}

TEST(Explain, RulesThatCannotBeReadAreRefusedWithLineAndReason) {
  Scene scene;
  const auto answer =
      scene.explain({kAlice, kBob, {}, "<ruleset xmlns='urn:ietf:params:xml:ns:common-policy'>\n<rule"});
  ASSERT_TRUE(answer->has_value());
  ASSERT_FALSE((*answer)->has_value());
  EXPECT_EQ((*answer)->error().trouble, ports::InspectTrouble::invalid);
  EXPECT_THAT((*answer)->error().text, AllOf(HasSubstr("line 2"), HasSubstr("xml.malformed")));
}

TEST(Explain, WhatHasNoRulesCannotBeExplained) {
  Scene scene;
  for (const char* package : {"presence.winfo", "x-tick", "no-such-package"}) {
    ExplainQuestion question{kAlice, kBob};
    question.package = package;
    const auto answer = scene.explain(question);
    ASSERT_TRUE(answer->has_value()) << package;
    ASSERT_FALSE((*answer)->has_value()) << package;
    EXPECT_EQ((*answer)->error().trouble, ports::InspectTrouble::invalid) << package;
  }
}

TEST(Explain, AtAnotherTimeTheRulesOfThatTimeDecide) {
  PS_SPEC("POL-09");
  Scene scene;  // begins on 2027-01-15 at 08:00:00 UTC
  scene.xdms().put(
      kOma, ruleset(allow("r", one("bob") + validity("2027-01-15T08:01:00Z", "2027-01-15T08:02:00Z"), kEverything) +
                    confirm("s", one("bob"))));
  const auto now = told(scene.explain({kAlice, kBob}));
  EXPECT_EQ(now.handling, "confirm");
  EXPECT_EQ(now.next_change, scene.now() + Seconds(60));
  const auto later = told(scene.explain({kAlice, kBob, scene.now() + Seconds(60)}));
  EXPECT_EQ(later.at, scene.now() + Seconds(60));
  EXPECT_EQ(later.handling, "allow");
  EXPECT_EQ(later.next_change, scene.now() + Seconds(120));
  EXPECT_EQ(told(scene.explain({kAlice, kBob, scene.now() + Seconds(120)})).next_change, std::nullopt);
}

TEST(Explain, AnAnonymousWatcherIsJudgedByTheRulesForAnonymousRequests) {
  PS_SPEC("OM1-11");
  Scene scene;
  scene.xdms().put(kOma, ruleset(allow("one", one("bob"), kEverything) + polite("anon", "<ocp:anonymous-request/>")));
  const auto info = told(scene.explain({kAlice, std::string(ports::kAnonymousWatcher)}));
  EXPECT_EQ(info.handling, "polite-block");
  EXPECT_EQ(info.decided_by, "rule anon");
  ASSERT_THAT(info.rules, SizeIs(2));
  EXPECT_FALSE(info.rules[0].matches);
  EXPECT_EQ(info.rules[0].conditions[0].why, "the watcher is not authenticated");
}

TEST(Explain, ItIsWhatAWatcherReallySees) {
  Scene scene;
  scene.set("hard_state.documents", kHardPlace);
  scene.xdms().put(kHard, pidf("alice", "desk", 7, "closed"));
  scene.xdms().put(kOma, ruleset(allow("b", one("bob"), kServices) + allow("c", one("carol"), kEverything) +
                                 polite("d", one("dave")) + confirm("e", one("erin"))));
  const std::string etag = scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)}).etag();
  for (const char* user : {"bob", "carol", "dave", "erin", "frank"}) {
    Watcher watcher{.user = user, .resource = "alice"};
    const int status = scene.subscribe(watcher).status;
    const auto info = told(scene.explain({kAlice, "sip:" + std::string(user) + "@example.com"}));
    EXPECT_EQ(status, info.handling == "block" ? 403 : 200) << user;
    EXPECT_EQ(scene.last_notify(watcher).body, body_of(info)) << user;
    const std::string state = info.handling == "confirm" ? "pending" : "active";
    EXPECT_EQ(scene.last_notify(watcher).state, status == 200 ? state : "") << user;
    ASSERT_THAT(info.sources, SizeIs(2));
    EXPECT_EQ(info.sources[0].source, ports::Source::hard);
    EXPECT_EQ(info.sources[0].expires_at, std::nullopt);
    EXPECT_EQ(info.sources[1].etag, etag);
  }
  const auto less = told(scene.explain({kAlice, kBob}));
  EXPECT_THAT(less.removed,
              testing::UnorderedElementsAre(AllOf(Field(&ports::ExplainedRemoval::id, "desk"),
                                                  Field(&ports::ExplainedRemoval::children, ElementsAre("note"))),
                                            AllOf(Field(&ports::ExplainedRemoval::id, "phone"),
                                                  Field(&ports::ExplainedRemoval::children, ElementsAre("note")))));
}

// A SUBSCRIBE waits for the rules, and a question for a list that only its candidate names and that comes later.
TEST(Explain, AQuestionHoldsNoWatcherUp) {
  Scene scene;
  scene.set("hard_state.documents", kHardPlace);
  scene.xdms().after = Millis(100);
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kEverything)));
  Watcher watcher{.user = "bob", .resource = "alice"};
  scene.subscribe(watcher);
  scene.advance(Millis(60));
  const auto answer = scene.explain({kAlice, kBob, {}, ruleset(allow("t", external_list(kRoot + kTeam.document), ""))});
  scene.advance(Millis(40));
  EXPECT_THAT(scene.notifies(watcher), SizeIs(1));
  EXPECT_FALSE(answer->has_value());
  scene.advance(Millis(60));
  EXPECT_EQ(told(answer).handling, "block");
  EXPECT_FALSE(scene.xdms().followed.empty());
  scene.advance(Seconds(301));
  EXPECT_FALSE(scene.xdms().followed.contains(kTeam)) << "only the question needed it";
  EXPECT_TRUE(scene.xdms().followed.contains(kOma));
}

// All that can be seen of a presentity.
std::string seen_of(Scene& scene, const std::string& presentity) {
  const auto answer = scene.ask(runtime::ShowQuestion{presentity});
  const auto* info = std::get_if<ports::PresentityInfo>(&answer);
  if (info == nullptr) return std::get<ports::InspectError>(answer).text;
  std::string text;
  const auto add = [&text](const auto&... parts) { ((text += testing::PrintToString(parts) + " "), ...); };
  const auto at = [](const auto& time) { return time ? time->time_since_epoch().count() : 0; };
  for (const auto& one : info->publications) add(one.etag, at(std::optional(one.expires_at)), one.arrival);
  for (const auto& one : info->subscriptions) {
    add(one.id, ports::word(one.state), ports::word(one.last_event), at(std::optional(one.expires_at)),
        one.last_notify ? one.last_notify->cseq : 0, at(one.next_notify));
  }
  for (const auto& one : info->documents) add(*one.body);
  return text;
}

// What was said of documents that could not be had, and that no question went without an answer. A process that died
// answers nobody.
void check_answer(const Scene::Explained& answer, bool died) {
  if (died) return;
  ASSERT_TRUE(answer->has_value()) << "no answer";
  if (!(*answer)->has_value()) {
    EXPECT_EQ((*answer)->error().trouble, ports::InspectTrouble::unserved) << (*answer)->error().text;
    return;
  }
  const ports::ExplainInfo& info = ***answer;
  EXPECT_FALSE(info.documents.empty());
  EXPECT_FALSE(info.handling.empty());
  EXPECT_FALSE(info.decided_by.empty());
  bool unknown = false;
  for (const auto& document : info.documents) {
    const bool lacks = document.status == Status::unavailable || document.status == Status::unknown;
    EXPECT_EQ(document.why.empty(), !lacks) << document.key.document;
    unknown = unknown || document.status == Status::unknown;
  }
  EXPECT_TRUE(info.decided || unknown) << "what was known decides";
  EXPECT_TRUE(info.decided || info.handling != "allow") << "nothing is shown on a guess";
}

//  operator                    Presentia                         XDM server
//    | why does carol see that?     |                               |
//    |----------------------------->| follow what is not held       |
//    |                              |------------------------------>|
//    |<-- within isc.answer_within_ms, whatever fails --------------|
//    alice, her watcher and the store are as they were; of zoe nothing is kept
PS_SCENARIO(AnExplanationIsAlwaysAnsweredAndChangesNothing, "XCP-05 OM1-12") {
  bool died = false;
  scene.on_restart = [&died] { died = true; };
  scene.set("hard_state.documents", kHardPlace);
  scene.xdms().after = Millis(100);
  scene.xdms().put(kOma, ruleset(allow("r", one("bob"), kEverything)));
  scene.xdms().put(kHard, pidf("alice", "desk", 7));
  scene.xdms().put(kTeam, list_of({"sip:carol@example.com"}));
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  Watcher watcher{.user = "bob", .resource = "alice"};
  scene.subscribe(watcher);
  scene.advance(Seconds(60));  // whatever failed so far is over
  const std::string alice = seen_of(scene, kAlice), zoe = seen_of(scene, "sip:zoe@example.com");
  const std::size_t commits = scene.store().commits(), notifies = scene.sip().notifies.size();
  const auto followed = scene.xdms().followed;
  died = false;
  const std::string tried = ruleset(allow("t", external_list(kRoot + kTeam.document), kServices));
  const std::array answers{scene.explain({kAlice, kBob}), scene.explain({kAlice, "sip:carol@example.com", {}, tried}),
                           scene.explain({"sip:zoe@example.com", kBob}),
                           scene.explain({"sip:zoe@example.com", kBob, {}, tried})};
  scene.advance(Seconds(2));
  for (const auto& answer : answers) check_answer(answer, died);
  EXPECT_EQ(seen_of(scene, kAlice), alice);
  EXPECT_EQ(seen_of(scene, "sip:zoe@example.com"), zoe);
  EXPECT_EQ(scene.sip().notifies.size(), notifies);
  EXPECT_EQ(scene.store().commits(), commits);
  scene.advance(Seconds(330));
  EXPECT_TRUE(std::ranges::includes(followed, scene.xdms().followed)) << "what only a question needed is left";
  EXPECT_EQ(seen_of(scene, kAlice), alice);
}

TEST(Explain, AQuestionAboutStateThatIsLostIsAnsweredSo) {
  Scene scene({.commit = 1, .commit_fault = CommitFault::lost});
  scene.xdms().silent = true;
  const auto answer = scene.explain({kAlice, kBob});
  scene.publish({.resource = "alice", .body = pidf("alice", "phone", 1)});
  ASSERT_TRUE(answer->has_value());
  ASSERT_FALSE((*answer)->has_value());
  EXPECT_EQ((*answer)->error().trouble, ports::InspectTrouble::unserved);
}

}  // namespace
}  // namespace presentia::test
