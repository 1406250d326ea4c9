// What came of a scenario.
#pragma once

#include <string>
#include <vector>

#include "tools/presentia-conformance/scenario.h"

namespace presentia::conformance {

enum class Verdict { pass, fail, inconclusive, not_applicable, quirk, broken };

inline const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "FAIL";
    case Verdict::inconclusive:
      return "inconclusive";
    case Verdict::not_applicable:
      return "n/a";
    case Verdict::quirk:
      return "quirk";
    case Verdict::broken:
      return "broken scenario";
  }
  return "";
}

struct Exchanged {  // a message of the ladder
  double at_s = 0;  // since the scenario began
  std::string role;
  bool sent = false;  // by the suite
  std::string bytes;
  std::string remark;  // "again", "no SIP message: …"
};

struct Result {
  Scenario scenario;
  Verdict verdict = Verdict::pass;
  double seconds = 0;
  std::string why;      // which expectation was not met, or what is missing
  std::string place;    // file:line of the step
  std::string step;     // as written
  std::string message;  // that shows it
  std::vector<Exchanged> ladder;
};

}  // namespace presentia::conformance
