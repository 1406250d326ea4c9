#include "as/sip/inbound.h"

#include <optional>
#include <utility>
#include <variant>

#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/base/uri.h"
#include "as/sip/message_text.h"

namespace presentia::sip {
namespace {

// Of another version of SIP too: its sender is to be told 505.
std::optional<Via> top_via(std::string_view text) {
  if (auto via = parse_via(text)) return via;
  const std::size_t version = text.find('/');
  const std::size_t transport = version == std::string_view::npos ? version : text.find('/', version + 1);
  if (transport == std::string_view::npos || !equal_ignoring_case(trim(text.substr(0, version)), "SIP")) return {};
  return parse_via("SIP/2.0" + std::string(text.substr(transport)));
}

RequestId request_id(const RawMessage& raw, const Mandatory& mandatory, std::string_view branch,
                     std::string_view sent_by, std::string_view from_tag, std::string_view to_tag) {
  RequestId id;
  id.method = raw.method;
  id.branch = branch;
  id.sent_by = sent_by;
  id.call_id = mandatory.call_id;
  id.cseq = mandatory.cseq.number;
  id.from_tag = from_tag;
  id.to_tag = to_tag;
  id.request_uri = raw.request_uri;
  id.top_via = raw.value(HeaderName::via);
  return id;
}

}  // namespace

// A request that the core has not answered yet.
struct Inbound::Pending {
  TransactionKey key;
  Received request;
  Routing routing;
  std::string to_tag;
};

Inbound::Inbound(Environment& environment, Proxy& proxy, ports::SipHandler& handler)
    : environment_(environment),
      proxy_(proxy),
      handler_(handler),
      transactions_(environment.wheel, *this, environment.sip().max_transactions()) {}

Inbound::~Inbound() = default;

void Inbound::refresh_limits() {
  const mgmt::SnapshotPtr& settings = environment_.reader.snapshot();
  const config::Sip& sip = settings->config().sip();
  transactions_.set_capacity(sip.max_transactions());
  digest_users_.refresh(sip.digest(), settings->version(), environment_.now);
  environment_.counters.digest_users(digest_users_.users().size());
}

void Inbound::on_request(MsgPtr message, RawMessage raw, const Origin& origin) {
  const auto vias = raw.list(HeaderName::via);
  auto via = vias.empty() ? std::nullopt : top_via(vias.front());
  if (!via) {
    environment_.counters.dropped(Drop::no_via);
    base::log(base::Module::sip, base::Level::info, "sip.dropped",
              {{"reason", drop_name(Drop::no_via)}, {"peer", origin.address.host() + ':' + origin.port}});
    return;
  }
  Received request;
  request.stamped = stamped_via(*via, vias.front(), origin.address, origin.port);
  request.message = std::move(message);
  request.raw = std::move(raw);
  request.via = std::move(*via);
  request.listener = origin.listener;
  request.source = origin.address;
  request.source_port = origin.port;
  request.connection = origin.connection;
  request.stream = origin.connection != 0;
  request.waited = origin.waited;
  request.overflowed = origin.overflowed;
  request.trusted = environment_.trust().trusts(origin.address, origin.tls_names);
  environment_.counters.request(request.raw.method);

  const auto mandatory = checked(request);
  if (!mandatory) return;
  Routing routing = route_for_us(request.raw, environment_.own);
  if (handled_here(request, *mandatory, routing)) return;
  admit(std::move(request), *mandatory, std::move(routing));
}

std::optional<Mandatory> Inbound::checked(Received& request) {
  if (const auto refusal = check_form(request.raw, environment_.sip())) {
    refuse(request, *refusal);
    return std::nullopt;
  }
  auto mandatory = read_mandatory(request.raw);
  if (!mandatory) {
    refuse(request, mandatory.error());
    return std::nullopt;
  }
  if (const auto refusal = check_uri(request.raw.request_uri, environment_.sip())) {
    refuse(request, *refusal);
    return std::nullopt;
  }
  return std::move(*mandatory);
}

// What concerns the core not: what only passes through us, and INVITE with its ACK and CANCEL.
bool Inbound::handled_here(Received& request, const Mandatory& mandatory, Routing& routing) {
  if (proxy_.only_passes(request, routing, !mandatory.to.tag().empty())) {
    pass_on(std::move(request), std::move(routing));
    return true;
  }
  const std::string_view method = request.raw.method;
  if (method == "ACK") {
    environment_.counters.dropped(Drop::ack);
    return true;
  }
  if (method == "INVITE") {
    const std::string allow(environment_.reader.snapshot()->allowed_methods());
    refuse(request, {405, "Method Not Allowed"},
           PS_MUTANT("405-without-allow") ? ports::Headers() : ports::Headers{{"Allow", allow}});
    return true;
  }
  if (method != "CANCEL") return false;
  // [RFC3261 9.2, RFC6665 4.6] It changes nothing about a request that is not an INVITE.
  const std::string branch = request.via.branch(), sent_by = request.via.sent_by();
  const std::string from_tag = mandatory.from.tag(), to_tag = mandatory.to.tag();
  const bool known =
      transactions_.matches_cancel(request_id(request.raw, mandatory, branch, sent_by, from_tag, to_tag));
  refuse(request, known ? Refusal{200, ""} : Refusal{481, "No Such Transaction"});
  return true;
}

void Inbound::admit(Received request, const Mandatory& mandatory, Routing routing) {
  const std::string branch = request.via.branch(), sent_by = request.via.sent_by();
  const std::string from_tag = mandatory.from.tag(), to_tag = mandatory.to.tag();
  const RequestId id = request_id(request.raw, mandatory, branch, sent_by, from_tag, to_tag);
  const config::Sip& sip = environment_.sip();
  const Admission admission = transactions_.on_request(
      id, request.stream, {base::Millis(sip.t1_ms()), base::Millis(sip.t2_ms()), base::Millis(sip.t4_ms())},
      environment_.now);
  if (const auto* fresh = std::get_if<NewRequest>(&admission)) {
    if (refused_early(request, !to_tag.empty(), fresh->key)) return;
    hand_over(std::move(request), mandatory, std::move(routing), fresh->key);
  } else if (const auto* again = std::get_if<Resend>(&admission)) {
    environment_.counters.retransmission_absorbed();
    reply(request, *again->reply.bytes);
  } else if (std::holds_alternative<Absorb>(admission)) {
    environment_.counters.retransmission_absorbed();
  } else if (std::holds_alternative<Merged>(admission)) {
    refuse(request, {482, "Merged Request"});
  } else {
    const auto retry_after = environment_.reader.snapshot()->config().runtime().retry_after_s();
    refuse(request, {503, "Too Many Transactions"}, {{"Retry-After", std::to_string(retry_after)}});
  }
}

bool Inbound::refused_early(const Received& request, bool in_dialog, TransactionKey key) {
  const RawMessage& raw = request.raw;
  const auto expires = parse_expires(raw.value(HeaderName::expires));
  const auto response =
      handler_.refuse_early({environment_.io, raw.method, in_dialog, raw.find(HeaderName::sip_if_match) != nullptr,
                             !raw.body.empty(), expires == 0U, request.waited, request.overflowed});
  if (!response) return false;
  answer_here(request, *response, key);
  return true;
}

void Inbound::answer_here(const Received& request, const ports::SipResponse& response, TransactionKey key) {
  const auto text = std::make_shared<const std::string>(
      response_text(request.raw, request.stamped, own_to_tag(request), response, environment_.sip().server_name()));
  environment_.counters.response(response.status);
  reply(request, *text);
  transactions_.on_response(key, Reply{text, 0}, environment_.now);
}

void Inbound::hand_over(Received request, const Mandatory& mandatory, Routing routing, TransactionKey key) {
  const Listener& listener = environment_.network->listeners()[request.listener];
  Provenance provenance{
      request.trusted,
      std::string(transport_name(listener.transport)) + ':' + request.source.host() + ':' + request.source_port,
      base::uri_scheme(request.raw.request_uri) == "sips" && !PS_MUTANT("sips-contact-is-sip") ? listener.secure_contact
                                                                                               : listener.contact};
  auto converted = to_request(request.raw, mandatory, request.via, routing, std::move(provenance), environment_.sip());
  if (!converted) {
    transactions_.forget(key);
    return refuse(request, converted.error());
  }
  if (const auto refusal = not_logged_in(request, *converted)) return answer_here(request, *refusal, key);
  converted->key = {environment_.io, key.slot, key.generation};
  converted->passed_early = true;
  std::string to_tag = own_to_tag(request);
  if (PS_MUTANT("provisional-sent")) refuse(request, {100, ""});
  auto pending = std::make_unique<Pending>(Pending{key, std::move(request), std::move(routing), std::move(to_tag)});
  if (pending_.size() <= key.slot) pending_.resize(key.slot + 1);
  pending_[key.slot] = std::move(pending);
  handler_.on_request(std::move(*converted));
}

// Credentials are checked wherever they come from [TS24.229 5.7.1.4]. Who has logged in counts as asserted for this
// request, unless the network says itself who it is.
std::optional<ports::SipResponse> Inbound::not_logged_in(const Received& request, ports::SipRequest& converted) {
  const config::Sip& sip = environment_.sip();
  const RawMessage& raw = request.raw;
  const bool must = must_log_in(converted, sip);
  if (!must && (!checks_login(raw.method, sip.digest()) || raw.find(HeaderName::authorization) == nullptr)) return {};
  LoginRequest login{raw.method, converted.request_uri, converted.to.uri, raw.body, {}};
  for (const HeaderField& field : raw.fields) {
    if (field.id == HeaderName::authorization) login.authorization.push_back(field.value);
  }
  const LoginOutcome outcome = authenticator_.check(login, digest_users_.users(), sip.digest(), environment_.now);
  environment_.counters.login(outcome.login);
  if (outcome.login != Login::accepted) return challenge(request, outcome);
  if (converted.asserted.empty()) converted.asserted.push_back({converted.from.display, outcome.uri});
  return {};
}

ports::SipResponse Inbound::challenge(const Received& request, const LoginOutcome& outcome) {
  if (outcome.login != Login::none) {
    base::log(base::Module::sip, base::Level::info, "sip.login_failed",
              {{"why", word(outcome.login)},
               {"name", outcome.name.substr(0, 64)},
               {"method", request.raw.method},
               {"call_id", request.raw.value(HeaderName::call_id)},
               {"peer", request.source.host() + ':' + request.source_port}});
  }
  if (!request.trusted) {
    const ports::RequestOfPeer of{environment_.io, request.raw.method, request.source.host()};
    if (auto refusal = handler_.refuse_challenged(of)) return *std::move(refusal);
  }
  ports::SipResponse response;
  response.status = 401;
  for (std::string& value : authenticator_.challenges(outcome.login, environment_.sip().digest(), environment_.now)) {
    response.headers.emplace_back("WWW-Authenticate", std::move(value));
  }
  return response;
}

// The same for every copy of a request, so that all stateless answers to it are the same [RFC3261 8.2.7].
std::string Inbound::own_to_tag(const Received& request) const {
  std::string input = request.via.branch();
  input.append(request.via.sent_by()).append(request.raw.value(HeaderName::call_id));
  input.append(request.raw.value(HeaderName::from)).append(request.raw.value(HeaderName::cseq));
  return environment_.hash.hex(input);
}

void Inbound::refuse(const Received& request, const Refusal& refusal, ports::Headers headers) {
  if (refusal.status >= 300) {
    base::log(base::Module::sip, base::Level::info, "sip.refused",
              {{"status", refusal.status},
               {"reason", refusal.text},
               {"method", request.raw.method},
               {"call_id", request.raw.value(HeaderName::call_id)},
               {"peer", request.source.host() + ':' + request.source_port}});
  }
  if (request.raw.method == "ACK") return environment_.counters.dropped(Drop::ack);
  ports::SipResponse response;
  response.status = refusal.status;
  response.headers = std::move(headers);
  if (refusal.status == 400) response.reason = refusal.text;
  if (refusal.status >= 400 && !refusal.text.empty()) {
    const Listener& listener = environment_.network->listeners()[request.listener];
    response.headers.emplace_back("Warning", warning(listener.sent_by, refusal.text));
  }
  environment_.counters.response(response.status);
  reply(request,
        response_text(request.raw, request.stamped, own_to_tag(request), response, environment_.sip().server_name()));
}

bool Inbound::reply(const Received& request, std::string_view text) const {
  const HostPort to = reply_address(request.via, request.source, request.source_port, request.stream);
  return environment_.network->send(request.listener, to, to.host, text, request.connection).ok;
}

std::unique_ptr<Inbound::Pending> Inbound::take(const ports::RequestKey& key) {
  const TransactionKey transaction{key.slot, key.generation};
  const bool here = key.io == environment_.io && key.slot < pending_.size() && pending_[key.slot] &&
                    pending_[key.slot]->key == transaction && transactions_.open(transaction);
  if (here) return std::move(pending_[key.slot]);
  environment_.counters.dropped(Drop::late_answer);
  return nullptr;
}

// Once and finally; the only provisional answer there is, a late 100, is not the core's [RFC3261 8.2.6.1].
void Inbound::respond(const ports::RequestKey& key, const ports::SipResponse& response) {
  const auto pending = take(key);
  if (!pending) return;
  const std::string_view to_tag = response.to_tag.empty() ? pending->to_tag : response.to_tag;
  const auto text = std::make_shared<const std::string>(response_text(
      pending->request.raw, pending->request.stamped, to_tag, response, environment_.sip().server_name()));
  environment_.counters.response(response.status);
  reply(pending->request, *text);
  transactions_.on_response(pending->key, Reply{text, 0}, environment_.now);
}

void Inbound::forward(const ports::RequestKey& key) {
  auto pending = take(key);
  if (!pending) return;
  // Sent on statelessly: copies of it are sent on as well, by the core's decision about each.
  transactions_.forget(pending->key);
  pass_on(std::move(pending->request), std::move(pending->routing));
}

void Inbound::pass_on(Received request, Routing routing) {
  if (const auto refusal = Proxy::check(request.raw, routing)) return refuse(request, *refusal);
  proxy_.forward(std::move(request), std::move(routing));
}

void Inbound::late(TransactionKey key) {
  if (key.slot >= pending_.size() || !pending_[key.slot] || pending_[key.slot]->key != key) return;
  const Received& request = pending_[key.slot]->request;
  environment_.counters.response(100);
  reply(request, trying_text(request.raw, request.stamped));
}

void Inbound::unanswered(TransactionKey key) {
  environment_.counters.dropped(Drop::unanswered);
  if (key.slot < pending_.size() && pending_[key.slot] && pending_[key.slot]->key == key) pending_[key.slot].reset();
}

}  // namespace presentia::sip
