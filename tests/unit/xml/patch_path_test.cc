// The selectors of patches are XPath 1.0 where no namespaces are involved: another library says what they select.
#include "as/xml/patch_path.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/libxml2.h"
#include "tests/support/spec.h"

namespace presentia::xml {
namespace {

constexpr std::string_view kDocument =
    "<?p one?><!-- zero --><a x='1'>first<b>1</b><!-- one -->second<b y='2'><c>x</c></b><![CDATA[third]]>"
    "<b y='2' z='3'><c>y</c> <c>x</c><d/></b><?p two?><e><b>1</b></e><?q three?><e><b>2</b> </e><!-- two --></a>";

TEST(XmlPatchPath, SelectsWhatXPathSelects) {
  PS_SPEC("XDI-05");
  Reader reader;
  const auto document = EditableDocument::read(reader, kDocument);
  ASSERT_TRUE(document);
  const PrefixLookup none = [](std::string_view) { return std::string_view(); };
  const std::vector<std::string> tests{"a",
                                       "b",
                                       "c",
                                       "*",
                                       "e",
                                       "none",
                                       "text()",
                                       "comment()",
                                       "processing-instruction()",
                                       "processing-instruction('p')"};
  const std::vector<std::string> predicates{
      "",        "[1]",     "[2]",        "[4]",     "[@y='2']", "[@y='2'][2]",       "[2][@y='2']",
      "[.='1']", "[c='x']", "[c='y'][1]", "[b='2']", "[.=\"\"]", "[@z='3'][c='x'][1]"};
  std::size_t compared = 0;
  for (const std::string& test : tests) {
    for (const std::string& predicate : predicates) {
      for (const char* before : {"", "/", "a/", "*/", "a/b/", "a/*/", "a/e[2]/", "*/*[c='x']/", "a/b[@y='2']/"}) {
        const std::string expression = before + test + predicate;
        const auto path = parse_path(expression, none);
        if (!path) continue;  // only positions go with texts, comments and instructions
        std::vector<std::string> values;
        for (const NodeId node : select(*document, *path)) values.push_back(document->value(node));
        if (test.starts_with("processing"))  // XPath leaves the target out of the value
          for (std::string& value : values) value.erase(0, value.find(' ') + 1);
        EXPECT_EQ(values, test::xpath(kDocument, "/" + expression.substr(expression.front() == '/' ? 1 : 0)))
            << expression;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 800U);
}

TEST(XmlPatchPath, KnowsTheWholeGrammarAndNoMore) {  // the patterns of [RFC5261 8]
  PS_SPEC("XDI-05");
  const PrefixLookup lookup = [](std::string_view prefix) -> std::optional<std::string_view> {
    if (prefix == "p" || prefix.empty()) return prefix;
    return std::nullopt;
  };
  for (const char* good :
       {"a", "/a", "*", "p:a", "a/@p:b", "a/namespace::p", "a/text()[2]", "a/comment()[1]",
        "a/processing-instruction()", "a/processing-instruction(\"x\")[1]", "a[p:b='x'][3][@c=\"y\"]"})
    EXPECT_TRUE(parse_path(good, lookup)) << good;
  for (const char* bad : {"",
                          "/",
                          "//a",
                          "a/",
                          "a//b",
                          "a[]",
                          "a[x]",
                          "a[@x]",
                          "a[position()=1]",
                          "a|b",
                          "..",
                          ".",
                          "a/..",
                          "@*",
                          "a/@*",
                          "node()",
                          "a/node()",
                          "namespace::*",
                          "child::a",
                          "a[1",
                          "a]",
                          "a['x']",
                          "a[.]",
                          "text()/a",
                          "a/text()[.='x']",
                          "a/processing-instruction('x y')",
                          "a[@x='1' and @y='2']",
                          "a[@x!='1']",
                          "a:b:c",
                          "count(a)",
                          "a[b/c='1']"})
    EXPECT_FALSE(parse_path(bad, lookup)) << bad;
  EXPECT_EQ(parse_path("q:a", lookup).error(), PathFault::unbound_prefix);
  EXPECT_EQ(parse_path("id('x')/a", lookup).error(), PathFault::id_function);
  EXPECT_EQ(parse_path("/id()", lookup).error(), PathFault::id_function);
}

}  // namespace
}  // namespace presentia::xml
