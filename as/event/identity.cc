#include "as/event/identity.h"

#include <algorithm>

#include "as/base/mutants.h"
#include "as/base/uri.h"

namespace presentia::event {
namespace {

constexpr std::string_view kAnonymousHost = "anonymous.invalid";  // [RFC3323 4.1.1.3]

// The identity is known then, but must not be shown to anyone, the presentity included [RFC3325 8].
bool wants_anonymity(const ports::SipRequest& request) {
  return std::ranges::any_of(request.privacy,
                             [](const std::string& value) { return value == "id" || value == "user"; }) &&
         !PS_MUTANT("privacy-ignored");
}

std::string display_of(const ports::SipRequest& request) {
  for (const ports::NameAddr& asserted : request.asserted)
    if (!asserted.display.empty()) return asserted.display;
  return request.from.display;
}

}  // namespace

std::vector<std::string> identities(const ports::SipRequest& request, const mgmt::Snapshot& settings) {
  std::vector<std::string> found;
  for (const ports::NameAddr& asserted : request.asserted) {
    const std::string& uri = PS_MUTANT("from-is-identity") ? request.from.uri : asserted.uri;
    if (auto normal = base::normal_form(uri)) found.push_back(std::move(*normal));
  }
  if (!request.asserted.empty() || !settings.config().sip().identity_from_from()) return found;
  if (auto normal = base::normal_form(request.from.uri)) found.push_back(std::move(*normal));
  return found;
}

// Who asserts nothing is nobody (and refused), who asks for privacy is anonymous, all others are who they are asserted
// to be [TS24.229 5.7.1.4].
std::optional<ports::WatcherIdentity> watcher_of(const ports::SipRequest& request, const mgmt::Snapshot& settings) {
  std::vector<std::string> known = identities(request, settings);
  if (known.empty()) return std::nullopt;
  const auto sip = std::ranges::find_if(known, [](const std::string& uri) { return uri.starts_with("sip:"); });
  const std::string identity = sip != known.end() ? *sip : known.front();
  if (base::domain_of(identity) == kAnonymousHost) return ports::WatcherIdentity{};
  if (wants_anonymity(request)) return ports::WatcherIdentity{{}, {}, std::move(known)};
  std::erase(known, identity);
  return ports::WatcherIdentity{identity, display_of(request), std::move(known)};
}

}  // namespace presentia::event
