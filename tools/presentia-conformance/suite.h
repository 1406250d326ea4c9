// A run of the suite: which scenarios, how many at a time, and what came of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/presentia-conformance/library.h"
#include "tools/presentia-conformance/result.h"
#include "tools/presentia-conformance/target.h"

namespace presentia::conformance {

struct Selection {
  std::vector<std::string> only;  // ids of scenarios (PUB-05.x), rows (PUB-05), documents (RFC3903), or prefixes (PUB)
  std::string profile;            // empty: all
  int tier = 3;                   // rows of this tier or a lower one
};

// The scenarios that fit. Throws std::invalid_argument for a word of `only` that fits none.
std::vector<const Scenario*> selected(const Library& library, const Selection& selection);

struct Run {
  std::string token;                            // of the names of this run
  std::map<std::string, std::string> features;  // of the target: yes or no, with the probe's word
  std::vector<Result> results;                  // in the order of the scenarios
  std::vector<std::string> gone;                // scenarios that were being played when the server stopped answering
  bool answered = true;                         // the server answered at all
  double seconds = 0;
};

// Whether the server answers an OPTIONS on any transport that the target names, within `seconds`.
bool alive(const Library& library, const Target& target, const std::string& token, double seconds);

// Probes what the target file leaves open, then plays the scenarios, `jobs` at a time; `played` hears of each as it
// ends, one at a time. Bounded: a scenario ends when its own waits do; once the server is gone the others are not
// played but inconclusive.
Run run_suite(const Library& library, const Target& target, const std::vector<const Scenario*>& scenarios,
              unsigned jobs, const std::string& token, const std::function<void(const Result&)>& played);

}  // namespace presentia::conformance
