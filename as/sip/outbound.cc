#include "as/sip/outbound.h"

#include <utility>

#include "as/base/check.h"
#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/base/uri.h"
#include "as/sip/convert.h"
#include "as/sip/message_text.h"

namespace presentia::sip {
namespace {

// Where the answering requests in its dialog are to come [RFC3261 8.1.1.8]; empty: the request has its own Contact.
std::string_view own_contact(const ports::SipOutgoing& request, const Listener& from) {
  if (!request.add_contact) return {};
  const bool secure = base::uri_scheme(request.request_uri) == "sips" || base::uri_scheme(request.next_hop) == "sips";
  return secure ? from.secure_contact : from.contact;
}

std::size_t remote_hash(const HostPort& remote) { return std::hash<std::string>{}(remote.host + ' ' + remote.port); }

}  // namespace

struct Outbound::Outgoing {
  ports::SendKey key = 0;
  ports::SipOutgoing request;
  std::vector<Target> targets;
  std::size_t next = 0;  // the target to be tried after the running one
  bool abandoned = false;
  bool tcp_tried = false;  // because of its size

  // Of the running attempt.
  bool running = false;
  TransactionKey transaction;
  std::string bytes;
  std::size_t listener = 0;
  Target target;
  ConnectionId connection = 0;
};

Outbound::Outbound(Environment& environment, Resolver& resolver, ports::SipHandler& handler)
    : environment_(environment),
      resolver_(resolver),
      handler_(handler),
      transactions_(environment.wheel, *this, environment.sip().max_transactions()) {}

Outbound::~Outbound() = default;

void Outbound::refresh_limits() { transactions_.set_capacity(environment_.sip().max_transactions()); }

void Outbound::send(ports::SendKey key, ports::SipOutgoing request) {
  auto made = std::make_unique<Outgoing>();
  made->key = key;
  made->request = std::move(request);
  const std::string next_hop = made->request.next_hop;
  const bool fresh = open_.emplace(key, std::move(made)).second;
  PS_BUG(!fresh, "a SendKey was used again while open");
  if (!fresh) return;
  environment_.counters.sent_request();
  resolver_.locate(next_hop, [this, key](std::vector<Target> targets) { located(key, std::move(targets)); });
}

void Outbound::located(ports::SendKey key, std::vector<Target> targets) {
  const auto found = open_.find(key);
  if (found == open_.end()) return;
  Outgoing& outgoing = *found->second;
  if (outgoing.abandoned) return finish(outgoing, ports::OutcomeKind::timeout, 408);
  outgoing.targets = std::move(targets);
  try_next(outgoing);
}

void Outbound::try_next(Outgoing& outgoing) {
  while (outgoing.next < outgoing.targets.size()) {
    const Target target = outgoing.targets[outgoing.next++];
    if (attempt(outgoing, target)) return;
  }
  finish(outgoing, ports::OutcomeKind::unreachable, 503);
}

// True if it is under way.
bool Outbound::attempt(Outgoing& outgoing, const Target& target) {
  const auto address = parse_ip(target.address.host);
  const auto listener = address ? environment_.network->listener_for(target.transport, address->v6) : std::nullopt;
  if (!listener) return false;
  const std::string branch = "z9hG4bK" + environment_.tokens.tag(0);
  const Listener& from = environment_.network->listeners()[*listener];
  outgoing.bytes =
      request_text(outgoing.request, via_value(via_name(target.transport), from.sent_by, branch),
                   own_contact(outgoing.request, from), environment_.next_hop(*address, from, target.canon));
  if (prefer_tcp(outgoing, target, outgoing.bytes.size())) return false;
  const auto sent = environment_.network->send(*listener, target.address, target.canon, outgoing.bytes);
  if (!sent.ok) return false;
  const config::Sip& sip = environment_.sip();
  const ClientTiming timing{base::Millis(sip.t1_ms()), base::Millis(sip.t2_ms()), base::Millis(sip.t4_ms())};
  const auto transaction =
      transactions_.start(branch, outgoing.request.method, is_stream(target.transport), timing, environment_.now);
  if (!transaction) return false;
  outgoing.listener = *listener;
  outgoing.target = target;
  outgoing.connection = sent.connection;
  attach(outgoing, *transaction);
  return true;
}

// What is too large for a datagram goes over TCP first, and as a datagram if that is refused [RFC3261 18.1.1].
bool Outbound::prefer_tcp(Outgoing& outgoing, const Target& target, std::size_t size) {
  if (target.transport != Transport::udp || outgoing.tcp_tried || size <= environment_.sip().udp_mtu_bytes())
    return false;
  if (PS_MUTANT("large-over-udp")) return false;
  outgoing.tcp_tried = true;
  Target instead = target;
  instead.transport = Transport::tcp;
  outgoing.targets.insert(outgoing.targets.begin() + static_cast<std::ptrdiff_t>(outgoing.next), {instead, target});
  return true;
}

void Outbound::attach(Outgoing& outgoing, TransactionKey transaction) {
  outgoing.running = true;
  outgoing.transaction = transaction;
  if (by_slot_.size() <= transaction.slot) by_slot_.resize(transaction.slot + 1);
  by_slot_[transaction.slot] = outgoing.key;
  if (outgoing.connection != 0) {
    by_connection_[outgoing.connection].insert(outgoing.key);
  } else {
    by_remote_[remote_hash(outgoing.target.address)].insert(outgoing.key);
  }
}

void Outbound::detach(Outgoing& outgoing) {
  if (!outgoing.running) return;
  outgoing.running = false;
  const auto drop = [&outgoing](auto& index, auto which) {
    const auto found = index.find(which);
    if (found == index.end()) return;
    found->second.erase(outgoing.key);
    if (found->second.empty()) index.erase(found);
  };
  if (outgoing.connection != 0) {
    drop(by_connection_, outgoing.connection);
  } else {
    drop(by_remote_, remote_hash(outgoing.target.address));
  }
}

Outbound::Outgoing* Outbound::find(TransactionKey transaction) {
  if (transaction.slot >= by_slot_.size()) return nullptr;
  const auto found = open_.find(by_slot_[transaction.slot]);
  if (found == open_.end() || !found->second->running || !(found->second->transaction == transaction)) return nullptr;
  return found->second.get();
}

void Outbound::abandon(ports::SendKey key) {
  const auto found = open_.find(key);
  if (found == open_.end()) return;
  Outgoing& outgoing = *found->second;
  outgoing.abandoned = true;
  if (outgoing.running) transactions_.abandon(outgoing.transaction);
}

bool Outbound::on_response(const RawMessage& response, const Via& top) {
  const auto cseq = parse_cseq(response.value(HeaderName::cseq));
  if (!cseq) return false;
  response_ = &response;
  const ResponseTaken taken = transactions_.on_response(top.branch(), cseq->method, response.status, environment_.now);
  response_ = nullptr;
  return taken.match != ResponseMatch::stray;
}

void Outbound::on_connection_lost(ConnectionId connection) {
  const auto found = by_connection_.find(connection);
  if (found != by_connection_.end()) fail_all(Keys(found->second));
}

void Outbound::on_unreachable(const HostPort& remote) {
  const auto found = by_remote_.find(remote_hash(remote));
  if (found != by_remote_.end()) fail_all(Keys(found->second));
}

void Outbound::fail_all(const Keys& keys) {
  for (const ports::SendKey key : keys) {
    const auto found = open_.find(key);
    if (found != open_.end() && found->second->running) transactions_.on_transport_error(found->second->transaction);
  }
}

void Outbound::resend(TransactionKey key) {
  Outgoing* outgoing = find(key);
  if (outgoing == nullptr) return;
  environment_.counters.retransmission_sent();
  environment_.network->send(outgoing->listener, outgoing->target.address, outgoing->target.canon, outgoing->bytes);
}

void Outbound::finished(TransactionKey key, ClientOutcome outcome, int status) {
  Outgoing* outgoing = find(key);
  if (outgoing == nullptr) return;
  detach(*outgoing);
  // [RFC3263 4.3] The next target after a 503, a transport error or silence.
  const bool failed = (outcome != ClientOutcome::response || status == 503) && !PS_MUTANT("next-target-not-tried");
  if (failed && !outgoing->abandoned && outgoing->next < outgoing->targets.size()) return try_next(*outgoing);
  switch (outcome) {
    case ClientOutcome::response:
      return finish(*outgoing, ports::OutcomeKind::response, status);
    case ClientOutcome::timeout:
      return finish(*outgoing, ports::OutcomeKind::timeout, 408);
    case ClientOutcome::transport_error:
      return finish(*outgoing, ports::OutcomeKind::unreachable, 503);
  }
}

void Outbound::finish(Outgoing& outgoing, ports::OutcomeKind kind, int status) {
  ports::SipOutcome outcome{outgoing.key, kind, status, std::nullopt, {}};
  if (kind == ports::OutcomeKind::response && response_ != nullptr) {
    take_response(*response_, outcome);
  }
  environment_.counters.outcome(ports::word(kind));
  if (kind != ports::OutcomeKind::response) {
    base::log(base::Module::sip, base::Level::info, "sip.no_answer",
              {{"method", outgoing.request.method}, {"to", outgoing.request.next_hop}, {"outcome", ports::word(kind)}});
  }
  open_.erase(outgoing.key);
  handler_.on_outcome(std::move(outcome));
}

}  // namespace presentia::sip
