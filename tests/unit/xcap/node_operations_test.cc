// RFC 4825, sections 6.3, 6.4, 7, 8.2 to 8.4, 10 and 13, with the documents that stand there.
#include "xdm-client/xcap/node_operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/libxml2.h"
#include "tests/support/spec.h"

namespace presentia::xcap {
namespace {

using test::canonical;

constexpr std::string_view kLists = "urn:ietf:params:xml:ns:resource-lists";

class XcapNode : public testing::Test {
 protected:
  NodeSelector selector(std::string_view node, std::vector<Binding> bindings = {}) {
    auto parsed = parse_node_selector(node, std::move(bindings), default_namespace);
    EXPECT_TRUE(parsed) << node;
    return parsed ? *parsed : NodeSelector{};
  }
  std::string body_of(const base::Result<Content, Refusal>& result) {
    return result ? result->body : std::to_string(result.error().status);
  }
  std::string get(std::string_view node, std::vector<Binding> bindings = {}) {
    return body_of(get_node(reader, document, selector(node, std::move(bindings))));
  }
  // "201" or "200" and the new document kept; else the status and what the report says.
  std::string put(std::string_view node, std::string body, std::vector<Binding> bindings = {}) {
    const NodeSelector at = selector(node, std::move(bindings));
    const bool is_attribute = at.terminal == NodeSelector::Terminal::attribute;
    const auto result =
        put_node(reader, document, at, {std::string(is_attribute ? kAttributeType : kElementType), std::move(body)});
    if (!result) return text_of(result.error());
    document = result->document;
    const auto after = get_node(reader, document, at);
    EXPECT_TRUE(after) << node;  // GET(PUT(x)) == x
    return result->created ? "201" : "200";
  }
  std::string remove(std::string_view node, std::vector<Binding> bindings = {}) {
    const NodeSelector at = selector(node, std::move(bindings));
    const auto result = delete_node(reader, document, at);
    if (!result) return text_of(result.error());
    document = *result;
    EXPECT_EQ(get_node(reader, document, at).error().status, 404);
    return "200";
  }
  static std::string text_of(const Refusal& refusal) {
    const std::string_view conflict = element_name(refusal.report.conflict);
    return std::to_string(refusal.status) + (conflict.empty() ? "" : " ") + std::string(conflict);
  }
  // What the document of section 8.2.3 becomes by one PUT.
  std::string inserted(std::string_view node, std::string body) {
    document = kRoot;
    EXPECT_EQ(put(node, std::move(body)), "201") << node;
    return document;
  }

  static constexpr std::string_view kRoot =
      "<?xml version=\"1.0\"?>\n<root>\n <el1 att=\"first\"/>\n <el1 att=\"second\"/>\n <!-- comment -->\n"
      " <el2 att=\"first\"/>\n</root>";
  xml::Reader reader;
  std::string default_namespace;
  std::string document;
};

TEST_F(XcapNode, IsSelectedAsInTheExampleOfTheRfc) {  // figure 3
  PS_SPEC("XCP-02");
  default_namespace = "urn:ietf:params:xml:ns:watcherinfo";
  const std::string watcher =
      "<watcher status=\"active\"\n             id=\"8ajksjda7s\"\n             duration-subscribed=\"509\"\n"
      "             event=\"approved\">sip:userA@example.net</watcher>";
  document =
      "<?xml version=\"1.0\"?>\n<watcherinfo xmlns=\"urn:ietf:params:xml:ns:watcherinfo\"\n"
      "             version=\"0\" state=\"full\">\n  <watcher-list resource=\"sip:professor@example.net\"\n"
      "                package=\"presence\">\n    " +
      watcher +
      "\n    <watcher status=\"pending\"\n             id=\"hh8juja87s997-ass7\"\n"
      "             display-name=\"Mr. Subscriber\"\n             event=\"subscribe\">sip:userB@example.org</watcher>\n"
      "  </watcher-list>\n</watcherinfo>";
  EXPECT_EQ(get("watcherinfo/watcher-list/watcher[@id=\"8ajksjda7s\"]"), watcher);
  EXPECT_EQ(get("watcherinfo/watcher-list/*[1]"), watcher);
  EXPECT_EQ(get("*/*/watcher[1][@status='active']"), watcher);
  EXPECT_EQ(get("watcherinfo/watcher-list/watcher[2]/@display-name"), "\"Mr. Subscriber\"");
  for (const char* nothing : {"watcherinfo/watcher-list/watcher", "watcherinfo/watcher-list/*[3]", "watcherinfo/*[0]",
                              "watcherinfo/watcher-list/watcher[2][@status='active']", "other", "watcherinfo/@id",
                              "watcherinfo[@xmlns='urn:ietf:params:xml:ns:watcherinfo']", "watcherinfo/@xmlns"}) {
    EXPECT_EQ(get(nothing), "404") << nothing;
  }
}

TEST_F(XcapNode, NamesAreExpandedByTheBindingsOfTheUri) {  // [RFC4825 6.4, 10]
  PS_SPEC("XCP-02");
  default_namespace = "urn:test:default-namespace";
  document =
      "<?xml version=\"1.0\"?>\n<foo xmlns=\"urn:test:default-namespace\">\n"
      "  <ns1:bar xmlns:ns1=\"urn:test:namespace1-uri\"\n           xmlns=\"urn:test:namespace1-uri\">\n    <baz/>\n"
      "    <ns2:baz xmlns:ns2=\"urn:test:namespace2-uri\"/>\n  </ns1:bar>\n"
      "  <ns3:hi xmlns:ns3=\"urn:test:namespace3-uri\">\n    <there/>\n  </ns3:hi>\n</foo>";
  const Binding a{"a", "urn:test:namespace1-uri"}, b1{"b", "urn:test:namespace1-uri"};
  const Binding b2{"b", "urn:test:namespace2-uri"}, d{"d", "urn:test:default-namespace"};
  EXPECT_EQ(get("foo/a:bar/b:baz", {a, b1}), "<baz/>");
  EXPECT_EQ(get("foo/a:bar/b:baz", {a, b2}), "<ns2:baz xmlns:ns2=\"urn:test:namespace2-uri\"/>");
  EXPECT_EQ(get("d:foo/a:bar/b:baz", {a, b2, d}), "<ns2:baz xmlns:ns2=\"urn:test:namespace2-uri\"/>");
  EXPECT_EQ(get("d:foo/a:bar/a:baz/namespace::*", {a, d}),
            "<baz xmlns=\"urn:test:namespace1-uri\" xmlns:ns1=\"urn:test:namespace1-uri\"/>");
  const auto namespaces = get_node(reader, document, selector("foo/namespace::*"));
  EXPECT_EQ(namespaces->type, kNamespacesType);
}

TEST_F(XcapNode, IsInsertedWhereTheExamplesOfTheRfcPutIt) {  // [RFC4825 8.2.3]
  PS_SPEC("XCP-02");
  const std::string_view head = "<?xml version=\"1.0\"?>\n<root>\n <el1 att=\"first\"/>";
  const std::string third =
      std::string(head) +
      "\n <el1 att=\"second\"/><el1 att=\"third\"/>\n <!-- comment -->\n <el2 att=\"first\"/>\n</root>";
  EXPECT_EQ(inserted("root/el1[@att=\"third\"]", "<el1 att=\"third\"/>"), third);
  EXPECT_EQ(inserted("root/el1[3][@att=\"third\"]", "<el1 att=\"third\"/>"), third);
  EXPECT_EQ(inserted("root/*[3][@att=\"third\"]", "<el1 att=\"third\"/>"), third);
  EXPECT_EQ(inserted("root/el3", "<el3 att=\"first\"/>"),
            std::string(kRoot.substr(0, kRoot.size() - 7)) + "<el3 att=\"first\"/></root>");
  const std::string last = std::string(kRoot.substr(0, kRoot.size() - 8)) + "<el2 att=\"2\"/>\n</root>";
  EXPECT_EQ(inserted("root/el2[@att=\"2\"]", "<el2 att=\"2\"/>"), last);
  EXPECT_EQ(inserted("root/el2[2][@att=\"2\"]", "<el2 att=\"2\"/>"), last);
  EXPECT_EQ(inserted("root/*[2][@att=\"2\"]", "<el2 att=\"2\"/>"),
            std::string(head) +
                "<el2 att=\"2\"/>\n <el1 att=\"second\"/>\n <!-- comment -->\n <el2 att=\"first\"/>\n</root>");
  EXPECT_EQ(inserted("root/el2[1][@att=\"2\"]", "<el2 att=\"2\"/>"),
            std::string(head) +
                "\n <el1 att=\"second\"/>\n <!-- comment -->\n <el2 att=\"2\"/><el2 att=\"first\"/>\n</root>");
}

TEST_F(XcapNode, IsInsertedByTheOtherRulesToo) {  // [RFC4825 8.2.3]
  const std::string_view before = "<?xml version=\"1.0\"?>\n<root>\n ";
  EXPECT_EQ(inserted("root/*[1][@att='0']", "<el2 att='0'/>").substr(0, before.size() + 15),
            std::string(before) + "<el2 att='0'/><");
  // an attribute that no sibling has: behind the last of its name, and at the end if there is none of its name
  EXPECT_THAT(inserted("root/*[@att='3']", "<el1 att='3'/>"), testing::HasSubstr("\"second\"/><el1 att='3'/>\n"));
  EXPECT_THAT(inserted("root/*[@att='3']", "<el3 att='3'/>"), testing::EndsWith("\n<el3 att='3'/></root>"));
  EXPECT_THAT(inserted("root/el3[1]", "<el3/>"), testing::EndsWith("\n<el3/></root>"));
  document = "<a><!--c--> </a>";
  EXPECT_EQ(put("a/*[1]", "<b/>"), "201");
  EXPECT_EQ(document, "<a><!--c--> <b/></a>");
}

TEST_F(XcapNode, CannotBeInsertedWhereAGetWouldNotFindIt) {  // [RFC4825 7.4, 8.2.3]
  PS_SPEC("XCP-02");
  document = kRoot;
  for (const auto& [node, body] : std::vector<std::pair<std::string, std::string>>{
           {"root/el3[@att=\"a\"]", "<el3 att=\"b\"/>"},  // the predicate is not of the body
           {"root/el1[@att=\"first\"]", "<el1 att=\"other\"/>"},
           {"root/el3", "<el4/>"},
           {"root/el1[1]", "<el2/>"},
           {"root/el1", "<el1/>"},  // there are several
           {"root/el1[4]", "<el1/>"},
           {"root/*[5][@att=\"x\"]", "<el1 att=\"x\"/>"},
           {"root/el3[2]", "<el3/>"},
           {"root/*[0]", "<el3/>"},
           {"other", "<other/>"},  // a second root
           {"root", "<other/>"}}) {
    EXPECT_EQ(put(node, body), "409 cannot-insert") << node;
    EXPECT_EQ(document, kRoot);
  }
}

TEST_F(XcapNode, NeedsAParent) {  // [RFC4825 8.2.1]
  document = "<a><b x='1'/><b x='2'/></a>";
  const auto ancestor = [&](std::string_view node) {
    const auto result = put_node(reader, document, selector(node), {std::string(kElementType), "<c/>"});
    EXPECT_EQ(text_of(result.error()), "409 no-parent");
    return result.error().report.ancestor.value_or("none");
  };
  EXPECT_EQ(ancestor("a/n/c"), "a");
  EXPECT_EQ(ancestor("a/b/c"), "a");
  EXPECT_EQ(ancestor("a/b[@x='2']/n/c"), "a/b%5B@x=%222%22%5D");
  EXPECT_EQ(ancestor("n/c"), "none");
  EXPECT_EQ(put("a/n/@x", "\"1\""), "409 no-parent");
}

TEST_F(XcapNode, TakesOnlyContentOfItsKind) {  // [RFC4825 8.2.2]
  document = "<a xmlns='urn:d' xmlns:p='urn:p'/>";
  default_namespace = "urn:d";
  for (const char* body : {"", "text", "<b", "<b>", "</a><a>", "<b/><c/>", "<b/>text", "text<b/>", "<b/><!-- c -->",
                           "<!-- c --><b/>", "<?xml version='1.0'?><b/>", "<q:b/>", "</fragment><fragment>", "<b x=1/>",
                           "<!DOCTYPE b><b/>", "<b>&nope;</b>", "<b/></fragment><!-- -->"}) {
    EXPECT_EQ(put("a/b", body), "409 not-xml-frag") << body;
  }
  EXPECT_EQ(put("a/b", "<b>\xC3</b>"), "409 not-utf-8");
  EXPECT_EQ(put("a/b", " <b p:x='1'>&amp;<![CDATA[<]]><!-- c --></b>\r\n"), "201");
  EXPECT_EQ(get("a/b"), "<b p:x='1'>&amp;<![CDATA[<]]><!-- c --></b>");
  for (const char* body : {"", "1", "\"1", "1\"", "\"1\"2\"", "\"<\"", "\"&\"", "'\"", "\"a\" b"})
    EXPECT_EQ(put("a/@x", body), "409 not-xml-att-value") << body;
  EXPECT_EQ(put("a/@x", "\"\xC3\""), "409 not-utf-8");
  const Content as_document{"application/xml", "<b/>"};
  EXPECT_EQ(put_node(reader, document, selector("a/b"), as_document).error().status, 415);
  EXPECT_EQ(put_node(reader, document, selector("a/@b"), as_document).error().status, 415);
}

TEST_F(XcapNode, KeepsTheDeclarationsOfWhatIsPut) {  // [RFC4825 8.2.3] even redundant ones; nothing is added by GET
  default_namespace = "urn:d";
  document = "<p:a xmlns:p='urn:d' xmlns='urn:d'/>";
  const std::string element = "<b xmlns='urn:d' xmlns:p='urn:d'><p:c/></b>";
  EXPECT_EQ(put("a/b", element), "201");
  EXPECT_EQ(get("a/b"), element);
  EXPECT_EQ(get("a/b/c"), "<p:c/>");
}

TEST_F(XcapNode, ReplacesAnElementWhole) {  // [RFC4825 7.4, 8.2.4]
  document = "<a>\n <b x='1' y='2'>t<c/></b> <!--d-->\n</a>";
  EXPECT_EQ(put("a/b", "<b z='3'/>"), "200");
  EXPECT_EQ(document, "<a>\n <b z='3'/> <!--d-->\n</a>");
  EXPECT_EQ(put("a/*[1]", "<e/>"), "200");
  EXPECT_EQ(put("a", "<a><f/></a>"), "200");
  EXPECT_EQ(document, "<a><f/></a>");
}

TEST_F(XcapNode, CreatesAndReplacesAttributes) {  // [RFC4825 7.7]
  document = "<a xmlns:p='urn:p'><b x=\"1\"/></a>";
  EXPECT_EQ(put("a/b/@y", "\"&lt;&quot;'\""), "201");
  EXPECT_EQ(get("a/b/@y"), "\"&lt;&quot;'\"");
  EXPECT_EQ(put("a/b/@x", "'2'"), "200");
  EXPECT_EQ(put("a/b/@q:z", "\"3\"", {{"q", "urn:p"}}), "201");
  EXPECT_EQ(put("a/b/@n:z", "\"4\"", {{"n", "urn:n"}}), "201");
  EXPECT_EQ(document, "<a xmlns:p='urn:p'><b x=\"2\" y=\"&lt;&quot;'\" p:z=\"3\" xmlns:n=\"urn:n\" n:z=\"4\"/></a>");
  EXPECT_EQ(put("a/b/@p:w", "\"5\"", {{"p", "urn:other"}}), "409 cannot-insert");
  EXPECT_EQ(put("a/b/@xmlns", "\"urn:x\""), "409 cannot-insert");
  EXPECT_EQ(put("a/b[@x='2']/@x", "\"3\""), "409 cannot-insert");
  EXPECT_EQ(put("a/b[@x='2']/@x", "\"2\""), "200");
}

TEST_F(XcapNode, NamespacesAreOnlyRead) {  // [RFC4825 8.2, 8.4]
  document = "<a/>";
  const Content content{std::string(kNamespacesType), "<a/>"};
  EXPECT_EQ(put_node(reader, document, selector("a/namespace::*"), content).error().status, 405);
  EXPECT_EQ(remove("a/namespace::*"), "405");
}

TEST_F(XcapNode, IsDeletedWithoutTheSpaceAroundIt) {  // [RFC4825 8.4]
  document = "<a>\n <b x='1'/>\n <b x='2' y='3'/>\n</a>";
  EXPECT_EQ(remove("a/b[@x='2']/@y"), "200");
  EXPECT_EQ(remove("a/b[@x='1']"), "200");
  EXPECT_EQ(document, "<a>\n \n <b x='2'/>\n</a>");
  EXPECT_EQ(remove("a/b[@x='1']"), "404");
  EXPECT_EQ(remove("a/b/@y"), "404");
  EXPECT_EQ(remove("a"), "409 schema-validation-error");
}

TEST_F(XcapNode, CannotBeDeletedWhereTheSelectorThenFindsAnother) {  // [RFC4825 7.5]
  PS_SPEC("XCP-02");
  document = "<a><b/><c/><b/></a>";
  EXPECT_EQ(remove("a/b[1]"), "409 cannot-delete");
  EXPECT_EQ(remove("a/*[2]"), "409 cannot-delete");
  EXPECT_EQ(remove("a/b"), "404");  // several
  EXPECT_EQ(remove("a/b[2]"), "200");
  EXPECT_EQ(remove("a/*[2]"), "200");
  EXPECT_EQ(document, "<a><b/></a>");
}

TEST_F(XcapNode, TheExamplesOfSection13) {
  PS_SPEC("XCP-02");
  default_namespace = kLists;
  document =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\n"
      "  <list name=\"friends\">\n  </list>\n</resource-lists>";
  EXPECT_EQ(put("resource-lists/list[@name=\"friends\"]/entry",
                "<entry uri=\"sip:bob@example.com\">\n    <display-name>Bob Jones</display-name>\n  </entry>"),
            "201");
  EXPECT_EQ(
      document,  // figure 28
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\n"
      "  <list name=\"friends\">\n  <entry uri=\"sip:bob@example.com\">\n"
      "    <display-name>Bob Jones</display-name>\n  </entry></list>\n</resource-lists>");
  EXPECT_EQ(
      put("resource-lists/list[@name=\"friends\"]/list[@name=\"close-friends\"]",
          "<list name=\"close-friends\"><entry uri=\"sip:joe@example.com\"/><entry uri=\"sip:nancy@example.com\"/>"
          "<entry uri=\"sip:petri@example.com\"/></list>"),
      "201");
  EXPECT_EQ(remove("resource-lists/list/list/entry[@uri=\"sip:petri@example.com\"]"), "200");
  EXPECT_EQ(get("resource-lists/list/list/entry[2]/@uri"), "\"sip:nancy@example.com\"");
}

TEST_F(XcapNode, TheRequestOfSection7IsRefused) {  // [RFC4825 7.4, 7.7] bad-friends
  default_namespace = "urn:ietf:params:xml:ns:rls-services";
  document =
      "<rls-services xmlns='urn:ietf:params:xml:ns:rls-services'><service uri='sip:good-friends@example.com'/>"
      "</rls-services>";
  EXPECT_EQ(put("rls-services/service[@uri=\"sip:good-friends@example.com\"]",
                "<service uri=\"sip:mybuddies@example.com\"/>"),
            "409 cannot-insert");
  EXPECT_EQ(put("rls-services/service[@uri=\"sip:good-friends@example.com\"]/@uri", "\"sip:bad-friends@example.com\""),
            "409 cannot-insert");
}

TEST_F(XcapNode, DocumentsAreBounded) {
  document = "<a/>";
  const xml::Limits limits{.max_depth = 3, .max_elements = 3, .max_attributes = 8};
  const auto put_with = [&](std::string body) {
    return put_node(reader, document, selector("a/b"), {std::string(kElementType), std::move(body)}, limits);
  };
  EXPECT_TRUE(put_with("<b/>"));
  EXPECT_EQ(text_of(put_with("<b><c/><c/><c/></b>").error()), "409 not-xml-frag");
  EXPECT_EQ(get_node(reader, "<a", selector("a")).error().status, 500);
  EXPECT_EQ(delete_node(reader, "<a", selector("a")).error().status, 500);
  EXPECT_EQ(put_node(reader, "<a", selector("a"), {}).error().status, 500);
}

TEST_F(XcapNode, WholeDocumentsAreChecked) {  // [RFC4825 8.2.2]
  EXPECT_TRUE(check_document(reader, "<a/>"));
  const auto refused = [&](std::string_view body) { return text_of(check_document(reader, body).error()); };
  EXPECT_EQ(refused("<a>"), "409 not-well-formed");
  EXPECT_EQ(refused(""), "409 not-well-formed");
  EXPECT_EQ(refused("<a>\xFF</a>"), "409 not-utf-8");
  EXPECT_EQ(refused("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>"), "409 not-utf-8");
}

}  // namespace
}  // namespace presentia::xcap
