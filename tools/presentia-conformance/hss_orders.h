// The HSS that the target asks over Sh: who its users are and what becomes of them, ordered line by line (format.md,
// hss).
#pragma once

#include <string>
#include <vector>

#include "tools/presentia-conformance/play.h"

namespace presentia::conformance {

class HssOrders {
 public:
  explicit HssOrders(Play& play) : play_(play) {}

  // An hss step. Throws Unmet where the HSS refuses or answers something else than the step says, NetworkError where
  // there is no answer, ScenarioError where the target file names no HSS.
  void act(const Step& step);
  // Removes the users that the steps have added, without judging the answers.
  void remove_all();

 private:
  std::string ask(const std::string& line);

  Play& play_;
  std::vector<std::string> added_;  // an identity of each
};

}  // namespace presentia::conformance
