#include "xdm-client/xcap/selector.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "as/xml/characters.h"
#include "as/xml/tree.h"
#include "as/xml/writer.h"
#include "xdm-client/xcap/bindings.h"
#include "xdm-client/xcap/percent.h"

namespace presentia::xcap {
namespace {

using Fault = SelectorFault;

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

// [RFC4825 6] "~~", also percent-coded.
bool is_separator(std::string_view segment) {
  const auto plain = percent_decoded(segment);
  return plain == "~~";
}

// A node selector, decoded. What does not fit is an extension that we do not know.
class NodeParser {
 public:
  NodeParser(std::string_view text, const std::vector<Binding>& bindings, std::string_view default_namespace)
      : rest_(text), bindings_(bindings), default_namespace_(default_namespace) {}

  base::Result<NodeSelector, Fault> parse() {
    NodeSelector node;
    do {
      if (node.steps.size() == kMostSteps) return base::Unexpected{Fault::too_long};
      if (!segment(node)) return base::Unexpected{fault_};
    } while (accept("/") && node.terminal == NodeSelector::Terminal::element);
    if (!rest_.empty() || ended_with_slash_ || node.steps.empty()) return base::Unexpected{Fault::unknown_extension};
    return node;
  }

 private:
  bool segment(NodeSelector& node) {
    ended_with_slash_ = false;
    if (accept("@")) {
      node.terminal = NodeSelector::Terminal::attribute;
      return name(node.attribute, {});
    }
    if (accept("namespace::*")) {
      node.terminal = NodeSelector::Terminal::namespaces;
      return true;
    }
    return step(node.steps.emplace_back());
  }

  bool step(Step& step) {
    if (!accept("*") && !name(step.name.emplace(), default_namespace_)) return false;
    if (rest_.size() > 1 && rest_[0] == '[' && rest_[1] >= '0' && rest_[1] <= '9' && !position(step.position.emplace()))
      return false;
    return !accept("[") || (test(step.test.emplace()) && accept("]"));
  }

  bool position(std::uint32_t& number) {
    const auto [end, error] = std::from_chars(rest_.data() + 1, rest_.data() + rest_.size(), number);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return accept("]");
  }

  bool test(AttributeTest& test) { return accept("@") && name(test.name, {}) && accept("=") && value(test.value); }

  // AttValue of XML, references and all.
  bool value(std::string& into) {
    if (!rest_.starts_with('"') && !rest_.starts_with('\'')) return false;
    const std::size_t close = rest_.find(rest_.front(), 1);
    if (close == std::string_view::npos) return false;
    const std::string_view raw = rest_.substr(1, close - 1);
    std::optional<std::string> plain = xml::unescaped(raw, true);
    if (!plain || raw.find('<') != std::string_view::npos) return false;
    into = std::move(*plain);
    rest_.remove_prefix(close + 1);
    return true;
  }

  bool name(QName& into, std::string_view without_prefix) {
    into.local = ncname();
    into.ns = without_prefix;
    if (into.local.empty() || !accept(":")) return !into.local.empty();
    into.prefix = std::exchange(into.local, ncname());
    return !into.local.empty() && resolve(into);
  }

  bool resolve(QName& name) {
    const auto found = std::find_if(bindings_.begin(), bindings_.end(),
                                    [&](const Binding& binding) { return binding.prefix == name.prefix; });
    if (name.prefix == "xml") {
      name.ns = xml::kXmlNamespace;
    } else if (found != bindings_.end()) {
      name.ns = found->ns;
    } else {
      fault_ = Fault::unbound_prefix;
      return false;
    }
    return true;
  }

  std::string ncname() {
    std::string name(rest_.substr(0, xml::ncname_length(rest_)));
    rest_.remove_prefix(name.size());
    return name;
  }

  bool accept(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    ended_with_slash_ = token == "/";
    return true;
  }

  std::string_view rest_;
  const std::vector<Binding>& bindings_;
  std::string_view default_namespace_;
  bool ended_with_slash_ = false;
  Fault fault_ = Fault::unknown_extension;
};

base::Result<DocumentSelector, Fault> parse_document(const std::vector<std::string_view>& segments) {
  std::vector<std::string> names;
  for (const std::string_view segment : segments) {
    std::optional<std::string> name = percent_decoded(segment);
    if (!name) return base::Unexpected{Fault::malformed_escape};
    const bool climbs = name->empty() || *name == "." || *name == "..";
    if (climbs) return base::Unexpected{Fault::not_a_document};
    names.push_back(std::move(*name));
  }
  const bool is_global = names.size() > 2 && names[1] == "global";
  const bool is_users = names.size() > 3 && names[1] == "users";
  if (!is_global && !is_users) return base::Unexpected{Fault::not_a_document};
  DocumentSelector document;
  document.auid = names[0];
  if (is_users) document.xui = names[2];
  document.path.assign(names.begin() + (is_users ? 3 : 2), names.end());
  return document;
}

std::string text_of(const QName& name) { return name.prefix.empty() ? name.local : name.prefix + ":" + name.local; }

std::string text_of(const Step& step) {
  std::string text = step.name ? text_of(*step.name) : "*";
  if (step.position) text.append("[").append(std::to_string(*step.position)).append("]");
  if (!step.test) return text;
  text.append("[@").append(text_of(step.test->name)).append("=\"");
  xml::append_escaped(text, step.test->value, true);
  return text.append("\"]");
}

std::string with_query(std::string uri, const std::vector<Binding>& bindings) {
  return bindings.empty() ? uri : uri.append("?").append(bindings_query(bindings));
}

}  // namespace

int status_of(SelectorFault fault) {
  switch (fault) {
    case Fault::malformed_escape:
    case Fault::unbound_prefix:
    case Fault::malformed_bindings:
      return 400;
    case Fault::too_long:
      return 414;
    case Fault::not_a_document:
    case Fault::unknown_extension:
      break;
  }
  return 404;
}

base::Result<Selector, SelectorFault> parse_selector(std::string_view uri, std::string_view default_namespace) {
  if (uri.size() > kLongestSelector) return base::Unexpected{Fault::too_long};
  if (uri.starts_with('/')) uri.remove_prefix(1);
  const std::size_t question = std::min(uri.find('?'), uri.size());
  std::vector<std::string_view> segments = split(uri.substr(0, question));
  const auto separator = std::find_if(segments.begin(), segments.end(), is_separator);
  auto document = parse_document({segments.begin(), separator});
  if (!document) return base::Unexpected{document.error()};
  Selector selector{std::move(*document), {}};
  if (separator == segments.end()) return selector;

  const auto from = static_cast<std::size_t>(separator->data() + separator->size() - uri.data());
  if (from == question) return base::Unexpected{Fault::unknown_extension};
  const auto text = percent_decoded(uri.substr(from + 1, question - from - 1));
  const auto query = percent_decoded(uri.substr(std::min(question + 1, uri.size())));
  if (!text || !query) return base::Unexpected{Fault::malformed_escape};
  auto bindings = parse_bindings(*query);
  if (!bindings) return base::Unexpected{Fault::malformed_bindings};
  auto node = parse_node_selector(*text, std::move(*bindings), default_namespace);
  if (!node) return base::Unexpected{node.error()};
  selector.node = std::move(*node);
  return selector;
}

base::Result<NodeSelector, SelectorFault> parse_node_selector(std::string_view text, std::vector<Binding> bindings,
                                                              std::string_view default_namespace) {
  auto node = NodeParser(text, bindings, default_namespace).parse();
  if (node) node->bindings = std::move(bindings);
  return node;
}

std::string auid_of(std::string_view uri) {
  if (uri.starts_with('/')) uri.remove_prefix(1);
  return percent_decoded(uri.substr(0, uri.find_first_of("/?"))).value_or("");
}

std::string to_uri(const DocumentSelector& document) {
  std::string uri = percent_encoded(document.auid);
  uri += document.xui ? "/users/" + percent_encoded(*document.xui) : "/global";
  for (const std::string& name : document.path) uri.append("/").append(percent_encoded(name));
  return uri;
}

std::string to_uri(const Selector& selector) {
  const std::string uri = to_uri(selector.document);
  return selector.node ? uri + "/~~/" + to_uri(*selector.node) : uri;
}

std::string to_uri(const NodeSelector& node, std::size_t steps) {
  std::string uri;
  for (const Step& step : node.steps) {
    if (steps-- == 0) break;
    uri.append(uri.empty() ? "" : "/").append(percent_encoded(text_of(step)));
  }
  return with_query(std::move(uri), node.bindings);
}

std::string to_uri(const NodeSelector& node) {
  NodeSelector element = node;
  element.bindings.clear();
  std::string uri = to_uri(element, node.steps.size());
  if (node.terminal == NodeSelector::Terminal::attribute)
    uri.append("/@").append(percent_encoded(text_of(node.attribute)));
  if (node.terminal == NodeSelector::Terminal::namespaces) uri += "/namespace::*";
  return with_query(std::move(uri), node.bindings);
}

}  // namespace presentia::xcap
