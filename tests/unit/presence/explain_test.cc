// What operators are told of a decision is the decision: compared with decide_watcher() and render() over all cases.
#include "as/packages/presence/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "as/packages/presence/pidf_names.h"
#include "as/rules/document_places.h"
#include "mgmt/attributes/values.h"
#include "tests/unit/presence/support.h"

namespace presentia::presence {
namespace {

using event::SubHandling;
using ports::DocumentStatus;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kOma = "org.openmobilealliance.pres-rules/pres-rules";
constexpr std::string_view kIetf = "pres-rules/index";
constexpr std::string_view kHard = "pidf-manipulation/index";

std::string ruleset(const std::string& rules) {
  return "<ruleset xmlns='urn:ietf:params:xml:ns:common-policy' xmlns:pr='urn:ietf:params:xml:ns:pres-rules'>" + rules +
         "</ruleset>";
}

std::string rule(const std::string& id, const std::string& conditions, const std::string& handling,
                 const std::string& shown = {}) {
  return "<rule id='" + id + "'><conditions>" + conditions + "</conditions><actions><pr:sub-handling>" + handling +
         "</pr:sub-handling></actions><transformations>" + shown + "</transformations></rule>";
}

std::string identity(const std::string& user) { return "<identity><one id='" + user + "'/></identity>"; }

const std::string kServices = "<pr:provide-services><pr:all-services/></pr:provide-services>";
const std::string kPersons = "<pr:provide-persons><pr:all-persons/></pr:provide-persons>";
const std::string kAll =
    kServices + kPersons + "<pr:provide-devices><pr:all-devices/></pr:provide-devices><pr:provide-all-attributes/>";
const std::string kBob = "sip:bob@example.com";

class ExplainTest : public testing::Test {
 protected:
  ExplainTest() {
    house.config = mgmt::defaults();
    auto* root = house.config.mutable_xdm()->add_root();
    root->set_name("lab");
    root->set_uri("http://xdms.example.com/xcap");
    house.config.mutable_hard_state()->clear_documents();
    house.config.mutable_hard_state()->add_documents(std::string(kHard));
    for (const std::string_view place : {kOma, kIetf, kHard}) hold(place, DocumentStatus::absent);
  }

  void hold(std::string_view place, DocumentStatus status, const std::string& text = {}) {
    const ports::DocumentKey key = rules::document_of(place, kAlice);
    auto state = std::make_shared<event::DocumentState>();
    state->status = status;
    if (status == DocumentStatus::present) {
      state->etag = "tag";
      ports::DocumentReading reading{key, status, "tag", "", std::make_shared<const std::string>(text), "", {}};
      auto parsed = house.package.read_document(reading, settings());
      if (parsed) {
        state->parsed = parsed->document;
      } else {
        state->bad_reason = parsed.error().reason;
        state->bad = parsed.error().why;
      }
    }
    state->why = status == DocumentStatus::unavailable ? "HTTP 503" : "";
    documents[key] = state;
  }
  void forget(std::string_view place) { documents[rules::document_of(place, kAlice)] = nullptr; }

  [[nodiscard]] mgmt::Snapshot settings() const { return mgmt::Snapshot(house.config, 1); }

  // Asks both ways, and gives what operators are told.
  ports::ExplainInfo explain(const std::string& watcher, const std::string& tried = {},
                             std::optional<base::Instant> at = {}) {
    const mgmt::Snapshot in_force = settings();
    auto published = house.views();
    if (auto hard = house.package.hard_state({alice, documents, in_force}, !published.empty()))
      published.insert(published.begin(), *hard);
    std::optional<event::Parsed> candidate;
    if (!tried.empty()) candidate = *house.package.read_candidate(tried, in_force);
    const ports::ExplainQuestion asked{alice, watcher, at, {}};
    const event::ExplainInput input{asked,   candidate ? &*candidate : nullptr, documents, published, false, house.now,
                                    in_force};
    ports::ExplainInfo info = *house.package.explain(input);
    compare(info, input);
    return info;
  }

  void compare(const ports::ExplainInfo& info, const event::ExplainInput& input) {
    ports::WatcherIdentity watcher;
    if (input.asked.watcher != ports::kAnonymousWatcher) watcher.uri = input.asked.watcher;
    const base::Instant at = input.asked.at.value_or(house.now);
    const event::Verdict verdict =
        house.package.decide_watcher({alice, watcher, input.settings, documents, input.publications, at,
                                      input.candidate == nullptr ? nullptr : input.candidate->document.get()});
    EXPECT_EQ(info.decided, verdict.decided);
    EXPECT_EQ(info.next_change, verdict.until);
    EXPECT_EQ(info.depends_on_sphere, verdict.by_state);
    const SubHandling handling = verdict.decided ? verdict.view.handling : SubHandling::confirm;
    constexpr std::array<const char*, 4> kNames{"block", "confirm", "polite-block", "allow"};
    EXPECT_EQ(info.handling, kNames[static_cast<std::size_t>(handling)]);
    if (handling == SubHandling::block || handling == SubHandling::confirm) {
      EXPECT_EQ(info.body, nullptr);
      return;
    }
    const event::Body shown = house.package.render(
        {alice, verdict.view, input.publications, "application/pidf+xml", at, input.settings, false});
    EXPECT_EQ(info.content_type, shown.content_type);
    EXPECT_EQ(info.body ? *info.body : "", shown.bytes ? *shown.bytes : "");
  }

  const std::string alice{kAlice};
  House house;
  event::HeldDocuments documents;
};

TEST_F(ExplainTest, ItIsTheDecisionWhateverTheDocumentsAre) {
  house.publish(pidf(tuple("a", "open", "<note>here</note>")));
  const std::string text = ruleset(
      rule("b", identity(kBob), "allow", kServices) + rule("c", identity("sip:carol@example.com"), "allow", kAll) +
      rule("d", identity("sip:dave@example.com"), "polite-block") + rule("e", "<sphere value='work'/>", "confirm") +
      rule("f", "<x:y xmlns:x='u'/>", "allow"));
  const std::array<std::function<void()>, 6> worlds{
      [&] { hold(kOma, DocumentStatus::present, text); },
      [&] {
        hold(kOma, DocumentStatus::absent);
        hold(kIetf, DocumentStatus::present, text);
      },
      [&] { hold(kOma, DocumentStatus::unavailable); },
      [&] { forget(kOma); },
      [&] { hold(kOma, DocumentStatus::present, "<broken"); },
      [&] {
        hold(kOma, DocumentStatus::absent);
        hold(kIetf, DocumentStatus::absent);
      },
  };
  for (const auto& become : worlds) {
    become();
    for (const char* watcher : {"sip:bob@example.com", "sip:carol@example.com", "sip:dave@example.com",
                                "sip:erin@example.com", "sip:alice@example.com", "anonymous"}) {
      SCOPED_TRACE(watcher);
      explain(watcher);
      explain(watcher, ruleset(rule("t", identity("sip:erin@example.com"), "allow", kPersons)));
    }
  }
}

TEST_F(ExplainTest, DocumentsAreNamedWithWhatTheyAreForAndWhichIsInForce) {
  hold(kIetf, DocumentStatus::present, ruleset(rule("b", identity(kBob), "allow", kAll)));
  hold(kHard, DocumentStatus::present, pidf(tuple("desk", "open")));
  const auto info = explain(kBob);
  ASSERT_THAT(info.documents, SizeIs(3));
  EXPECT_EQ(info.documents[0].key.document, "org.openmobilealliance.pres-rules/users/sip:alice@example.com/pres-rules");
  EXPECT_EQ(info.documents[0].status, ports::ExplainedDocument::Status::absent);
  EXPECT_FALSE(info.documents[0].in_force);
  EXPECT_EQ(info.documents[1].use, "rules");
  EXPECT_TRUE(info.documents[1].in_force);
  EXPECT_EQ(info.documents[1].etag, "tag");
  EXPECT_EQ(info.documents[2].use, "hard state");
  EXPECT_TRUE(info.documents[2].in_force);
  ASSERT_THAT(info.sources, SizeIs(1));
  EXPECT_EQ(info.sources[0].source, ports::Source::hard);
  house.publish(pidf(tuple("phone", "open")));
  house.config.mutable_hard_state()->set_precedence(config::HardState::ONLY_WITHOUT_SOFT);
  EXPECT_FALSE(explain(kBob).documents[2].in_force) << "what is published covers it";
}

TEST_F(ExplainTest, WhatCannotBeReadOrHadIsSaidWithItsReason) {
  hold(kOma, DocumentStatus::present, "<ruleset\n<");
  const auto bad = explain(kBob);
  EXPECT_THAT(bad.documents.at(0).bad, HasSubstr("line 2"));
  EXPECT_FALSE(bad.documents.at(0).in_force);
  EXPECT_THAT(bad.decided_by, AllOf(HasSubstr("rules.when_unavailable"), HasSubstr("cannot be read")));
  hold(kOma, DocumentStatus::unavailable);
  EXPECT_EQ(explain(kBob).documents.at(0).why, "HTTP 503");
  EXPECT_THAT(explain(kBob).decided_by, HasSubstr("cannot be had"));
  forget(kOma);
  const auto unknown = explain(kBob);
  EXPECT_FALSE(unknown.decided);
  EXPECT_EQ(unknown.documents.at(0).why, "no answer yet");
}

TEST_F(ExplainTest, WhatIsNotShownIsNamedByElementAndChild) {
  const std::string person =
      "<dm:person id='p'><rpid:activities><rpid:away/></rpid:activities><rpid:mood><rpid:calm/>"
      "</rpid:mood><dm:note>so</dm:note></dm:person>";
  const std::string device = "<dm:device id='d'><dm:deviceID>urn:device:1</dm:deviceID></dm:device>";
  house.publish(pidf(tuple("a", "open", "<x:y xmlns:x='urn:x'/><contact>sip:a@b</contact>") + person + device +
                     "<note>beside</note>"));
  hold(kOma, DocumentStatus::present,
       ruleset(rule("b", identity(kBob), "allow", kServices + kPersons + "<pr:provide-mood>true</pr:provide-mood>")));
  const auto info = explain(kBob);
  ASSERT_THAT(info.removed, SizeIs(4));
  EXPECT_EQ(info.removed[0].element, "tuple");
  EXPECT_THAT(info.removed[0].children, ElementsAre("{urn:x}y"));
  EXPECT_EQ(info.removed[1].element, "person");
  EXPECT_EQ(info.removed[1].id, "p");
  EXPECT_FALSE(info.removed[1].whole);
  EXPECT_THAT(info.removed[1].children, ElementsAre("rpid:activities", "dm:note"));
  EXPECT_EQ(info.removed[2].element, "device");
  EXPECT_TRUE(info.removed[2].whole);
  EXPECT_EQ(info.removed[3].element, "presence");
  EXPECT_THAT(info.removed[3].children, ElementsAre("note"));
  for (const ports::ExplainedRemoval& removal : info.removed)
    for (const std::string& child : removal.children)
      EXPECT_EQ(info.body->find("<" + child.substr(child.find('}') + 1)), std::string::npos) << child;
  hold(kOma, DocumentStatus::present, ruleset(rule("b", identity(kBob), "allow", kAll)));
  EXPECT_THAT(explain(kBob).removed, IsEmpty());
}

TEST_F(ExplainTest, TheSphereAndTheTimeOnWhichItDependsAreSaid) {
  house.publish(pidf("<dm:person id='p'><rpid:sphere><rpid:work/></rpid:sphere></dm:person>"));
  hold(kOma, DocumentStatus::present,
       ruleset(rule("s",
                    "<sphere value='work'/><validity><from>2024-01-01T00:00:00Z</from><until>2030-01-01T00:00:00Z"
                    "</until></validity>",
                    "allow", kPersons)));
  const auto info = explain(kBob);
  EXPECT_TRUE(info.depends_on_sphere);
  EXPECT_EQ(info.sphere, "work");
  const base::Instant end = base::Instant(base::Seconds(1'893'456'000));  // date -u -d 2030-01-01 +%s
  EXPECT_EQ(info.next_change, end);
  EXPECT_EQ(info.handling, "allow");
  const auto after = explain(kBob, {}, end);
  EXPECT_EQ(after.at, end);
  EXPECT_EQ(after.handling, "block");
  EXPECT_EQ(after.decided_by, "no rule matches");
}

TEST_F(ExplainTest, ACandidateDecidesAlsoWithoutAnXdmServer) {
  house.config.mutable_xdm()->clear_root();
  documents.clear();
  const auto info = explain(kBob, ruleset(rule("b", identity(kBob), "allow", kAll)));
  EXPECT_EQ(info.handling, "allow");
  EXPECT_EQ(info.decided_by, "rule b");
  ASSERT_THAT(info.documents, SizeIs(1));
  EXPECT_EQ(info.documents[0].status, ports::ExplainedDocument::Status::candidate);
  EXPECT_THAT(explain(kBob).decided_by, HasSubstr("no XDM server"));
}

}  // namespace
}  // namespace presentia::presence
