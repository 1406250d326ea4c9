#include "tests/unit/rules/oracle.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace presentia::rules::oracle {
namespace {

const std::string kCp = "urn:ietf:params:xml:ns:common-policy", kPr = "urn:ietf:params:xml:ns:pres-rules",
                  kOcp = "urn:oma:xml:xdm:common-policy", kOp = "urn:oma:xml:prs:pres-rules";

std::string small(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string attribute(xml::Element element, const char* name) {
  return std::string(element.attribute(name).value_or(""));
}

// scheme, user, host; of tel only the number without separators
struct Parts {
  std::string scheme, user, host;
  bool operator==(const Parts&) const = default;
};

Parts parts(const std::string& uri) {
  Parts result;
  const auto colon = uri.find(':');
  result.scheme = small(uri.substr(0, colon));
  std::string rest = uri.substr(colon + 1);
  if (result.scheme == "tel") {
    for (const char c : rest)
      if (std::string("-.()").find(c) == std::string::npos) result.user += c;
    return result;
  }
  result.user = rest.substr(0, rest.find('@'));
  rest = rest.substr(rest.find('@') + 1);
  result.host = small(rest.substr(0, rest.find_first_of(":;")));
  return result;
}

bool same(const std::string& a, const std::string& b) { return parts(a) == parts(b); }

bool any_is(const Asked& asked, const std::string& id) {
  return std::any_of(asked.watcher.begin(), asked.watcher.end(),
                     [&](const std::string& mine) { return same(mine, id); });
}

bool any_in(const Asked& asked, const std::string& domain) {
  return std::any_of(asked.watcher.begin(), asked.watcher.end(), [&](const std::string& mine) {
    return !parts(mine).host.empty() && parts(mine).host == small(domain);
  });
}

bool many(xml::Element element, const Asked& asked) {
  if (asked.watcher.empty()) return false;
  if (element.attribute("domain") && !any_in(asked, attribute(element, "domain"))) return false;
  for (const xml::Element child : element.children()) {
    if (!child.is(kCp, "except")) return false;
    if (child.attribute("id") && any_is(asked, attribute(child, "id"))) return false;
    if (child.attribute("domain") && any_in(asked, attribute(child, "domain"))) return false;
  }
  return true;
}

bool identity(xml::Element element, const Asked& asked) {
  bool empty = true, found = false;
  for (const xml::Element child : element.children()) {
    empty = false;
    if (child.is(kCp, "one") && !child.first_child()) found |= any_is(asked, attribute(child, "id"));
    if (child.is(kCp, "many")) found |= many(child, asked);
  }
  return empty ? asked.watcher.empty() : found;
}

enum class Listed { no, maybe, yes };

Listed listed(xml::Element element, const Asked& asked) {
  Listed result = Listed::no;
  for (const xml::Element child : element.children()) {
    const auto list = asked.lists.find(attribute(child, "anc"));
    if (list == asked.lists.end()) {
      result = std::max(result, Listed::maybe);
      continue;
    }
    for (const std::string& member : list->second)
      if (any_is(asked, member)) return Listed::yes;
  }
  return result;
}

// Whether a rule, by any one of its conditions on who asks, means the watcher.
Listed names(xml::Element rule, const Asked& asked) {
  Listed result = Listed::no;
  for (const xml::Element part : rule.children()) {
    if (!part.is(kCp, "conditions")) continue;
    for (const xml::Element condition : part.children()) {
      if (condition.is(kCp, "identity") && identity(condition, asked)) result = Listed::yes;
      if (condition.is(kOcp, "anonymous-request") && asked.anonymous) result = Listed::yes;
      if (condition.is(kOcp, "external-list")) result = std::max(result, listed(condition, asked));
    }
  }
  return result;
}

bool other(xml::Element rule, const Asked& asked) {
  if (asked.watcher.empty()) return false;
  for (const xml::Element each : rule.parent().children()) {
    if (each != rule && each.is(kCp, "rule") && names(each, asked) != Listed::no) return false;
  }
  return true;
}

bool sphere(xml::Element element, const Asked& asked) {
  std::istringstream tokens(attribute(element, "value"));
  for (std::string token; tokens >> token;)
    if (!asked.sphere.empty() && small(token) == small(asked.sphere)) return true;
  return false;
}

bool validity(xml::Element element, const Asked& asked) {
  for (const xml::Element from : element.children()) {
    const xml::Element until = from.next_sibling();
    if (!from.is(kCp, "from") || !until || !until.is(kCp, "until")) continue;
    if (from.text_trimmed() <= asked.now && asked.now < until.text_trimmed()) return true;
  }
  return false;
}

bool holds(xml::Element condition, xml::Element rule, const Asked& asked) {
  if (condition.is(kCp, "identity")) return identity(condition, asked);
  if (condition.is(kCp, "sphere")) return sphere(condition, asked);
  if (condition.is(kCp, "validity")) return validity(condition, asked);
  if (condition.is(kOcp, "external-list")) return listed(condition, asked) == Listed::yes;
  if (condition.is(kOcp, "anonymous-request")) return asked.anonymous;
  if (condition.is(kOcp, "other-identity")) return other(rule, asked);
  return false;
}

bool matches(xml::Element rule, const Asked& asked) {
  for (const xml::Element part : rule.children()) {
    if (!part.is(kCp, "conditions")) continue;
    for (const xml::Element condition : part.children())
      if (!holds(condition, rule, asked)) return false;
  }
  return true;
}

bool truth(const std::string& text) { return text == "true" || text == "1"; }

int handling(const std::string& text) {
  return text == "allow" ? 30 : text == "polite-block" ? 20 : text == "confirm" ? 10 : 0;
}

int user_input(const std::string& text) {
  return text == "full" ? 30 : text == "thresholds" ? 20 : text == "bare" ? 10 : 0;
}

void add_set(xml::Element element, Answer& to) {
  for (const xml::Element child : element.children()) {
    const std::string name(child.local());
    const bool known = child.ns() == kPr ? name != "service-id" : child.is(kOp, "service-id");
    if (!known) continue;
    to.sets[std::string(element.local())].insert(name.starts_with("all-") ? "*" : name + "=" + child.text_trimmed());
  }
}

void add_transformation(xml::Element element, Answer& to) {
  const std::string name(element.local()), text = element.text_trimmed();
  if (element.ns() != kPr && element.ns() != kOp) return;
  if (name == "provide-services" || name == "provide-persons" || name == "provide-devices") {
    add_set(element, to);
  } else if (name == "provide-all-attributes") {
    to.granted.insert("*");
  } else if (name == "provide-user-input") {
    to.user_input = std::max(to.user_input, user_input(text));
  } else if (name == "provide-unknown-attribute") {
    if (truth(text)) to.unknown.insert("{" + attribute(element, "ns") + "}" + attribute(element, "name"));
  } else if (name == "provide-geopriv" ? text == "full" : truth(text)) {
    to.granted.insert(name);
  }
}

}  // namespace

Answer answer(xml::Element ruleset, const Asked& asked) {
  Answer result;
  for (const xml::Element rule : ruleset.children()) {
    if (!rule.is(kCp, "rule") || !matches(rule, asked)) continue;
    result.matched.push_back(attribute(rule, "id"));
    for (const xml::Element part : rule.children()) {
      for (const xml::Element grant : part.children()) {
        if (part.is(kCp, "actions") && grant.is(kPr, "sub-handling"))
          result.handling = std::max(result.handling, handling(grant.text_trimmed()));
        if (part.is(kCp, "transformations")) add_transformation(grant, result);
      }
    }
  }
  return result;
}

}  // namespace presentia::rules::oracle
