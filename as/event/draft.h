// A decision in the making: what the decide functions of this folder write into. Not for other folders.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "as/event/admission.h"
#include "as/event/machine.h"

namespace presentia::event {

class Draft {
 public:
  void store(ports::RecordChange change) { decision_.changes.emplace_back(std::move(change)); }
  void change(VolatileChange change) { decision_.changes.emplace_back(std::move(change)); }
  void act(Action action) { decision_.actions.push_back(std::move(action)); }
  void count(std::string_view what, std::string label) { act(Count{what, std::move(label)}); }

  // The final answer to a request that is refused; counted under `reason`.
  void refuse(const ports::RequestKey& key, int status, std::string reason, std::string_view why,
              ports::Headers headers = {}) {
    ports::SipResponse response = refusal(status, why);
    for (auto& header : headers) response.headers.push_back(std::move(header));
    act(Respond{key, std::move(response)});
    count("refused", std::move(reason));
  }

  [[nodiscard]] Decision take() { return std::move(decision_); }

 private:
  Decision decision_;
};

// True if the decision has such a change of what is not stored.
template <class T>
[[nodiscard]] bool has_change(const Decision& decision) {
  for (const Change& change : decision.changes) {
    const auto* one = std::get_if<VolatileChange>(&change);
    if (one != nullptr && std::holds_alternative<T>(*one)) return true;
  }
  return false;
}

// True if the decision has such a change of a record.
template <class T>
[[nodiscard]] bool has_record(const Decision& decision) {
  for (const Change& change : decision.changes) {
    const auto* record = std::get_if<ports::RecordChange>(&change);
    if (record != nullptr && std::holds_alternative<T>(*record)) return true;
  }
  return false;
}

// P-Charging-Vector with our term-ioi, and P-Charging-Function-Addresses, as they go into an answer [TS24.229 5.7.1.1].
void add_charging(ports::Headers& headers, const ports::Charging& charging, const std::string& term_ioi);

}  // namespace presentia::event
