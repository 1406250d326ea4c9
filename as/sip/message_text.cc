#include "as/sip/message_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "as/base/mutants.h"
#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

// As the RFCs have them: 412 is of [RFC3903 11.2.1], 489 of [RFC6665 8.3.2].
constexpr std::array<std::pair<int, std::string_view>, 40> kPhrases{{{100, "Trying"},
                                                                     {200, "OK"},
                                                                     {202, "Accepted"},
                                                                     {204, "No Notification"},
                                                                     {400, "Bad Request"},
                                                                     {401, "Unauthorized"},
                                                                     {403, "Forbidden"},
                                                                     {404, "Not Found"},
                                                                     {405, "Method Not Allowed"},
                                                                     {406, "Not Acceptable"},
                                                                     {408, "Request Timeout"},
                                                                     {410, "Gone"},
                                                                     {412, "Conditional Request Failed"},
                                                                     {413, "Request Entity Too Large"},
                                                                     {414, "Request-URI Too Long"},
                                                                     {415, "Unsupported Media Type"},
                                                                     {416, "Unsupported URI Scheme"},
                                                                     {420, "Bad Extension"},
                                                                     {421, "Extension Required"},
                                                                     {422, "Session Interval Too Small"},
                                                                     {423, "Interval Too Brief"},
                                                                     {480, "Temporarily Unavailable"},
                                                                     {481, "Call/Transaction Does Not Exist"},
                                                                     {482, "Loop Detected"},
                                                                     {483, "Too Many Hops"},
                                                                     {484, "Address Incomplete"},
                                                                     {485, "Ambiguous"},
                                                                     {486, "Busy Here"},
                                                                     {488, "Not Acceptable Here"},
                                                                     {489, "Bad Event"},
                                                                     {491, "Request Pending"},
                                                                     {493, "Undecipherable"},
                                                                     {500, "Server Internal Error"},
                                                                     {501, "Not Implemented"},
                                                                     {502, "Bad Gateway"},
                                                                     {503, "Service Unavailable"},
                                                                     {504, "Server Time-out"},
                                                                     {505, "Version Not Supported"},
                                                                     {513, "Message Too Large"},
                                                                     {603, "Decline"}}};

void add(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

void add_body(std::string& text, std::string_view type, const ports::SharedText& body) {
  const std::size_t size = type.empty() || !body ? 0 : body->size();
  if (!type.empty()) add(text, "Content-Type", type);
  add(text, "Content-Length", std::to_string(size));
  text += "\r\n";
  if (size > 0) text += *body;
}

// RFC 3261 16.6 step 3; a message without Max-Forwards gets 70.
std::string one_hop_less(std::string_view max_forwards) {
  const auto hops = parse_expires(max_forwards);
  if (PS_MUTANT("max-forwards-not-lowered")) return std::string(max_forwards);
  return std::to_string(hops && *hops > 0 ? *hops - 1 : 0);
}

// A strict router ahead wants its own address as the Request-URI and the target last in Route [RFC3261 16.6 step 6].
std::pair<std::string, std::vector<std::string>> to_next_hop(const Routing& routing) {
  std::vector<std::string> route(routing.route.begin(), routing.route.end());
  const auto next = route.empty() ? std::nullopt : parse_address(route.front());
  const std::string uri_params = next ? lower(next->name.uri) : std::string();
  if (!next || uri_params.find(";lr") != std::string::npos) return {routing.request_uri, std::move(route)};
  route.erase(route.begin());
  route.push_back('<' + routing.request_uri + '>');
  return {next->name.uri, std::move(route)};
}

// What stays inside the trust domain.
constexpr std::array<std::pair<HeaderName, std::string_view>, 4> kInside{
    {{HeaderName::p_access_network_info, "P-Access-Network-Info"},
     {HeaderName::p_charging_function_addresses, "P-Charging-Function-Addresses"},
     {HeaderName::p_charging_vector, "P-Charging-Vector"},
     {HeaderName::p_served_user, "P-Served-User"}}};

// Header lines of ours, each ending in CRLF, without those.
std::string for_outside(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end == std::string_view::npos ? end : end + 2);
    const std::string_view name = line.substr(0, line.find(':'));
    if (std::ranges::none_of(kInside, [name](const auto& one) { return one.second == name; })) text += line;
    lines.remove_prefix(line.size());
  }
  return text;
}

bool asks_for_privacy(const RawMessage& message) {
  if (message.find(HeaderName::privacy) == nullptr) return false;
  const auto privacy = parse_privacy(message.joined(HeaderName::privacy));
  return !privacy || std::ranges::find(*privacy, "id") != privacy->end();
}

// The header lines of a forwarded message that stay as they came.
void add_unchanged(std::string& text, const RawMessage& message, bool request, NextHop next) {
  const bool outside = next == NextHop::outside, unnamed = outside && asks_for_privacy(message);
  for (const HeaderField& field : message.fields) {
    const bool replaced = field.id == HeaderName::via ||
                          (request && (field.id == HeaderName::route || field.id == HeaderName::max_forwards));
    const bool kept_inside =
        (outside && std::ranges::any_of(kInside, [&field](const auto& one) { return one.first == field.id; })) ||
        (unnamed && field.id == HeaderName::p_asserted_identity);
    const bool lost = PS_MUTANT("privacy-not-passed-on") && field.id == HeaderName::privacy;
    if (!replaced && !kept_inside && !lost) add(text, field.name, field.value);
  }
  add(text, "Content-Length", std::to_string(message.body.size()));
  text += "\r\n";
  text += message.body;
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* const found = std::lower_bound(kPhrases.begin(), kPhrases.end(), status,
                                             [](const auto& phrase, int wanted) { return phrase.first < wanted; });
  return found != kPhrases.end() && found->first == status ? found->second : "Unknown";
}

std::string response_text(const RawMessage& request, std::string_view stamped, std::string_view to_tag,
                          const ports::SipResponse& response, std::string_view server) {
  std::string text;
  text.reserve(768 + (response.body ? response.body->size() : 0));
  text.append("SIP/2.0 ").append(std::to_string(response.status)).append(" ");
  text += response.reason.empty() ? reason_phrase(response.status) : std::string_view(response.reason);
  text += "\r\n";
  const auto vias = request.list(HeaderName::via);
  for (std::size_t i = 0; i < vias.size(); ++i)
    add(text, "Via", i == 0 ? stamped : vias[PS_MUTANT("vias-out-of-order") ? vias.size() - i : i]);
  if (request.find(HeaderName::from) != nullptr) add(text, "From", request.value(HeaderName::from));
  if (request.find(HeaderName::to) != nullptr) {
    const std::string_view to = request.value(HeaderName::to);
    const auto address = parse_address(to);
    const bool wants_tag = address && address->tag().empty() && !PS_MUTANT("to-tag-missing");
    text.append("To: ").append(to);
    if (wants_tag) text.append(";tag=").append(to_tag);
    text += "\r\n";
  }
  if (request.find(HeaderName::call_id) != nullptr) add(text, "Call-ID", request.value(HeaderName::call_id));
  if (request.find(HeaderName::cseq) != nullptr) add(text, "CSeq", request.value(HeaderName::cseq));
  for (const auto& [name, value] : response.headers) add(text, name, value);
  if (!server.empty()) add(text, "Server", server);
  add_body(text, response.content_type, response.body);
  return text;
}

std::string trying_text(const RawMessage& request, std::string_view stamped) {
  std::string text = "SIP/2.0 100 Trying\r\n";
  const auto vias = request.list(HeaderName::via);
  for (std::size_t i = 0; i < vias.size(); ++i) add(text, "Via", i == 0 ? stamped : vias[i]);
  for (const HeaderField& field : request.fields) {
    const bool copied = field.id == HeaderName::from || field.id == HeaderName::to || field.id == HeaderName::call_id ||
                        field.id == HeaderName::cseq || lower(field.name) == "timestamp";
    if (copied) add(text, field.name, field.value);
  }
  add_body(text, {}, {});
  return text;
}

std::string request_text(const ports::SipOutgoing& request, std::string_view via, std::string_view contact,
                         NextHop next) {
  std::string text;
  text.reserve(512 + (request.fixed ? request.fixed->size() : 0) + request.varying.size() +
               (request.body ? request.body->size() : 0));
  text.append(request.method).append(" ").append(request.request_uri).append(" SIP/2.0\r\n");
  add(text, "Via", via);
  if (!PS_MUTANT("max-forwards-missing"))  // in all requests [RFC3261 8.1.1.6]
    add(text, "Max-Forwards", std::to_string(request.max_forwards));
  if (request.fixed) text += *request.fixed;
  text.append("CSeq: ").append(std::to_string(request.cseq)).append(" ").append(request.method).append("\r\n");
  if (!contact.empty()) text.append("Contact: <").append(contact).append(">\r\n");
  if (next == NextHop::outside) {
    text += for_outside(request.varying);
  } else {
    text += request.varying;
  }
  add_body(text, request.content_type, request.body);
  return text;
}

std::string via_value(std::string_view transport, std::string_view sent_by, std::string_view branch) {
  std::string value("SIP/2.0/");
  value.append(transport).append(" ").append(sent_by);
  if (transport == "UDP") value += ";rport";
  return value.append(";branch=").append(branch);
}

std::string forwarded_request(const RawMessage& request, std::string_view via, std::string_view stamped,
                              std::string_view record_route, const Routing& routing, NextHop next) {
  const auto [uri, route] = to_next_hop(routing);
  std::string text;
  text.append(request.method).append(" ").append(uri).append(" SIP/2.0\r\n");
  add(text, "Via", via);
  const auto vias = request.list(HeaderName::via);
  for (std::size_t i = 0; i < vias.size(); ++i) add(text, "Via", i == 0 ? stamped : vias[i]);
  if (!record_route.empty()) add(text, "Record-Route", record_route);
  for (const std::string& value : route) add(text, "Route", value);
  const HeaderField* hops = request.find(HeaderName::max_forwards);
  add(text, "Max-Forwards", hops == nullptr ? "70" : one_hop_less(hops->value));
  add_unchanged(text, request, true, next);
  return text;
}

std::string forwarded_response(const RawMessage& response) {
  std::string text("SIP/2.0 ");
  text.append(std::to_string(response.status)).append(" ").append(response.reason).append("\r\n");
  const auto vias = response.list(HeaderName::via);
  for (std::size_t i = 1; i < vias.size(); ++i) add(text, "Via", vias[i]);
  add_unchanged(text, response, false, NextHop::inside);
  return text;
}

}  // namespace presentia::sip
