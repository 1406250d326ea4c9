// The examples of RFC 5874 and RFC 5875 as they stand there, and what they do to a copy that is held.
#include "xdm-client/xcap/xcap_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/files.h"
#include "tests/support/libxml2.h"
#include "tests/support/spec.h"
#include "xdm-client/xcap/cached_copy.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xcap {
namespace {

using Kind = DocumentChange::Kind;
using test::canonical;
using testing::ElementsAre;

const std::string kIndex = "tests/users/sip:joe@example.com/index";
const std::string kHead = "<xcap-diff xmlns='urn:ietf:params:xml:ns:xcap-diff' xcap-root='http://x/'>";

class XcapDiffDocument : public testing::Test {
 protected:
  XcapDiff read(std::string_view body) {
    auto diff = read_xcap_diff(reader, body, limits);
    EXPECT_TRUE(diff) << body << (diff ? "" : diff.error().text);
    return diff ? *diff : XcapDiff{};
  }
  XcapDiff example(const std::string& name) { return read(test::content(PS_TEST_DATA "/xcap/" + name + ".xml")); }
  std::string reason(const std::string& body) {
    const auto diff = read_xcap_diff(reader, body, limits);
    return diff ? "" : diff.error().reason;
  }
  template <class Entry>
  static std::vector<Entry> all(const XcapDiff& diff) {
    std::vector<Entry> found;
    for (const auto& entry : diff.entries)
      if (const auto* of_kind = std::get_if<Entry>(&entry)) found.push_back(*of_kind);
    return found;
  }
  DocumentChange only(const std::string& name) {
    const auto changes = all<DocumentChange>(example(name));
    EXPECT_EQ(changes.size(), 1U);
    return changes.at(0);
  }
  xml::Reader reader;
  DiffLimits limits;
};

TEST_F(XcapDiffDocument, TellsCreatedChangedPatchedAndRemovedApart) {  // [RFC5874 A.1, A.2]
  PS_SPEC("XDI-01");
  const auto listed = all<DocumentChange>(example("rfc5874-sAppA-1"));
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].sel, kIndex);
  EXPECT_EQ(listed[0].new_etag, "7ahggs");
  EXPECT_EQ(listed[0].kind(), Kind::created_or_exists);
  EXPECT_EQ(only("rfc5874-sAppA-2").kind(), Kind::created_or_exists);
  EXPECT_EQ(only("rfc5874-sAppA-3").kind(), Kind::changed);
  EXPECT_EQ(only("rfc5874-sAppA-4").kind(), Kind::removed);
  EXPECT_EQ(only("rfc5874-sAppA-4").previous_etag, "huwiias");
  EXPECT_EQ(only("rfc5874-sAppA-5").kind(), Kind::patched);
  const auto only_etag = all<DocumentChange>(
      read(kHead + "<document sel='a' previous-etag='1' new-etag='2'><body-not-changed/></document></xcap-diff>"));
  EXPECT_EQ(only_etag.at(0).kind(), Kind::only_etag);
}

TEST_F(XcapDiffDocument, EveryExampleOfBothRfcsIsRead) {
  PS_SPEC("XDI-01");
  for (int i = 1; i <= 8; ++i) EXPECT_FALSE(example("rfc5874-sAppA-" + std::to_string(i)).entries.empty()) << i;
  for (const int i : {1, 2, 3, 4, 5, 7, 8, 9})
    EXPECT_FALSE(example("rfc5875-sAppA-" + std::to_string(i)).entries.empty()) << i;
  EXPECT_TRUE(example("rfc5875-sAppA-6").entries.empty());
}

TEST_F(XcapDiffDocument, ShowsElementsAndAttributes) {  // [RFC5874 5, A.3]
  PS_SPEC("XDI-03");
  const XcapDiff diff = example("rfc5874-s5-1");
  EXPECT_EQ(diff.xcap_root, "http://xcap.example.com/root/");
  const auto elements = all<ElementState>(diff);
  ASSERT_EQ(elements.size(), 1U);
  EXPECT_TRUE(elements[0].exists);
  ASSERT_TRUE(elements[0].content);
  EXPECT_THAT(canonical(*elements[0].content),
              testing::HasSubstr("<rl:entry uri=\"sip:sudhir@example.com\"></rl:entry>"));
  EXPECT_THAT(*elements[0].content, testing::HasSubstr("xmlns=\"urn:ietf:params:xml:ns:rls-services\""));
  EXPECT_THAT(all<AttributeState>(diff),
              ElementsAre(AttributeState{"rls-services/users/sip:joe@example.com/index/~~/*/service/@uri", true,
                                         "sip:marketing@example.com"}));
  EXPECT_THAT(all<AttributeState>(example("rfc5874-sAppA-8")),
              ElementsAre(AttributeState{kIndex + "/~~/doc/@id", false, ""}));
  EXPECT_THAT(all<AttributeState>(example("rfc5874-sAppA-7")),
              ElementsAre(AttributeState{kIndex + "/~~/doc/@id", true, "bar"}));
}

TEST_F(XcapDiffDocument, TakesEveryBooleanAndAnElementWithoutContent) {
  PS_SPEC("XDI-03");
  const auto states = all<ElementState>(
      read(kHead +
           "<element sel='a'/><element sel='b' exists='true'/><element sel='c' exists=' 0 '/>"
           "<element sel='d' exists='false'><x/></element><element sel='e' exists='1'> <x/> </element></xcap-diff>"));
  ASSERT_EQ(states.size(), 5U);
  EXPECT_EQ(states[0], (ElementState{"a", true, {}}));
  EXPECT_EQ(states[1], (ElementState{"b", true, {}}));
  EXPECT_EQ(states[2], (ElementState{"c", false, {}}));
  EXPECT_EQ(states[3], (ElementState{"d", false, {}}));
  EXPECT_TRUE(states[4].content);
}

TEST_F(XcapDiffDocument, WhatIsNotKnownIsIgnored) {  // [RFC5874 3]
  PS_SPEC("XDI-04");
  const XcapDiff diff =
      read(kHead +
           "<other/><document sel='a' new-etag='1' x:y='z' xmlns:x='urn:x'><x:more/></document><document/>"
           "<document sel='a'/><document new-etag='1'/><element/><attribute/>"
           "<x:document xmlns:x='urn:x' sel='b' new-etag='2'/><x:more xmlns:x='urn:x'/></xcap-diff>");
  ASSERT_EQ(diff.entries.size(), 1U);
  EXPECT_EQ(std::get<DocumentChange>(diff.entries[0]).sel, "a");
  EXPECT_TRUE(std::get<DocumentChange>(diff.entries[0]).operations.empty());
}

TEST_F(XcapDiffDocument, UnprefixedSelectorsAreInTheDefaultDocumentNamespace) {  // [RFC5874 3; RFC5875 5]
  PS_SPEC("XDI-04");
  const ElementState state = all<ElementState>(example("rfc5875-s5-1")).at(0);
  std::string sel = state.sel;  // folded in the RFC
  std::erase(sel, ' ');
  const auto selector = parse_selector(sel, "urn:ietf:params:xml:ns:rls-services");
  ASSERT_TRUE(selector) << sel;
  EXPECT_EQ(selector->node->steps.at(1).name->ns, "urn:ietf:params:xml:ns:rls-services");
}

TEST_F(XcapDiffDocument, AnythingElseIsRefused) {
  EXPECT_EQ(reason("<xcap-diff>"), "xml.malformed");
  EXPECT_EQ(reason("<xcap-diff xcap-root='/'/>"), "xcap-diff.root");
  EXPECT_EQ(reason("<xcap-diff xmlns='urn:ietf:params:xml:ns:xcap-diff'/>"), "xcap-diff.root");
  EXPECT_EQ(reason("<document xmlns='urn:ietf:params:xml:ns:xcap-diff' xcap-root='/'/>"), "xcap-diff.root");
  EXPECT_EQ(reason("<!DOCTYPE xcap-diff [<!ENTITY a 'b'>]>" + kHead + "</xcap-diff>"), "xml.doctype");
}

TEST_F(XcapDiffDocument, IsBounded) {
  const auto many = [](const std::string& entry, int count) {
    std::string body = kHead;
    for (int i = 0; i < count; ++i) body += entry;
    return body + "</xcap-diff>";
  };
  limits.max_entries = 3;
  EXPECT_EQ(reason(many("<document sel='a' new-etag='1'/>", 3)), "");
  EXPECT_EQ(reason(many("<document sel='a' new-etag='1'/>", 4)), "xcap-diff.too-large");
  limits.max_operations = 2;
  const std::string patch = "<document sel='a' previous-etag='0' new-etag='1'>";
  EXPECT_EQ(reason(kHead + patch + "<remove sel='a'/><remove sel='a'/></document></xcap-diff>"), "");
  EXPECT_EQ(reason(kHead + patch + "<remove sel='a'/><remove sel='a'/><remove sel='a'/></document></xcap-diff>"),
            "xcap-diff.too-large");
  limits = {};
  limits.max_bytes = 300;
  EXPECT_EQ(reason(many("<document sel='a' new-etag='1'/>", 1) + std::string(300, ' ')), "xcap-diff.too-large");
}

TEST_F(XcapDiffDocument, DeclarationsAreNotMultipliedWithoutBound) {  // they are written again for every part
  const auto with_declarations = [](int declarations) {
    std::string body = kHead.substr(0, kHead.size() - 1);
    for (int i = 0; i < declarations; ++i) body += " xmlns:p" + std::to_string(i) + "='u'";
    body += ">";
    for (int i = 0; i < 40; ++i) body += "<element sel='a'><x/></element>";
    return body + "</xcap-diff>";
  };
  limits.max_bytes = 2000;
  EXPECT_EQ(reason(with_declarations(1)), "");
  EXPECT_EQ(reason(with_declarations(40)), "xcap-diff.too-large");
}

TEST_F(XcapDiffDocument, IsWrittenAsItIsRead) {
  for (const char* name : {"rfc5874-s5-1", "rfc5874-sAppA-1", "rfc5874-sAppA-3", "rfc5874-sAppA-4", "rfc5874-sAppA-6",
                           "rfc5874-sAppA-7", "rfc5874-sAppA-8", "rfc5875-s5-1", "rfc5875-sAppA-6"}) {
    const XcapDiff diff = example(name);
    const XcapDiff again = read(write_xcap_diff(diff));
    EXPECT_EQ(again.xcap_root, diff.xcap_root);
    ASSERT_EQ(again.entries.size(), diff.entries.size()) << name;
    EXPECT_EQ(write_xcap_diff(again), write_xcap_diff(diff)) << name;
    EXPECT_TRUE(test::is_valid(write_xcap_diff(diff), PS_TEST_DATA "/xcap/schemas/xcap-diff.xsd")) << name;
  }
  const XcapDiff odd{"http://x/?\"<&", {DocumentChange{"a'\"<", "1", "2", true, {}}, AttributeState{"b", true, "<&>"}}};
  EXPECT_EQ(read(write_xcap_diff(odd)), odd);
}

class XcapCachedCopy : public XcapDiffDocument {
 protected:
  using Action = CopyUpdate::Action;
  CopyUpdate update(const std::vector<DocumentChange>& changes) {
    return update_copy(reader, held ? &*held : nullptr, changes, copy_limits);
  }
  static DocumentChange change(std::optional<std::string> previous, std::optional<std::string> next,
                               std::vector<std::string> operations = {}) {
    return {"a", std::move(previous), std::move(next), false, std::move(operations)};
  }
  static std::string add(const std::string& what) {
    return "<add xmlns='urn:ietf:params:xml:ns:xcap-diff' sel='*'>" + what + "</add>";
  }
  std::optional<CachedCopy> held = CachedCopy{"<doc>1</doc>", {"one", false}};
  CopyLimits copy_limits{.max_patches = 8, .patch = {}};
};

const std::string kDoc =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<doc id=\"bar\">\n  <note>This is a sample document</note>\n</doc>";

TEST_F(XcapCachedCopy, IsPatchedAsInTheExamples) {  // [RFC5874 A.2] aggregated, and with the full history
  PS_SPEC("XDI-02");
  const std::string expected =
      "<doc id='bar'>\n  <note>This is a sample document</note>\n<foo>this is a new element</foo><bar>this is a bar "
      "element\n</bar><foobar>this is a foobar element</foobar></doc>";
  held = CachedCopy{kDoc, {"7ahggs3", false}};
  const CopyUpdate aggregated = update({only("rfc5874-sAppA-5")});
  ASSERT_EQ(aggregated.action, Action::replace);
  EXPECT_EQ(canonical(aggregated.copy->document), canonical(expected));
  EXPECT_EQ(aggregated.copy->etag.opaque, "63hjjsll");
  EXPECT_EQ(aggregated.copy->patches, 1U);

  held = CachedCopy{kDoc, {"7ahggs", false}};
  const CopyUpdate in_steps = update(all<DocumentChange>(example("rfc5874-sAppA-6")));
  ASSERT_EQ(in_steps.action, Action::replace);
  EXPECT_EQ(canonical(in_steps.copy->document), canonical(expected));
  EXPECT_EQ(in_steps.copy->patches, 3U);
}

TEST_F(XcapCachedCopy, OlderChangesOfAChainArePassedOver) {  // [RFC5875 4.8]
  PS_SPEC("XDI-02");
  held = CachedCopy{kDoc, {"fgherhryt3", false}};
  const CopyUpdate skipped = update(all<DocumentChange>(example("rfc5874-sAppA-6")));
  ASSERT_EQ(skipped.action, Action::replace);
  EXPECT_EQ(skipped.copy->patches, 2U);
  held->etag.opaque = "63hjjsll";
  EXPECT_EQ(update(all<DocumentChange>(example("rfc5874-sAppA-6"))).action, Action::keep);
}

TEST_F(XcapCachedCopy, AnythingThatDoesNotFitIsFetched) {
  PS_SPEC("XDI-02");
  EXPECT_EQ(update({change("other", "two", {add("2")})}).action, Action::fetch);
  EXPECT_EQ(update({change("one", "two")}).action, Action::fetch);
  EXPECT_EQ(update({change({}, "two")}).action, Action::fetch);
  EXPECT_EQ(update({change("other", {})}).action, Action::fetch);
  EXPECT_EQ(update({change("ONE", "two", {add("2")})}).action, Action::fetch);
  EXPECT_EQ(update({change("one", "W/\"two\"", {add("2")})}).action, Action::fetch);
  EXPECT_EQ(update({change("one", "two", {add("2")}), change("three", "four", {add("2")})}).action, Action::fetch);
  held->etag.weak = true;
  EXPECT_EQ(update({change("one", "two", {add("2")})}).action, Action::fetch);
  held.reset();
  EXPECT_EQ(update({change({}, "two")}).action, Action::fetch);
  EXPECT_EQ(update({change("one", "two", {add("2")})}).action, Action::fetch);
}

TEST_F(XcapCachedCopy, APatchThatFailsSaysWhy) {
  PS_SPEC("XDI-07");
  const CopyUpdate failed = update({change("one", "two", {"<remove sel='none'/>"})});
  EXPECT_EQ(failed.action, Action::fetch);
  ASSERT_TRUE(failed.failure);
  EXPECT_EQ(failed.failure->fault, xml::PatchFault::unlocated_node);
  EXPECT_FALSE(failed.copy);
}

TEST_F(XcapCachedCopy, FollowsTheRestOfTheTable) {  // [RFC5874 3, figure 1]
  PS_SPEC("XDI-01 XDI-02");
  EXPECT_EQ(update({}).action, Action::keep);
  EXPECT_EQ(update({change({}, "one")}).action, Action::keep);
  EXPECT_EQ(update({change({}, "\"one\"")}).action, Action::keep);
  EXPECT_EQ(update({change("zero", "one", {add("1")})}).action, Action::keep);
  EXPECT_EQ(update({change("one", {})}).action, Action::drop);
  EXPECT_EQ(update({change("one", {}), change({}, "two")}).action, Action::fetch);
  DocumentChange only_etag = change("one", "two");
  only_etag.body_not_changed = true;
  const CopyUpdate retagged = update({only_etag});
  ASSERT_EQ(retagged.action, Action::replace);
  EXPECT_EQ(retagged.copy->document, held->document);
  EXPECT_EQ(retagged.copy->etag.opaque, "two");
  EXPECT_EQ(retagged.copy->patches, 0U);
  held.reset();
  EXPECT_EQ(update({change("one", {})}).action, Action::keep);
}

TEST_F(XcapCachedCopy, AWholeFetchIsDueAfterSoManyPatches) {
  copy_limits.max_patches = 1;
  const CopyUpdate once = update({change("one", "two", {add("2")})});
  ASSERT_EQ(once.action, Action::replace);
  held = once.copy;
  EXPECT_EQ(update({change("two", "three", {add("3")})}).action, Action::fetch);
  copy_limits = {};
  held->patches = 0;
  EXPECT_EQ(update({change("two", "three", {add("3")})}).action, Action::fetch) << "by default none is applied";
}

}  // namespace
}  // namespace presentia::xcap
