#include "tools/presentia-conformance/library.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "tools/presentia-conformance/step_reader.h"
#include "tools/presentia-conformance/yaml.h"

namespace presentia::conformance {
namespace {

namespace fs = std::filesystem;

Pairs headers_of(const yaml::Place& place, const YAML::Node& node) { return yaml::pairs(place, node, "headers"); }

void read_messages(Library& library) {
  const yaml::Place place{library.folder + "/messages.yaml"};
  const YAML::Node root = yaml::load(place.file);
  yaml::only(place, root, "messages", "requests additions");
  for (const auto& one : root["requests"]) {
    const std::string name = one.first.Scalar();
    library.templates[name] = Template{name.substr(name.rfind('/') + 1), headers_of(place, one.second["headers"])};
  }
  for (const auto& one : root["additions"]) library.additions[one.first.Scalar()] = headers_of(place, one.second);
}

RoleSpec read_role(const yaml::Place& place, const YAML::Node& node) {
  yaml::only(place, node, "a role", "user domain over also source ip isc");
  RoleSpec role;
  if (node["user"]) role.user = yaml::scalar(place, node["user"], "user");
  if (node["domain"]) role.domain = yaml::scalar(place, node["domain"], "domain");
  if (node["over"]) role.over = yaml::scalar(place, node["over"], "over");
  if (role.over != "udp" && role.over != "tcp" && role.over != "tls") {
    throw place.error(node["over"], "over is udp, tcp or tls, not " + role.over);
  }
  if (node["also"]) {
    role.also_tcp = yaml::scalar(place, node["also"], "also") == "tcp";
    if (!role.also_tcp || role.over != "udp") throw place.error(node["also"], "also is tcp, of a role over udp");
  }
  if (node["source"]) role.source = yaml::scalar(place, node["source"], "source");
  if (node["ip"]) role.v6 = yaml::number(place, node["ip"], "ip") == 6;
  if (node["isc"]) role.isc = yaml::yes(place, node["isc"], "isc");
  return role;
}

bool writes_documents(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.verb == "put" || step.verb == "delete" || writes_documents(step.steps);
  });
}

void known_words(const Library& library, const yaml::Place& place, const YAML::Node& root, const Scenario& scenario) {
  for (const std::string& row : scenario.rows) {
    if (library.rows.count(row) == 0) throw place.error(root["rows"], "matrix.tsv has no row " + row);
  }
  for (const std::string& need : scenario.needs) {
    if (library.features.count(need) == 0) throw place.error(root["needs"], "features.yaml has no " + need);
  }
  const auto with_xdm = [](const std::string& need) { return need == "rules" || need == "hard-state"; };
  if ((writes_documents(scenario.given) || writes_documents(scenario.steps)) &&
      std::none_of(scenario.needs.begin(), scenario.needs.end(), with_xdm)) {
    throw place.error(root, "who puts documents needs: [rules] or [hard-state]");
  }
  if (std::set<std::string>{"ietf", "oma", "ims", "rcs"}.count(scenario.profile) == 0) {
    throw place.error(root["profile"], "profile is ietf, oma, ims or rcs, not " + scenario.profile);
  }
}

// Whoever acts in a step is known from the beginning, so that documents can be about them.
void name_roles(Scenario& scenario, const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    const std::string by = step.option("by");
    if (!by.empty() && by.find('$') == std::string::npos) scenario.roles.try_emplace(by);
    name_roles(scenario, step.steps);
  }
}

Scenario read_scenario(const yaml::Place& place, const YAML::Node& root, const Sequences& sequences) {
  Scenario scenario;
  if (root["title"]) scenario.title = yaml::scalar(place, root["title"], "title");
  if (root["note"]) scenario.note = yaml::scalar(place, root["note"], "note");
  if (root["profile"]) scenario.profile = yaml::scalar(place, root["profile"], "profile");
  if (root["needs"]) scenario.needs = yaml::scalars(place, root["needs"], "needs");
  if (root["cleanup"]) scenario.cleanup = yaml::yes(place, root["cleanup"], "cleanup");
  if (root["roles"]) {
    for (const auto& one : root["roles"]) scenario.roles[one.first.Scalar()] = read_role(place, one.second);
  }
  if (root["given"]) scenario.given = read_steps(place, root["given"], sequences);
  if (!root["steps"]) throw place.error(root, "there are no steps");
  scenario.steps = read_steps(place, root["steps"], sequences);
  name_roles(scenario, scenario.given);
  name_roles(scenario, scenario.steps);
  return scenario;
}

bool fits(const std::string& name, const std::string& pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) return name == pattern;
  const std::string tail = pattern.substr(star + 1);
  return name.size() + 1 >= pattern.size() && name.compare(0, star, pattern, 0, star) == 0 &&
         name.compare(name.size() - tail.size(), tail.size(), tail) == 0;
}

// One scenario for each file that the patterns of `each` name, relative to the suite's folder.
std::vector<Scenario> for_each_file(const Library& library, const yaml::Place& place, const YAML::Node& root,
                                    const Scenario& scenario) {
  std::set<std::string> left_out;
  if (root["except"]) {
    for (const auto& [name, reason] : yaml::pairs(place, root["except"], "except")) left_out.insert(name);
  }
  std::vector<Scenario> all;
  const std::vector<std::string> patterns = yaml::scalars(place, root["each"], "each");
  std::set<fs::path> folders;
  for (const std::string& pattern : patterns) folders.insert(fs::path(pattern).parent_path());
  for (const std::string& pattern : patterns) {
    const fs::path path = fs::path(library.folder) / pattern;
    if (!fs::is_directory(path.parent_path())) throw place.error(root["each"], "there is no folder of " + pattern);
    for (const auto& entry : fs::directory_iterator(path.parent_path())) {
      const std::string name = entry.path().filename().string();
      if (!entry.is_regular_file() || !fits(name, path.filename().string()) || left_out.count(name) != 0) continue;
      Scenario one = scenario;
      // Files of several folders may have the same name.
      if (folders.size() > 1) one.id += "/" + path.parent_path().filename().string();
      one.id += "/" + name;
      one.title += ": " + name;
      one.variables = {{"file", entry.path().lexically_normal().string()}, {"file.name", name}};
      all.push_back(std::move(one));
    }
  }
  if (all.empty()) throw place.error(root["each"], "no file fits");
  return all;
}

void read_features(Library& library, const Sequences& sequences) {
  const yaml::Place place{library.folder + "/features.yaml"};
  for (const auto& one : yaml::load(place.file)) {
    yaml::only(place, one.second, one.first.Scalar(), "what roles steps given");
    Feature feature;
    feature.what = yaml::scalar(place, one.second["what"], "what");
    feature.probe = read_scenario(place, one.second, sequences);
    feature.probe.id = one.first.Scalar();
    library.features[feature.probe.id] = std::move(feature);
  }
}

void add(Library& library, const std::string& file, const Sequences& sequences) {
  const yaml::Place place{file};
  const YAML::Node root = yaml::load(file);
  yaml::only(place, root, "a scenario", "rows title note profile needs roles given steps each except cleanup");
  if (!root["rows"] || !root["title"]) throw place.error(root, "a scenario needs rows and title");
  Scenario scenario = read_scenario(place, root, sequences);
  scenario.rows = yaml::scalars(place, root["rows"], "rows");
  scenario.id = fs::path(file).stem().string();
  if (scenario.rows.empty() || scenario.id.rfind(scenario.rows.front(), 0) != 0) {
    throw place.error(root["rows"], "the file's name should begin with the first row");
  }
  known_words(library, place, root, scenario);
  if (!root["each"]) {
    library.scenarios.push_back(std::move(scenario));
    return;
  }
  for (Scenario& one : for_each_file(library, place, root, scenario)) library.scenarios.push_back(std::move(one));
}

void sort_and_compare(Library& library) {
  std::sort(library.scenarios.begin(), library.scenarios.end(),
            [](const Scenario& a, const Scenario& b) { return a.id < b.id; });
  const auto twice = std::adjacent_find(library.scenarios.begin(), library.scenarios.end(),
                                        [](const Scenario& a, const Scenario& b) { return a.id == b.id; });
  if (twice != library.scenarios.end()) throw yaml::FileError("two scenarios have the id " + twice->id);
}

}  // namespace

Library read_library(const std::string& folder) {
  Library library;
  library.folder = folder;
  library.rows = read_catalogue(folder + "/matrix.tsv");
  read_messages(library);
  const Sequences sequences = read_sequences(folder + "/sequences.yaml");
  read_features(library, sequences);
  for (const auto& entry : fs::recursive_directory_iterator(folder + "/scenarios")) {
    if (entry.path().extension() == ".yaml") add(library, entry.path().string(), sequences);
  }
  sort_and_compare(library);
  return library;
}

void add_scenario(Library& library, const std::string& file) {
  add(library, file, read_sequences(library.folder + "/sequences.yaml"));
  sort_and_compare(library);
}

}  // namespace presentia::conformance
