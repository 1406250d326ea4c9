#include "as/xml/writer.h"

#include <algorithm>
#include <cstddef>

#include "as/base/mutants.h"
#include "as/xml/characters.h"
#include "as/xml/compare.h"
#include "as/xml/document.h"

namespace presentia::xml {
namespace {

// What stands for one ASCII character; `plain` if it stands for itself.
std::string_view escape(char c, bool in_attribute, std::string_view plain) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return in_attribute ? "&quot;" : plain;
    case '\t':
      return in_attribute ? "&#9;" : plain;
    case '\n':
      return in_attribute ? "&#10;" : plain;
    case '\r':
      return "&#13;";
    default:
      return static_cast<unsigned char>(c) < 0x20 ? std::string_view() : plain;
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view value, bool in_attribute) {
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < value.size();) {
    const std::string_view rest = value.substr(i);
    std::size_t length = 1;
    std::string_view written = rest.substr(0, 1);
    if (static_cast<unsigned char>(value[i]) < 0x80) {
      written = escape(value[i], in_attribute, written);
    } else {
      length = utf8_length(rest);
      written = length == 0 ? kReplacement : rest.substr(0, length);
      if (written == "\xEF\xBF\xBE" || written == "\xEF\xBF\xBF") written = {};  // no characters of XML
      length = std::max<std::size_t>(length, 1);
    }
    if (written.data() != value.data() + i) {
      out += value.substr(plain_from, i - plain_from);
      out += written;
      plain_from = i + length;
    }
    i += length;
  }
  out += value.substr(plain_from);
}

Writer::Writer(std::span<const UsualPrefix> usual, Layout layout) : usual_(usual), layout_(layout) {
  out_.reserve(2048);
  out_ += PS_MUTANT("utf8-mislabelled") ? R"(<?xml version="1.0" encoding="ISO-8859-1"?>)"
                                        : R"(<?xml version="1.0" encoding="UTF-8"?>)";
  out_ += '\n';
}

Writer& Writer::begin(std::string_view ns, std::string_view local) { return start(ns, local, {}); }

Writer& Writer::attribute(std::string_view local, std::string_view value, std::string_view ns) {
  add_attribute(ns, {}, local, value);
  return *this;
}

Writer& Writer::text(std::string_view value) {
  if (value.empty()) return *this;
  close_start_tag();
  if (!open_.empty()) open_.back().has_text = true;
  append_escaped(out_, value, false);
  return *this;
}

Writer& Writer::end() {
  const Open& open = open_.back();
  if (in_start_tag_) {
    out_ += "/>";
    in_start_tag_ = false;
  } else {
    if (open.has_elements && !open.has_text) line_break(open_.size() - 1);
    out_ += "</";
    out_ += open.name;
    out_ += '>';
  }
  open_.pop_back();
  return *this;
}

Writer& Writer::element(std::string_view ns, std::string_view local, std::string_view value) {
  return begin(ns, local).text(value).end();
}

Writer& Writer::copy(Element element) {
  return begin_like(element).copy_attributes(element).copy_content(element).end();
}

Writer& Writer::begin_like(Element element) { return start(element.ns(), element.local(), element.prefix()); }

Writer& Writer::copy_attributes(Element element, std::string_view except) {
  const Document& document = *element.document();
  const Node& node = document.nodes()[element.index()];
  for (std::uint32_t i = node.first; i < node.first + node.count; ++i) {
    const Document::Attribute& attribute = document.attribute(i);
    const Name& name = document.name(attribute.name);
    const std::string_view ns = document.ns(name), local = document.view(name.local);
    if (ns.empty() && !except.empty() && local == except) continue;
    const std::string_view value = document.view(attribute.value);
    const bool is_type = ns == kXsiNamespace && local == "type";
    if (is_type) {
      add_attribute(ns, document.view(name.prefix), local, type_name(element, value));
    } else {
      add_attribute(ns, document.view(name.prefix), local, value);
    }
  }
  return *this;
}

Writer& Writer::copy_content(Element element) {
  const Document& document = *element.document();
  const auto& nodes = document.nodes();
  for (std::uint32_t i = element.index() + 1; i < nodes[element.index()].end; i = nodes[i].end) {
    if (nodes[i].is_text()) {
      text(document.text(nodes[i]));
    } else {
      copy(document.element(i));
    }
  }
  return *this;
}

std::string Writer::finish() {
  std::string declarations;
  for (const Binding& binding : bindings_) {
    declarations += " xmlns:" + binding.prefix + "=\"";
    append_escaped(declarations, binding.ns, true);
    declarations += '"';
  }
  out_.insert(declarations_at_, declarations);
  if (layout_ == Layout::indented) out_ += '\n';
  return std::move(out_);
}

Writer& Writer::start(std::string_view ns, std::string_view local, std::string_view wanted_prefix) {
  close_start_tag();
  const std::string_view outer_default = open_.empty() ? std::string_view() : open_.back().default_ns;
  if (!open_.empty()) {
    if (!open_.back().has_text) line_break(open_.size());
    open_.back().has_elements = true;
  }
  const bool unprefixed = ns.empty() || is_default(ns);
  Open& open = open_.emplace_back();
  if (!unprefixed) open.name.append(prefix_of(ns, wanted_prefix)).append(1, ':');
  open.name += local;
  open.default_ns = unprefixed ? ns : outer_default;
  out_ += '<';
  out_ += open.name;
  if (open.default_ns != outer_default) {
    out_ += " xmlns=\"";
    append_escaped(out_, open.default_ns, true);
    out_ += '"';
  }
  // a default namespace lives as long as the writer, unlike the `ns` of a source
  if (unprefixed && !ns.empty())
    open.default_ns = std::find_if(usual_.begin(), usual_.end(), [&](const UsualPrefix& u) { return u.ns == ns; })->ns;
  if (open_.size() == 1) declarations_at_ = out_.size();
  in_start_tag_ = true;
  return *this;
}

void Writer::add_attribute(std::string_view ns, std::string_view wanted_prefix, std::string_view local,
                           std::string_view value) {
  out_ += ' ';
  if (!ns.empty()) out_.append(ns == kXmlNamespace ? std::string("xml") : prefix_of(ns, wanted_prefix)).append(1, ':');
  out_.append(local).append("=\"");
  append_escaped(out_, value, true);
  out_ += '"';
}

void Writer::close_start_tag() {
  if (in_start_tag_) out_ += '>';
  in_start_tag_ = false;
}

void Writer::line_break(std::size_t depth) {
  if (layout_ == Layout::indented) out_.append(1, '\n').append(2 * depth, ' ');
}

bool Writer::is_default(std::string_view ns) const {
  return std::any_of(usual_.begin(), usual_.end(),
                     [&](const UsualPrefix& usual) { return usual.prefix.empty() && usual.ns == ns; });
}

const std::string& Writer::prefix_of(std::string_view ns, std::string_view wanted) {
  for (const Binding& binding : bindings_) {
    if (binding.ns == ns) return binding.prefix;
  }
  std::string prefix(wanted);
  for (const UsualPrefix& usual : usual_) {
    if (usual.ns == ns && !usual.prefix.empty()) prefix = usual.prefix;
  }
  for (int n = 1; !is_free(prefix, ns); ++n) prefix = "ns" + std::to_string(n);
  bindings_.push_back({std::string(ns), prefix});
  return bindings_.back().prefix;
}

bool Writer::is_free(std::string_view prefix, std::string_view ns) const {
  if (prefix.empty() || prefix.starts_with("xml")) return false;
  const bool bound =
      std::any_of(bindings_.begin(), bindings_.end(), [&](const Binding& binding) { return binding.prefix == prefix; });
  const bool usual_elsewhere = std::any_of(
      usual_.begin(), usual_.end(), [&](const UsualPrefix& usual) { return usual.prefix == prefix && usual.ns != ns; });
  return !bound && !usual_elsewhere;
}

// A qualified name in content means a namespace by the prefixes of its source; elsewhere it must be written anew.
std::string Writer::type_name(Element source, std::string_view qualified) {
  const std::string_view value = trimmed(qualified);
  const std::size_t colon = value.find(':');
  const std::string_view prefix = colon == std::string_view::npos ? std::string_view() : value.substr(0, colon);
  const std::string_view local = colon == std::string_view::npos ? value : value.substr(colon + 1);
  const auto ns = source.namespace_of(prefix);
  if (!ns || ns->empty()) return std::string(value);
  return std::string(prefix_of(*ns, prefix)).append(":").append(local);
}

}  // namespace presentia::xml
