#include "as/sip/network.h"

#include <utility>

#include "as/base/check.h"
#include "as/base/log.h"

namespace presentia::sip {

Network::Network(const Loop& loop, const Parser& parser, mgmt::Reader& reader, NetworkUser& user, Counters& counters)
    : counters_(counters),
      datagrams_(loop, parser, reader, user, counters),
      streams_(loop, parser, reader, user, counters) {}

base::Result<base::Done> Network::open(const config::Sip& sip) {
  if (sip.transport().empty()) return base::Unexpected{base::Error{"bind", "sip.transport: no listen address"}};
  for (const config::Transport& transport : sip.transport()) {
    auto bound = bind(transport);
    if (!bound) return bound;
  }
  return base::Done{};
}

base::Result<base::Done> Network::bind(const config::Transport& transport) {
  const auto cannot_bind = [&transport](const std::string& why) {
    return base::Unexpected{
        base::Error{"bind", "sip.transport[" + transport.name() + "].bind=" + transport.bind() + ": " + why}};
  };
  const auto address = parse_bind(transport.bind());
  if (!address) return cannot_bind(address.error().text);
  auto bound = is_stream(address->transport) ? streams_.bind(transport, *address, listeners_)
                                             : datagrams_.bind(transport, *address, listeners_);
  if (!bound && bound.error().code == "socket") return cannot_bind(bound.error().text);
  return bound;
}

std::optional<std::size_t> Network::listener_for(Transport transport, bool v6) const {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (listeners_[i].transport == transport && listeners_[i].address.v6 == v6) return i;
  }
  return std::nullopt;
}

Network::Sent Network::send(std::size_t listener, const HostPort& to, const std::string& canon, std::string_view bytes,
                            ConnectionId preferred) {
  PS_ON_SIP_THREAD();
  if (listener >= listeners_.size() || bytes.empty()) return {};
  Sent sent;
  std::string why;
  if (is_stream(listeners_[listener].transport)) {
    const auto used = streams_.send(listener, to, canon, bytes, preferred);
    sent = used ? Sent{true, *used} : Sent{};
    if (!used) why = used.error().text;
  } else {
    const auto done = datagrams_.send(listener, to, bytes);
    sent.ok = done.has_value();
    if (!done) why = done.error().text;
  }
  if (sent.ok && tap_ != nullptr && tap_->on())
    tap_->sent(listeners_[listener], streams_.peer(sent.connection).value_or(to), bytes);
  if (sent.ok) return sent;
  counters_.dropped(Drop::send_failed);
  const std::string_view proto = transport_name(listeners_[listener].transport);
  base::log(base::Module::sip, base::Level::debug, "sip.send_failed",
            {{"to", std::string(proto) + ':' + to.host + ':' + to.port}, {"why", why}});
  return sent;
}

void Network::report_losses() {
  streams_.report_losses();
  datagrams_.report_losses();
}

}  // namespace presentia::sip
