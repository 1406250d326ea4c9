#include "as/sip/convert.h"

#include <algorithm>
#include <array>
#include <utility>

#include "as/base/find_any.h"
#include "as/base/mutants.h"
#include "as/base/uri.h"
#include "as/sip/register_body.h"
#include "as/sip/related_body.h"

namespace presentia::sip {
namespace {

base::Unexpected<Refusal> bad(std::string_view header) {
  return base::Unexpected{Refusal{400, "Bad " + std::string(header) + " Header"}};
}

std::optional<Refusal> defect_refusal(Defect defect) {
  switch (defect) {
    case Defect::none:
      return std::nullopt;
    case Defect::first_line:
      return Refusal{400, "Malformed Request-Line"};
    case Defect::header_line:
      return Refusal{400, "Malformed Header Line"};
    case Defect::content_length:
      return Refusal{400, "Bad Content-Length Header"};
    case Defect::no_content_length:
      return Refusal{400, "Missing Content-Length Header"};
    case Defect::truncated:
      return Refusal{400, "Body Shorter Than Content-Length"};
    case Defect::too_large:
      return Refusal{513, "Message Too Large"};
  }
  return std::nullopt;
}

// A list header read by `parse` over all its fields; `out` stays empty if there is none.
template <class Parse, class Out>
bool read_list(const RawMessage& raw, HeaderName id, Parse parse, Out& out) {
  if (raw.find(id) == nullptr) return true;
  auto read = parse(raw.joined(id));
  if (!read) return false;
  out = std::move(*read);
  return true;
}

std::vector<std::string> texts(const std::vector<std::string_view>& views) { return {views.begin(), views.end()}; }

bool claims_identity(const RawMessage& raw) {
  return raw.find(HeaderName::p_asserted_identity) != nullptr || raw.find(HeaderName::p_served_user) != nullptr;
}

// Identity, served user, charging: only from within the trust domain [RFC3325 5, 8; RFC5502 7.2; RFC7315 5.6].
std::optional<Refusal> read_trusted(const RawMessage& raw, ports::SipRequest& request) {
  if (!read_list(raw, HeaderName::p_asserted_identity, parse_asserted, request.asserted)) {
    return Refusal{400, "Bad P-Asserted-Identity Header"};
  }
  if (const HeaderField* field = raw.find(HeaderName::p_served_user);
      field != nullptr && !PS_MUTANT("served-user-ignored")) {
    request.served_user = parse_served_user(field->value);
    if (!request.served_user) return Refusal{400, "Bad P-Served-User Header"};
  }
  request.charging.vector = raw.value(HeaderName::p_charging_vector);
  request.charging.addresses = raw.joined(HeaderName::p_charging_function_addresses);
  request.charging.access_network = raw.joined(HeaderName::p_access_network_info);
  return std::nullopt;
}

// Event, Subscription-State, Expires, SIP-If-Match, Accept.
std::optional<Refusal> read_event_headers(const RawMessage& raw, ports::SipRequest& request) {
  if (raw.count(HeaderName::event) > 1) return Refusal{400, "More Than One Event Header"};
  if (const HeaderField* field = raw.find(HeaderName::event)) {
    request.event = parse_event(field->value);
    if (!request.event) return Refusal{400, "Bad Event Header"};
  }
  // Whether it matters is known to who subscribed.
  request.subscription_state = parse_subscription_state(raw.value(HeaderName::subscription_state));
  if (const HeaderField* field = raw.find(HeaderName::expires)) {
    request.expires = parse_expires(field->value);
    if (!request.expires) return Refusal{400, "Bad Expires Header"};
  }
  request.has_if_match = raw.find(HeaderName::sip_if_match) != nullptr;
  if (!read_list(raw, HeaderName::sip_if_match, parse_etags, request.if_match)) {
    return Refusal{400, "Bad SIP-If-Match Header"};
  }
  if (raw.find(HeaderName::accept) != nullptr) {
    request.accept = parse_accept(raw.joined(HeaderName::accept));
    if (!request.accept) return Refusal{400, "Bad Accept Header"};
  }
  return std::nullopt;
}

std::optional<Refusal> read_lists(const RawMessage& raw, ports::SipRequest& request) {
  std::vector<std::string> proxy;
  if (!read_list(raw, HeaderName::require, parse_tokens, request.require)) return Refusal{400, "Bad Require Header"};
  if (!read_list(raw, HeaderName::proxy_require, parse_tokens, proxy)) return Refusal{400, "Bad Proxy-Require Header"};
  request.require.insert(request.require.end(), proxy.begin(), proxy.end());
  // Not worth a refusal: what cannot be read is not there [RFC3261 8.2.2].
  read_list(raw, HeaderName::supported, parse_tokens, request.supported);
  if (!read_list(raw, HeaderName::privacy, parse_privacy, request.privacy)) return Refusal{400, "Bad Privacy Header"};
  request.record_route = texts(raw.list(HeaderName::record_route));
  for (const std::string& value : request.record_route) {
    if (!parse_address(value)) return Refusal{400, "Bad Record-Route Header"};
  }
  return std::nullopt;
}

std::optional<Refusal> read_contact(const RawMessage& raw, ports::SipRequest& request) {
  const HeaderField* field = raw.find(HeaderName::contact);
  if (field == nullptr) return std::nullopt;
  auto contact = first_contact(field->value);
  if (!contact) return Refusal{400, "Bad Contact Header"};
  request.contact = std::move(*contact);
  return std::nullopt;
}

// Only a third-party REGISTER is read any further, and such come from the S-CSCF alone.
void read_registration(const RawMessage& raw, const config::Sip& limits, ports::SipRequest& request) {
  if (request.method != "REGISTER" || !request.trusted) return;
  auto content = std::make_shared<ports::RegisterContent>();
  read_contact_interval(raw.value(HeaderName::contact), *content);
  read_register_body(raw, limits, *content);
  request.registration = std::move(content);
}

std::optional<Refusal> read_body(const RawMessage& raw, ports::SipRequest& request) {
  if (const HeaderField* field = raw.find(HeaderName::content_type)) {
    auto type = parse_media_type(field->value);
    if (!type && request.registration) return std::nullopt;  // that body is of no consequence
    if (!type) return Refusal{400, "Bad Content-Type Header"};
    request.content_type = std::move(type->type);
    request.content_type_params = std::move(type->params_text);
  }
  const std::string encoding = lower(raw.joined(HeaderName::content_encoding));
  if (encoding != "identity") request.content_encoding = encoding;
  if (const HeaderField* field = raw.find(HeaderName::content_disposition)) {
    auto disposition = parse_disposition(field->value);
    if (!disposition && request.registration) return std::nullopt;
    if (!disposition) return Refusal{400, "Bad Content-Disposition Header"};
    request.content_disposition = std::move(disposition->type);
    request.body_optional = disposition->optional;
  }
  if (!raw.body.empty()) request.body = std::make_shared<const std::string>(raw.body);
  return std::nullopt;
}

// What brings along what it refers to is published as one document. What cannot be read so stays as it came: it is of a
// type that nobody here understands, or is passed on.
void join_parts(const RawMessage& raw, const config::Sip& limits, ports::SipRequest& request) {
  if (request.method != "PUBLISH" || request.content_type != "multipart/related" || !request.body) return;
  auto joined = join_related(raw.value(HeaderName::content_type), raw.body,
                             {.parts = limits.max_multipart_parts(), .depth = limits.max_multipart_depth()},
                             limits.max_body_bytes());
  if (!joined) return;
  request.content_type = std::move(joined->type);
  request.content_type_params.clear();
  request.body = std::make_shared<const std::string>(std::move(joined->body));
}

void take_mandatory(const RawMessage& raw, const Mandatory& mandatory, const Via& top_via, ports::SipRequest& request) {
  request.method = raw.method;
  request.from = mandatory.from.name;
  request.to = mandatory.to.name;
  request.from_tag = mandatory.from.tag();
  request.to_tag = mandatory.to.tag();
  request.from_text = raw.value(HeaderName::from);
  request.to_text = raw.value(HeaderName::to);
  request.call_id = mandatory.call_id;
  request.cseq = mandatory.cseq.number;
  request.fingerprint = {top_via.sent_by(), top_via.branch()};
  request.via = texts(raw.list(HeaderName::via));
}

void take_dialog(const RawMessage& response, ports::SipOutcome& outcome) {
  // Of a redirection no Contact is taken: it is not followed [TS24.229 5.7.1.15].
  outcome.contact = first_contact(response.value(HeaderName::contact)).value_or("");
  for (const std::string_view value : response.list(HeaderName::record_route)) {
    if (parse_address(value)) outcome.record_route.emplace_back(value);
  }
}

}  // namespace

void take_response(const RawMessage& response, ports::SipOutcome& outcome) {
  if (const HeaderField* field = response.find(HeaderName::retry_after)) {
    outcome.retry_after = parse_retry_after(field->value);
  }
  if (const auto to = parse_address(response.value(HeaderName::to))) outcome.to_tag = to->tag();
  outcome.expires = parse_expires(response.value(HeaderName::expires));
  outcome.min_expires = parse_expires(response.value(HeaderName::min_expires));
  if (outcome.status < 300) take_dialog(response, outcome);
}

// One of each, no fewer [RFC4475 3.3.1] and no more [RFC4475 3.3.8].
Checked<Mandatory> read_mandatory(const RawMessage& raw) {
  constexpr std::array<std::pair<HeaderName, std::string_view>, 4> kOnce{{{HeaderName::from, "From"},
                                                                          {HeaderName::to, "To"},
                                                                          {HeaderName::call_id, "Call-ID"},
                                                                          {HeaderName::cseq, "CSeq"}}};
  for (const auto& [id, name] : kOnce) {
    const std::size_t count = raw.count(id);
    if (count == 0) return base::Unexpected{Refusal{400, "Missing " + std::string(name) + " Header"}};
    if (count > 1) return base::Unexpected{Refusal{400, "More Than One " + std::string(name) + " Header"}};
  }
  auto from = parse_address(raw.value(HeaderName::from));
  if (!from) return bad("From");
  auto to = parse_address(raw.value(HeaderName::to));
  if (!to) return bad("To");
  const std::string_view call_id = raw.value(HeaderName::call_id);
  if (call_id.empty() || base::find_any(call_id, " \t,") != std::string_view::npos) return bad("Call-ID");
  auto cseq = parse_cseq(raw.value(HeaderName::cseq));
  if (!cseq) return bad("CSeq");
  if (cseq->method != raw.method) return base::Unexpected{Refusal{400, "CSeq Method Is Not the Request's"}};
  return Mandatory{std::move(*from), std::move(*to), call_id, std::move(*cseq)};
}

// What cannot be read is refused as a whole [RFC4475 3.1.2], whatever its method.
std::optional<Refusal> check_form(const RawMessage& raw, const config::Sip& limits) {
  if (auto refusal = defect_refusal(raw.defect)) return refusal;
  if (!equal_ignoring_case(raw.version, "SIP/2.0") && !PS_MUTANT("version-unchecked"))
    return Refusal{505, "Version Not Supported"};
  if (raw.fields.size() > limits.max_header_fields()) return Refusal{400, "Too Many Header Fields"};
  for (const auto& [id, name] : {std::pair{HeaderName::via, "Via"}, std::pair{HeaderName::route, "Route"},
                                 std::pair{HeaderName::record_route, "Record-Route"}}) {
    if (raw.list(id).size() > limits.max_route_entries())
      return Refusal{400, std::string("Too Many ") + name + " Values"};
  }
  for (const std::string_view value : raw.list(HeaderName::via)) {
    if (!parse_via(value)) return Refusal{400, "Bad Via Header"};
  }
  if (raw.body.size() > limits.max_body_bytes()) return Refusal{413, "Body Too Large"};
  if (const HeaderField* field = raw.find(HeaderName::max_forwards)) {
    const auto hops = parse_expires(field->value);
    if (!hops || *hops > 255) return Refusal{400, "Bad Max-Forwards Header"};
  }
  return std::nullopt;
}

std::optional<Refusal> check_uri(std::string_view uri, const config::Sip& limits) {
  if (uri.size() > limits.max_uri_bytes()) return Refusal{414, "Request-URI Too Long"};
  const std::string scheme = base::uri_scheme(uri);
  if (scheme.empty()) return Refusal{400, "Malformed Request-URI"};
  const bool known =
      scheme == "sip" || scheme == "sips" || scheme == "tel" || (scheme == "pres" && !PS_MUTANT("pres-uri-refused"));
  // urn:service:sos is none either: presence has no say about emergency requests [TS24.229 5.7.1.14].
  if (!known) return Refusal{416, "Unsupported URI Scheme " + scheme};
  if (!base::parse_uri(uri)) return Refusal{400, "Malformed Request-URI"};
  if (PS_MUTANT("ipv6-uri-refused") && uri.find('[') != std::string_view::npos) return Refusal{400, "IPv6"};
  return std::nullopt;
}

Routing route_for_us(const RawMessage& raw, const OwnNames& own) {
  Routing routing{std::string(raw.request_uri), raw.list(HeaderName::route), false};
  const auto ours = [&own](std::string_view value) {
    const auto address = parse_address(value);
    return address && (own.is_own(address->name.uri) || PS_MUTANT("route-dropped"));
  };
  // A strict router before us put our Record-Route value into the Request-URI, and the target last into Route
  // [RFC3261 16.4]. Our Contact has no lr, so that requests for ourselves are not taken for that.
  const auto uri = base::parse_uri(routing.request_uri);
  if (uri && uri->param("lr") && !routing.route.empty() && own.is_own(routing.request_uri)) {
    if (const auto target = parse_address(routing.route.back())) {
      routing.request_uri = target->name.uri;
      routing.route.pop_back();
      routing.own_removed = true;
    }
  }
  while (!routing.route.empty() && ours(routing.route.front())) {
    routing.route.erase(routing.route.begin());
    routing.own_removed = true;
  }
  return routing;
}

Checked<ports::SipRequest> to_request(const RawMessage& raw, const Mandatory& mandatory, const Via& top_via,
                                      Routing routing, Provenance provenance, const config::Sip& sip) {
  ports::SipRequest request;
  request.trusted = provenance.trusted;
  request.peer = std::move(provenance.peer);
  request.own_contact = std::move(provenance.own_contact);
  if (!request.trusted && sip.untrusted_identity() == config::Sip::REFUSE && claims_identity(raw)) {
    return base::Unexpected{Refusal{403, "Asserted Identity From Outside the Trust Domain"}};
  }
  take_mandatory(raw, mandatory, top_via, request);
  request.request_uri = std::move(routing.request_uri);
  request.route = texts(routing.route);
  for (const std::string& value : request.route) {
    if (!parse_address(value)) return bad("Route");
  }
  std::optional<Refusal> refusal;
  if (request.trusted || PS_MUTANT("asserted-by-anybody")) refusal = read_trusted(raw, request);
  if (!refusal) refusal = read_event_headers(raw, request);
  if (!refusal) refusal = read_lists(raw, request);
  if (!refusal) refusal = read_contact(raw, request);
  if (!refusal) read_registration(raw, sip, request);
  if (!refusal) refusal = read_body(raw, request);
  if (refusal) return base::Unexpected{std::move(*refusal)};
  join_parts(raw, sip, request);
  return request;
}

}  // namespace presentia::sip
