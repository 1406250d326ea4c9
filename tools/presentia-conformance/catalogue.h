// The requirement matrix: what the rows of tests/conformance/matrix.tsv demand.
#pragma once

#include <map>
#include <string>

namespace presentia::conformance {

struct Row {
  std::string id;
  std::string document;
  std::string clause;
  std::string level;
  std::string requirement;
  int tier = 0;
};

using Catalogue = std::map<std::string, Row>;  // by id

// Reads the file. Throws std::runtime_error with file and line.
Catalogue read_catalogue(const std::string& file);

}  // namespace presentia::conformance
