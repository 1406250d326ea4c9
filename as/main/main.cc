// presentia: reads the command line, starts the server, waits for SIGINT or SIGTERM, stops it.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "as/base/mutants.h"
#include "as/main/server.h"
#include "as/main/version.h"
#include "as/xml/reader.h"
#include "mgmt/attributes/startup.h"

namespace {

constexpr int kCannotStart = 2;

struct Options {
  presentia::mgmt::Startup startup;
  bool check = false;
};

#ifdef PS_MUTANTS
// A line for each mutant: its id, the rows that it breaks, what it does instead.
std::string list_of_mutants() {
  std::string list;
  for (const presentia::base::Mutant& mutant : presentia::base::mutants())
    list.append(mutant.id).append("\t").append(mutant.rows).append("\t").append(mutant.breaks).append("\n");
  list.pop_back();
  return list;
}

void choose(const std::string& id) {
  if (id == "help") throw CLI::CallForVersion(list_of_mutants(), 0);  // CLI11's way to print something and end well
  if (!presentia::base::choose_mutant(id))
    throw CLI::ValidationError("--mutant", "there is no " + id + ", only\n" + list_of_mutants());
}
#endif

void declare(CLI::App& app, Options& options) {
  app.set_version_flag("--version", presentia::kProgram);
  app.add_option("--config", options.startup.file, "Configuration file (XML); see conf/attributes.md")
      ->required()
      ->type_name("FILE");
  // One value for each --set: what follows it is the next option.
  app.add_option("--set", options.startup.sets, "Attribute for this run, instead of the file's")
      ->type_name("OBJECT.ATTRIBUTE=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->take_all();
  app.add_flag("--check", options.check, "Check the configuration, say what is wrong, and end");
  app.add_flag("--insecure-lab", options.startup.insecure_lab,
               "Let management.listen be plain TCP on a loopback address (laboratories only)");
#ifdef PS_MUTANTS
  app.add_option_function<std::string>("--mutant", choose, "Break one behaviour on purpose; help lists them")
      ->type_name("ID");
#endif
}

int fail(const std::string& text) {
  std::fprintf(stderr, "presentia: %s\n", text.c_str());
  return kCannotStart;
}

// SIGINT and SIGTERM are taken by wait_for_stop() only; before any thread starts, so that all inherit it.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  return stop_signals;
}

void wait_for_stop(const sigset_t& stop_signals) {
  int signal = 0;
  while (sigwait(&stop_signals, &signal) != 0) {
  }
}

int run(const Options& options) {
  using namespace presentia;
  const sigset_t stop_signals = block_signals();
  if (!xml::initialize()) return fail("the XML library does not start");
  auto initial = mgmt::load(options.startup);
  if (!initial) return fail("the configuration cannot be used\n" + mgmt::to_text(initial.error()));
  if (options.check) {
    std::printf("%s: good\n", options.startup.file.c_str());
    return 0;
  }
  Server server(*std::move(initial));
  const auto ready = server.start();
  if (!ready) return fail(ready.error().text);
  std::printf("%s\n", ready->c_str());
  std::fflush(stdout);
  wait_for_stop(stop_signals);
  server.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    CLI::App app("Presentia, an IMS presence server");
    Options options;
    declare(app, options);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app.exit(error) == 0 ? 0 : kCannotStart;
    }
    return run(options);
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
