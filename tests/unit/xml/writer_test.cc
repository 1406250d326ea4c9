#include "as/xml/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "as/xml/compare.h"
#include "as/xml/reader.h"
#include "tests/support/spec.h"

namespace presentia::xml {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::array kUsual{UsualPrefix{"urn:main", ""}, UsualPrefix{"urn:main", "m"}, UsualPrefix{"urn:x", "x"}};

class XmlWriter : public testing::Test {
 protected:
  DocumentPtr read(std::string_view text) {
    auto parsed = reader.parse(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text) << text;
    return parsed ? *parsed : nullptr;
  }
  // The text of `source` copied through a writer with the usual prefixes, without the XML declaration.
  std::string copied(std::string_view source) {
    const auto document = read(source);
    return Writer(kUsual).copy(document->root()).finish().substr(kDeclaration.size());
  }
  Reader reader;
};

TEST_F(XmlWriter, WritesADeclarationElementsAttributesAndText) {
  PS_SPEC("PDF-01");
  Writer writer;
  writer.begin("", "a").attribute("x", "1").element("", "b", "text").begin("", "c").end().end();
  EXPECT_EQ(writer.finish(), std::string(kDeclaration) + "<a x=\"1\"><b>text</b><c/></a>");
}

TEST_F(XmlWriter, EscapesSoThatAReaderGetsTheSame) {
  const std::string value = "<&>\"'\r\n\t]]> \xC3\xA9";
  Writer writer;
  const std::string text = writer.begin("", "a").attribute("x", value).text(value).end().finish();
  const auto document = read(text);
  EXPECT_EQ(document->root().attribute("x"), value);
  EXPECT_EQ(document->root().text(), value);
}

TEST_F(XmlWriter, LeavesOutWhatXmlCannotHold) {
  Writer writer;
  const std::string value(
      "a\x01"
      "b\0c\xEF\xBF\xBF"
      "d",
      9);
  EXPECT_EQ(read(writer.begin("", "a").text(value).end().finish())->root().text(), "abcd");
}

TEST_F(XmlWriter, ReplacesWhatIsNoUtf8) {
  for (const char* bad : {"\xC3", "\xC0\xBC", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x80", "\xE2\x82"}) {
    Writer writer;
    EXPECT_THAT(read(writer.begin("", "a").text(bad).end().finish())->root().text(), HasSubstr("\xEF\xBF\xBD"));
  }
}

TEST_F(XmlWriter, WritesUsualPrefixesWhateverTheSourceHad) {
  EXPECT_EQ(copied("<p:a xmlns:p='urn:main' xmlns='urn:x'><b/></p:a>"),
            "<a xmlns=\"urn:main\" xmlns:x=\"urn:x\"><x:b/></a>");
}

TEST_F(XmlWriter, KeepsThePrefixOfAnUnknownNamespaceIfItIsFree) {
  EXPECT_EQ(copied("<a xmlns='urn:main' xmlns:u='urn:u'><u:b/></a>"),
            "<a xmlns=\"urn:main\" xmlns:u=\"urn:u\"><u:b/></a>");
}

TEST_F(XmlWriter, GivesANewPrefixIfTheSourceHasNoneOrATakenOne) {
  EXPECT_EQ(copied("<a xmlns='urn:main'><b xmlns='urn:u'/><x:c xmlns:x='urn:v'/></a>"),
            "<a xmlns=\"urn:main\" xmlns:ns1=\"urn:u\" xmlns:ns2=\"urn:v\"><ns1:b/><ns2:c/></a>");
}

TEST_F(XmlWriter, TakesElementsOfSeveralDocuments) {
  const auto one = read("<p:a xmlns:p='urn:1'/>"), two = read("<p:a xmlns:p='urn:2'/>");
  Writer writer;
  const std::string text = writer.begin("", "r").copy(one->root()).copy(two->root()).end().finish();
  const auto both = read(text);
  EXPECT_TRUE(both->root().child("urn:1", "a"));
  EXPECT_TRUE(both->root().child("urn:2", "a"));
}

TEST_F(XmlWriter, LeavesElementsWithoutNamespaceWithoutOne) {
  const auto document = read(copied("<a xmlns='urn:main'><b xmlns=''><c xmlns='urn:main'/></b></a>"));
  EXPECT_TRUE(document->root().child("", "b").child("urn:main", "c"));
}

TEST_F(XmlWriter, PrefixesAttributesOfTheDefaultNamespace) {
  EXPECT_EQ(copied("<p:a xmlns:p='urn:main' p:k='1'/>"), "<a xmlns=\"urn:main\" xmlns:m=\"urn:main\" m:k=\"1\"/>");
}

TEST_F(XmlWriter, WritesXmlLangWithoutDeclaration) {
  EXPECT_EQ(copied("<a xmlns='urn:main' xml:lang='en'/>"), "<a xmlns=\"urn:main\" xml:lang=\"en\"/>");
}

TEST_F(XmlWriter, GivesTheTypeInXsiTypeItsNewPrefix) {
  const auto document =
      read(copied("<p:a xmlns:p='urn:main' xmlns:x='urn:u' xmlns:t='urn:t' "
                  "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><x:b xsi:type='x:kind'/></p:a>"));
  const Element b = document->root().first_child();
  const std::string type(b.attribute("type", kXsiNamespace).value_or(""));
  ASSERT_THAT(type, EndsWith(":kind"));
  EXPECT_EQ(b.namespace_of(type.substr(0, type.find(':'))), "urn:u");
}

TEST_F(XmlWriter, CopiesMixedContentAsItIs) {
  const std::string source = "<a> one <b>two</b>\n three<c/></a>";
  EXPECT_EQ(copied(source), source);
}

TEST_F(XmlWriter, IndentsWhatHoldsElementsOnly) {
  Writer writer({}, Layout::indented);
  writer.begin("", "a").begin("", "b").element("", "c", "text").end().begin("", "d").end().end();
  EXPECT_EQ(writer.finish(), std::string(kDeclaration) + "<a>\n  <b>\n    <c>text</c>\n  </b>\n  <d/>\n</a>\n");
}

class XmlComparison : public XmlWriter {
 protected:
  bool equal(std::string_view a, std::string_view b) {
    const auto left = read(a), right = read(b);
    EXPECT_EQ(equal_ignoring_space(left->root(), right->root()), equal_ignoring_space(right->root(), left->root()));
    return equal_ignoring_space(left->root(), right->root());
  }
};

TEST_F(XmlComparison, SeesNoDifferenceInPrefixOrderOfAttributesAndSpace) {
  EXPECT_TRUE(equal("<p:a xmlns:p='urn:x' x='1' y='2'><p:b>t</p:b></p:a>",
                    "<a xmlns='urn:x' y='2' x='1'>\n  <b> t </b>\n</a>"));
  EXPECT_TRUE(equal("<a>one<!-- two --></a>", "<a><![CDATA[one]]></a>"));
}

TEST_F(XmlComparison, SeesEveryOtherDifference) {
  const std::string base = "<a x='1'><b>t</b><c/></a>";
  for (const char* other :
       {"<a x='2'><b>t</b><c/></a>", "<a><b>t</b><c/></a>", "<a x='1' y='1'><b>t</b><c/></a>",
        "<a y='1'><b>t</b><c/></a>", "<a x='1'><b>u</b><c/></a>", "<a x='1'><b/><c/></a>", "<a x='1'><c/><b>t</b></a>",
        "<a x='1'><b>t</b></a>", "<a x='1'><b>t</b><c/><c/></a>", "<a x='1' xmlns='urn:x'><b>t</b><c/></a>",
        "<b x='1'><b>t</b><c/></b>", "<a x='1'>t<b>t</b><c/></a>"}) {
    EXPECT_FALSE(equal(base, other)) << other;
  }
}

}  // namespace
}  // namespace presentia::xml
