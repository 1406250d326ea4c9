// An HSS for laboratories and tests: Sh whole, Cx for an S-CSCF, its users changed live by lines of text. With faults
// to be asked for.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "as/base/result.h"
#include "as/base/time.h"
#include "as/xml/reader.h"
#include "diameter/message/sh_request.h"
#include "diameter/stack/stack.h"
#include "tools/presentia-hss/cx.h"
#include "tools/presentia-hss/users.h"

namespace presentia::hss {

class Hss final : private diameter::StackObserver {
 public:
  // `nonces` are for digests.
  Hss(Users users, const base::Clock& clock, base::Tokens& nonces);
  ~Hss() override;
  Hss(const Hss&) = delete;
  Hss& operator=(const Hss&) = delete;

  // Who is in none of these domains exists, also where the users do not have it: nothing is known of him. Before
  // start().
  void know_everybody_outside(std::vector<std::string> domains);
  // Takes requests from whoever connects. Once.
  [[nodiscard]] base::Result<base::Done> start(diameter::StackSettings settings);
  void stop();

  // One command, as commands() lists them; the line that answers it begins with "ok" or "error". Any thread.
  [[nodiscard]] std::string command(std::string_view line);
  [[nodiscard]] static std::string_view commands();

 private:
  // Whom a change of what is pushed to, while it lasts.
  struct Subscription {
    std::string host, realm;  // of the application server
    ports::UserIdentity user;
    ports::DataReference reference;
    std::string service_indication;
    std::optional<base::Instant> expires_at;
  };
  struct Faults {
    bool is_mute = false;
    std::set<std::string> mute_about;  // public identities
    bool has_unknown_avp = false;
    bool has_features = true;
    std::string redirect;
    diameter::Avps result;  // instead of an answer
    int results = 0;        // how many times
    std::string user_data;  // instead of Sh-Data, of the next answer
  };

  // With the lock.
  [[nodiscard]] diameter::Avps answer(diameter::Command command, const diameter::Avps& request);
  [[nodiscard]] diameter::Avps read(const diameter::Avps& request);
  [[nodiscard]] diameter::Avps update(const diameter::Avps& request);
  [[nodiscard]] diameter::Avps subscribe(const diameter::Avps& request);
  [[nodiscard]] std::optional<diameter::Avps> complaint(const ports::DataKeys& keys) const;
  [[nodiscard]] diameter::Avps success(const diameter::Avps& request, const ports::SubscriberRecord* record);
  [[nodiscard]] diameter::Avps with_origin(diameter::Avp result) const;
  [[nodiscard]] std::optional<base::Instant> granted(const diameter::Avps& request) const;
  [[nodiscard]] diameter::Avps about_nobody(diameter::Command command, const diameter::Avps& request,
                                            const ports::UserIdentity& user);
  [[nodiscard]] bool is_mute_about(const diameter::Avps& request) const;
  // True if one was there already.
  bool change_subscription(const diameter::Avps& request, const ports::UserIdentity& user, const ports::DataKeys& keys,
                           std::optional<base::Instant> expires_at);
  [[nodiscard]] std::string push(const ports::UserIdentity& user, ports::DataReference reference,
                                 const std::string& service, const std::string& except);
  void send_push(const Subscription& to, const std::string& sh_data);
  [[nodiscard]] std::string next_session(std::string_view application);
  [[nodiscard]] std::string write(const ports::SubscriberRecord& record);

  [[nodiscard]] std::string change(std::string_view verb, std::string_view identity, std::string_view rest);
  [[nodiscard]] std::string add(std::string_view identities);
  [[nodiscard]] std::string remove(const std::string& identity);
  [[nodiscard]] std::string change_repository(ports::SubscriberRecord& user, const std::string& identity,
                                              std::string_view rest);
  // What an HSS begins itself on Cx.
  [[nodiscard]] std::string order(std::string_view verb, std::string_view identity, std::string_view rest);
  [[nodiscard]] std::string connect(std::string_view identity, std::string_view rest);
  [[nodiscard]] bool send_order(diameter::Command command, Cx::Order order);
  [[nodiscard]] std::string fault(std::string_view verb, std::string_view rest);
  [[nodiscard]] std::string tell(std::string_view what) const;

  void on_answer(std::uint64_t ticket, diameter::Avps avps, std::string from) noexcept override;
  void on_unreadable(std::uint64_t ticket, std::string why) noexcept override;
  void on_request(std::uint64_t key, diameter::Command command, diameter::Avps avps) noexcept override;
  void on_peer(diameter::PeerReport report) noexcept override;
  void on_log(diameter::StackLevel level, std::string_view line) noexcept override;

  const base::Clock& clock_;
  diameter::StackSettings settings_;
  std::unique_ptr<diameter::Stack> stack_;
  mutable std::mutex mutex_;  // guards all below
  xml::Reader reader_;
  Users users_;
  Cx cx_;
  std::map<std::uint64_t, std::string> terminations_;  // by ticket: whose registration ends with the answer
  std::unordered_map<std::string, std::vector<Subscription>> subscriptions_;  // by public identity or MSISDN
  std::optional<std::vector<std::string>> closed_domains_;  // everybody else is known; nullopt: only users are
  Faults faults_;
  std::optional<base::Seconds> longest_subscription_;
  std::map<std::string, std::uint64_t> requests_;  // by name of the command
  std::string last_request_ = "-", last_verdict_ = "-";
  std::uint32_t last_id_ = 0;
};

}  // namespace presentia::hss
