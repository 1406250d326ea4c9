#include "mgmt/attributes/expiry_checks.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace presentia::mgmt {
namespace {

struct Sourced {  // a value in force and the attribute it comes from
  std::uint32_t value = 0;
  std::string attribute;
  int depth = 0;  // 0: all packages, 1: the package's own, 2: the domain's
};

struct Triple {
  Sourced by_default, min, max;
};

template <class All>
Triple base_of(const All& all, const std::string& object) {
  return {{all.default_expires_s(), object + ".default_expires_s", 0},
          {all.min_expires_s(), object + ".min_expires_s", 0},
          {all.max_expires_s(), object + ".max_expires_s", 0}};
}

template <class Override>
Triple with_package(Triple triple, const Override& own, const std::string& object) {
  if (own.has_default_expires_s()) triple.by_default = {own.default_expires_s(), object + ".default_expires_s", 1};
  if (own.has_min_expires_s()) triple.min = {own.min_expires_s(), object + ".min_expires_s", 1};
  if (own.has_max_expires_s()) triple.max = {own.max_expires_s(), object + ".max_expires_s", 1};
  return triple;
}

Triple with_domain_publication(Triple triple, const config::Domain& domain) {
  const std::string object = "sip.domains[" + domain.name() + "].publication_";
  if (domain.has_publication_default_expires_s()) {
    triple.by_default = {domain.publication_default_expires_s(), object + "default_expires_s", 2};
  }
  if (domain.has_publication_min_expires_s()) {
    triple.min = {domain.publication_min_expires_s(), object + "min_expires_s", 2};
  }
  if (domain.has_publication_max_expires_s()) {
    triple.max = {domain.publication_max_expires_s(), object + "max_expires_s", 2};
  }
  return triple;
}

Triple with_domain_subscription(Triple triple, const config::Domain& domain) {
  const std::string object = "sip.domains[" + domain.name() + "].subscription_";
  if (domain.has_subscription_default_expires_s()) {
    triple.by_default = {domain.subscription_default_expires_s(), object + "default_expires_s", 2};
  }
  if (domain.has_subscription_min_expires_s()) {
    triple.min = {domain.subscription_min_expires_s(), object + "min_expires_s", 2};
  }
  if (domain.has_subscription_max_expires_s()) {
    triple.max = {domain.subscription_max_expires_s(), object + "max_expires_s", 2};
  }
  return triple;
}

void require_order(Violations& out, const Sourced& low, const Sourced& high) {
  if (low.value <= high.value) return;
  const bool blame_high = high.depth >= low.depth;
  const Sourced& blamed = blame_high ? high : low;
  const Sourced& other = blame_high ? low : high;
  Violation violation;
  violation.attribute = blamed.attribute;
  violation.value = std::to_string(blamed.value);
  violation.text = std::string(blame_high ? "below " : "above ") + other.attribute;
  violation.allowed = std::string(blame_high ? "at least " : "at most ") + std::to_string(other.value) + " s";
  const bool known = std::any_of(out.begin(), out.end(), [&](const Violation& before) {
    return before.attribute == violation.attribute && before.text == violation.text;
  });
  if (!known) out.push_back(std::move(violation));
}

void check(Violations& out, const Triple& triple) {
  require_order(out, triple.min, triple.by_default);
  require_order(out, triple.by_default, triple.max);
  require_order(out, triple.min, triple.max);
}

}  // namespace

void check_expiry(Violations& out, const config::Config& config) {
  const Triple publication = base_of(config.event().publication(), "event.publication");
  const Triple subscription = base_of(config.event().subscription(), "event.subscription");
  const Triple presence_publication =
      with_package(publication, config.presence().publication(), "presence.publication");
  const Triple presence_subscription =
      with_package(subscription, config.presence().subscription(), "presence.subscription");
  for (const Triple& triple : {publication, subscription, presence_publication, presence_subscription}) {
    check(out, triple);
  }
  for (const config::Domain& domain : config.sip().domains()) {
    check(out, with_domain_publication(publication, domain));
    check(out, with_domain_publication(presence_publication, domain));
    check(out, with_domain_subscription(subscription, domain));
    check(out, with_domain_subscription(presence_subscription, domain));
  }
}

}  // namespace presentia::mgmt
