#include "as/event/subscribe_checks.h"

#include <algorithm>

#include "as/base/mutants.h"
#include "as/base/uri.h"

namespace presentia::event {
namespace {

constexpr base::Seconds kHour{3600};

bool matches(std::string_view range, std::string_view type) {
  if (range == "*/*" || range == "*" || range == type) return true;
  return range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1));
}

// [RFC6665 3.1.3, 3.2.1] the package's default without Accept, else the first of our types that is accepted.
std::optional<std::string> choose_type(const ports::SipRequest& request, const Handler& handler) {
  const auto types = handler.notification_types();
  if (!request.accept) return std::string(types.front());
  for (const std::string_view type : types) {
    if (std::ranges::any_of(*request.accept, [type](const std::string& range) { return matches(range, type); }))
      return std::string(type);
  }
  if (PS_MUTANT("accept-ignored")) return std::string(types.front());
  return std::nullopt;
}

}  // namespace

std::optional<Asked> check_subscribe(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                                     const Handler& handler, const Context& context) {
  if (request.body && !request.body->empty() && !request.body_optional) {  // [RFC3261 8.2.3]
    draft.refuse(request.key, 415, "content-type", "SUBSCRIBE bodies are not understood", {{"Accept", ""}});
    return std::nullopt;
  }
  auto body_type = choose_type(request, handler);
  if (!body_type) {
    draft.refuse(request.key, 406, "accept",
                 "the package notifies with " + std::string(handler.notification_types().front()),
                 {{"Accept", std::string(handler.notification_types().front())}});
    return std::nullopt;
  }
  const mgmt::ExpiresPolicy policy =
      context.settings.subscription_expires(request.event->package, base::domain_of(state.resource));
  // Without Expires the default of the package [RFC6665 3.1.1, 5.4.4], an hour for presence [RFC3856 6.4] and for winfo
  // [RFC3857 4.4] unless it was configured.
  const base::Seconds asked = request.expires ? base::Seconds{*request.expires} : policy.by_default;
  // [RFC6665 4.2.1.1] only intervals above zero, below one hour and below the minimum may be refused as too small
  if (asked > base::Seconds{0} && asked < kHour && asked < policy.min) {
    draft.refuse(request.key, 423, "interval", "Expires is below the minimum",
                 PS_MUTANT("423-without-min-expires")
                     ? ports::Headers()
                     : ports::Headers{{"Min-Expires", std::to_string(policy.min.count())}});
    return std::nullopt;
  }
  return Asked{std::move(*body_type), std::min(PS_MUTANT("subscription-lengthened") ? 2 * asked : asked, policy.max)};
}

}  // namespace presentia::event
