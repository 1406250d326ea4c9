// Reads the steps of a scenario, and plays sequences into them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/presentia-conformance/scenario.h"
#include "tools/presentia-conformance/yaml.h"

namespace presentia::conformance {

struct Sequence {
  std::string file;
  std::map<std::string, std::string> arguments;  // with defaults; "~": needed
  YAML::Node steps;
};
using Sequences = std::map<std::string, Sequence>;

Sequences read_sequences(const std::string& file);

// Throws yaml::FileError.
std::vector<Step> read_steps(const yaml::Place& place, const YAML::Node& list, const Sequences& sequences);

}  // namespace presentia::conformance
