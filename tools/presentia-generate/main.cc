// presentia-generate: writes what is generated from the declarations of attributes and metrics into a folder (conf/ by
// default), or with --check says whether it is current. Exit status: 0 done or current, 1 not current or not written, 2
// usage.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "as/base/metric_catalogue.h"
#include "mgmt/attributes/generate.h"

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

bool write(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  return out.good();
}

int run(int argc, char** argv) {
  CLI::App app("Generates attributes.md, presentia.xsd and metrics.md from the declarations of attributes and metrics");
  std::string folder = "conf";
  bool check = false;
  app.add_option("FOLDER", folder, "Where the files are")->check(CLI::ExistingDirectory)->capture_default_str();
  app.add_flag("--check", check, "Write nothing; say which files are not current");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const std::vector<std::pair<std::string, std::string>> files{
      {"attributes.md", presentia::mgmt::attributes_page()},
      {"presentia.xsd", presentia::mgmt::configuration_schema()},
      {"metrics.md", presentia::base::metrics_page()}};
  bool good = true;
  for (const auto& [name, text] : files) {
    const fs::path file = fs::path(folder) / name;
    if (content(file) == text) continue;
    if (!check && write(file, text)) {
      std::cout << "written: " << file.string() << "\n";
      continue;
    }
    std::cerr << (check ? "not current: " : "cannot be written: ") << file.string() << "\n";
    good = false;
  }
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "presentia-generate: " << error.what() << '\n';
    return 1;
  }
}
