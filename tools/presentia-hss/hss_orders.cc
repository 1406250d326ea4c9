#include <optional>
#include <string>
#include <utility>

#include "tools/presentia-hss/hss.h"
#include "tools/presentia-hss/words.h"

namespace presentia::hss {
namespace {

constexpr base::Millis kOrderWithin{5000};

}  // namespace

std::string Hss::order(std::string_view verb, std::string_view identity, std::string_view rest) {
  User* const user = users_.served(std::string(identity));
  if (user == nullptr) return "error no such user";
  if (verb == "password") {
    user->password = std::string(rest);
    return "ok";
  }
  if (verb == "show") {
    const auto state = user->record.ims_user_state.value_or(ports::ImsUserState::not_registered);
    return "ok state=" + std::to_string(static_cast<int>(state)) + " scscf=" + user->record.scscf_name.value_or("") +
           " host=" + user->server_host;
  }
  if (user->server_host.empty()) return "error no S-CSCF has taken the user on";
  if (verb == "profile") {
    return send_order(cx_command::kPushProfile, cx_.profile(*user, next_session("cx"))) ? "ok" : "error not sent";
  }
  const auto reason = rest.empty() ? std::optional(0U) : number(next(rest));
  if (!reason) return "error which reason?";
  Cx::Order ready = cx_.termination(*user, *reason, std::string(trimmed(rest)), next_session("cx"));
  terminations_[last_id_] = std::string(identity);
  if (send_order(cx_command::kRegistrationTermination, std::move(ready))) return "ok";
  terminations_.erase(last_id_);
  return "error not sent";
}

bool Hss::send_order(diameter::Command command, Cx::Order order) {
  return stack_ && stack_->send({.ticket = last_id_,
                                 .command = command,
                                 .avps = std::move(order.avps),
                                 .peers = {order.host},
                                 .end_to_end = last_id_,
                                 .is_retransmission = false,
                                 .within = kOrderWithin});
}

std::string Hss::connect(std::string_view identity, std::string_view rest) {
  diameter::StackPeer peer;
  peer.identity = std::string(identity);
  peer.address = std::string(next(rest));
  const auto port = number(trimmed(rest));
  if (peer.identity.empty() || !port || *port == 0 || *port > 65'535) return "error connect IDENTITY ADDRESS PORT";
  peer.port = static_cast<std::uint16_t>(*port);
  return stack_ && stack_->connect(peer) ? "ok" : "error refused";
}

}  // namespace presentia::hss
