// RFC 4825, sections 7 and 8, rule by rule: elements, attributes and namespace bindings; and what holds in documents
// beyond their schemas.
#include "tests/adapter/xdms/fixture.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kFriends =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\" xmlns:x=\"urn:x\">\n"
    " <list name=\"friends\">\n"
    "  <entry uri=\"sip:bob@example.com\"/>\n"
    "  <entry uri=\"sip:carol@example.com\"/>\n"
    " </list>\n"
    "</resource-lists>\n";
const std::string kIndex = "resource-lists/users/sip:alice@example.com/index";
const std::string kList = kIndex + "/~~/resource-lists/list%5B@name=%22friends%22%5D";

std::string lists(const std::string& inside) {
  return "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">" + inside + "</resource-lists>";
}

class XdmsNode : public Xdms {
 protected:
  void SetUp() override {
    start();
    tag_ = put(kIndex, kListType, kFriends).etag();
  }
  std::string tag_;
};

TEST_F(XdmsNode, AnElementComesAsItStandsAndAnAttributeInQuotes) {
  const HttpReply element = get(kList + "/entry%5B2%5D");
  EXPECT_EQ(element.status, 200);
  EXPECT_EQ(element.header("content-type"), kElementType);
  EXPECT_EQ(element.body, "<entry uri=\"sip:carol@example.com\"/>") << "no bindings are added [RFC4825 8.3]";
  EXPECT_EQ(element.etag(), tag_) << "one tag for the whole document [RFC4825 8.5]";
  const HttpReply attribute = get(kList + "/entry%5B2%5D/@uri");
  EXPECT_EQ(attribute.header("content-type"), kAttributeType);
  EXPECT_EQ(attribute.body, "\"sip:carol@example.com\"");
  EXPECT_EQ(get(kList + "/entry").status, 404) << "two";
  EXPECT_EQ(get(kList + "/entry%5B3%5D").status, 404);
  EXPECT_EQ(get(kList + "/@none").status, 404);
  EXPECT_EQ(get(kIndex + "x/~~/resource-lists").status, 404);
}

TEST_F(XdmsNode, PrefixesNeedBindings) {
  EXPECT_EQ(get(kIndex + "/~~/r:resource-lists").status, 400);
  EXPECT_EQ(get(kIndex + "/~~/r:resource-lists?xmlns(r=urn:ietf:params:xml:ns:resource-lists)").status, 200);
  EXPECT_EQ(put(kIndex + "/~~/r:resource-lists", kElementType, "<a/>").status, 400);
  EXPECT_EQ(get(kIndex + "/~~/resource-lists/unknown::extension()").status, 404) << "[RFC4825 8]";
}

TEST_F(XdmsNode, NamespaceBindingsAreOnlyRead) {
  const HttpReply bindings = get(kList + "/namespace::*");
  EXPECT_EQ(bindings.header("content-type"), "application/xcap-ns+xml");
  EXPECT_THAT(xpath(bindings.body, "/*/namespace::x"), ElementsAre("urn:x"));
  for (const HttpReply& reply :
       {put(kList + "/namespace::*", "application/xcap-ns+xml", "<a/>"), remove(kList + "/namespace::*")}) {
    EXPECT_EQ(reply.status, 405) << "[RFC4825 8.2, 8.4]";
    EXPECT_THAT(reply.header("allow"), HasSubstr("GET"));
  }
}

TEST_F(XdmsNode, APutOfAnElementCreatesOrReplaces) {
  const std::string dave = kList + "/entry%5B@uri=%22sip:dave@example.com%22%5D";
  const HttpReply created = put(dave, kElementType, "<entry uri=\"sip:dave@example.com\"/>");
  EXPECT_EQ(created.status, 201);
  const HttpReply replaced =
      put(dave, kElementType, "<entry uri=\"sip:dave@example.com\"><display-name>D</display-name></entry>");
  EXPECT_EQ(replaced.status, 200);
  const HttpReply got = get(kIndex);
  EXPECT_EQ(got.etag(), replaced.etag());
  EXPECT_THAT(xpath(got.body, "//*[local-name()='entry']/@uri"),
              ElementsAre("sip:bob@example.com", "sip:carol@example.com", "sip:dave@example.com"));
  EXPECT_THAT(xpath(got.body, "//*[local-name()='display-name']"), ElementsAre("D"));
}

TEST_F(XdmsNode, APutOfAnAttributeCreatesOrReplaces) {
  EXPECT_EQ(put(kIndex + "/~~/resource-lists/list/@name", kAttributeType, "\"pals\"").status, 200);
  EXPECT_EQ(put(kIndex + "/~~/resource-lists/list/@x:y?xmlns(x=urn:x)", kAttributeType, "\"z\"").status, 201);
  EXPECT_THAT(xpath(get(kIndex).body, "//*[local-name()='list']/@*"), ElementsAre("pals", "z"));
}

TEST_F(XdmsNode, ConditionsOfNodesAreThoseOfTheDocument) {
  const std::string dave = kList + "/entry%5B@uri=%22sip:dave@example.com%22%5D";
  const std::string entry = "<entry uri=\"sip:dave@example.com\"/>";
  EXPECT_EQ(put(dave, kElementType, entry, {"-H", "If-Match: \"old\""}).status, 412);
  EXPECT_EQ(put(dave, kElementType, entry, {"-H", "If-None-Match: *"}).status, 412) << "always [RFC4825 8.2.6]";
  EXPECT_EQ(put(dave, kElementType, entry, {"-H", "If-Match: " + tag_}).status, 201);
  EXPECT_EQ(get(kList, {"-H", "If-None-Match: " + get(kIndex).etag()}).status, 304);
  EXPECT_EQ(remove(dave, {"-H", "If-Match: " + tag_}).status, 412);
  const HttpReply removed = remove(dave, {"-H", "If-Match: " + get(kIndex).etag()});
  EXPECT_EQ(removed.status, 200);
  EXPECT_EQ(removed.etag(), get(kIndex).etag()) << "of the document that is left [RFC4825 8.5]";
}

TEST_F(XdmsNode, ADeleteLeavesTheWhiteSpaceAround) {
  EXPECT_EQ(remove(kList + "/entry%5B1%5D").status, 409) << "the second would be the first then [RFC4825 8.4]";
  EXPECT_EQ(remove(kList + "/entry%5B@uri=%22sip:bob@example.com%22%5D").status, 200);
  EXPECT_THAT(get(kIndex).body, HasSubstr("\"friends\">\n  \n  <entry uri=\"sip:carol"));
  EXPECT_EQ(remove(kList + "/entry%5B@uri=%22sip:bob@example.com%22%5D").status, 404);
}

TEST_F(XdmsNode, EachKindOfConflictIsReported) {
  EXPECT_EQ(conflict(put(kList + "/entry%5B3%5D/display-name", kElementType, "<display-name/>")), "no-parent");
  EXPECT_EQ(conflict(put(kIndex + "x/~~/resource-lists/list", kElementType, "<list/>")), "no-parent");
  EXPECT_EQ(conflict(put(kList + "/entry%5B9%5D", kElementType, "<entry uri=\"sip:x@y\"/>")), "cannot-insert");
  EXPECT_EQ(conflict(put(kList + "/entry%5B@uri=%22sip:a@b%22%5D", kElementType, "<entry uri=\"sip:x@y\"/>")),
            "cannot-insert");
  EXPECT_EQ(conflict(remove(kList + "/entry%5B1%5D")), "cannot-delete");
  EXPECT_EQ(conflict(put(kList + "/entry%5B3%5D", kElementType, "<entry")), "not-xml-frag");
  EXPECT_EQ(conflict(put(kList + "/entry%5B3%5D", kElementType, "<entry uri='a'/><entry uri='b'/>")), "not-xml-frag");
  EXPECT_EQ(conflict(put(kList + "/entry%5B3%5D", kElementType, "<entry uri='\xE9'/>")), "not-utf-8");
  EXPECT_EQ(conflict(put(kList + "/@name", kAttributeType, "no quotes")), "not-xml-att-value");
  EXPECT_EQ(conflict(put(kList + "/bogus", kElementType, "<bogus/>")), "schema-validation-error");
  EXPECT_EQ(conflict(remove(kList + "/entry%5B2%5D/@uri")), "schema-validation-error") << "[RFC4825 8.2.5]";
  EXPECT_EQ(conflict(put(kList + "/entry%5B2%5D/@uri", kAttributeType, "\"sip:bob@example.com\"")),
            "uniqueness-failure");
  EXPECT_EQ(put(kList + "/entry%5B3%5D", kListType, "<entry uri='a'/>").status, 415);
  EXPECT_EQ(put(kList + "/@name", kElementType, "\"a\"").status, 415);
  EXPECT_EQ(get(kIndex).body, kFriends) << "nothing of this was done";
}

TEST_F(XdmsNode, TheClosestParentIsAUriThatCanBeAskedFor) {
  const HttpReply reply = put(kList + "/entry%5B3%5D/display-name", kElementType, "<display-name/>");
  const auto ancestor = xpath(reply.body, "/*/*/@ancestor | /*/*/*[local-name()='ancestor']");
  ASSERT_EQ(ancestor.size(), 1U) << reply.body;
  ASSERT_TRUE(ancestor[0].starts_with(server->root_uri() + "/")) << ancestor[0];
  EXPECT_THAT(get(ancestor[0].substr(server->root_uri().size() + 1)).body, HasSubstr("<list name=\"friends\""));
}

TEST_F(XdmsNode, NamesAndUrisAreUniqueInTheirParentOnly) {
  const auto put_lists = [&](const std::string& inside) { return conflict(put(kIndex, kListType, lists(inside))); };
  EXPECT_EQ(put_lists("<list name=\"a\"/><list name=\"a\"/>"), "uniqueness-failure");
  EXPECT_EQ(put_lists("<list><entry uri=\"sip:a@b\"/><entry uri=\"sip:a@b\"/></list>"), "uniqueness-failure");
  EXPECT_EQ(put_lists("<list><entry-ref ref=\"a/b\"/><entry-ref ref=\"a/b\"/></list>"), "uniqueness-failure");
  EXPECT_EQ(put_lists("<list><external anchor=\"http://a/\"/><external anchor=\"http://a/\"/></list>"),
            "uniqueness-failure");
  EXPECT_EQ(put_lists("<list><entry-ref ref=\"http://a/b\"/></list>"), "constraint-failure");
  EXPECT_EQ(put_lists("<list><external anchor=\"a/b\"/></list>"), "constraint-failure");
  EXPECT_EQ(put_lists("<list name=\"a\"><entry uri=\"sip:a@b\"/><list name=\"a\"><entry uri=\"sip:a@b\"/></list></list>"
                      "<list name=\"A\"/><list/><list/>"),
            "status 200")
      << "elsewhere, in another case or without a name they may be the same";
}

TEST_F(XdmsNode, TheFieldThatIsNotUniqueIsNamed) {
  const HttpReply reply = put(kIndex, kListType, lists("<list name=\"a\"/><list name=\"b\"/><list name=\"a\"/>"));
  const auto field = xpath(reply.body, "//@field");
  ASSERT_EQ(field.size(), 1U) << reply.body;
  put(kIndex, kListType, lists("<list name=\"a\"/><list name=\"b\"/><list name=\"third\"/>"));
  EXPECT_EQ(get(kIndex + "/~~/" + field[0]).body, "\"third\"") << field[0];
}

TEST_F(XdmsNode, ServicesAreUniqueOnTheServerAndOfTheirUser) {
  const std::string type = "application/rls-services+xml";
  const auto services = [](const std::string& uri, const std::string& list) {
    return "<rls-services xmlns=\"urn:ietf:params:xml:ns:rls-services\"><service uri=\"" + uri + "\"><resource-list>" +
           list + "</resource-list></service></rls-services>";
  };
  const std::string lists_of = "http://x/resource-lists/users/sip:";
  const std::string index = "rls-services/users/sip:alice@example.com/index";
  EXPECT_EQ(put(index, type, services("sip:pals@example.com", lists_of + "alice@example.com/index")).status, 201);
  EXPECT_EQ(put(index, type, services("sip:pals@example.com", lists_of + "alice@example.com/index")).status, 200);
  const HttpReply taken = put("rls-services/users/sip:bob@example.com/index", type,
                              services("sip:pals@example.com", lists_of + "bob@example.com/index"));
  EXPECT_EQ(conflict(taken), "uniqueness-failure");
  const auto proposed = xpath(taken.body, "//*[local-name()='alt-value']");
  ASSERT_EQ(proposed.size(), 1U);
  EXPECT_EQ(put("rls-services/users/sip:bob@example.com/index", type,
                services(proposed[0], lists_of + "bob@example.com/index"))
                .status,
            201);
  EXPECT_EQ(conflict(put(index, type, services("sip:o@example.com", lists_of + "bob@example.com/index"))),
            "constraint-failure")
      << "[RFC4826 4.4.5]";
  EXPECT_EQ(xpath(get("rls-services/global/index").body, "//@uri").size(), 2U) << "the union [RFC4826 4.4.7]";
  EXPECT_EQ(put("rls-services/global/index", type, services("sip:o@example.com", "http://x/resource-lists/a")).status,
            405);
}

TEST_F(XdmsNode, CapabilitiesNameEveryApplicationUsage) {
  const HttpReply caps = get("xcap-caps/global/index");
  EXPECT_EQ(caps.header("content-type"), "application/xcap-caps+xml");
  EXPECT_TRUE(is_valid(caps.body, data("xcap-caps.xsd"))) << caps.body;
  EXPECT_THAT(
      xpath(caps.body, "//*[local-name()='auid']"),
      testing::UnorderedElementsAre("pres-rules", "org.openmobilealliance.pres-rules", "resource-lists", "rls-services",
                                    "pidf-manipulation", "org.openmobilealliance.group-usage-list", "xcap-caps"));
  EXPECT_THAT(xpath(caps.body, "//*[local-name()='namespace']"),
              testing::Contains("urn:ietf:params:xml:ns:pres-rules"));
  EXPECT_EQ(put("xcap-caps/global/index", "application/xcap-caps+xml", caps.body).status, 405);
}

struct Sample {
  const char* path;
  const char* type;
  const char* file;  // of the fixtures, from the RFCs
};

TEST_F(XdmsNode, EveryApplicationUsageTakesTheDocumentOfItsStandard) {
  const std::vector<Sample> samples{
      {"pres-rules/users/sip:user@example.com/index", kPolicyType, "pres-rules/rfc5025-s6-1.xml"},
      {"org.openmobilealliance.pres-rules/users/sip:user@example.com/pres-rules", kPolicyType,
       "common-policy/rfc4745-s7.1.2-1.xml"},
      {"resource-lists/users/sip:bill@example.com/index", kListType, "resource-lists/rfc4826-s3.3-1.xml"},
      {"org.openmobilealliance.group-usage-list/users/sip:bill@example.com/index",
       "application/vnd.oma.group-usage-list+xml", "resource-lists/rfc4826-s3.3-1.xml"}};
  for (const Sample& sample : samples) {
    const std::string text = content(std::string(PS_SOURCE_DIR) + "/tests/conformance/fixtures/" + sample.file);
    ASSERT_FALSE(text.empty()) << sample.file;
    const HttpReply reply = put(sample.path, sample.type, text);
    EXPECT_EQ(reply.status, 201) << sample.file << "\n" << reply.body;
    EXPECT_EQ(get(sample.path).body, text);
  }
  EXPECT_EQ(
      put("pidf-manipulation/users/sip:alice@example.com/index", "application/pidf+xml",
          "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:alice@example.com\"><tuple id=\"a\"><status>"
          "<basic>open</basic></status></tuple></presence>")
          .status,
      201);
}

class XdmsAccess : public Xdms {
 protected:
  void SetUp() override { start({.super_users = {"sip:presence@example.com"}}); }
  static std::vector<std::string> as(const std::string& uri) {
    return {"-H", "X-3GPP-Asserted-Identity: \"" + uri + "\""};
  }
};

TEST_F(XdmsAccess, OnlyTheOwnerWritesAndOnlySuperUsersReadToo) {
  const std::string text = lists("<list name=\"a\"/>");
  EXPECT_EQ(put(kIndex, kListType, text).status, 403) << "nobody";
  EXPECT_EQ(put(kIndex, kListType, text, as(kBob)).status, 403);
  EXPECT_EQ(put(kIndex, kListType, text, as("sip:presence@example.com")).status, 403);
  EXPECT_EQ(put(kIndex, kListType, text, as(kAlice)).status, 201);
  EXPECT_EQ(get(kIndex).status, 403);
  EXPECT_EQ(get(kIndex, as(kBob)).status, 403);
  EXPECT_EQ(get(kIndex, as(kAlice)).status, 200);
  EXPECT_EQ(get(kIndex, as("sip:presence@example.com")).status, 200);
  EXPECT_EQ(get(kIndex, {"-H", "X-XCAP-Asserted-Identity: \"tel:+1\", <sip:x@y>, " + std::string(kAlice)}).status, 200);
  EXPECT_EQ(remove(kIndex, as(kBob)).status, 403);
  EXPECT_EQ(get("xcap-caps/global/index").status, 200);
  EXPECT_EQ(get("rls-services/global/index", as(kAlice)).status, 403) << "[RFC4826 4.4.9]";
  EXPECT_EQ(remove(kIndex, as(kAlice)).status, 200);
}

}  // namespace
}  // namespace presentia::test
