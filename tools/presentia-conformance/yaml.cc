#include "tools/presentia-conformance/yaml.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace presentia::conformance::yaml {

FileError Place::error(const YAML::Node& at, const std::string& what) const {
  const int line = at.IsDefined() ? at.Mark().line + 1 : 0;
  return FileError(file + ":" + std::to_string(line) + ": " + what);
}

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  if (!in || std::filesystem::is_directory(file)) throw FileError(file + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

YAML::Node load_text(const std::string& file, const std::string& text) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw FileError(file + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
}

YAML::Node load(const std::string& file) { return load_text(file, text_of(file)); }

std::string scalar(const Place& place, const YAML::Node& node, const std::string& key) {
  if (!node.IsScalar()) throw place.error(node, key + " should be one value");
  return node.Scalar();
}

double number(const Place& place, const YAML::Node& node, const std::string& key) {
  double value = 0;
  if (!node.IsScalar() || !YAML::convert<double>::decode(node, value)) {
    throw place.error(node, key + " should be a number");
  }
  return value;
}

bool yes(const Place& place, const YAML::Node& node, const std::string& key) {
  const std::string text = scalar(place, node, key);
  if (text == "yes" || text == "true") return true;
  if (text == "no" || text == "false") return false;
  throw place.error(node, key + " should be yes or no, is " + text);
}

std::vector<std::string> scalars(const Place& place, const YAML::Node& node, const std::string& key) {
  if (node.IsScalar()) return {node.Scalar()};
  if (!node.IsSequence()) throw place.error(node, key + " should be a value or a list");
  std::vector<std::string> values;
  for (const YAML::Node& one : node) values.push_back(scalar(place, one, key));
  return values;
}

std::vector<std::pair<std::string, std::string>> pairs(const Place& place, const YAML::Node& node,
                                                       const std::string& key) {
  if (!node.IsMap()) throw place.error(node, key + " should be a map of names and values");
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& one : node) result.emplace_back(one.first.Scalar(), scalar(place, one.second, one.first.Scalar()));
  return result;
}

void only(const Place& place, const YAML::Node& map, const std::string& what, const std::string& allowed) {
  if (!map.IsMap()) throw place.error(map, what + " should be a map");
  for (const auto& one : map) {
    const std::string key = one.first.Scalar();
    if ((" " + allowed + " ").find(" " + key + " ") == std::string::npos) {
      throw place.error(one.first, what + " has no \"" + key + "\"; there are: " + allowed);
    }
  }
}

}  // namespace presentia::conformance::yaml
