// One scenario being played: its roles, what was sent and what has arrived. Waiting happens here only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/presentia-conformance/library.h"
#include "tools/presentia-conformance/parties.h"
#include "tools/presentia-conformance/result.h"
#include "tools/presentia-conformance/target.h"
#include "tools/presentia-conformance/variables.h"

namespace presentia::conformance {

// An expectation is not met; `message` shows it.
struct Unmet : std::runtime_error {
  explicit Unmet(const std::string& why, std::string shown = "") : std::runtime_error(why), message(std::move(shown)) {}
  std::string message;
};

class Play {
 public:
  // `token` is part of all names of this play, so that plays do not meet; the same token gives the same messages.
  Play(const Library& library, const Target& target, const Scenario& scenario, const std::string& token);

  // --- Parties
  // --------------------------------------------------------------------------------------------------------
  Role& role(const std::string& name);  // made at first use
  Endpoint& endpoint(Role& role);       // opened at first use
  Sent& sent(const std::string& name);
  Dialog& dialog(const std::string& name);
  [[nodiscard]] bool known_dialog(const std::string& name) const { return dialogs_.count(name) != 0; }
  Dialog& new_dialog(const std::string& name) { return dialogs_[name]; }
  std::vector<std::pair<const std::string, Dialog>*> dialogs();
  std::vector<Received>& received() { return received_; }

  // --- Words
  // ----------------------------------------------------------------------------------------------------------
  // Variables as the scenario sees them, with those of `role` as ${me}, and `more`.
  [[nodiscard]] Lookup lookup(const Role* me = nullptr, const std::map<std::string, std::string>& more = {});
  void keep(const std::string& name, const std::string& value) { variables_[name] = value; }
  std::string new_token();
  [[nodiscard]] std::string contact(Role& role);

  // --- Messages
  // ------------------------------------------------------------------------------------------------------- Writes what
  // is held back and these bytes; `hold`: keeps them back too.
  void send(Sent request, std::size_t pieces, bool hold);
  void reply(Received& request, const std::string& bytes);
  void note(const Role& role, bool out, const std::string& bytes, const std::string& remark = "");

  // Takes in what arrives until `done` or the deadline; true: done. Throws Unmet where the server floods or sends what
  // is no SIP message.
  bool wait(const std::function<bool()>& done, double seconds);

  [[nodiscard]] const Library& library() const { return library_; }
  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const std::vector<Exchanged>& ladder() const { return ladder_; }
  std::string last;  // name of the request sent last

 private:
  void take(Role& role, Arrival arrival);
  void take_answer(Role& role, Message message);
  void take_request(Role& role, Message message, const Peer& from);
  Sent* sent_of(const Role& role, const Message& answer);
  void learn(const Sent& request, const Message& answer);
  void resend_due();
  [[nodiscard]] Clock::time_point next_resend() const;
  std::optional<std::string> word(const std::string& name, const Role* me);
  std::optional<std::string> role_word(Role& role, const std::string& member);

  const Library& library_;
  const Target& target_;
  const Scenario& scenario_;
  std::string token_;
  std::mt19937_64 random_;
  Clock::time_point began_ = Clock::now();
  std::map<std::string, Role> roles_;
  std::map<std::string, Sent> sent_;
  std::vector<std::string> order_;  // names in sent_, as they were sent
  std::map<std::string, Dialog> dialogs_;
  std::map<std::string, std::string> variables_;
  std::map<std::string, std::string> held_;  // bytes by role
  std::vector<Received> received_;
  std::vector<Exchanged> ladder_;
  std::size_t arrived_ = 0;
  std::optional<Unmet> unreadable_;
};

}  // namespace presentia::conformance
