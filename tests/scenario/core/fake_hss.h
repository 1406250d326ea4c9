// The HSS of scenario tests, as the core sees it: users with identities and a registration, answers at once, after a
// while, or never, and what it tells without being asked.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "as/ports/subscriber_data.h"

namespace presentia::test {

class FakeHss final : public ports::SubscriberData {
 public:
  explicit FakeHss(const base::Clock& clock) : clock_(clock) {}

  struct User {
    std::vector<std::string> identities;  // of one user, each of them
    ports::ImsUserState state = ports::ImsUserState::not_registered;
    std::string profile = {};  // service data under "presence"
    std::string s_cscf = {}, ccf = {};
  };
  // From now on these are identities of one user; who is not put is unknown. Who follows one of them is not told.
  void put(const User& user);
  void forget_user(const std::string& identity) { users_.erase(identity); }
  // Tells those who follow it of its state.
  void tell(const std::string& identity, ports::ImsUserState state);
  void tell_profile(const std::string& identity, const std::string& profile, std::uint16_t number = 2);
  void tell_identities(const std::string& identity, const std::vector<std::string>& identities);

  void read(ports::ReadQuestion question, base::Millis within, std::function<void(ports::ReadResult)> done) override;
  void update(ports::UpdateQuestion question, base::Millis within,
              std::function<void(ports::UpdateResult)> done) override;
  void subscribe(ports::SubscribeQuestion question, base::Millis within,
                 std::function<void(ports::SubscribeResult)> done) override;
  void unsubscribe(ports::ReadQuestion question, base::Millis within,
                   std::function<void(ports::UnsubscribeResult)> done) override;
  [[nodiscard]] std::vector<ports::PeerView> peers() const override { return {}; }

  // Gives the answers that are due, and tells `observer` what is to be told.
  bool deliver(ports::SubscriberObserver& observer);
  [[nodiscard]] std::optional<base::Instant> next() const;
  // The process of the server died: nobody follows anything.
  void forget();

  base::Millis after{0};           // until an answer comes
  bool away = false;               // no answer comes: peer_away at once
  bool only_reading = false;       // subscriptions are refused: 5101
  bool silent = false;             // no answer comes: timed_out when the time is over
  std::size_t failing_answer = 0;  // the n-th answer (from 1) is that nobody answered; 0: none
  bool fails_late = false;         // that one says nothing wrong instead, but comes when its time is nearly over
  std::size_t answers = 0;         // so far
  std::vector<std::string> asked;  // identities, in order
  std::vector<ports::PushVerdict> verdicts;
  std::set<std::string> followed;
  std::optional<base::Seconds> lifetime;  // of what is subscribed to; nullopt: without end

 private:
  void answer(const ports::UserIdentity& user, base::Millis within, std::function<void(ports::SubscribeResult)> done);
  [[nodiscard]] ports::SubscribeResult result_for(const std::string& identity);
  static ports::SubscriberRecord record_of(const User& user);

  const base::Clock& clock_;
  std::map<std::string, User> users_;  // by each identity
  std::multimap<base::Instant, std::function<void()>> due_;
  std::vector<ports::PushedData> pushes_;
};

}  // namespace presentia::test
