#include "xdm-client/xcap/xcap_diff.h"

#include <utility>

#include "as/xml/compare.h"
#include "as/xml/edit.h"
#include "as/xml/patch.h"
#include "as/xml/writer.h"

namespace presentia::xcap {
namespace {

using xml::EditableDocument;
using xml::NodeId;

base::Unexpected<xml::ParseError> refuse(const char* reason, const char* text) {
  return base::Unexpected{xml::ParseError{0, 0, text, reason}};
}

std::optional<std::string> option(const EditableDocument& document, NodeId element, std::string_view name) {
  const xml::EditableAttribute* found = document.attribute(element, {}, name);
  if (found == nullptr) return std::nullopt;
  return std::string(found->value);
}

// Reads the entries of one document; what they hold is bounded together.
class EntryReader {
 public:
  EntryReader(const EditableDocument& document, const DiffLimits& limits)
      : document_(document), limits_(limits), bytes_left_(kExpansion * limits.max_bytes) {}

  // False if that is too much.
  bool add(XcapDiff& diff, NodeId element) {
    if (document_.ns(element) != kDiffNamespace) return true;
    bool fits = true;
    if (document_.local(element) == "document") {
      fits = add_document(diff, element);
    } else if (document_.local(element) == "element") {
      fits = add_element(diff, element);
    } else if (document_.local(element) == "attribute") {
      add_attribute(diff, element);
    }
    return fits && diff.entries.size() <= limits_.max_entries;
  }

 private:
  static constexpr std::size_t kExpansion = 4;  // namespaces in scope are written again for every part

  [[nodiscard]] std::string sel(NodeId element) const { return option(document_, element, "sel").value_or(""); }

  [[nodiscard]] bool exists(NodeId element) const {
    const std::string value = option(document_, element, "exists").value_or("true");
    return xml::trimmed(value) != "0" && xml::trimmed(value) != "false";
  }

  bool add_document(XcapDiff& diff, NodeId element) {
    DocumentChange change;
    change.sel = sel(element);
    change.previous_etag = option(document_, element, "previous-etag");
    change.new_etag = option(document_, element, "new-etag");
    if (change.sel.empty() || (!change.previous_etag && !change.new_etag)) return true;
    for (const NodeId child : document_.child_elements(element))
      change.body_not_changed |= document_.ns(child) == kDiffNamespace && document_.local(child) == "body-not-changed";
    auto operations = xml::patch_operations(document_, element, bytes_left_);
    if (!operations || operations->size() > limits_.max_operations) return false;
    for (const std::string& operation : *operations) bytes_left_ -= operation.size();
    change.operations = std::move(*operations);
    diff.entries.emplace_back(std::move(change));
    return true;
  }

  bool add_element(XcapDiff& diff, NodeId element) {
    ElementState state{sel(element), exists(element), {}};
    if (state.sel.empty()) return true;
    const std::vector<NodeId> inside = document_.child_elements(element);
    if (state.exists && !inside.empty()) {
      state.content = document_.standalone(inside.front());
      if (state.content->size() > bytes_left_) return false;
      bytes_left_ -= state.content->size();
    }
    diff.entries.emplace_back(std::move(state));
    return true;
  }

  void add_attribute(XcapDiff& diff, NodeId element) const {
    AttributeState state{sel(element), exists(element), {}};
    if (state.exists) state.value = document_.value(element);
    if (!state.sel.empty()) diff.entries.emplace_back(std::move(state));
  }

  const EditableDocument& document_;
  const DiffLimits& limits_;
  std::size_t bytes_left_;
};

void append_option(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("=\"");
  xml::append_escaped(out, value, true);
  out += '"';
}

// As text, because operations and elements go in as they are. The default namespace is left to them.
struct EntryWriter {
  std::string& out;

  void operator()(const DocumentChange& change) const {
    out += "<d:document";
    append_option(out, "sel", change.sel);
    if (change.previous_etag) append_option(out, "previous-etag", *change.previous_etag);
    if (change.new_etag) append_option(out, "new-etag", *change.new_etag);
    out += '>';
    if (change.body_not_changed) out += "<d:body-not-changed/>";
    for (const std::string& operation : change.operations) out += operation;
    out += "</d:document>";
  }
  void operator()(const ElementState& state) const {
    start("element", state.sel, state.exists);
    out.append(state.content.value_or("")).append("</d:element>");
  }
  void operator()(const AttributeState& state) const {
    start("attribute", state.sel, state.exists);
    xml::append_escaped(out, state.value, false);
    out += "</d:attribute>";
  }
  void start(std::string_view name, std::string_view sel, bool is_there) const {
    out.append("<d:").append(name);
    append_option(out, "sel", sel);
    if (!is_there) append_option(out, "exists", "0");
    out += '>';
  }
};

}  // namespace

DocumentChange::Kind DocumentChange::kind() const {
  if (!new_etag) return Kind::removed;
  if (!previous_etag) return Kind::created_or_exists;
  if (body_not_changed) return Kind::only_etag;
  return operations.empty() ? Kind::changed : Kind::patched;
}

base::Result<XcapDiff, xml::ParseError> read_xcap_diff(xml::Reader& reader, std::string_view body,
                                                       const DiffLimits& limits) {
  if (body.size() > limits.max_bytes) return refuse("xcap-diff.too-large", "too many bytes");
  auto document = EditableDocument::read(reader, body, limits.xml);
  if (!document) return base::Unexpected{std::move(document.error())};
  const NodeId root = document->root();
  const auto xcap_root = option(*document, root, "xcap-root");
  if (document->ns(root) != kDiffNamespace || document->local(root) != "xcap-diff" || !xcap_root)
    return refuse("xcap-diff.root", "no xcap-diff document");
  XcapDiff diff{*xcap_root, {}};
  EntryReader entries(*document, limits);
  for (const NodeId child : document->child_elements(root))
    if (!entries.add(diff, child)) return refuse("xcap-diff.too-large", "too many entries, operations or bytes");
  return diff;
}

std::string write_xcap_diff(const XcapDiff& diff) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<d:xcap-diff xmlns:d=\"";
  out.append(kDiffNamespace).append("\"");
  append_option(out, "xcap-root", diff.xcap_root);
  out += '>';
  for (const auto& entry : diff.entries) std::visit(EntryWriter{out}, entry);
  return out + "</d:xcap-diff>";
}

}  // namespace presentia::xcap
