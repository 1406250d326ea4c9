// Patches as a client takes them: written into an xcap-diff document, read, applied to the copy that it holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/libxml2.h"
#include "tests/support/spec.h"
#include "tools/presentia-xdms/patch_writer.h"
#include "xdm-client/xcap/cached_copy.h"
#include "xdm-client/xcap/xcap_diff.h"

namespace presentia::test {
namespace {

using Operations = std::optional<std::vector<std::string>>;

class XdmsPatch : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(xml::initialize()); }

  // What the copy of a client is after the patch; "fetch" if it could not use it.
  std::string patched(const std::string& before, const std::vector<std::string>& operations) {
    const xcap::DocumentChange change{"a/users/b/c", "1", "2", false, operations};
    const std::string body = xcap::write_xcap_diff({"http://x/", {change}});
    EXPECT_TRUE(is_valid(body, std::string(PS_TEST_DATA) + "/xdms/xcap-diff.xsd")) << body;
    const auto read = xcap::read_xcap_diff(reader, body);
    if (!read) return "unreadable";
    const std::vector<xcap::DocumentChange> changes{std::get<xcap::DocumentChange>(read->entries.at(0))};
    const xcap::CachedCopy copy{before, {"1"}};
    const auto update = xcap::update_copy(reader, &copy, changes, {.max_patches = 9, .patch = {}});
    return update.copy ? update.copy->document : "fetch";
  }
  // Only the shape: operation and selector, as "add */*[1]".
  static std::vector<std::string> shape(const Operations& operations) {
    std::vector<std::string> shapes;
    for (const std::string& one : operations.value_or(std::vector<std::string>{"none"})) {
      const auto names = xpath(one, "/*/@sel | /*/@pos | /*/@type");
      std::string text = one.substr(one.find(':') + 1, one.find(' ') - one.find(':') - 1);
      for (const std::string& name : names) text += " " + name;
      shapes.push_back(text);
    }
    return shapes;
  }

  xml::Reader reader;
};

struct Pair {
  const char* before;
  const char* after;
  std::vector<std::string> shape;
};

TEST_F(XdmsPatch, SaysWhatChangedAndNoMore) {
  const std::vector<Pair> pairs{
      {"<a>\n <b/>\n</a>", "<a>\n <b/><c>1</c>\n</a>", {"add */*[1] after"}},
      {"<a><b/></a>", "<a><z/><b/></a>", {"add * prepend"}},
      {"<a/>", "<a><z/></a>", {}},  // how an empty element is written makes the shape
      {"<a>\n <b/>\n <c/>\n</a>", "<a>\n \n <c/>\n</a>", {"remove */*[1]"}},
      {"<a><b/><c/></a>", "<a><c/></a>", {"remove */*[1]"}},
      {"<a><b><c>1</c><d/></b></a>", "<a><b><c>2</c><d/></b></a>", {"replace */*[1]/*[1]"}},
      {"<a><b n='1' m='2'/></a>", "<a><b n=\"3\" m='2'/></a>", {"replace */*[1]/@n"}},
      {"<a><b m='2'/></a>", "<a><b m='2' n=\"3\"/></a>", {"add */*[1] @n"}},
      {"<a><b m='2' n='3'/></a>", "<a><b m='2'/></a>", {"remove */*[1]/@n"}},
      {"<a>one<!-- x --></a>", "<a>two<!-- x --></a>", {"replace *"}},
      {"<a/>", "<!-- new --><a/>", {"none"}},
      {"<?xml version='1.0'?><a/>", "<a/>", {"none"}},
  };
  for (const Pair& pair : pairs) {
    const auto operations = xdms::make_patch(reader, pair.before, pair.after);
    if (!pair.shape.empty()) {
      EXPECT_EQ(shape(operations), pair.shape) << pair.before << " " << pair.after;
    }
    if (operations) {
      EXPECT_EQ(patched(pair.before, *operations), pair.after);
    }
  }
}

TEST_F(XdmsPatch, NamespacesMeanTheSameInTheCopy) {
  PS_SPEC("XDI-06");
  const std::vector<std::pair<std::string, std::string>> pairs{
      {"<a xmlns=\"urn:a\"><b/></a>", "<a xmlns=\"urn:a\"><b/><c/></a>"},
      {"<p:a xmlns:p=\"urn:a\" xmlns=\"urn:b\"><b/></p:a>",
       "<p:a xmlns:p=\"urn:a\" xmlns=\"urn:b\"><b/><p:c/><c/></p:a>"},
      {"<d:a xmlns:d=\"urn:d\"><d:b/></d:a>", "<d:a xmlns:d=\"urn:d\"><d:b/><d:c x=\"1\"/></d:a>"},
      {"<a><b/></a>", "<a><b/><c xmlns=\"urn:c\"><q:e xmlns:q=\"urn:q\"/></c></a>"},
      {"<a xmlns=\"urn:a\"><b/></a>", "<a xmlns=\"urn:other\"><b/></a>"},
      {"<a xmlns:x=\"urn:x\"><x:b x:i=\"1\"/></a>", "<a xmlns:x=\"urn:x\"><x:b x:i=\"2\"/></a>"},
      {"<a>&lt;&#10;<b/></a>", "<a>&lt;&#10;<b i=\"&quot;&amp;\"/></a>"}};
  for (const auto& [before, after] : pairs) {
    const auto operations = xdms::make_patch(reader, before, after);
    ASSERT_TRUE(operations) << after;
    EXPECT_EQ(canonical(patched(before, *operations)), canonical(after));
  }
}

}  // namespace
}  // namespace presentia::test
