// The examples of RFC 5261 as they stand there, compared in canonical form by another library; then what its text asks.
#include "as/xml/patch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/libxml2.h"
#include "tests/support/spec.h"

namespace presentia::xml {
namespace {

using test::canonical;
using testing::HasSubstr;

class XmlPatch : public testing::Test {
 protected:
  std::vector<std::string> operations(std::string_view diff) {
    const auto patch = EditableDocument::read(reader, diff);
    EXPECT_TRUE(patch) << diff;
    return patch ? patch_operations(*patch, patch->root()).value() : std::vector<std::string>();
  }
  base::Result<std::string, PatchError> apply(std::string_view document, std::string_view diff) {
    return apply_patch(reader, document, operations(diff), limits);
  }
  std::string patched(std::string_view document, std::string_view diff) {
    const auto result = apply(document, diff);
    EXPECT_TRUE(result) << diff << ": " << (result ? "" : result.error().phrase);
    return result ? *result : "";
  }
  // The name of the error that applying one operation gives.
  std::string refusal(std::string_view document, const std::string& operation) {
    const auto result = apply(document, "<diff xmlns:p='urn:p' xmlns:q='urn:q'>" + operation + "</diff>");
    return result ? "applied: " + *result : std::string(error_name(result.error().fault));
  }
  Reader reader;
  PatchLimits limits;
};

class XmlPatchExample : public XmlPatch, public testing::WithParamInterface<int> {};

TEST_P(XmlPatchExample, GivesTheResultOfTheRfc) {
  PS_SPEC("XDI-05");
  const auto file = [](int number) {
    return test::content(PS_TEST_DATA "/xml-patch/rfc5261-sAppA-" + std::to_string(number) + ".xml");
  };
  const int first = 3 * (GetParam() - 1) + 1;
  EXPECT_EQ(canonical(patched(file(first), file(first + 1))), canonical(file(first + 2)));
}

INSTANTIATE_TEST_SUITE_P(AppendixA, XmlPatchExample,
                         testing::Values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18));

// The result that A.16 shows lacks the white space that 4.5.6 keeps where 'ws' is not given; the text counts.
TEST_F(XmlPatch, WithoutWsTheSpaceOnBothSidesIsKept) {
  PS_SPEC("XDI-05");
  EXPECT_EQ(
      patched("<doc>\n  <foo/>\n  <?test?>\n</doc>", "<d><remove sel='doc/processing-instruction(\"test\")'/></d>"),
      "<doc>\n  <foo/>\n  \n</doc>");
}

TEST_F(XmlPatch, NothingElseChangesByAByte) {
  PS_SPEC("XDI-05");
  EXPECT_EQ(patched("<?xml version='1.0'?>\n<!--c--><a  x = '1' ><b/><![CDATA[<]]>&#65;</a>",
                    "<diff><add sel='a/b' pos='before'><n/></add></diff>"),
            "<?xml version='1.0'?>\n<!--c--><a  x='1' ><n/><b/><![CDATA[<]]>&#65;</a>");
}

TEST_F(XmlPatch, AddsAtEveryPosition) {
  PS_SPEC("XDI-05");
  const std::string document = "<a>1<b>2</b>3</a>";
  const auto at = [&](const std::string& options) {
    return patched(document, "<d><add " + options + "><n/></add></d>");
  };
  EXPECT_EQ(at("sel='a'"), "<a>1<b>2</b>3<n/></a>");
  EXPECT_EQ(at("sel='a' pos='prepend'"), "<a><n/>1<b>2</b>3</a>");
  EXPECT_EQ(at("sel='a/b' pos='before'"), "<a>1<n/><b>2</b>3</a>");
  EXPECT_EQ(at("sel='a/b' pos='after'"), "<a>1<b>2</b><n/>3</a>");
  EXPECT_EQ(at("sel='a/text()[2]' pos='after'"), "<a>1<b>2</b>3<n/></a>");
  EXPECT_EQ(at("sel='/a/b[1]'"), "<a>1<b>2<n/></b>3</a>");
}

TEST_F(XmlPatch, AddedTextJoinsTheTextBesideIt) {  // [RFC5261 4.3.5]
  PS_SPEC("XDI-05");
  EXPECT_EQ(patched("<d><foo>one<x/>two</foo></d>",
                    "<p><add sel='*/foo/text()[2]' pos='after'>new<bar/>elem</add>"
                    "<replace sel='d/foo/text()[2]'>both</replace></p>"),
            "<d><foo>one<x/>both<bar/>elem</foo></d>");
}

TEST_F(XmlPatch, SelectsByEveryPredicate) {
  PS_SPEC("XDI-05");
  const std::string document = "<a><b i='1' j='x'><c>one</c></b><b i='2'><c>two</c></b><e>o'ne</e><b i='1'/></a>";
  const auto removed = [&](const std::string& sel) {
    return patched(document, "<d><remove sel=\"" + sel + "\"/></d>");
  };
  const std::string second = "<a><b i='1' j='x'><c>one</c></b><e>o'ne</e><b i='1'/></a>";
  EXPECT_EQ(removed("a/b[2]"), second);
  EXPECT_EQ(removed("*/*[2]"), second);
  EXPECT_EQ(removed("a/b[@i='2']"), second);
  EXPECT_EQ(removed("a/b[c='two']"), second);
  EXPECT_EQ(removed("a / b [ @i = '2' ]"), second);
  EXPECT_EQ(removed("a/b[.='two']"), second);
  EXPECT_EQ(removed("a/*[.=&quot;o'ne&quot;]"),
            "<a><b i='1' j='x'><c>one</c></b><b i='2'><c>two</c></b><b i='1'/></a>");
  EXPECT_EQ(removed("a/b[@i='1'][2]"), "<a><b i='1' j='x'><c>one</c></b><b i='2'><c>two</c></b><e>o'ne</e></a>");
  EXPECT_EQ(removed("a/b[1][@i='1']/@j"), "<a><b i='1'><c>one</c></b><b i='2'><c>two</c></b><e>o'ne</e><b i='1'/></a>");
}

TEST_F(XmlPatch, CommentsAndInstructionsBesideTheRootCanBePatched) {  // [RFC5261 3]
  PS_SPEC("XDI-05");
  EXPECT_EQ(patched("<!--1--><a/>",
                    "<d><replace sel='comment()'><!--2--></replace>"
                    "<add sel='a' pos='after'><?p q?></add></d>"),
            "<!--2--><a/><?p q?>");
  EXPECT_EQ(patched("<?p a?><?q b?><a/>", "<d><remove sel='processing-instruction(\"q\")'/></d>"), "<?p a?><a/>");
}

TEST_F(XmlPatch, SelectorsUseThePrefixesOfThePatch) {  // [RFC5261 4.2.1]
  PS_SPEC("XDI-05 XDI-06");
  EXPECT_EQ(patched("<x:a xmlns:x='urn:1'><x:b y='1'/></x:a>", "<d xmlns:z='urn:1'><remove sel='z:a/z:b'/></d>"),
            "<x:a xmlns:x='urn:1'></x:a>");
  EXPECT_EQ(
      patched("<x:a xmlns:x='urn:1'><x:b/></x:a>", "<d:d xmlns:d='urn:d' xmlns='urn:1'><d:remove sel='a/b'/></d:d>"),
      "<x:a xmlns:x='urn:1'></x:a>");
  EXPECT_EQ(refusal("<a xmlns='urn:1'><b/></a>", "<remove sel='a/b'/>"), "unlocated-node");
  EXPECT_EQ(patched("<a xmlns:x='urn:1' y='0' x:y='1'/>", "<d xmlns:z='urn:1'><remove sel='a/@z:y'/></d>"),
            "<a xmlns:x='urn:1' y='0'/>");
}

// [RFC5261 4.2.3]: the name that an added element "b", called `name` in the patch, has in <a> with `declarations`.
class XmlPatchMangling : public XmlPatch {
 protected:
  std::string added(const std::string& declarations, const std::string& name, const std::string& root = "a") {
    const std::string result = patched("<" + root + declarations + "/>",
                                       "<d:d xmlns:d='urn:d' xmlns='urn:u' xmlns:a='urn:u' "
                                       "xmlns:k='urn:u' xmlns:xx='urn:u' xmlns:zz='urn:u'><d:add sel='*'><" +
                                           name + "/></d:add></d:d>");
    const std::size_t from = result.find("><") + 2;
    return result.substr(from, result.find("/>", from) - from);
  }
};

TEST_F(XmlPatchMangling, ThePrefixOfTheTargetIsTaken) {
  PS_SPEC("XDI-06");
  EXPECT_EQ(added(" xmlns:b='urn:u'", "a:bar"), "b:bar");
  EXPECT_EQ(added(" xmlns:b='urn:u'", "bar"), "b:bar");
  EXPECT_EQ(added(" xmlns='urn:u'", "a:bar"), "bar");
}

TEST_F(XmlPatchMangling, TheSamePrefixComesFirst) {
  PS_SPEC("XDI-06");
  EXPECT_EQ(added(" xmlns:x='urn:u' xmlns:k='urn:u' xmlns='urn:u'", "k:bar"), "k:bar");
  EXPECT_EQ(added(" xmlns:x='urn:u' xmlns:k='urn:u' xmlns='urn:u'", "bar"), "bar");
}

TEST_F(XmlPatchMangling, ThenThatOfTheContextNode) {
  PS_SPEC("XDI-06");
  EXPECT_EQ(added(" xmlns:y='urn:u' xmlns:m='urn:u' xmlns='urn:u'", "a:bar", "y:a"), "y:bar");
  EXPECT_EQ(added(" xmlns:y='urn:u' xmlns='urn:u'", "zz:bar"), "bar");
}

TEST_F(XmlPatchMangling, ThenTheNearestBeforeItInTheAlphabet) {  // the examples of the text: x, y; xx and a
  PS_SPEC("XDI-06");
  EXPECT_EQ(added(" xmlns:x='urn:u' xmlns:y='urn:u'", "xx:bar", "o"), "x:bar");
  EXPECT_EQ(added(" xmlns:x='urn:u' xmlns:y='urn:u'", "a:bar", "o"), "x:bar");
  EXPECT_EQ(added(" xmlns:x='urn:u' xmlns:y='urn:u'", "zz:bar", "o"), "y:bar");
  const std::string with_default = patched("<q:a xmlns:q='urn:q' xmlns='urn:u' xmlns:x='urn:u' xmlns:y='urn:u'/>",
                                           "<d xmlns:a='urn:u'><add sel='*'><a:bar/></add></d>");
  EXPECT_THAT(with_default, HasSubstr("><bar/>"));
}

TEST_F(XmlPatchMangling, AttributesNeverTakeTheDefaultNamespace) {
  PS_SPEC("XDI-06");
  EXPECT_EQ(added(" xmlns='urn:u' xmlns:x='urn:u'", "bar a:i='1' j='2'"), "bar x:i='1' j='2'");
  EXPECT_EQ(patched("<a xmlns='urn:u' xmlns:x='urn:u'/>", "<d xmlns:z='urn:u'><add sel='*' type='@z:i'>1</add></d>"),
            "<a xmlns='urn:u' xmlns:x='urn:u' x:i=\"1\"/>");
  EXPECT_EQ(refusal("<a xmlns='urn:p'/>", "<add sel='*' type='@p:i'>1</add>"), "invalid-namespace-uri");
  EXPECT_EQ(patched("<a/>", "<d><add sel='a' type='@xml:lang'>en</add></d>"), "<a xml:lang=\"en\"/>");
}

TEST_F(XmlPatchMangling, WhatTheContentDeclaresItselfIsCopiedUnaltered) {
  PS_SPEC("XDI-06");
  EXPECT_EQ(
      patched("<a xmlns:b='urn:1'/>",
              "<d xmlns:c='urn:1'><add sel='a'><n:x xmlns:n='urn:n' n:y='1'><c:z/><w xmlns='urn:1'/></n:x></add></d>"),
      "<a xmlns:b='urn:1'><n:x xmlns:n='urn:n' n:y='1'><b:z/><w xmlns='urn:1'/></n:x></a>");
}

TEST_F(XmlPatchMangling, APrefixThatTheContentHidesIsNotTaken) {
  PS_SPEC("XDI-06");
  EXPECT_EQ(patched("<a xmlns:b='urn:1' xmlns:e='urn:1'/>",
                    "<d xmlns:c='urn:1'><add sel='a'><x xmlns:b='urn:2'><c:z/></x></add></d>"),
            "<a xmlns:b='urn:1' xmlns:e='urn:1'><x xmlns:b='urn:2'><e:z/></x></a>");
  EXPECT_EQ(refusal("<a xmlns:b='urn:p'/>", "<add sel='a'><x xmlns:b='urn:2'><p:z/></x></add>"),
            "invalid-namespace-prefix");
}

TEST_F(XmlPatchMangling, AnElementInNoNamespaceStaysInNone) {
  PS_SPEC("XDI-06");
  EXPECT_EQ(
      patched("<a xmlns='urn:1' xmlns:b='urn:1'/>", "<d xmlns:c='urn:1'><add sel='*'><x><y/><c:z/></x></add></d>"),
      "<a xmlns='urn:1' xmlns:b='urn:1'><x xmlns=\"\"><y/><b:z/></x></a>");
}

TEST_F(XmlPatchMangling, ANamespaceThatTheTargetDoesNotDeclareIsAnError) {
  PS_SPEC("XDI-06 XDI-07");
  EXPECT_EQ(refusal("<a/>", "<add sel='a'><p:x/></add>"), "invalid-namespace-uri");
  EXPECT_EQ(refusal("<a xmlns:p='urn:other'/>", "<add sel='a'><p:x/></add>"), "invalid-namespace-uri");
  EXPECT_EQ(refusal("<a/>", "<replace sel='a'><p:a/></replace>"), "invalid-namespace-uri");
}

TEST_F(XmlPatch, EveryFaultHasItsError) {
  PS_SPEC("XDI-07");
  const std::string document = "<a x='1' xmlns:n='urn:n'><b/>t<b/><n:c/></a>";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"<add sel='a/none'>x</add>", "unlocated-node"},
      {"<add sel='a/b'>x</add>", "unlocated-node"},
      {"<add sel='a/b[3]'>x</add>", "unlocated-node"},
      {"<add sel='a/b[0]'>x</add>", "unlocated-node"},
      {"<add sel='a/comment()' pos='after'>x</add>", "unlocated-node"},
      {"<remove sel='a/@y'/>", "unlocated-node"},
      {"<remove sel='a/b[1]/namespace::n'/>", "unlocated-node"},
      {"<remove sel='@x'/>", "unlocated-node"},
      {"<remove sel='text()'/>", "unlocated-node"},
      {"<add>x</add>", "invalid-diff-format"},
      {"<remove sel='a/b[1]'>x</remove>", "invalid-diff-format"},
      {"<add sel='a['>x</add>", "invalid-attribute-value"},
      {"<add sel=''>x</add>", "invalid-attribute-value"},
      {"<add sel='/'>x</add>", "invalid-attribute-value"},
      {"<add sel='//b'>x</add>", "invalid-attribute-value"},
      {"<add sel='a/b[last()]'>x</add>", "invalid-attribute-value"},
      {"<add sel='a/text()/b'>x</add>", "invalid-attribute-value"},
      {"<add sel='a/@x/b'>x</add>", "invalid-attribute-value"},
      {"<add sel='a/@x'>x</add>", "invalid-attribute-value"},
      {"<add sel='a' pos='above'>x</add>", "invalid-attribute-value"},
      {"<add sel='a' type='y'>x</add>", "invalid-attribute-value"},
      {"<add sel='a' type='@y/@z'>x</add>", "invalid-attribute-value"},
      {"<add sel='a' type='namespace::'>x</add>", "invalid-attribute-value"},
      {"<add sel='a' type='@xmlns'>x</add>", "invalid-attribute-value"},
      {"<add sel='a' type='@y'><![CDATA[x]]></add>", "invalid-attribute-value"},
      {"<remove sel='a/b[1]' ws='none'/>", "invalid-attribute-value"},
      {"<add sel='nope:a'>x</add>", "invalid-namespace-prefix"},
      {"<add sel='a' type='@nope:y'>x</add>", "invalid-namespace-prefix"},
      {"<remove sel='a/namespace::n'/>", "invalid-namespace-prefix"},
      {"<replace sel='a/namespace::n'></replace>", "invalid-namespace-uri"},
      {"<add sel='a' type='namespace::m'></add>", "invalid-namespace-uri"},
      {"<add sel='a' type='@y'><x/></add>", "invalid-node-types"},
      {"<replace sel='a/b[1]'>text</replace>", "invalid-node-types"},
      {"<replace sel='a/b[1]'><x/><y/></replace>", "invalid-node-types"},
      {"<replace sel='a/b[1]'/>", "invalid-node-types"},
      {"<replace sel='a/text()'><x/></replace>", "invalid-node-types"},
      {"<add sel='a/text()'>x</add>", "invalid-patch-directive"},
      {"<add sel='a' type='@x'>2</add>", "invalid-patch-directive"},
      {"<add sel='a' type='namespace::n'>urn:m</add>", "invalid-patch-directive"},
      {"<remove sel='a/text()' ws='both'/>", "invalid-patch-directive"},
      {"<remove sel='a/@x' ws='both'/>", "invalid-patch-directive"},
      {"<remove sel='a'/>", "invalid-root-element-operation"},
      {"<add sel='a' pos='after'><b/></add>", "invalid-root-element-operation"},
      {"<add sel='a' pos='before'>text</add>", "invalid-xml-prolog-operation"},
      {"<remove sel='a/b[1]' ws='before'/>", "invalid-whitespace-directive"},
      {"<remove sel='a/b[1]' ws='after'/>", "invalid-whitespace-directive"},
      {"<remove sel='id(\"i\")'/>", "unsupported-id-function"},
  };
  for (const auto& [operation, error] : cases) EXPECT_EQ(refusal(document, operation), error) << operation;
}

TEST_F(XmlPatch, OneFailureUndoesAll) {
  const auto result = apply("<a><b/></a>", "<d><remove sel='a/b'/><remove sel='a/b'/></d>");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().operation, 1U);
  EXPECT_EQ(result.error().fault, PatchFault::unlocated_node);
}

TEST_F(XmlPatch, NothingToApplyIsNoChange) {
  const std::string document = "<a>\n <b/> </a>";
  EXPECT_EQ(patched(document, "<d/>"), document);
  EXPECT_EQ(patched(document, "<d><other sel='a'/><x:add xmlns:x='urn:x' sel='a'>1</x:add></d>"), document);
  EXPECT_EQ(patched(document, "<d><add sel='a'/></d>"), document);
}

TEST_F(XmlPatch, WhatItGrowsToIsBounded) {
  limits.max_operations = 2;
  EXPECT_TRUE(apply("<a/>", "<d><add sel='a'>1</add><add sel='a'>2</add></d>"));
  EXPECT_FALSE(apply("<a/>", "<d><add sel='a'>1</add><add sel='a'>2</add><add sel='a'>3</add></d>"));
  limits.max_bytes = 100;
  EXPECT_FALSE(apply("<a/>", "<d><add sel='a'>" + std::string(100, 'x') + "</add></d>"));
  limits = {};
  limits.xml.max_elements = 3;
  EXPECT_TRUE(apply("<a/>", "<d><add sel='a'><b/></add><add sel='a'><c/></add></d>"));
  EXPECT_FALSE(apply("<a/>", "<d><add sel='a'><b/></add><add sel='a'><c/></add><add sel='a'><c/></add></d>"));
}

TEST_F(XmlPatch, DeclarationsAreNotMultipliedWithoutBound) {
  std::string diff = "<d";
  for (int i = 0; i < 1000; ++i) diff.append(" xmlns:p").append(std::to_string(i)).append("='urn:x'");
  diff += ">";
  for (int i = 0; i < 1000; ++i) diff += "<remove sel='a'/>";
  const auto patch = EditableDocument::read(reader, diff + "</d>");
  ASSERT_TRUE(patch);
  EXPECT_FALSE(patch_operations(*patch, patch->root()));
}

TEST_F(XmlPatch, HugeSelectorsAreRefused) {
  std::string steps = "a", predicates = "a";
  for (int i = 0; i < 200; ++i) {
    steps += "/a";
    predicates += "[1]";
  }
  for (const std::string& sel : {steps, predicates, std::string(100'000, '*'), "a[" + std::string(40, '9') + "]"})
    EXPECT_EQ(refusal("<a/>", "<remove sel='" + sel + "'/>"), "invalid-attribute-value");
}

TEST_F(XmlPatch, TheErrorDocumentHoldsTheElementOfTheError) {
  PS_SPEC("XDI-07");
  const std::string text = patch_error_document({PatchFault::unlocated_node, 0, "no \"a\""});
  EXPECT_EQ(canonical(text), canonical("<patch-ops-error xmlns='urn:ietf:params:xml:ns:patch-ops-error'>"
                                       "<unlocated-node phrase='no \"a\"'/></patch-ops-error>"));
  EXPECT_EQ(error_name(PatchFault::unsupported_xml_id), "unsupported-xml-id");
}

}  // namespace
}  // namespace presentia::xml
