// What an XDM server, or a client of ours, may be sent: URIs, nodes to put, xcap-diff documents and XML patches. An
// input is a first line, a URI or a selector, and an XML text.
#include <string>
#include <variant>

#include "as/xml/compare.h"
#include "as/xml/edit.h"
#include "as/xml/patch.h"
#include "tests/fuzz/property.h"
#include "xdm-client/xcap/caps.h"
#include "xdm-client/xcap/error_document.h"
#include "xdm-client/xcap/etag.h"
#include "xdm-client/xcap/node_operations.h"
#include "xdm-client/xcap/xcap_diff.h"

namespace presentia::fuzz {
namespace {

constexpr std::string_view kDefault = "urn:ietf:params:xml:ns:resource-lists";
constexpr std::string_view kDocument =
    "<?xml version='1.0'?><!--c--><a xmlns='urn:ietf:params:xml:ns:resource-lists' xmlns:p='urn:p' xmlns:q='urn:p'>\n"
    " <b x='1'><p:c p:y='2'/>t<![CDATA[<]]></b> <!-- d --><b x='2'/><?pi e?>\n</a>";

xml::Reader& reader() {
  static xml::Reader made;
  return made;
}

bool is_readable(std::string_view text) { return reader().parse(text).has_value(); }

void selectors(std::string_view uri) {
  const auto selector = xcap::parse_selector(uri, kDefault);
  if (!selector) {
    must(xcap::status_of(selector.error()) >= 400, "a refusal has a status");
    return;
  }
  const auto again = xcap::parse_selector(xcap::to_uri(*selector), kDefault);
  // escapes may make it longer than is read
  if (again) must(*again == *selector, "a selector that was written is the same");
}

void nodes(std::string_view node, std::string_view body) {
  const auto selector = xcap::parse_node_selector(node, {{"p", "urn:p"}, {"n", "urn:n"}}, kDefault);
  if (!selector) return;
  const bool is_attribute = selector->terminal == xcap::NodeSelector::Terminal::attribute;
  const auto before = xcap::get_node(reader(), kDocument, *selector);
  const auto put =
      xcap::put_node(reader(), kDocument, *selector,
                     {std::string(is_attribute ? xcap::kAttributeType : xcap::kElementType), std::string(body)});
  if (put) {
    must(is_readable(put->document), "what a PUT makes can be read");
    must(put->created == !before.has_value(), "it creates what was not there");
    const auto after = xcap::get_node(reader(), put->document, *selector);
    must(after.has_value(), "and what was put is there");
    const auto twice = xcap::put_node(reader(), put->document, *selector, {after->type, after->body});
    must(twice && twice->document == put->document && !twice->created, "and putting it again changes nothing");
  }
  const auto removed = xcap::delete_node(reader(), kDocument, *selector);
  if (!removed) return;
  must(before.has_value() && is_readable(*removed), "what can be deleted was there");
  must(!xcap::get_node(reader(), *removed, *selector), "and is gone");
}

void patches(std::string_view patch) {
  const auto document = xml::EditableDocument::read(reader(), patch);
  if (!document) return;
  must(is_readable(document->text()), "a document that was not changed can be read");
  const auto flat = reader().parse(patch), again = reader().parse(document->text());
  must(xml::equal_ignoring_space((*flat)->root(), (*again)->root()), "and is the same");
  const auto operations = xml::patch_operations(*document, document->root());
  if (!operations) return;
  for (const std::string& operation : *operations) must(is_readable(operation), "an operation stands on its own");
  const auto patched = xml::apply_patch(reader(), kDocument, *operations);
  if (patched) {
    must(is_readable(*patched), "what a patch makes can be read");
  } else {
    must(!xml::error_name(patched.error().fault).empty(), "a failure has a name");
    must(is_readable(xml::patch_error_document(patched.error())), "and a document");
  }
}

void documents(std::string_view body) {
  const xcap::ErrorDocument error = xcap::read_error_document(reader(), body);
  if (error.conflict != xcap::Conflict::unqualified)
    must(is_readable(xcap::write_error_document(error)), "an error document can be written");
  static_cast<void>(xcap::read_capabilities(reader(), body));
  const auto diff = xcap::read_xcap_diff(reader(), body);
  if (!diff) return;
  const std::string written = xcap::write_xcap_diff(*diff);
  const auto again = xcap::read_xcap_diff(reader(), written);
  must(again.has_value(), "an xcap-diff document that was written can be read");
  must(again->entries.size() == diff->entries.size(), "and has the same entries");
  must(xcap::write_xcap_diff(*again) == written, "and is the same");
}

void tags(std::string_view header) {
  const auto tag = xcap::parse_etag(header);
  if (!tag) return;
  must(xcap::parse_etag(xcap::to_header(*tag)) == tag, "an entity-tag that was written is the same");
  must(!xcap::if_none_match_holds(xcap::to_header(*tag), *tag), "and matches");
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace presentia::fuzz;  // NOLINT(google-build-using-namespace): the targets above
  const auto [line, text] = first_line(as_text(data, size));
  selectors(line);
  tags(line);
  nodes(line, text);
  patches(text);
  documents(text);
  return 0;
}
