#include "diameter/client/sh_settings.h"

#include <utility>

namespace presentia::diameter {
namespace {

// What follows the first dot [RFC6733 4.3.1].
std::string realm_of(const config::Sh& sh) {
  return sh.realm().empty() ? sh.identity().substr(sh.identity().find('.') + 1) : sh.realm();
}

ShPeer peer_of(const config::ShPeer& peer) {
  ShPeer made{peer.name(), {}};
  made.where.identity = peer.identity();
  made.where.realm = peer.realm();
  made.where.address = peer.address();
  made.where.port = static_cast<std::uint16_t>(peer.port());
  made.where.transport = peer.transport() == config::ShPeer::SCTP ? Transport::sctp : Transport::tcp;
  made.where.with_tls = peer.tls();
  return made;
}

}  // namespace

ShSettings sh_settings_of(const mgmt::Snapshot& settings) {
  const config::Sh& sh = settings.config().sh();
  ShSettings made;
  made.identity = sh.identity();
  made.realm = realm_of(sh);
  made.hss_realm = sh.hss_realm().empty() ? made.realm : sh.hss_realm();
  for (const config::ShPeer& peer : sh.peer()) made.peers.push_back(peer_of(peer));
  made.attempt_timeout = base::Millis(sh.attempt_timeout_ms());
  made.max_in_flight = sh.max_in_flight();
  made.retry_first = base::Millis(sh.retry_first_ms());
  made.circuit_failures = sh.circuit_failures();
  made.circuit_first = base::Millis(sh.circuit_first_ms());
  made.circuit_max = base::Millis(sh.circuit_max_ms());
  made.notif_eff = sh.notif_eff();
  made.push_answer_within = base::Millis(sh.push_answer_within_ms());
  made.renew_percent = sh.renew_percent();
  made.max_remembered_hosts = sh.max_remembered_hosts();
  made.max_redirect_peers = sh.max_redirect_peers();
  made.log_lines = sh.log_lines();
  made.limits.max_bytes = sh.max_document_bytes();
  return made;
}

StackSettings stack_settings_of(const mgmt::Snapshot& settings) {
  const config::Sh& sh = settings.config().sh();
  StackSettings made;
  made.identity = sh.identity();
  made.realm = realm_of(sh);
  made.address = sh.address();
  made.port = static_cast<std::uint16_t>(sh.port());
  made.reconnect_s = sh.reconnect_s();
  made.watchdog_s = sh.watchdog_s();
  made.threads = static_cast<std::uint16_t>(sh.threads());
  made.tls = {sh.certificate(), sh.private_key(), sh.ca()};
  made.serves = {Command::push_notification};
  for (const config::ShPeer& peer : sh.peer()) made.peers.push_back(peer_of(peer).where);
  return made;
}

}  // namespace presentia::diameter
