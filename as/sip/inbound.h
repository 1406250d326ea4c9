// Requests to us: checked, answered here where the core is not concerned, else given to it as values, and its answers
// sent the way the request came. SIP thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "as/ports/sip_port.h"
#include "as/sip/authenticator.h"
#include "as/sip/convert.h"
#include "as/sip/digest_users.h"
#include "as/sip/environment.h"
#include "as/sip/proxy.h"
#include "as/sip/received.h"
#include "as/sip/transaction/server_transactions.h"

namespace presentia::sip {

class Inbound final : private ServerTransactionUser {
 public:
  Inbound(Environment& environment, Proxy& proxy, ports::SipHandler& handler);
  ~Inbound() override;

  void on_request(MsgPtr message, RawMessage raw, const Origin& origin);
  void respond(const ports::RequestKey& key, const ports::SipResponse& response);
  void forward(const ports::RequestKey& key);
  // Takes over the limits and the users of the attributes in force.
  void refresh_limits();
  [[nodiscard]] std::size_t transactions() const { return transactions_.size(); }

 private:
  struct Pending;

  void unanswered(TransactionKey key) override;
  void late(TransactionKey key) override;

  // On refusal, or what was answered or sent on here, nothing more is to be done and they give no value.
  std::optional<Mandatory> checked(Received& request);
  bool handled_here(Received& request, const Mandatory& mandatory, Routing& routing);
  void admit(Received request, const Mandatory& mandatory, Routing routing);
  // True if the core is overloaded and the request was answered so.
  bool refused_early(const Received& request, bool in_dialog, TransactionKey key);
  void hand_over(Received request, const Mandatory& mandatory, Routing routing, TransactionKey key);
  // The answer if the sender has to log in and did not; else it is known, if it did.
  std::optional<ports::SipResponse> not_logged_in(const Received& request, ports::SipRequest& converted);
  [[nodiscard]] ports::SipResponse challenge(const Received& request, const LoginOutcome& outcome);
  // Answers below the core; the transaction keeps the answer, so that copies of the request cost nothing more.
  void answer_here(const Received& request, const ports::SipResponse& response, TransactionKey key);
  void pass_on(Received request, Routing routing);
  void refuse(const Received& request, const Refusal& refusal, ports::Headers headers = {});
  bool reply(const Received& request, std::string_view text) const;
  [[nodiscard]] std::string own_to_tag(const Received& request) const;
  std::unique_ptr<Pending> take(const ports::RequestKey& key);

  Environment& environment_;
  Proxy& proxy_;
  ports::SipHandler& handler_;
  ServerTransactions transactions_;
  Authenticator authenticator_;
  DigestUserBook digest_users_;
  std::vector<std::unique_ptr<Pending>> pending_;  // by slot of the transaction
};

}  // namespace presentia::sip
