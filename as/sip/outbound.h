// Requests of ours on their way: targets one after the other, TCP for what is too large for UDP, transactions, and one
// outcome each. SIP thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "as/ports/sip_port.h"
#include "as/sip/environment.h"
#include "as/sip/resolver.h"
#include "as/sip/transaction/client_transactions.h"

namespace presentia::sip {

class Outbound final : private ClientTransactionUser {
 public:
  Outbound(Environment& environment, Resolver& resolver, ports::SipHandler& handler);
  ~Outbound() override;

  void send(ports::SendKey key, ports::SipOutgoing request);
  void abandon(ports::SendKey key);
  // True if it answers a request of ours, late ones included.
  bool on_response(const RawMessage& response, const Via& top);
  void on_connection_lost(ConnectionId connection);
  void on_unreachable(const HostPort& remote);
  // Takes over the limits of the attributes in force.
  void refresh_limits();
  [[nodiscard]] std::size_t transactions() const { return transactions_.size(); }

 private:
  struct Outgoing;
  using Keys = std::unordered_set<ports::SendKey>;

  void resend(TransactionKey key) override;
  void finished(TransactionKey key, ClientOutcome outcome, int status) override;

  void located(ports::SendKey key, std::vector<Target> targets);
  void try_next(Outgoing& outgoing);
  bool attempt(Outgoing& outgoing, const Target& target);
  bool prefer_tcp(Outgoing& outgoing, const Target& target, std::size_t size);
  void attach(Outgoing& outgoing, TransactionKey transaction);
  void detach(Outgoing& outgoing);
  void fail_all(const Keys& keys);
  void finish(Outgoing& outgoing, ports::OutcomeKind kind, int status);
  [[nodiscard]] Outgoing* find(TransactionKey transaction);

  Environment& environment_;
  Resolver& resolver_;
  ports::SipHandler& handler_;
  ClientTransactions transactions_;
  std::unordered_map<ports::SendKey, std::unique_ptr<Outgoing>> open_;
  std::vector<ports::SendKey> by_slot_;                   // of the transaction
  std::unordered_map<ConnectionId, Keys> by_connection_;  // streams
  std::unordered_map<std::size_t, Keys> by_remote_;       // datagrams, by hash of host and port
  const RawMessage* response_ = nullptr;                  // being taken in
};

}  // namespace presentia::sip
