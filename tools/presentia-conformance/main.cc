// presentia-conformance: measures a presence server against the rows of a requirement matrix.
#include <CLI/CLI.hpp>
#include <csignal>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "tools/presentia-conformance/library.h"
#include "tools/presentia-conformance/process.h"
#include "tools/presentia-conformance/report.h"
#include "tools/presentia-conformance/suite.h"
#include "tools/presentia-conformance/yaml.h"

namespace {

using namespace presentia::conformance;

// Exit codes, as --help says.
constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNoServer = 3;

struct Options {
  std::string target;
  std::string domain;
  std::string xdm;
  std::string suite = "tests/conformance";
  std::vector<std::string> scenario_files;
  Selection selection;
  unsigned jobs = 48;
  std::string seed;
  bool list = false;
  bool quiet = false;
  std::string html;
  std::string junit;
  std::string tsv;
};

void describe(CLI::App& app, Options& options) {
  app.footer(
      "Exit code: 0 nothing failed; 1 something failed or is inconclusive; 2 wrong usage or files; "
      "3 the server does not answer, or stopped answering.");
  app.add_option("--target", options.target, "HOST:PORT, or the path of a target file");
  app.add_option("--domain", options.domain, "domain of the users, with HOST:PORT (default: example.com)");
  app.add_option("--xdm", options.xdm,
                 "XCAP root of the server's XDM server, with HOST:PORT; for scenarios about rules");
  app.add_option("--suite", options.suite, "folder of scenarios, templates and matrix")->capture_default_str();
  app.add_option("--scenario", options.scenario_files, "play this scenario file (too); alone: only these");
  app.add_option("--only", options.selection.only,
                 "ids of scenarios or rows, documents (RFC3903), or beginnings of ids");
  app.add_option("--tier", options.selection.tier, "rows of this tier and the more important ones")
      ->check(CLI::Range(1, 3))
      ->capture_default_str();
  app.add_option("--profile", options.selection.profile, "only scenarios of this profile")
      ->check(CLI::IsMember({"ietf", "oma", "ims", "rcs"}));
  app.add_option("--jobs", options.jobs, "scenarios played at the same time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "letters and digits that all names are made of: the same seed sends the same");
  app.add_flag("--list", options.list, "list the scenarios, play nothing");
  app.add_flag("--quiet", options.quiet, "no line per scenario, only the table");
  app.add_option("--html", options.html, "write the report with all messages here");
  app.add_option("--junit", options.junit, "write JUnit XML here");
  app.add_option("--tsv", options.tsv, "write a line per scenario here");
}

Target target_of(const Options& options) {
  if (options.target.empty()) throw std::invalid_argument("--target is needed: HOST:PORT or a target file");
  if (std::ifstream(options.target).good()) return read_target(options.target);
  const Address address = read_address(options.target);
  Target target = read_target(options.suite + "/targets/default.yaml");
  target.name = options.target;
  for (const std::string way : {"udp", "tcp"}) {
    target.reach[way] = address;
    if (address.v6()) target.reach[way + "6"] = address;
  }
  if (!options.xdm.empty()) target.xdm = read_xcap_root(options.xdm);
  if (!options.domain.empty()) {
    for (auto& [name, domain] : target.domains)
      domain.replace(domain.rfind(target.domain), std::string::npos, options.domain);
    target.domain = options.domain;
  }
  return target;
}

std::string fresh_seed() {
  std::random_device device;
  std::string seed;
  for (int i = 0; i < 5; ++i) seed += "abcdefghijklmnopqrstuvwxyz"[device() % 26];
  return seed;
}

void write_file(const std::string& path, void (*write)(std::ostream&, const Report&), const Report& report) {
  if (path.empty()) return;
  std::ofstream out(path);
  if (!out) throw std::invalid_argument(path + " cannot be written");
  write(out, report);
}

int list(const Library& library, const std::vector<const Scenario*>& scenarios) {
  for (const Scenario* scenario : scenarios) {
    const Row& row = library.rows.at(scenario->rows.front());
    std::cout << std::left << std::setw(34) << scenario->id << ' ' << std::setw(5) << scenario->profile << " tier "
              << row.tier << ' ' << std::setw(10) << row.level << row.document << ' ' << row.clause << "  "
              << scenario->title << '\n';
  }
  return kPassed;
}

int verdict_of(const Run& run) {
  if (!run.answered || !run.gone.empty()) return kNoServer;
  std::map<Verdict, int> counts = totals(run);
  if (counts[Verdict::broken] > 0) return kUsage;
  return counts[Verdict::fail] + counts[Verdict::inconclusive] > 0 ? kFailed : kPassed;
}

int run(const Options& options) {
  Library library = read_library(options.suite);
  Selection selection = options.selection;
  for (const std::string& file : options.scenario_files) {
    add_scenario(library, file);
    selection.only.push_back(std::filesystem::path(file).stem().string());
  }
  const std::vector<const Scenario*> scenarios = selected(library, selection);
  if (options.list) return list(library, scenarios);
  const Target target = target_of(options);
  const std::string seed = options.seed.empty() ? fresh_seed() : options.seed;
  const ServerProcess server(library, target, seed);
  std::cout << "Playing " << scenarios.size() << " scenarios against " << target.name << " (seed " << seed << ")"
            << std::endl;
  const Run run = run_suite(library, target, scenarios, options.jobs, seed, [&](const Result& result) {
    if (!options.quiet) write_line(std::cout, library, result);
  });
  const Report report{library, target, run};
  if (!run.answered) {
    std::cerr << "presentia-conformance: nothing answers an OPTIONS at";
    for (const auto& [way, address] : target.reach) std::cerr << ' ' << way << ':' << address.text();
    std::cerr << "; is the server running?\n";
    return kNoServer;
  }
  write_table(std::cout, report);
  write_file(options.html, write_html, report);
  write_file(options.junit, write_junit, report);
  write_file(options.tsv, write_tsv, report);
  std::cout << "in " << std::fixed << std::setprecision(0) << run.seconds << " s\n";
  return verdict_of(run);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Measures any presence server by playing publishers, watchers and S-CSCFs to it."};
  Options options;
  describe(app, options);
  try {
    app.parse(argc, argv);
    return run(options);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kPassed : kUsage;
  } catch (const std::exception& error) {
    std::cerr << "presentia-conformance: " << error.what() << '\n';
    return kUsage;
  }
}
