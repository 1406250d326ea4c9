// Reading YAML with errors that name file, line and what is allowed. The only header that knows yaml-cpp.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace presentia::conformance::yaml {

// A file that the suite cannot use: "scenarios/x.yaml:12: …".
struct FileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Place {
  std::string file;
  [[nodiscard]] FileError error(const YAML::Node& at, const std::string& what) const;
};

YAML::Node load(const std::string& file);
// The same for a text that was read from the file already.
YAML::Node load_text(const std::string& file, const std::string& text);
std::string text_of(const std::string& file);

std::string scalar(const Place& place, const YAML::Node& node, const std::string& key);
double number(const Place& place, const YAML::Node& node, const std::string& key);
bool yes(const Place& place, const YAML::Node& node, const std::string& key);
// A scalar or a list of scalars.
std::vector<std::string> scalars(const Place& place, const YAML::Node& node, const std::string& key);
std::vector<std::pair<std::string, std::string>> pairs(const Place& place, const YAML::Node& node,
                                                       const std::string& key);
// Throws for a key of the map that is not among `allowed` (separated by blanks).
void only(const Place& place, const YAML::Node& map, const std::string& what, const std::string& allowed);

}  // namespace presentia::conformance::yaml
