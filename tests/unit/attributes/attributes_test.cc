#include "mgmt/attributes/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "as/xml/reader.h"
#include "mgmt/attributes/values.h"
#include "mgmt/attributes/xml_load.h"
#include "tests/support/files.h"

namespace presentia::mgmt {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

class AttributesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(xml::initialize()); }

  base::Result<Applied, Refusal> apply(const std::vector<Assignment>& assignments, const ApplyOptions& options = {}) {
    return attributes.apply(assignments, options);
  }
  base::Result<Applied, Refusal> reset(const std::vector<std::string>& names, const ApplyOptions& options = {}) {
    return attributes.reset(names, options);
  }
  std::string value(const std::string& name) {
    return read(attributes.snapshot()->config(), *resolve(name)).value_or("?");
  }
  std::string stored(const std::string& name) {
    const auto loaded = load_xml_file(file);
    EXPECT_TRUE(loaded);
    return loaded ? read(*loaded, *resolve(name)).value_or("?") : "?";
  }

  const test::TemporaryFolder folder;
  const std::string file = folder.path("c.xml");
  const test::StoppedClock clock;
  Attributes attributes{{.config = defaults(), .stored = defaults(), .file = file, .insecure_lab = false}, clock};
};

TEST_F(AttributesTest, SeveralValuesChangeTogetherUnderOneNewVersion) {
  const auto applied = apply({{"event.publication.min_expires_s", "4000"},
                              {"event.publication.default_expires_s", "5000"},
                              {"event.publication.max_expires_s", "6000"}});
  ASSERT_TRUE(applied) << applied.error().text;
  EXPECT_EQ(applied->version, 2u);
  EXPECT_EQ(attributes.snapshot()->version(), 2u);
  EXPECT_EQ(applied->changes.size(), 3u);
  EXPECT_EQ(value("event.publication.min_expires_s"), "4000");
}

TEST_F(AttributesTest, OneBadValueAmongGoodOnesChangesNothing) {
  const SnapshotPtr before = attributes.snapshot();
  const auto applied = apply({{"sip.t1_ms", "100"}, {"rules.no_document", "maybe"}, {"notify.min_interval_s", "-1"}});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, Refusal::Reason::invalid);
  EXPECT_THAT(applied.error().violations, ElementsAre(Field(&Violation::attribute, "rules.no_document"),
                                                      Field(&Violation::attribute, "notify.min_interval_s")));
  EXPECT_EQ(attributes.snapshot(), before);
}

TEST_F(AttributesTest, ValuesThatContradictEachOtherAreRefused) {
  const auto applied = apply({{"event.publication.min_expires_s", "4000"}});
  ASSERT_FALSE(applied);
  EXPECT_THAT(applied.error().text, HasSubstr("below event.publication.min_expires_s"));
  EXPECT_EQ(value("event.publication.min_expires_s"), "60");
}

TEST_F(AttributesTest, AnUnknownNameIsToldApartFromABadValue) {
  EXPECT_EQ(apply({{"sip.t9_ms", "1"}}).error().reason, Refusal::Reason::unknown);
  EXPECT_EQ(reset({"sip.trusted[nobody]"}).error().reason, Refusal::Reason::unknown);
}

TEST_F(AttributesTest, ADryRunSaysWhatWouldChangeAndChangesNothing) {
  const auto applied = apply({{"sip.t1_ms", "100"}}, {.dry_run = true, .expected_version = {}, .persist = true});
  ASSERT_TRUE(applied);
  EXPECT_THAT(applied->changes, ElementsAre(AllOf(Field(&Change::name, "sip.t1_ms"),
                                                  Field(&Change::old_value, Optional(std::string("500"))),
                                                  Field(&Change::new_value, Optional(std::string("100"))))));
  EXPECT_EQ(applied->version, 1u);
  EXPECT_EQ(value("sip.t1_ms"), "500");
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(AttributesTest, AnotherVersionThanExpectedIsAConflict) {
  ASSERT_TRUE(apply({{"sip.t1_ms", "100"}}, {.dry_run = false, .expected_version = 1}));
  const auto applied = apply({{"sip.t1_ms", "200"}}, {.dry_run = false, .expected_version = 1});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, Refusal::Reason::conflict);
  EXPECT_EQ(value("sip.t1_ms"), "100");
}

TEST_F(AttributesTest, WhatIsInForceAlreadyIsNoChangeAndNoNewVersion) {
  const auto applied = apply({{"sip.t1_ms", "500"}});
  ASSERT_TRUE(applied);
  EXPECT_THAT(applied->changes, IsEmpty());
  EXPECT_EQ(attributes.snapshot()->version(), 1u);
}

TEST_F(AttributesTest, EntriesAreAddedBySetAndRemovedByReset) {
  ASSERT_TRUE(apply({{"sip.domains[new.example].name", "new.example"}, {"sip.trusted[x].address", "192.0.2.1"}}));
  EXPECT_TRUE(attributes.snapshot()->serves("new.example"));
  const auto removed = reset({"sip.domains[new.example]", "sip.trusted[x]"});
  ASSERT_TRUE(removed) << removed.error().text;
  EXPECT_FALSE(attributes.snapshot()->serves("new.example"));
  EXPECT_THAT(removed->changes, testing::Contains(AllOf(Field(&Change::name, "sip.trusted[x].address"),
                                                        Field(&Change::new_value, std::nullopt))));
}

TEST_F(AttributesTest, ResetPutsDefaultsBack) {
  ASSERT_TRUE(apply({{"rules.no_document", "allow"}, {"presence.publication.min_expires_s", "70"}}));
  ASSERT_TRUE(reset({"rules.no_document", "presence.publication"}));
  EXPECT_EQ(value("rules.no_document"), "confirm");
  EXPECT_EQ(value("presence.publication.min_expires_s"), "");
  EXPECT_FALSE(reset({"rules", "sip.t9_ms"}));
}

TEST_F(AttributesTest, WhatTakesEffectAtTheNextStartIsNamed) {
  const auto applied = apply({{"runtime.shards", "3"}, {"sip.t1_ms", "100"}});
  ASSERT_TRUE(applied);
  EXPECT_THAT(applied->needs_restart, ElementsAre("runtime.shards"));
}

TEST_F(AttributesTest, PersistedIsTheChangeAloneNotWhatElseIsInForce) {
  ASSERT_TRUE(apply({{"sip.t1_ms", "100"}}));
  ASSERT_TRUE(apply({{"sip.t2_ms", "3000"}}, {.dry_run = false, .expected_version = {}, .persist = true}));
  EXPECT_EQ(stored("sip.t1_ms"), "500");
  EXPECT_EQ(stored("sip.t2_ms"), "3000");
  ASSERT_TRUE(apply({{"sip.t1_ms", "100"}}, {.dry_run = false, .expected_version = {}, .persist = true}))
      << "in force already, but not in the file";
  EXPECT_EQ(stored("sip.t1_ms"), "100");
  EXPECT_EQ(stored("sip.t2_ms"), "3000");
}

TEST_F(AttributesTest, WhatTheServerCouldNotStartWithIsNotPersisted) {
  ASSERT_TRUE(apply({{"event.publication.max_expires_s", "9000"}, {"event.publication.default_expires_s", "9000"}}));
  const auto applied = apply({{"event.publication.min_expires_s", "5000"}},  // the file still has a maximum of 3600
                             {.dry_run = false, .expected_version = {}, .persist = true});
  ASSERT_FALSE(applied);
  EXPECT_THAT(applied.error().text, HasSubstr(file));
  EXPECT_EQ(value("event.publication.min_expires_s"), "60");
}

TEST_F(AttributesTest, WithoutAFileOrWithOneThatCannotBeWrittenPersistingIsRefused) {
  Attributes none{{.config = defaults(), .stored = defaults(), .file = "", .insecure_lab = false}, clock};
  const std::vector<Assignment> change{{"sip.t1_ms", "100"}};
  const ApplyOptions persist{.dry_run = false, .expected_version = {}, .persist = true, .who = "test"};
  EXPECT_EQ(none.apply(change, persist).error().reason, Refusal::Reason::no_file);
  Attributes nowhere{{.config = defaults(), .stored = defaults(), .file = "/nowhere/c.xml", .insecure_lab = false},
                     clock};
  EXPECT_EQ(nowhere.apply(change, persist).error().reason, Refusal::Reason::not_written);
  EXPECT_EQ(nowhere.snapshot()->version(), 1u);
}

TEST_F(AttributesTest, ListenersHearOfEachChangeAfterItIsInForce) {
  std::vector<ChangeEvent> heard;
  auto listening = attributes.listen([&](const ChangeEvent& event, const SnapshotPtr& snapshot) {
    EXPECT_EQ(attributes.snapshot(), snapshot);
    heard.push_back(event);
  });
  ASSERT_TRUE(apply({{"rules.no_document", "allow"}},
                    {.dry_run = false, .expected_version = {}, .persist = false, .who = "alice"}));
  ASSERT_TRUE(apply({{"rules.no_document", "allow"}}));
  ASSERT_FALSE(apply({{"rules.no_document", "x"}}));
  ASSERT_THAT(heard, ElementsAre(AllOf(Field(&ChangeEvent::version, 2u), Field(&ChangeEvent::who, "alice"),
                                       Field(&ChangeEvent::at, clock.now()))));
  listening = {};
  ASSERT_TRUE(apply({{"rules.no_document", "block"}}));
  EXPECT_EQ(heard.size(), 1u);
}

TEST_F(AttributesTest, TheHistoryTellsWhoChangedWhat) {
  ASSERT_TRUE(
      apply({{"sip.t1_ms", "100"}}, {.dry_run = false, .expected_version = {}, .persist = false, .who = "alice"}));
  ASSERT_TRUE(reset({"sip.t1_ms"}, {.dry_run = false, .expected_version = {}, .persist = false, .who = "bob"}));
  EXPECT_THAT(attributes.history(0), ElementsAre(Field(&ChangeEvent::who, "bob"), Field(&ChangeEvent::who, "alice")));
  EXPECT_THAT(attributes.history(1), ElementsAre(Field(&ChangeEvent::who, "bob")));
}

}  // namespace
}  // namespace presentia::mgmt
