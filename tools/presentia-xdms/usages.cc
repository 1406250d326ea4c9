#include "tools/presentia-xdms/usages.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "as/base/uri.h"
#include "xdm-client/xcap/caps.h"
#include "xdm-client/xcap/percent.h"

namespace presentia::xdms {
namespace {

constexpr std::string_view kPolicy = "urn:ietf:params:xml:ns:common-policy";
constexpr std::string_view kLists = "urn:ietf:params:xml:ns:resource-lists";
constexpr std::string_view kServices = "urn:ietf:params:xml:ns:rls-services";
constexpr std::string_view kPidf = "urn:ietf:params:xml:ns:pidf";
constexpr int kMostProposals = 100;

constexpr std::array<Usage, 7> kUsages{{
    {"pres-rules", "application/auth-policy+xml", "urn:ietf:params:xml:ns:pres-rules", kPolicy, "ruleset"},
    {"org.openmobilealliance.pres-rules", "application/auth-policy+xml", kPolicy, kPolicy, "ruleset"},
    {"resource-lists", "application/resource-lists+xml", kLists, kLists, "resource-lists", Constraints::lists},
    {"rls-services", "application/rls-services+xml", kServices, kServices, "rls-services", Constraints::services},
    {"pidf-manipulation", "application/pidf+xml", kPidf, kPidf, "presence"},
    {"org.openmobilealliance.group-usage-list", "application/vnd.oma.group-usage-list+xml", kLists, kLists,
     "resource-lists", Constraints::lists},
    {"xcap-caps", xcap::kCapsType, xcap::kCapsNamespace, xcap::kCapsNamespace, "xcap-caps"},
}};

// Of the children of one element the attribute must be unique.
struct UniqueAttribute {
  std::string_view element, attribute;
};
constexpr std::array<UniqueAttribute, 4> kUnique{
    {{"list", "name"}, {"entry", "uri"}, {"entry-ref", "ref"}, {"external", "anchor"}}};

std::string_view unique_attribute(xml::Element element) {
  const auto* const found =
      std::ranges::find_if(kUnique, [&](const UniqueAttribute& unique) { return element.is(kLists, unique.element); });
  return found == kUnique.end() ? std::string_view() : found->attribute;
}

// The selector of an attribute, by positions: it needs no namespaces.
std::string field_of(xml::Element element, std::string_view attribute) {
  xcap::NodeSelector selector;
  for (; element.parent(); element = element.parent()) {
    std::uint32_t position = 1;
    for (const xml::Element sibling : element.parent().children()) {
      if (sibling == element) break;
      ++position;
    }
    selector.steps.insert(selector.steps.begin(), xcap::Step{.name = {}, .position = position, .test = {}});
  }
  selector.steps.insert(selector.steps.begin(), xcap::Step{});
  selector.terminal = xcap::NodeSelector::Terminal::attribute;
  selector.attribute.local = attribute;
  return xcap::to_uri(selector);
}

bool is_absolute_http(std::string_view uri) {
  const std::string scheme = base::uri_scheme(uri);
  return (scheme == "http" || scheme == "https") && uri.substr(scheme.size()).starts_with("://");
}

// [RFC4826 4.4.5] .../resource-lists/users/XUI/..., of the user whose document it is in.
bool is_list_of(std::string_view uri, const std::optional<std::string>& xui) {
  constexpr std::string_view kAuid = "/resource-lists/";
  constexpr std::string_view kUsers = "users/";
  const std::size_t at = uri.find(kAuid);
  if (base::uri_scheme(uri).empty() || at == std::string_view::npos) return false;
  if (!xui) return true;
  std::string_view rest = uri.substr(at + kAuid.size());
  if (!rest.starts_with(kUsers)) return false;
  rest.remove_prefix(kUsers.size());
  return xcap::percent_decoded(rest.substr(0, rest.find('/'))) == *xui;
}

class Check {
 public:
  Check(const Usage& usage, const xcap::DocumentSelector& where, const ServiceTaken& taken)
      : usage_(usage), where_(where), taken_(taken) {}

  std::optional<xcap::ErrorDocument> run(xml::Element root) {
    if (!root.is(usage_.root_ns, usage_.root))
      return xcap::ErrorDocument{xcap::Conflict::schema_validation_error, "another root element", {}, {}};
    if (usage_.constraints == Constraints::none) return std::nullopt;
    children_of(root);
    if (!not_unique_.empty())
      return xcap::ErrorDocument{xcap::Conflict::uniqueness_failure, "not unique", {}, std::move(not_unique_)};
    if (!broken_.empty()) return xcap::ErrorDocument{xcap::Conflict::constraint_failure, broken_, {}, {}};
    return std::nullopt;
  }

 private:
  void children_of(xml::Element parent) {
    std::set<std::pair<std::string_view, std::string_view>> seen;  // element and value
    for (const xml::Element child : parent.children()) {
      const std::string_view name = unique_attribute(child);
      const auto value = name.empty() ? std::nullopt : child.attribute(name);
      if (value && !seen.emplace(child.local(), *value).second) not_unique_.push_back({field_of(child, name), {}});
      if (value) check_form(child, *value);
      if (child.is(kServices, "service")) service(child);
      if (child.is(kServices, "resource-list") && !is_list_of(child.text_trimmed(), where_.xui))
        broken_ = "resource-list: no list of this user";
      children_of(child);
    }
  }

  void check_form(xml::Element element, std::string_view value) {
    if (element.is(kLists, "external") && !is_absolute_http(value)) broken_ = "anchor: no absolute HTTP URI";
    const bool is_relative = base::uri_scheme(value).empty() && !value.starts_with('/') && !value.empty();
    if (element.is(kLists, "entry-ref") && !is_relative) broken_ = "ref: no relative path";
  }

  void service(xml::Element element) {
    const std::string uri(element.attribute("uri").value_or(""));
    if (services_.insert(uri).second && !taken_(uri)) return;
    not_unique_.push_back({field_of(element, "uri"), {proposal(uri)}});
  }

  // [RFC4825 8.2.5] A value that would do.
  std::string proposal(const std::string& uri) const {
    const std::size_t at = std::min(uri.find('@'), uri.size());
    std::string proposed;
    for (int i = 2; i < kMostProposals; ++i) {
      proposed = uri.substr(0, at) + "-" + std::to_string(i) + uri.substr(at);
      if (!taken_(proposed) && !services_.contains(proposed)) break;
    }
    return proposed;
  }

  const Usage& usage_;
  const xcap::DocumentSelector& where_;
  const ServiceTaken& taken_;
  std::vector<xcap::NotUnique> not_unique_;
  std::string broken_;
  std::set<std::string> services_;
};

}  // namespace

std::span<const Usage> usages() { return kUsages; }

const Usage* find_usage(std::string_view auid) {
  const auto* const found = std::ranges::find(kUsages, auid, &Usage::auid);
  return found == kUsages.end() ? nullptr : found;
}

std::optional<xcap::ErrorDocument> broken_constraint(const Usage& usage, const xcap::DocumentSelector& where,
                                                     const xml::Document& document, const ServiceTaken& taken) {
  return Check(usage, where, taken).run(document.root());
}

}  // namespace presentia::xdms
