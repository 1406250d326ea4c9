#include "xdm-client/xcap/selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/spec.h"
#include "xdm-client/xcap/bindings.h"
#include "xdm-client/xcap/percent.h"

namespace presentia::xcap {
namespace {

using testing::ElementsAre;

constexpr std::string_view kLists = "urn:ietf:params:xml:ns:resource-lists";
const std::string kIndex = "resource-lists/users/sip:joe@example.com/index";

Selector parsed(std::string_view uri, std::string_view default_namespace = kLists) {
  const auto selector = parse_selector(uri, default_namespace);
  EXPECT_TRUE(selector) << uri;
  return selector ? *selector : Selector{};
}

// The status of the refusal of a URI, 0 if it is none.
int status(std::string_view uri) {
  const auto selector = parse_selector(uri, kLists);
  return selector ? 0 : status_of(selector.error());
}
int node_status(const std::string& node) { return status(kIndex + "/~~/" + node); }

TEST(XcapDocumentSelector, OfTheExampleOfTheRfc) {  // [RFC4825 6.2]
  PS_SPEC("XCP-01");
  const Selector selector = parsed("/resource-lists/users/sip:joe@example.com/index");
  EXPECT_EQ(selector.document.auid, "resource-lists");
  EXPECT_EQ(selector.document.xui, "sip:joe@example.com");
  EXPECT_THAT(selector.document.path, ElementsAre("index"));
  EXPECT_FALSE(selector.node);
  EXPECT_EQ(to_uri(selector), kIndex);
}

TEST(XcapDocumentSelector, OfTheGlobalTreeAndOfFolders) {
  EXPECT_EQ(parsed("xcap-caps/global/index").document.xui, std::nullopt);
  EXPECT_THAT(parsed("a/users/x/folder/name").document.path, ElementsAre("folder", "name"));
  EXPECT_EQ(to_uri(parsed("rls-services/global/index")), "rls-services/global/index");
  EXPECT_THAT(parsed("a/global/users/x").document.path, ElementsAre("users", "x"));
}

TEST(XcapDocumentSelector, WhatNoPathSegmentHoldsIsCoded) {  // [RFC4825 6.2] '?' and '/' of a SIP URI
  PS_SPEC("XCP-01");
  const DocumentSelector document{"pres-rules", "sip:a/b?c d%\xC3\x80@example.com;x=\"1\"", {"index"}};
  EXPECT_EQ(to_uri(document), "pres-rules/users/sip:a%2Fb%3Fc%20d%25%C3%80@example.com;x=%221%22/index");
  EXPECT_EQ(parsed(to_uri(document)).document, document);
}

TEST(XcapDocumentSelector, IsCodedAsTheRfcSays) {  // [RFC4825 6.3]
  PS_SPEC("XCP-02");
  EXPECT_EQ(percent_encoded("A\xC3\x80\xE3\x82\xA2[\"]"), "A%C3%80%E3%82%A2%5B%22%5D");
  EXPECT_EQ(percent_decoded("%5b%5B%c3%80"), "[[\xC3\x80");
  EXPECT_EQ(percent_encoded("-._~!$&'()*+,;=:@/?"), "-._~!$&'()*+,;=:@%2F%3F");
}

TEST(XcapDocumentSelector, WhatIsNoDocumentIsNotFound) {
  for (const char* uri :
       {"", "/", "resource-lists", "resource-lists/users", "resource-lists/users/sip:joe@example.com",
        "resource-lists/users/sip:joe@example.com/", "resource-lists/global", "resource-lists/global/",
        "resource-lists/other/x/index", "//users/x/index", "a/users//index", "a/users/x//index", "a/users/../index",
        "a/users/x/%2e%2e/index", "a/users/x/.", "a/users/x/index/", "a/users/x/~~/doc", "~~/doc"}) {
    EXPECT_EQ(status(uri), 404) << uri;
  }
}

TEST(XcapDocumentSelector, BadCodingIsABadRequest) {
  for (const char* uri : {"a/users/%/index", "a/users/%4/index", "a/users/x%zz/index", "a/users/%-1/index",
                          "a/users/x%C3/index", "a/users/x%00/index", "a/users/x%7f/index", "a/users/%c0%af/index"}) {
    EXPECT_EQ(status(uri), 400) << uri;
  }
  EXPECT_EQ(node_status("doc%"), 400);
  EXPECT_EQ(node_status("doc?xmlns(a=%zz)"), 400);
}

TEST(XcapNodeSelector, OfEveryProductionOfTheGrammar) {
  PS_SPEC("XCP-02");
  const NodeSelector node = *parsed(kIndex + "/~~/a/*/b%5b2%5d/*%5B3%5D/c%5b@x=%221%22%5d/d[4][@y='2']").node;
  ASSERT_EQ(node.steps.size(), 6U);
  EXPECT_EQ(node.steps[0].name->local, "a");
  EXPECT_EQ(node.steps[0].name->ns, kLists);
  EXPECT_EQ(node.steps[1].name, std::nullopt);
  EXPECT_EQ(node.steps[2].position, 2U);
  EXPECT_EQ(node.steps[3].position, 3U);
  EXPECT_EQ(node.steps[4].test->name.local, "x");
  EXPECT_EQ(node.steps[4].test->name.ns, "");
  EXPECT_EQ(node.steps[5].position, 4U);
  EXPECT_EQ(node.steps[5].test->value, "2");
  EXPECT_EQ(node.terminal, NodeSelector::Terminal::element);
}

TEST(XcapNodeSelector, OfAttributesAndNamespaces) {
  PS_SPEC("XCP-02");
  const NodeSelector attribute = *parsed(kIndex + "/~~/a/b/@uri").node;
  EXPECT_EQ(attribute.terminal, NodeSelector::Terminal::attribute);
  EXPECT_EQ(attribute.attribute.local, "uri");
  EXPECT_EQ(attribute.attribute.ns, "");
  EXPECT_EQ(attribute.steps.size(), 2U);
  EXPECT_EQ(parsed(kIndex + "/~~/a/namespace::*").node->terminal, NodeSelector::Terminal::namespaces);
}

TEST(XcapNodeSelector, TheFirstSeparatorCounts) {  // [RFC4825 6] %7E%7E is the same; a second one is no separator
  PS_SPEC("XCP-02");
  EXPECT_EQ(parsed(kIndex + "/%7E%7e/a"), parsed(kIndex + "/~~/a"));
  EXPECT_EQ(parsed(kIndex + "/~~/a[@x=\"~~\"]").node->steps[0].test->value, "~~");
  EXPECT_EQ(node_status("a/~~/b"), 404);
}

TEST(XcapNodeSelector, ValuesAreThoseOfXml) {
  PS_SPEC("XCP-02");
  const auto value = [](const std::string& written) {
    return parsed(kIndex + "/~~/a%5b@x=" + written + "%5d").node->steps[0].test->value;
  };
  EXPECT_EQ(value("%22a/b]%5b%22"), "a/b][");
  EXPECT_EQ(value("'%22'"), "\"");
  EXPECT_EQ(value("%22&quot;&amp;&%23233;&lt;%22"), "\"&\xC3\xA9<");
  EXPECT_EQ(value("%22%22"), "");
  EXPECT_EQ(value("%22a%0Ab%22"), "a b");
}

TEST(XcapNodeSelector, WhatTheGrammarDoesNotKnowIsNotFound) {  // [RFC4825 8] an extension that we do not understand
  for (const char* node : {"",
                           "/",
                           "a/",
                           "a//b",
                           "/a",
                           "a[",
                           "a[]",
                           "a[1",
                           "a[x]",
                           "a[-1]",
                           "a[@x]",
                           "a[@x=]",
                           "a[@x=1]",
                           "a[@x=\"1]",
                           "a[@x='1\"]",
                           "a[@x=\"1\"][2]",
                           "a[1][2]",
                           "a[@x=\"1\"][@y=\"2\"]",
                           "a[@x=\"&\"]",
                           "a[@x=\"&nope;\"]",
                           "a[@x=\"<\"]",
                           "a b",
                           "@a",
                           "namespace::*",
                           "a/@b/c",
                           "a/@",
                           "a/@*",
                           "a/namespace::a",
                           "a/namespace::*/b",
                           "text()",
                           "a[last()]",
                           "1",
                           "a:",
                           ":a",
                           "a[99999999999]",
                           "**",
                           "a[ 1 ]",
                           "id('x')"}) {
    EXPECT_EQ(node_status(percent_encoded(node, "/")), 404) << node;
  }
  EXPECT_EQ(status(kIndex + "/~~"), 404);
}

TEST(XcapNodeSelector, HugeOnesAreRefused) {
  std::string deep = "a";
  for (std::size_t i = 0; i < kMostSteps; ++i) deep += "/a";
  EXPECT_EQ(node_status(deep), 414);
  EXPECT_EQ(node_status(deep.substr(2)), 0);
  EXPECT_EQ(node_status(std::string(kLongestSelector, 'a')), 414);
}

TEST(XcapNamespaces, OfTheExampleOfTheRfc) {  // [RFC4825 6.4]
  PS_SPEC("XCP-02");
  const NodeSelector node = *parsed(
                                 "test/users/sip:joe@example.com/index/~~/foo/a:bar/b:baz"
                                 "?xmlns(a=urn:test:namespace1-uri)xmlns(b=urn:test:namespace1-uri)",
                                 "urn:test:default-namespace")
                                 .node;
  EXPECT_EQ(node.steps[0].name->ns, "urn:test:default-namespace");
  EXPECT_EQ(node.steps[1].name->ns, "urn:test:namespace1-uri");
  EXPECT_EQ(node.steps[2].name->ns, "urn:test:namespace1-uri");
}

TEST(XcapNamespaces, OfTheQuery) {
  PS_SPEC("XCP-02");
  EXPECT_THAT(*parse_bindings("xmlns(a=urn:a) xmlns( b = urn:b )"),
              ElementsAre(Binding{"a", "urn:a"}, Binding{"b", "urn:b"}));
  EXPECT_THAT(*parse_bindings("xpointer(id('x'))xmlns(a=urn:^(^)^^)p:scheme(x(y)z)"),
              ElementsAre(Binding{"a", "urn:()^"}));
  EXPECT_THAT(*parse_bindings("xmlns(a=urn:1)xmlns(a=urn:2)xmlns(xml=urn:3)"), ElementsAre(Binding{"a", "urn:2"}));
  EXPECT_THAT(*parse_bindings("xmlns(a=urn:x(y))"), ElementsAre(Binding{"a", "urn:x(y)"}));
  EXPECT_TRUE(parse_bindings("")->empty());
  for (const char* bad : {"xmlns", "xmlns(", "xmlns(a=b", "xmlns(a)", "xmlns(=b)", "xmlns(1=b)", "(a=b)", "xmlns(a=b))",
                          "xmlns(a=^b)", "xmlns(a=b^", "a&b", "1(x)", ":a(x)"}) {
    EXPECT_FALSE(parse_bindings(bad)) << bad;
    EXPECT_EQ(node_status("a?" + percent_encoded(bad)), 400) << bad;
  }
}

TEST(XcapNamespaces, AnUnboundPrefixIsABadRequest) {  // [RFC4825 8]
  PS_SPEC("XCP-02");
  for (const char* node : {"p:a", "a/@p:b", "a%5b@p:x=%221%22%5d", "p:a?xmlns(q=urn:q)", "p:a?other(p=urn:q)"})
    EXPECT_EQ(node_status(node), 400) << node;
  EXPECT_EQ(node_status("a/@xml:lang"), 0);
}

TEST(XcapNamespaces, PrefixesDoNotMakeADefaultForAttributes) {
  const NodeSelector node = *parsed(kIndex + "/~~/p:a[@p:x=\"1\"]/@p:y?xmlns(p=urn:p)").node;
  EXPECT_EQ(node.steps[0].name->ns, "urn:p");
  EXPECT_EQ(node.steps[0].test->name.ns, "urn:p");
  EXPECT_EQ(node.attribute.ns, "urn:p");
}

TEST(XcapSelector, IsWrittenAsItIsRead) {
  PS_SPEC("XCP-02");
  for (const char* uri :
       {"rls-services/users/sip:bill@example.com/index/~~/rls-services/service%5B@uri=%22sip:x@example.com%22%5D",
        "a/users/x/i/~~/*/b%5B2%5D/*%5B3%5D%5B@q:y=%22%26amp;%2F%26quot;%22%5D/"
        "@p:z?xmlns(q=urn:q)xmlns(p=urn:%5E(p%5E))",
        "a/global/i/~~/a/namespace::*"}) {
    const Selector selector = parsed(uri);
    EXPECT_EQ(parsed(to_uri(selector)), selector) << uri;
  }
  EXPECT_EQ(to_uri(parsed("rls-services/users/sip:b@example.com/index/~~/rls-services/service%5b@uri='a'%5d")),
            "rls-services/users/sip:b@example.com/index/~~/rls-services/service%5B@uri=%22a%22%5D");
}

TEST(XcapSelector, TheAuidIsFoundFirst) {
  EXPECT_EQ(auid_of("/resource%2Dlists/users/x/y"), "resource-lists");
  EXPECT_EQ(auid_of("xcap-caps"), "xcap-caps");
  EXPECT_EQ(auid_of(""), "");
}

}  // namespace
}  // namespace presentia::xcap
