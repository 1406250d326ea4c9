#include "as/xml/patch_path.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "as/xml/characters.h"

namespace presentia::xml {
namespace {

constexpr std::size_t kMostSteps = 64, kMostPredicates = 8;

// Recursive descent without recursion: what fails leaves its reason in `fault`.
class PathParser {
 public:
  PathParser(std::string_view text, const PrefixLookup& lookup) : rest_(text), lookup_(lookup) {}

  base::Result<Path, PathFault> path() {
    skip_space();
    if (rest_.starts_with("id(")) return base::Unexpected{PathFault::id_function};
    accept("/");
    if (rest_.starts_with("id(")) return base::Unexpected{PathFault::id_function};
    Path path;
    bool more = true;
    while (more) {
      if (path.steps.size() == kMostSteps || !segment(path)) return base::Unexpected{fault_};
      const bool is_last = path.end != Path::End::node || path.steps.back().test != PathStep::Test::element;
      more = accept("/");
      if (more && is_last) return base::Unexpected{PathFault::malformed};
    }
    if (!rest_.empty()) return base::Unexpected{PathFault::malformed};
    return path;
  }

  base::Result<Path, PathFault> type() {
    Path path;
    const bool read = rest_.starts_with('@') ? attribute(path) : declaration(path);
    if (!read || !rest_.empty() || path.attribute.any) return base::Unexpected{fault_};
    return path;
  }

 private:
  bool segment(Path& path) {
    if (rest_.starts_with('@')) return attribute(path);
    if (rest_.starts_with("namespace::")) return declaration(path);
    PathStep& step = path.steps.emplace_back();
    return node_test(step) && predicates(step);
  }

  bool attribute(Path& path) {
    path.end = Path::End::attribute;
    return accept("@") && name(path.attribute, &path.attribute_prefix, false);
  }

  bool declaration(Path& path) {
    path.end = Path::End::declaration;
    if (!accept("namespace::")) return false;
    path.declared = ncname();
    return !path.declared.empty();
  }

  bool node_test(PathStep& step) {
    if (accept("text(")) return of_kind(step, PathStep::Test::text);
    if (accept("comment(")) return of_kind(step, PathStep::Test::comment);
    if (!accept("processing-instruction(")) {
      if (!accept("*")) return name(step.name, nullptr, true);
      step.name.any = true;
      return true;
    }
    if (!rest_.starts_with(')') && (!literal(step.target) || !is_ncname(step.target))) return false;
    return of_kind(step, PathStep::Test::instruction);
  }

  bool of_kind(PathStep& step, PathStep::Test test) {
    step.test = test;
    return accept(")");
  }

  bool predicates(PathStep& step) {
    while (accept("[")) {
      if (step.predicates.size() == kMostPredicates) return false;
      PathPredicate& predicate = step.predicates.emplace_back();
      if (!condition(predicate) || !accept("]")) return false;
      // of texts, comments and instructions only the position counts
      if (step.test != PathStep::Test::element && predicate.on != PathPredicate::On::position) return false;
    }
    return true;
  }

  bool condition(PathPredicate& predicate) {
    using On = PathPredicate::On;
    if (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') return position(predicate.position);
    predicate.on = accept("@") ? On::attribute : accept(".") ? On::self : On::child;
    if (predicate.on != On::self && !name(predicate.name, nullptr, predicate.on == On::child)) return false;
    return accept("=") && literal(predicate.value);
  }

  bool position(std::size_t& number) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    skip_space();
    return true;
  }

  bool literal(std::string& value) {
    if (!rest_.starts_with('"') && !rest_.starts_with('\'')) return false;
    const std::size_t close = rest_.find(rest_.front(), 1);
    if (close == std::string_view::npos) return false;
    value = rest_.substr(1, close - 1);
    rest_.remove_prefix(close + 1);
    skip_space();
    return true;
  }

  bool name(PathName& into, std::string* prefix, bool of_element) {
    std::string first = ncname();
    if (first.empty()) return false;
    const bool is_prefixed = accept(":");
    into.local = is_prefixed ? ncname() : first;
    if (into.local.empty()) return false;
    if (prefix != nullptr && is_prefixed) *prefix = first;
    if (!is_prefixed && !of_element) return true;
    const auto ns = lookup_(is_prefixed ? std::string_view(first) : std::string_view());
    if (ns) {
      into.ns = *ns;
    } else if (is_prefixed) {
      fault_ = PathFault::unbound_prefix;
      return false;
    }
    return true;
  }

  std::string ncname() {
    std::string name(rest_.substr(0, ncname_length(rest_)));
    rest_.remove_prefix(name.size());
    if (!rest_.starts_with(':')) skip_space();
    return name;
  }

  bool accept(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    skip_space();
    return true;
  }

  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  std::string_view rest_;
  const PrefixLookup& lookup_;
  PathFault fault_ = PathFault::malformed;
};

bool is_named(const EditableDocument& document, NodeId element, const PathName& name) {
  return name.any || (document.local(element) == name.local && document.ns(element) == name.ns);
}

bool passes(const EditableDocument& document, NodeId node, const PathStep& step) {
  switch (step.test) {
    case PathStep::Test::element:
      return document.is_element(node) && is_named(document, node, step.name);
    case PathStep::Test::text:  // neither an empty CDATA section nor space around the root is a node
      return document.kind(node) == NodeKind::text && document.parent(node) != kDocumentNode &&
             !document.value(node).empty();
    case PathStep::Test::comment:
      return document.kind(node) == NodeKind::comment;
    case PathStep::Test::instruction:
      return document.kind(node) == NodeKind::instruction &&
             (step.target.empty() || document.target(node) == step.target);
  }
  return false;
}

bool has_child(const EditableDocument& document, NodeId element, const PathPredicate& predicate) {
  const std::vector<NodeId> children = document.child_elements(element);
  return std::any_of(children.begin(), children.end(), [&](NodeId child) {
    return is_named(document, child, predicate.name) && document.value(child) == predicate.value;
  });
}

void filter(const EditableDocument& document, std::vector<NodeId>& nodes, const PathPredicate& predicate) {
  using On = PathPredicate::On;
  if (predicate.on == On::position) {
    const bool is_there = predicate.position >= 1 && predicate.position <= nodes.size();
    nodes = is_there ? std::vector<NodeId>{nodes[predicate.position - 1]} : std::vector<NodeId>();
    return;
  }
  std::erase_if(nodes, [&](NodeId node) {
    if (predicate.on == On::child) return !has_child(document, node, predicate);
    if (predicate.on == On::self) return document.value(node) != predicate.value;
    const EditableAttribute* attribute = document.attribute(node, predicate.name.ns, predicate.name.local);
    return attribute == nullptr || attribute->value != predicate.value;
  });
}

}  // namespace

base::Result<Path, PathFault> parse_path(std::string_view text, const PrefixLookup& lookup) {
  return PathParser(text, lookup).path();
}

base::Result<Path, PathFault> parse_type(std::string_view text, const PrefixLookup& lookup) {
  return PathParser(text, lookup).type();
}

std::vector<NodeId> select(const EditableDocument& document, const Path& path) {
  std::vector<NodeId> context{kDocumentNode};
  for (const PathStep& step : path.steps) {
    std::vector<NodeId> next;
    for (const NodeId node : context) {
      std::vector<NodeId> found;
      for (NodeId child = document.first_child(node); child != kNoNode; child = document.next(child))
        if (passes(document, child, step)) found.push_back(child);
      for (const PathPredicate& predicate : step.predicates) filter(document, found, predicate);
      next.insert(next.end(), found.begin(), found.end());
    }
    context = std::move(next);
  }
  return context;
}

}  // namespace presentia::xml
