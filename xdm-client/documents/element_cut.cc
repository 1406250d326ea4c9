#include "xdm-client/documents/element_cut.h"

#include <utility>

#include "xdm-client/documents/usage.h"
#include "xdm-client/xcap/node_match.h"
#include "xdm-client/xcap/node_operations.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xdm {
namespace {

base::Unexpected<base::Error> fault(const char* code, std::string text) {
  return base::Unexpected{base::Error{code, std::move(text)}};
}

}  // namespace

base::Result<std::optional<Piece>> ElementCut::cut(const std::string& node) {
  const auto selector = xcap::parse_selector(document_ + "/~~/" + node, default_namespace(xcap::auid_of(document_)));
  if (!selector || !selector->node) return fault("selector", "no node selector: " + node);
  if (!source_) source_.emplace(xml::EditableDocument::read(reader_, text_, limits_));
  if (!*source_) {
    const xml::ParseError& error = source_->error();
    return fault("not_well_formed", error.reason + " in line " + std::to_string(error.line) + ": " + error.text);
  }
  const xml::EditableDocument& source = **source_;
  if (!xcap::selects(source, *selector->node)) return std::optional<Piece>();
  if (selector->node->terminal == xcap::NodeSelector::Terminal::element) {
    const xml::NodeId element = xcap::find_element(source, selector->node->steps);
    return std::optional(Piece{std::string(xcap::kElementType), source.standalone(element)});
  }
  auto content = xcap::get_node(reader_, text_, *selector->node, limits_);
  if (!content) return std::optional<Piece>();
  return std::optional(Piece{std::move(content->type), std::move(content->body)});
}

}  // namespace presentia::xdm
