#include "as/xml/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/support/spec.h"

namespace presentia::xml {
namespace {

using testing::Eq;
using testing::HasSubstr;

class XmlReader : public testing::Test {
 protected:
  DocumentPtr read(std::string_view text) {
    auto parsed = reader.parse(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text);
    return parsed ? *parsed : nullptr;
  }
  std::string reason(std::string_view text, const Limits& limits = {}) {
    const auto parsed = reader.parse(text, limits);
    return parsed ? "" : parsed.error().reason;
  }
  Reader reader;
};

TEST_F(XmlReader, KeepsNamesAttributesTextAndLines) {
  const auto document =
      read("<?xml version=\"1.0\"?>\n<p:a xmlns:p='urn:p' xmlns='urn:d' x='1' p:x='2'>\n  <b>one</b>two</p:a>");
  const Element a = document->root();
  EXPECT_TRUE(a.is("urn:p", "a"));
  EXPECT_EQ(a.prefix(), "p");
  EXPECT_EQ(a.line(), 2U);
  EXPECT_EQ(a.attribute("x"), "1");
  EXPECT_EQ(a.attribute("x", "urn:p"), "2");
  EXPECT_EQ(a.attribute("x", "urn:d"), std::nullopt);
  EXPECT_EQ(a.attribute_count(), 2U);
  EXPECT_EQ(a.text(), "two");
  EXPECT_EQ(a.text_trimmed(), "two");
  const Element b = a.first_child();
  EXPECT_TRUE(b.is("urn:d", "b"));
  EXPECT_EQ(b.prefix(), "");
  EXPECT_EQ(b.line(), 3U);
  EXPECT_EQ(b.text(), "one");
  EXPECT_EQ(b.parent(), a);
  EXPECT_FALSE(b.next_sibling());
  EXPECT_FALSE(b.first_child());
}

TEST_F(XmlReader, WalksChildrenInOrderOverText) {
  const auto document = read("<a>x<b><c/></b>y<d/><b k='2'/>z</a>");
  std::string names;
  for (const Element child : document->root().children()) names += child.local();
  EXPECT_EQ(names, "bdb");
  EXPECT_EQ(document->root().child("", "d").next_sibling().attribute("k"), "2");
  EXPECT_FALSE(document->root().child("", "c"));
}

TEST_F(XmlReader, KnowsWhichNamespaceAPrefixStandsFor) {
  const auto document = read("<a xmlns='urn:1' xmlns:p='urn:p'><b xmlns:p='urn:q' xmlns=''/></a>");
  const Element b = document->root().first_child();
  EXPECT_EQ(document->root().namespace_of("p"), "urn:p");
  EXPECT_EQ(b.namespace_of("p"), "urn:q");
  EXPECT_EQ(b.namespace_of(""), "");
  EXPECT_EQ(b.namespace_of("xml"), kXmlNamespace);
  EXPECT_EQ(b.namespace_of("other"), std::nullopt);
}

TEST_F(XmlReader, ReadsEveryUnicodeCharacterAndReference) {
  PS_SPEC("PDF-01");
  EXPECT_EQ(read("<a>\xC3\xA9\xE6\xBC\xA2\xF0\x9F\x98\x80</a>")->root().text(), "\xC3\xA9\xE6\xBC\xA2\xF0\x9F\x98\x80");
  EXPECT_EQ(read("<a>&#233;&#x1F600;&lt;&amp;&gt;&quot;&apos;</a>")->root().text(), "\xC3\xA9\xF0\x9F\x98\x80<&>\"'");
  EXPECT_EQ(read("<a><![CDATA[<b>&]]></a>")->root().text(), "<b>&");
  EXPECT_EQ(read("\xEF\xBB\xBF<a/>")->root().local(), "a");
}

TEST_F(XmlReader, KeepsLongTextWhole) {
  const std::string text(100'000, 'x');
  EXPECT_EQ(read("<a>" + text + "</a>")->root().text(), text);
}

TEST_F(XmlReader, SaysWhereATextIsNotWellFormed) {
  const auto parsed = reader.parse("<a>\n<b>\n</a>");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().reason, "xml.malformed");
  EXPECT_EQ(parsed.error().line, 3U);
  EXPECT_THAT(parsed.error().text, HasSubstr("b"));
}

TEST_F(XmlReader, RefusesWhatIsNoXml) {
  for (const char* text : {"", " ", "hello", "<a", "<a><b></a></b>", "<a/><b/>", "<a x=1/>", "<a x='1' x='2'/>",
                           "<p:a/>", "<a>&nbsp;</a>", "<a>&#0;</a>", "<a>\x01</a>", "<a><</a>"}) {
    EXPECT_EQ(reason(text), "xml.malformed") << text;
  }
}

TEST_F(XmlReader, RefusesEveryDoctype) {
  PS_SPEC("PDF-14");
  EXPECT_EQ(reason("<!DOCTYPE a><a/>"), "xml.doctype");
  EXPECT_EQ(reason("<?xml version='1.0'?>\n<!-- <b> -->\n<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"), "xml.doctype");
  EXPECT_EQ(reason("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), "xml.doctype");
  EXPECT_EQ(reason("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>"), "xml.doctype");
  EXPECT_EQ(reason("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]><a/>"), "xml.doctype");
}

TEST_F(XmlReader, RefusesBillionLaughsAtOnce) {
  PS_SPEC("PDF-14");
  std::string text = "<!DOCTYPE a [<!ENTITY e0 'ha'>";
  for (int i = 1; i < 30; ++i) {
    const std::string inner = "&e" + std::to_string(i - 1) + ";";
    text += "<!ENTITY e" + std::to_string(i) + " '" + inner + inner + "'>";
  }
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(reason(text + "]><a>&e29;</a>"), "xml.doctype");
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(50));
}

TEST_F(XmlReader, FetchesNoSchemaThatADocumentNames) {
  EXPECT_EQ(reason("<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
                   "xsi:schemaLocation='urn:x http://127.0.0.1:9/x.xsd' "
                   "xsi:noNamespaceSchemaLocation='file:///etc/passwd'/>"),
            "");
}

TEST_F(XmlReader, ReadsUtf8Only) {
  PS_SPEC("PDF-15");
  EXPECT_EQ(reason("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>"), "xml.encoding");
  EXPECT_EQ(reason("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xC3\xA9</a>"), "xml.encoding");
  EXPECT_EQ(reason("<?xml version='1.0' encoding='ISO-8859-1'?><a>plain</a>"), "");
  EXPECT_EQ(reason("<?xml version='1.0' encoding='us-ascii'?><a>plain</a>"), "");
  EXPECT_EQ(reason(std::string("\xFF\xFE<\0a\0/\0>\0", 10)), "xml.malformed");
  EXPECT_EQ(reason("<a>\xC3</a>"), "xml.malformed");
  EXPECT_EQ(reason("<a>\xC0\xBC</a>"), "xml.malformed") << "overlong";
  EXPECT_EQ(reason("<a>\xED\xA0\x80</a>"), "xml.malformed") << "half a surrogate pair";
}

TEST_F(XmlReader, TakesNoUtf7ForMarkup) {
  const auto document = read("<?xml version='1.0' encoding='UTF-7'?><a>+ADw-b/+AD4-</a>");
  EXPECT_FALSE(document->root().first_child());
}

TEST_F(XmlReader, ReadsXml10Only) { EXPECT_EQ(reason("<?xml version='1.1'?><a>&#1;</a>"), "xml.version"); }

TEST_F(XmlReader, BoundsDepthElementsAndAttributes) {
  const Limits limits{.max_depth = 3, .max_elements = 5, .max_attributes = 2};
  EXPECT_EQ(reason("<a><a><a/></a></a>", limits), "");
  EXPECT_EQ(reason("<a><a><a><a/></a></a></a>", limits), "xml.too-deep");
  EXPECT_EQ(reason("<a><a/><a/><a/><a/></a>", limits), "");
  EXPECT_EQ(reason("<a><a/><a/><a/><a/><a/></a>", limits), "xml.too-many-elements");
  EXPECT_EQ(reason("<a x='' y=''/>", limits), "");
  EXPECT_EQ(reason("<a x='' y='' z=''/>", limits), "xml.too-many-attributes");
}

TEST_F(XmlReader, IsUsableAfterEveryRefusal) {
  for (const char* bad : {"<a><b>", "<!DOCTYPE a><a/>", "<a>\xC3</a>", "<a><a><a/></a></a>", ""}) {
    EXPECT_NE(reason(bad, {.max_depth = 2, .max_elements = 9, .max_attributes = 9}), "") << bad;
    const auto document = read("<a xmlns='urn:x'><b>c</b></a>");
    EXPECT_TRUE(document->root().child("urn:x", "b"));
  }
}

TEST_F(XmlReader, KeepsADocumentSmall) {
  std::string text = "<presence xmlns='urn:ietf:params:xml:ns:pidf'>";
  for (int i = 0; i < 20; ++i) text += "<tuple id='t'><status><basic>open</basic></status></tuple>";
  EXPECT_LT(read(text + "</presence>")->memory(), 4 * text.size());
}

TEST_F(XmlReader, SpaceThatOnlySetsElementsApartIsNotKeptAnyOtherIs) {
  const auto document = read("<a>\n  <b> </b>\n  <c>one <d/> <e/> two</c>\n</a>");
  std::vector<std::string> texts;
  for (const Node& node : document->nodes())
    if (node.is_text()) texts.emplace_back(document->text(node));
  EXPECT_EQ(texts, (std::vector<std::string>{" ", "one ", " ", " two"}));
}

}  // namespace
}  // namespace presentia::xml
