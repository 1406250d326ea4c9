// Error documents, capabilities and entity-tags.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/files.h"
#include "tests/support/libxml2.h"
#include "tests/support/spec.h"
#include "xdm-client/xcap/caps.h"
#include "xdm-client/xcap/error_document.h"
#include "xdm-client/xcap/etag.h"

namespace presentia::xcap {
namespace {

using test::canonical;
using testing::ElementsAre;

const std::string kErrorHead = "<xcap-error xmlns='urn:ietf:params:xml:ns:xcap-error'>";

class XcapErrorDocument : public testing::Test {
 protected:
  ErrorDocument read(std::string_view body) { return read_error_document(reader, body); }
  xml::Reader reader;
};

TEST_F(XcapErrorDocument, OfTheRfcIsRead) {  // [RFC4825 11.1]
  const ErrorDocument error = read(test::content(PS_TEST_DATA "/xcap/rfc4825-s11.1-1.xml"));
  EXPECT_EQ(error.conflict, Conflict::uniqueness_failure);
  EXPECT_THAT(error.not_unique, ElementsAre(NotUnique{"rls-services/service/@uri", {"sip:mybuddies@example.com"}}));
}

TEST_F(XcapErrorDocument, OfEveryElementIsReadAndWritten) {
  for (int i = 1; i <= static_cast<int>(Conflict::not_utf_8); ++i) {
    ErrorDocument error{static_cast<Conflict>(i), "why & \"how\"", {}, {}};
    if (error.conflict == Conflict::no_parent) error.ancestor = "a/b%5B1%5D?xmlns(x=urn:x)";
    if (error.conflict == Conflict::uniqueness_failure) error.not_unique = {{"a/@b", {"1", "2"}}, {"c", {}}};
    const std::string written = write_error_document(error);
    EXPECT_EQ(read(written), error) << written;
    EXPECT_TRUE(test::is_valid(written, PS_TEST_DATA "/xcap/schemas/xcap-error.xsd")) << written;
  }
  EXPECT_EQ(canonical(write_error_document({Conflict::cannot_insert, {}, {}, {}})),
            canonical(kErrorHead + "<cannot-insert/></xcap-error>"));
  EXPECT_EQ(canonical(write_error_document({Conflict::no_parent, {}, "a", {}})),
            canonical(kErrorHead + "<no-parent><ancestor>a</ancestor></no-parent></xcap-error>"));
  EXPECT_EQ(write_error_document({}), "");
}

TEST_F(XcapErrorDocument, ThatIsNotUnderstoodIsAnUnqualifiedConflict) {  // [RFC4825 11.1] <extension>
  for (const std::string& body :
       {std::string(), std::string("Conflict"), std::string("<html/>"), kErrorHead + "</xcap-error>",
        kErrorHead + "<extension><x/></extension></xcap-error>", kErrorHead + "<other/></xcap-error>",
        kErrorHead + "<x:no-parent xmlns:x='urn:x'/></xcap-error>", kErrorHead + "<no-parent>",
        std::string("<xcap-error><no-parent/></xcap-error>"), std::string(100'000, ' ') + "<a/>"}) {
    EXPECT_EQ(read(body), ErrorDocument{}) << body.substr(0, 200);
  }
}

TEST(XcapCapabilities, AreReadLeniently) {
  xml::Reader reader;
  const auto capabilities =
      read_capabilities(reader,
                        "<xcap-caps xmlns='urn:ietf:params:xml:ns:xcap-caps'><auids><auid> xcap-caps </auid><auid/>"
                        "<auid>resource-lists</auid><x:auid xmlns:x='urn:x'>no</x:auid></auids>"
                        "<namespaces><namespace>urn:ietf:params:xml:ns:xcap-caps</namespace></namespaces>"
                        "<x:more xmlns:x='urn:x'/></xcap-caps>");
  ASSERT_TRUE(capabilities);
  EXPECT_THAT(capabilities->auids, ElementsAre("xcap-caps", "resource-lists"));
  EXPECT_TRUE(capabilities->extensions.empty());
  EXPECT_THAT(capabilities->namespaces, ElementsAre("urn:ietf:params:xml:ns:xcap-caps"));
  EXPECT_TRUE(capabilities->has_auid("resource-lists"));
  EXPECT_FALSE(capabilities->has_auid("no"));
  const std::string written = write_capabilities(*capabilities);
  EXPECT_EQ(read_capabilities(reader, written)->auids, capabilities->auids);
  EXPECT_TRUE(test::is_valid(written, PS_TEST_DATA "/xcap/schemas/xcap-caps.xsd")) << written;
}

TEST(XcapCapabilities, OfAnotherKindAreRefused) {
  xml::Reader reader;
  EXPECT_EQ(read_capabilities(reader, "<xcap-caps/>").error().reason, "xml.invalid");
  EXPECT_EQ(read_capabilities(reader, "<xcap-caps>").error().reason, "xml.malformed");
}

TEST(XcapEntityTag, IsReadInEveryForm) {
  PS_SPEC("XCP-04");
  EXPECT_EQ(parse_etag("\"abc\""), (EntityTag{"abc", false}));
  EXPECT_EQ(parse_etag(" W/\"abc\" "), (EntityTag{"abc", true}));
  EXPECT_EQ(parse_etag("abc"), (EntityTag{"abc", false}));
  EXPECT_EQ(parse_etag("\"\""), (EntityTag{"", false}));
  EXPECT_EQ(parse_etag("W/abc"), (EntityTag{"W/abc", false}));
  for (const char* bad : {"", " ", "\"", "\"a", "a\"", "\"a\"b\"", "a\x01", "W/\""})
    EXPECT_FALSE(parse_etag(bad)) << bad;
  EXPECT_EQ(to_header({"abc", false}), "\"abc\"");
  EXPECT_EQ(to_header({"abc", true}), "W/\"abc\"");
}

TEST(XcapEntityTag, IsComparedAsHttpDoes) {  // the table of [RFC9110 8.8.3.2]
  PS_SPEC("XCP-04");
  const EntityTag weak1{"1", true}, weak2{"2", true}, strong1{"1", false};
  EXPECT_FALSE(strongly_equal(weak1, weak1));
  EXPECT_TRUE(weakly_equal(weak1, weak1));
  EXPECT_FALSE(strongly_equal(weak1, weak2));
  EXPECT_FALSE(weakly_equal(weak1, weak2));
  EXPECT_FALSE(strongly_equal(weak1, strong1));
  EXPECT_TRUE(weakly_equal(weak1, strong1));
  EXPECT_TRUE(strongly_equal(strong1, strong1));
}

TEST(XcapEntityTag, ConditionsHoldAsHttpSays) {  // [RFC9110 13.1.1, 13.1.2]
  PS_SPEC("XCP-04");
  const EntityTag tag{"a,b", false};
  EXPECT_TRUE(if_match_holds("*", tag));
  EXPECT_TRUE(if_match_holds("\"x\", \"a,b\"", tag));
  EXPECT_FALSE(if_match_holds("\"x\",\"y\"", tag));
  EXPECT_FALSE(if_match_holds("W/\"a,b\"", tag));
  EXPECT_FALSE(if_match_holds("*", std::nullopt));
  EXPECT_FALSE(if_match_holds("", tag));
  EXPECT_FALSE(if_none_match_holds("*", tag));
  EXPECT_FALSE(if_none_match_holds("\"x\" , W/\"a,b\"", tag));
  EXPECT_TRUE(if_none_match_holds("\"x\"", tag));
  EXPECT_TRUE(if_none_match_holds("*", std::nullopt));
  EXPECT_TRUE(if_none_match_holds(",,\"", tag));
}

}  // namespace
}  // namespace presentia::xcap
