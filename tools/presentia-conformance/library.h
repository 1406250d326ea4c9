// The suite's files: scenarios, sequences, message templates, features, bodies.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/presentia-conformance/catalogue.h"
#include "tools/presentia-conformance/scenario.h"

namespace presentia::conformance {

struct Template {  // of a request, in messages.yaml
  std::string method;
  Pairs headers;  // in the order they are written
};

struct Feature {
  std::string what;  // it is, in one line
  Scenario probe;    // it is there when this passes
};

struct Library {
  std::string folder;
  Catalogue rows;
  std::map<std::string, Template> templates;
  std::map<std::string, Pairs> additions;  // header fields of all requests of a kind of role: isc, asserted
  std::map<std::string, Feature> features;
  std::vector<Scenario> scenarios;  // by id
};

// Reads everything below `folder` (tests/conformance). Throws yaml::FileError with file and line for the first thing
// that is wrong: unknown keys, rows, features, sequences, unreadable matchers, two scenarios of one id.
Library read_library(const std::string& folder);

// Reads one more scenario file, for scenarios that live elsewhere.
void add_scenario(Library& library, const std::string& file);

}  // namespace presentia::conformance
