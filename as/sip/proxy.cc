#include "as/sip/proxy.h"

#include <memory>
#include <utility>

#include "as/base/log.h"
#include "as/base/uri.h"
#include "as/sip/message_text.h"

namespace presentia::sip {
namespace {

// The first target that we can send to, and the listen address from which.
struct Hop {
  Target target;
  IpAddress address;
  std::size_t listener = 0;
};

std::optional<Hop> first_hop(const Network& network, const std::vector<Target>& targets) {
  for (const Target& target : targets) {
    const auto address = parse_ip(target.address.host);
    const auto listener = address ? network.listener_for(target.transport, address->v6) : std::nullopt;
    if (listener) return Hop{target, *address, *listener};
  }
  return std::nullopt;
}

void log_dropped(std::string_view what, const RawMessage& message) {
  base::log(base::Module::sip, base::Level::info, "sip.not_forwarded",
            {{"reason", what}, {"call_id", message.value(HeaderName::call_id)}});
}

// The URI by which the sender of the next Via is reached [RFC3261 18.2.2].
std::string reply_uri(const Via& via) {
  const auto received = param(via.params, "received");
  const auto address = received ? parse_ip(*received) : parse_ip(via.host);
  const auto rport = param(via.params, "rport");
  std::string uri = "sip:" + (address ? address->host() : via.host);
  if (rport && !rport->empty()) {
    uri.append(":").append(*rport);
  } else if (!via.port.empty()) {
    uri.append(":").append(via.port);
  }
  return uri + ";transport=" + lower(via.transport);
}

}  // namespace

bool Proxy::only_passes(const Received& request, const Routing& routing, bool in_dialog) {
  if (!request.trusted || !routing.own_removed) return false;
  const std::string_view method = request.raw.method;
  if (!routing.route.empty()) return method == "INVITE" || method == "ACK" || method == "CANCEL";
  const auto uri = base::parse_uri(routing.request_uri);
  return in_dialog && uri && !environment_.own.is_own(routing.request_uri) &&
         !environment_.reader.snapshot()->serves(lower(uri->host));
}

// The same for each copy of a request, and computable again from its response, so that no others are sent back. Without
// the method: CANCEL and the ACK of a failure share the branch of their INVITE [RFC3261 16.11].
std::string Proxy::branch_for(const Via& previous, const RawMessage& message) const {
  std::string input = previous.branch() + '|' + lower(previous.sent_by()) + '|';
  input.append(message.value(HeaderName::call_id)).append("|").append(message.value(HeaderName::from)).append("|");
  const auto cseq = parse_cseq(message.value(HeaderName::cseq));
  input += cseq ? std::to_string(cseq->number) : std::string();
  return "z9hG4bKf" + environment_.hash.hex(input);
}

// [RFC6665 4.3] A proxy that wants to see the dialog stays in it by the SUBSCRIBE and by every NOTIFY.
std::string Proxy::record_route_for(const RawMessage& request, const Listener& listener) {
  const auto to = parse_address(request.value(HeaderName::to));
  const bool initial_subscribe = request.method == "SUBSCRIBE" && to && to->tag().empty();
  return initial_subscribe || request.method == "NOTIFY" ? '<' + listener.contact + ";lr>" : std::string();
}

std::optional<Refusal> Proxy::check(const RawMessage& request, const Routing& routing) {
  const HeaderField* hops = request.find(HeaderName::max_forwards);
  if (hops != nullptr && parse_expires(hops->value).value_or(0) == 0) return Refusal{483, "No Hop Left"};
  if (!routing.route.empty() && !parse_address(routing.route.front())) return Refusal{400, "Bad Route Header"};
  return std::nullopt;
}

void Proxy::forward(Received request, Routing routing) {
  const auto entry = routing.route.empty() ? std::nullopt : parse_address(routing.route.front());
  const std::string next = entry ? entry->name.uri : routing.request_uri;
  environment_.counters.forwarded();
  auto held = std::make_shared<Received>(std::move(request));
  resolver_.locate(next, [this, held, routing = std::move(routing)](const std::vector<Target>& targets) {
    const auto hop = first_hop(*environment_.network, targets);
    if (!hop) return log_dropped("no target", held->raw);
    const Listener& listener = environment_.network->listeners()[hop->listener];
    const std::string via = via_value(via_name(listener.transport), listener.sent_by, branch_for(held->via, held->raw));
    environment_.network->send(
        hop->listener, hop->target.address, hop->target.canon,
        forwarded_request(held->raw, via, held->stamped, record_route_for(held->raw, listener), routing,
                          environment_.next_hop(hop->address, listener, hop->target.canon)));
  });
}

bool Proxy::on_response(const RawMessage& response, const Via& top) {
  const auto vias = response.list(HeaderName::via);
  const auto previous = vias.size() < 2 ? std::nullopt : parse_via(vias[1]);
  if (!previous || top.branch() != branch_for(*previous, response)) return false;
  environment_.counters.forwarded();
  resolver_.locate(reply_uri(*previous),
                   [this, text = forwarded_response(response)](const std::vector<Target>& targets) {
                     const auto hop = first_hop(*environment_.network, targets);
                     if (hop) environment_.network->send(hop->listener, hop->target.address, hop->target.canon, text);
                   });
  return true;
}

}  // namespace presentia::sip
