#include "mgmt/attributes/snapshot.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "as/base/uri.h"

namespace presentia::mgmt {
namespace {

constexpr std::string_view kPresence = "presence";
constexpr const char* kAnyDomain = "*";

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

ExpiresPolicy policy(std::uint32_t by_default, std::uint32_t min, std::uint32_t max) {
  return {base::Seconds(by_default), base::Seconds(min), base::Seconds(max)};
}

}  // namespace

Snapshot::Snapshot(config::Config config, std::uint64_t version) : config_(std::move(config)), version_(version) {
  for (const config::Domain& domain : config_.sip().domains()) {
    if (domain.name() == kAnyDomain) {
      any_domain_ = &domain;
    } else {
      domains_.emplace(lower(domain.name()), &domain);
    }
  }
  for (const std::string& publisher : config_.presence().publication().publishers()) {
    if (auto normal = base::normal_form(publisher)) presence_publishers_.insert(*std::move(normal));
  }
}

const config::Domain* Snapshot::domain(std::string_view host) const {
  const auto found = domains_.find(std::string(host));
  return found != domains_.end() ? found->second : any_domain_;
}

bool Snapshot::serves(std::string_view host) const { return domain(host) != nullptr; }

ExpiresPolicy Snapshot::publication_expires(std::string_view package, std::string_view host) const {
  const config::Publication& all = config_.event().publication();
  ExpiresPolicy result = policy(all.default_expires_s(), all.min_expires_s(), all.max_expires_s());
  if (package == kPresence) {
    const config::PublicationOverride& own = config_.presence().publication();
    if (own.has_default_expires_s()) result.by_default = base::Seconds(own.default_expires_s());
    if (own.has_min_expires_s()) result.min = base::Seconds(own.min_expires_s());
    if (own.has_max_expires_s()) result.max = base::Seconds(own.max_expires_s());
  }
  if (const config::Domain* own = domain(host)) {
    if (own->has_publication_default_expires_s()) {
      result.by_default = base::Seconds(own->publication_default_expires_s());
    }
    if (own->has_publication_min_expires_s()) result.min = base::Seconds(own->publication_min_expires_s());
    if (own->has_publication_max_expires_s()) result.max = base::Seconds(own->publication_max_expires_s());
  }
  return result;
}

ExpiresPolicy Snapshot::subscription_expires(std::string_view package, std::string_view host) const {
  const config::Subscription& all = config_.event().subscription();
  ExpiresPolicy result = policy(all.default_expires_s(), all.min_expires_s(), all.max_expires_s());
  if (package == kPresence) {
    const config::SubscriptionOverride& own = config_.presence().subscription();
    if (own.has_default_expires_s()) result.by_default = base::Seconds(own.default_expires_s());
    if (own.has_min_expires_s()) result.min = base::Seconds(own.min_expires_s());
    if (own.has_max_expires_s()) result.max = base::Seconds(own.max_expires_s());
  }
  if (const config::Domain* own = domain(host)) {
    if (own->has_subscription_default_expires_s()) {
      result.by_default = base::Seconds(own->subscription_default_expires_s());
    }
    if (own->has_subscription_min_expires_s()) result.min = base::Seconds(own->subscription_min_expires_s());
    if (own->has_subscription_max_expires_s()) result.max = base::Seconds(own->subscription_max_expires_s());
  }
  return result;
}

config::Rules::NoDocument Snapshot::no_document(std::string_view host) const {
  const config::Domain* own = domain(host);
  return own != nullptr && own->has_no_document() ? own->no_document() : config_.rules().no_document();
}

std::string_view Snapshot::allowed_methods() const {
  return config_.registration().third_party_register() ? "PUBLISH, SUBSCRIBE, NOTIFY, OPTIONS, REGISTER, CANCEL"
                                                       : "PUBLISH, SUBSCRIBE, NOTIFY, OPTIONS, CANCEL";
}

bool Snapshot::is_publisher(std::string_view package, std::string_view identity) const {
  return package == kPresence && presence_publishers_.contains(std::string(identity));
}

}  // namespace presentia::mgmt
