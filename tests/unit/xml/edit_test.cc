#include "as/xml/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/libxml2.h"

namespace presentia::xml {
namespace {

using test::canonical;
using testing::ElementsAre;

constexpr std::string_view kMixed =
    "\xEF\xBB\xBF<?xml version='1.0'  encoding=\"UTF-8\"?>\n<!-- before --> <?style a?>\n"
    "<p:a  xmlns:p = 'urn:p' xmlns=\"urn:d\"\n   x='1 &lt; \"2\"' p:y=\"z\" >one &amp; <![CDATA[<two>]]> "
    "<!-- in --><b/>\n<?pi data?><c xmlns=''><d  ></d></c></p:a>\n<!-- after -->\n";

class XmlEdit : public testing::Test {
 protected:
  EditableDocument read(std::string_view text) {
    auto document = EditableDocument::read(reader, text);
    EXPECT_TRUE(document) << text;
    if (!document) document = EditableDocument::read(reader, "<none/>");
    return std::move(*document);
  }
  // What a change of `text` gives.
  template <class Change>
  std::string changed(std::string_view text, Change change) {
    EditableDocument document = read(text);
    change(document);
    EXPECT_TRUE(reader.parse(document.text())) << document.text();
    return document.text();
  }
  Reader reader;
};

TEST_F(XmlEdit, WhatIsNotChangedStaysAsItWas) {
  const EditableDocument document = read(kMixed);
  EXPECT_EQ(canonical(document.text()), canonical(kMixed));
  const std::string tidy = "<a  x='1'\n y=\"2\" ><!-- c --> <b />\n<![CDATA[<]]>&#65;<?p q?><e></e></a >";
  EXPECT_EQ(read(tidy).text(), "<a  x='1'\n y=\"2\" ><!-- c --> <b />\n<![CDATA[<]]>&#65;<?p q?><e></e></a>");
}

TEST_F(XmlEdit, ShowsNodesAsXPathSeesThem) {
  const EditableDocument document = read(kMixed);
  const NodeId root = document.root();
  EXPECT_EQ(document.ns(root), "urn:p");
  EXPECT_EQ(document.attribute(root, "", "x")->value, "1 < \"2\"");
  EXPECT_EQ(document.attribute(root, "urn:p", "y")->value, "z");
  EXPECT_EQ(document.attribute(root, "", "xmlns"), nullptr);
  EXPECT_EQ(document.value(document.first_child(root)), "one & <two> ");
  const std::vector<NodeId> elements = document.child_elements(root);
  ASSERT_EQ(elements.size(), 2U);
  EXPECT_EQ(document.ns(elements[0]), "urn:d");
  EXPECT_EQ(document.ns(elements[1]), "");
  EXPECT_EQ(document.target(document.previous(elements[1])), "pi");
  EXPECT_EQ(document.kind(document.previous(elements[0])), NodeKind::comment);
  EXPECT_EQ(document.value(root), "one & <two> \n");
}

TEST_F(XmlEdit, NormalizesAttributesAndEndsOfLinesAsXmlSays) {
  const EditableDocument document = read("<a x='1\t2\n3&#10;4&#x1F600;'>\r\nb\rc</a>");
  EXPECT_EQ(document.attribute(document.root(), "", "x")->value, "1 2 3\n4\xF0\x9F\x98\x80");
  EXPECT_EQ(document.value(document.root()), "\nb\nc");
}

TEST_F(XmlEdit, InsertsWhereItIsTold) {
  EXPECT_EQ(changed("<a> <b/> <c/></a>",
                    [](auto& d) { EXPECT_TRUE(d.insert(d.root(), d.child_elements(d.root())[1], "<x y='1'/>t")); }),
            "<a> <b/> <x y='1'/>t<c/></a>");
  EXPECT_EQ(changed("<a/>", [](auto& d) { EXPECT_TRUE(d.insert(d.root(), kNoNode, "t<b/>")); }), "<a>t<b/></a>");
}

TEST_F(XmlEdit, InsertedNamesAreResolvedInTheirPlace) {
  EditableDocument document = read("<a xmlns='urn:d' xmlns:p='urn:p'><b xmlns:p='urn:q'/></a>");
  const NodeId b = document.child_elements(document.root())[0];
  const auto added = document.insert(b, kNoNode, "<p:x p:y='1'><z/></p:x>");
  ASSERT_TRUE(added);
  EXPECT_EQ(document.ns(added->front()), "urn:q");
  EXPECT_NE(document.attribute(added->front(), "urn:q", "y"), nullptr);
  EXPECT_EQ(document.ns(document.child_elements(added->front())[0]), "urn:d");
}

TEST_F(XmlEdit, WhatDoesNotBalanceChangesNothing) {
  for (const char* bad : {"<x>", "</a><a>", "<x></y>", "<x y=1/>", "<x y='1'z='2'/>", "<!-- ", "<?x", "<![CDATA[", "<",
                          "<x y='<'/>", "<x:/>", "<x y='&nope;'/>", "<!DOCTYPE a>", "< x/>", "<x y/>", "<x y='1"}) {
    EditableDocument document = read("<a>t</a>");
    EXPECT_FALSE(document.insert(document.root(), kNoNode, bad)) << bad;
    EXPECT_EQ(document.text(), "<a>t</a>");
  }
}

TEST_F(XmlEdit, TextThatMeetsIsOneNode) {
  EditableDocument document = read("<a>1<b/>2</a>");
  document.remove(document.child_elements(document.root())[0]);
  const NodeId text = document.first_child(document.root());
  EXPECT_EQ(document.value(text), "12");
  EXPECT_EQ(document.next(text), kNoNode);
  EXPECT_EQ(changed("<a>]]<b/>&gt;</a>", [](auto& d) { d.remove(d.child_elements(d.root())[0]); }), "<a>]]&gt;</a>");
  EXPECT_EQ(changed("<a>]<b/>]></a>", [](auto& d) { d.remove(d.child_elements(d.root())[0]); }), "<a>]]&gt;</a>");
  EXPECT_EQ(changed("<a>]]<b/>></a>", [](auto& d) { d.remove(d.child_elements(d.root())[0]); }), "<a>]]&gt;</a>");
}

TEST_F(XmlEdit, ReplacesAndRemovesNodes) {
  EXPECT_EQ(changed("<a>1<b/>2</a>", [](auto& d) { d.replace(d.child_elements(d.root())[0], "<c/>"); }),
            "<a>1<c/>2</a>");
  EXPECT_EQ(changed("<a>1<b/>2</a>", [](auto& d) { d.replace(d.last_child(d.root()), "3"); }), "<a>1<b/>3</a>");
  EXPECT_EQ(changed("<a><b/></a>", [](auto& d) { d.remove(d.first_child(d.root())); }), "<a></a>");
}

TEST_F(XmlEdit, SetsAndRemovesAttributes) {
  const auto set = [](auto& d) {
    d.set_attribute(d.root(), "", "x", "<\"'&>");
    d.set_attribute(d.root(), "p", "y", "3");
    d.set_attribute(d.root(), "", "n", "");
  };
  EXPECT_EQ(changed("<a xmlns:p='urn:p' q='0' x='1' xmlns:r='urn:p' r:y='2'/>", set),
            "<a xmlns:p='urn:p' q='0' x=\"&lt;&quot;'&amp;&gt;\" xmlns:r='urn:p' r:y=\"3\" n=\"\"/>");
  EXPECT_EQ(changed("<a x='1' y='2'/>", [](auto& d) { d.remove_attribute(d.root(), "", "x"); }), "<a y='2'/>");
}

TEST_F(XmlEdit, DeclarationsChangeWhatNamesBelowMean) {
  EditableDocument document = read("<p:a xmlns:p='urn:1'><b><p:c/></b></p:a>");
  const NodeId b = document.child_elements(document.root())[0], c = document.child_elements(b)[0];
  document.declare(b, "p", "urn:2");
  EXPECT_EQ(document.ns(c), "urn:2");
  EXPECT_EQ(document.ns(document.root()), "urn:1");
  document.declare(b, "", "urn:3");
  EXPECT_EQ(document.ns(b), "urn:3");
  document.remove_declaration(b, "p");
  EXPECT_EQ(document.ns(c), "urn:1");
  EXPECT_EQ(document.text(), "<p:a xmlns:p='urn:1'><b xmlns=\"urn:3\"><p:c/></b></p:a>");
}

TEST_F(XmlEdit, TellsTheNamespacesInScope) {
  const EditableDocument document =
      read("<a xmlns='urn:d' xmlns:z='urn:z' xmlns:b='urn:b'><c xmlns='' xmlns:b='urn:b2'/></a>");
  std::vector<std::pair<std::string, std::string>> found;
  for (const NamespaceBinding& binding : document.namespaces(document.child_elements(document.root())[0]))
    found.emplace_back(binding.prefix, binding.ns);
  EXPECT_THAT(found, ElementsAre(testing::Pair("b", "urn:b2"), testing::Pair("z", "urn:z")));
  EXPECT_EQ(document.namespace_of(document.root(), "nope"), std::nullopt);
  EXPECT_EQ(document.namespace_of(document.root(), "xml"), kXmlNamespace);
}

TEST_F(XmlEdit, AnElementOnItsOwnMeansTheSame) {
  const EditableDocument document = read("<a xmlns='urn:d' xmlns:p='urn:\"p'><p:b xmlns:q='urn:q'><c/></p:b></a>");
  EXPECT_EQ(document.standalone(document.child_elements(document.root())[0]),
            "<p:b xmlns=\"urn:d\" xmlns:p=\"urn:&quot;p\" xmlns:q='urn:q'><c/></p:b>");
}

TEST_F(XmlEdit, IsNotHurtByDepthItselfHasMade) {
  EditableDocument document = read("<a/>");
  NodeId at = document.root();
  for (int i = 0; i < 2'000; ++i) at = document.insert(at, kNoNode, "<a/>")->front();
  EXPECT_EQ(document.text().size(), 2'000 * 7 + 4U);
  EXPECT_EQ(document.value(document.root()), "");
}

}  // namespace
}  // namespace presentia::xml
