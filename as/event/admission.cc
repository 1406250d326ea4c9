#include "as/event/admission.h"

#include <algorithm>
#include <array>

#include "as/base/mutants.h"
#include "as/base/uri.h"
#include "as/event/draft.h"

namespace presentia::event {
namespace {

// Methods that are registered but not served here; any other token is unknown [RFC3261 21.5.2].
constexpr std::array<std::string_view, 8> kKnownMethods{"ACK",   "BYE",   "INFO",     "MESSAGE",
                                                        "PRACK", "REFER", "REGISTER", "UPDATE"};

std::string joined(std::span<const std::string_view> values) {
  std::string text;
  for (const std::string_view value : values) text.append(text.empty() ? "" : ", ").append(value);
  return text;
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text.append(text.empty() ? "" : ", ").append(value);
  return text;
}

Admission answer(ports::SipResponse response, std::string reason) {
  return Answer{std::move(response), std::move(reason)};
}

// What is not ours goes on along the Route that remains [TS24.229 5.7.4], but only for peers of the trust domain: for
// anybody else this is no relay into it.
bool goes_on(const ports::SipRequest& request) { return request.trusted && !request.route.empty(); }

Admission not_served(const ports::SipRequest& request, const mgmt::Snapshot& settings) {
  if (goes_on(request)) return PassOn{};
  const bool known = std::ranges::find(kKnownMethods, request.method) != kKnownMethods.end();
  ports::SipResponse response = refusal(known ? 405 : 501, "method " + request.method + " is not served here");
  response.headers.emplace_back("Allow", std::string(settings.allowed_methods()));  // [RFC3261 8.2.1]
  return answer(std::move(response), "method");
}

Admission bad_event(const ports::SipRequest& request, const Packages& packages) {
  if (request.event && goes_on(request)) return PassOn{};
  ports::SipResponse response =
      refusal(489, request.event ? "event package " + request.event->package + " is not served for " + request.method
                                 : "no Event header");
  if (!PS_MUTANT("489-without-allow-events")) response.headers.emplace_back("Allow-Events", packages.allow_events());
  return answer(std::move(response), "event");
}

// No extension is supported, so all that are required are named [RFC3261 8.2.2.3].
Admission unsupported(const ports::SipRequest& request) {
  ports::SipResponse response = refusal(420, "required extensions are not supported");
  if (!PS_MUTANT("420-without-unsupported")) response.headers.emplace_back("Unsupported", joined(request.require));
  return answer(std::move(response), "require");
}

Admission options(const ports::SipRequest& request, const Packages& packages, const mgmt::Snapshot& settings) {
  if (goes_on(request)) return PassOn{};
  if (!request.require.empty()) return unsupported(request);
  const auto uri = base::parse_uri(request.request_uri);
  const auto resource = base::normal_form(request.request_uri);
  if (uri && !uri->user.empty() && resource && !settings.serves(base::domain_of(*resource)))
    return answer(refusal(404, "domain " + std::string(base::domain_of(*resource)) + " is not served here"), "domain");
  ports::SipResponse response{.status = 200, .reason = {}, .to_tag = {}, .headers = {}, .content_type = {}, .body = {}};
  // Probed for PUBLISH and for packages [RFC3903 7].
  response.headers.emplace_back("Allow", std::string(settings.allowed_methods()));
  if (!PS_MUTANT("options-without-allow-events"))
    response.headers.emplace_back("Allow-Events", packages.allow_events());
  response.headers.emplace_back("Accept", joined(packages.publication_types()));
  response.headers.emplace_back("Accept-Encoding", "identity");
  response.headers.emplace_back("Accept-Language", "en");
  response.headers.emplace_back("Supported", "");  // no extension [RFC3261 11.2]
  response.headers.emplace_back(
      "Contact", contact_value(settings.config().event().publication().contact_display_name(), request.own_contact));
  return answer(std::move(response), "options");
}

Admission bad_encoding(const ports::SipRequest& request) {
  ports::SipResponse response = refusal(415, "Content-Encoding " + request.content_encoding + " is not understood");
  response.headers.emplace_back("Accept-Encoding", "identity");
  return answer(std::move(response), "content-encoding");
}

bool is_removal(const ports::SipRequest& request) {
  return request.expires == 0U && (request.has_if_match || !request.to_tag.empty());
}

Admission to_dialog(const ports::SipRequest& request) {
  const auto partition = base::partition_of_tag(request.to_tag);
  if (!partition) return answer(refusal(481, "the To tag names no dialog of this server"), "dialog");
  return ToResource{*partition, {}, is_removal(request)};
}

// The user served on the terminating side is P-Served-User's, without it the Request-URI's [TS24.229 5.7.1.3A].
Admission to_resource(const ports::SipRequest& request, const mgmt::Snapshot& settings) {
  const bool terminating = request.served_user && request.served_user->session_case == ports::SessionCase::terminating;
  const std::string& uri = terminating ? request.served_user->uri : request.request_uri;
  auto resource = base::normal_form(uri);
  if (!resource) return answer(refusal(404, "the resource is no SIP, pres or tel URI"), "resource");
  // A telephone number has no domain: that it came here is the S-CSCF's decision.
  const bool number = resource->starts_with("tel:");
  if (!number && !settings.serves(base::domain_of(*resource)) && !PS_MUTANT("foreign-domain-served"))
    return answer(refusal(404, "domain " + std::string(base::domain_of(*resource)) + " is not served here"), "domain");
  base::Partition partition = base::partition_of(*resource);
  // Where one user may have several identities, the partition of this one knows whose the entity-tag may be.
  const bool aliases = !settings.config().sh().peer().empty();
  if (!request.if_match.empty() && !aliases)
    partition = base::partition_of_tag(request.if_match.front()).value_or(partition);
  return ToResource{partition, std::move(*resource), is_removal(request)};
}

// A third-party REGISTER, whose To names the user [TS24.229 5.4.1.7]. Only the S-CSCF may tell us of registrations.
Admission to_registered(const ports::SipRequest& request, const mgmt::Snapshot& settings) {
  if (!request.trusted && !PS_MUTANT("register-by-anybody"))
    return answer(refusal(403, "REGISTER is taken from the S-CSCF only"), "untrusted");
  if (!request.require.empty()) return unsupported(request);
  auto resource = base::normal_form(request.to.uri);
  if (!resource) return answer(refusal(404, "the user is no SIP, pres or tel URI"), "resource");
  const std::string_view domain = base::domain_of(*resource);
  if (!resource->starts_with("tel:") && !settings.serves(domain))
    return answer(refusal(404, "domain " + std::string(domain) + " is not served here"), "domain");
  // A user's own registration names the user in From as well [RFC3261 10.2].
  if (const auto from = base::normal_form(request.from.uri); from && *from == *resource)
    return answer(refusal(403, "this is no registrar: it takes third-party REGISTER only"), "own-registration");
  const base::Partition partition = base::partition_of(*resource);
  return ToResource{partition, std::move(*resource), is_deregistration(request)};
}

}  // namespace

bool is_deregistration(const ports::SipRequest& request) {
  if (request.method != "REGISTER") return false;
  const auto own = request.registration ? request.registration->contact_expires : std::nullopt;
  return (own ? own : request.expires) == 0U;
}

ports::SipResponse refusal(int status, std::string_view why) {
  ports::SipResponse response;
  response.status = status;
  std::string quoted;
  for (const char c : why) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  response.headers.emplace_back("Warning", "399 presentia \"" + quoted + "\"");
  return response;
}

std::string contact_value(std::string_view display_name, std::string_view uri) {
  std::string value;
  if (!display_name.empty()) {
    value += '"';
    for (const char c : display_name) {
      if (c == '"' || c == '\\') value += '\\';
      value += c;
    }
    value += "\" ";
  }
  return value.append("<").append(uri).append(">");
}

// An answer carries the charging headers as they came, and our term-ioi beside orig-ioi [TS24.229 5.7.2].
void add_charging(ports::Headers& headers, const ports::Charging& charging, const std::string& term_ioi) {
  if (!charging.vector.empty()) {
    const bool add =
        !term_ioi.empty() && !PS_MUTANT("term-ioi-missing") && charging.vector.find("term-ioi") == std::string::npos;
    headers.emplace_back("P-Charging-Vector", add ? charging.vector + ";term-ioi=" + term_ioi : charging.vector);
  }
  if (!charging.addresses.empty()) headers.emplace_back("P-Charging-Function-Addresses", charging.addresses);
}

Admission admit(const ports::SipRequest& request, const Packages& packages, const mgmt::Snapshot& settings) {
  if (request.method == "OPTIONS") return options(request, packages, settings);
  if (request.method == "REGISTER" && settings.config().registration().third_party_register() && !goes_on(request))
    return to_registered(request, settings);
  const bool publish = request.method == "PUBLISH", subscribe = request.method == "SUBSCRIBE";
  if (request.method == "NOTIFY" && request.route.empty())
    return answer(refusal(481, "no subscription of this server matches the NOTIFY"), "dialog");
  if (!publish && !subscribe) return not_served(request, settings);
  const auto handler = request.event ? packages.find(request.event->package) : std::nullopt;
  if (!handler || (publish && (handler->package == nullptr || handler->package->publication_types().empty())))
    return bad_event(request, packages);
  if (!request.require.empty() && !PS_MUTANT("require-ignored")) return unsupported(request);
  if (request.body && !request.content_encoding.empty()) return bad_encoding(request);
  // A PUBLISH with a To tag is like any other [RFC3903 4].
  if (subscribe && !request.to_tag.empty() && !PS_MUTANT("unknown-dialog-accepted")) return to_dialog(request);
  return to_resource(request, settings);
}

}  // namespace presentia::event
