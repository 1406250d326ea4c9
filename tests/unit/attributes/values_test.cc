#include "mgmt/attributes/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace presentia::mgmt {
namespace {

using testing::Contains;
using testing::HasSubstr;

Path path(const std::string& name) {
  auto resolved = resolve(name);
  EXPECT_TRUE(resolved) << name;
  return resolved ? *resolved : Path{};
}

TEST(Paths, AMisspeltNameIsRefusedWithTheNearestOne) {
  const auto resolved = resolve("presence.publication.min_expire_s");
  ASSERT_FALSE(resolved);
  EXPECT_TRUE(resolved.error().unknown);
  EXPECT_THAT(resolved.error().text, HasSubstr("did you mean presence.publication.min_expires_s?"));
}

TEST(Paths, WhatIsNoPathIsRefused) {
  for (const char* bad : {"", ".", "sip.", "sip..t1_ms", "sip.transport[", "sip.transport[a", "sip.transport[].bind",
                          "sip.transport.bind", "sip.transport[a]bind", "sip[a].t1_ms", "sip.t1_ms.x", "sip.t1_ms[a]",
                          "sip.transport[a].bind.", "]", "[a]"}) {
    EXPECT_FALSE(resolve(bad)) << bad;
  }
}

TEST(Paths, AKeyMayHoldDotsAndBrackets) {
  const Path resolved = path("sip.domains[[2001:db8::1]].no_document");
  EXPECT_EQ(resolved.objects.back().key, "[2001:db8::1]");
  EXPECT_EQ(resolved.text(), "sip.domains[[2001:db8::1]].no_document");
  EXPECT_EQ(resolved.declaration(), "sip.domains[NAME].no_document");
}

TEST(Paths, APatternMatchesANameAnObjectOrByStars) {
  EXPECT_TRUE(matches_pattern("sip", "sip.t1_ms"));
  EXPECT_TRUE(matches_pattern("sip.transport", "sip.transport[udp].bind"));
  EXPECT_FALSE(matches_pattern("sip.t", "sip.t1_ms"));
  EXPECT_TRUE(matches_pattern("*", "sip.t1_ms"));
  EXPECT_TRUE(matches_pattern("*.min_expires_s", "event.publication.min_expires_s"));
  EXPECT_TRUE(matches_pattern("sip.transport[*].bind", "sip.transport[udp].bind"));
  EXPECT_FALSE(matches_pattern("*.bind", "sip.transport[udp].advertise"));
  EXPECT_TRUE(matches_pattern("*expires*_s", "event.publication.min_expires_s"));
}

TEST(Values, DefaultsAreThoseOfTheDeclaration) {
  const config::Config config = defaults();
  EXPECT_EQ(config.event().publication().min_expires_s(), 60u);
  EXPECT_EQ(config.rules().no_document(), config::Rules::CONFIRM);
  EXPECT_TRUE(config.notify().remove_on_timeout());
  EXPECT_EQ(config.sip().server_name(), "Presentia");
  EXPECT_FALSE(config.presence().publication().has_min_expires_s());
  for (const NamedValue& value : list(config)) EXPECT_TRUE(value.is_default) << value.name;
}

TEST(Values, WhatIsWrittenIsRead) {
  config::Config config = defaults();
  const std::pair<const char*, const char*> values[] = {
      {"event.publication.min_expires_s", "90"},
      {"rules.no_document", "polite-block"},
      {"event.subscription.pending_status", "202"},
      {"sip.identity_from_from", "true"},
      {"sip.server_name", "a b"},
      {"presence.publication.publishers", "sip:pna@ims.test tel:+15550100"},
      {"presence.publication.min_expires_s", "120"},
  };
  for (const auto& [name, value] : values) {
    ASSERT_TRUE(write(config, path(name), value)) << name;
    EXPECT_EQ(read(config, path(name)), value) << name;
  }
  EXPECT_EQ(config.presence().publication().publishers_size(), 2);
  EXPECT_EQ(config.event().subscription().pending_status(), config::Subscription::STATUS_202);
}

TEST(Values, WhatIsNotAllowedIsRefusedAndChangesNothing) {
  config::Config config = defaults();
  const std::pair<const char*, const char*> values[] = {
      {"event.publication.min_expires_s", "0"},
      {"event.publication.min_expires_s", "86401"},
      {"event.publication.min_expires_s", "-1"},
      {"event.publication.min_expires_s", "60s"},
      {"event.publication.min_expires_s", ""},
      {"event.publication.min_expires_s", " 60"},
      {"event.publication.min_expires_s", "99999999999999999999"},
      {"rules.no_document", "ALLOW"},
      {"rules.no_document", ""},
      {"sip.identity_from_from", "yes"},
      {"sip.server_name", "a\r\nEvil: 1"},
      {"presence.publication.publishers", "nobody"},
      {"event.publication.terminating_ioi", "a;b"},
      {"sip.trusted[a b].address", "10.0.0.1"},
      {"sip.transport[a].bind", "udp"},
  };
  const std::string before = config.SerializeAsString();
  for (const auto& [name, value] : values) {
    const auto done = write(config, path(name), value);
    EXPECT_FALSE(done) << name << " " << value;
    if (!done) {
      EXPECT_NE(done.error().allowed, "") << name;
    }
    EXPECT_EQ(config.SerializeAsString(), before) << name << " " << value;
  }
}

TEST(Values, AnOptionalAttributeIsUnsetByTheEmptyValue) {
  config::Config config = defaults();
  ASSERT_TRUE(write(config, path("presence.publication.min_expires_s"), "120"));
  ASSERT_TRUE(write(config, path("presence.publication.min_expires_s"), ""));
  EXPECT_FALSE(config.presence().publication().has_min_expires_s());
}

TEST(Values, WritingToAnEntryThatIsNotThereAddsIt) {
  config::Config config = defaults();
  ASSERT_TRUE(write(config, path("sip.trusted[scscf].address"), "192.0.2.1"));
  ASSERT_EQ(config.sip().trusted_size(), 1);
  EXPECT_EQ(config.sip().trusted(0).name(), "scscf");
  ASSERT_TRUE(write(config, path("sip.domains[new.example].name"), "new.example"));
  EXPECT_EQ(config.sip().domains(0).name(), "new.example");
}

TEST(Values, TheNameOfAnEntryIsItsKey) {
  config::Config config = defaults();
  EXPECT_FALSE(write(config, path("sip.domains[a.test].name"), "b.test"));
  EXPECT_EQ(config.sip().domains_size(), 0);
}

TEST(Values, ClearingRemovesEntriesAndRestoresDefaults) {
  config::Config config = defaults();
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(write(config, path("sip.trusted[" + std::string(name) + "].address"), "192.0.2.1"));
  }
  ASSERT_TRUE(clear(config, path("sip.trusted[a]")));
  ASSERT_EQ(config.sip().trusted_size(), 2);
  EXPECT_EQ(config.sip().trusted(0).name(), "b") << "the order of the others stays";
  EXPECT_EQ(config.sip().trusted(1).name(), "c");
  EXPECT_FALSE(clear(config, path("sip.trusted[a]")));
  ASSERT_TRUE(clear(config, path("sip.trusted")));
  EXPECT_EQ(config.sip().trusted_size(), 0);

  ASSERT_TRUE(write(config, path("sip.t1_ms"), "100"));
  ASSERT_TRUE(clear(config, path("sip.t1_ms")));
  EXPECT_EQ(config.sip().t1_ms(), 500u);
  ASSERT_TRUE(write(config, path("presence.composition.persons"), "oma"));
  ASSERT_TRUE(clear(config, path("presence")));
  EXPECT_EQ(config.SerializeAsString(), defaults().SerializeAsString());
}

}  // namespace
}  // namespace presentia::mgmt
