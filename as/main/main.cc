// presentia: reads the command line, starts the server, drains and stops it by SIGINT, SIGTERM or an operator.
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <optional>
#include <string>

#include "as/base/mutants.h"
#include "as/main/last_resort.h"
#include "as/main/server.h"
#include "as/main/version.h"
#include "as/xml/reader.h"
#include "mgmt/attributes/startup.h"

// jemalloc, where it is linked: what a peak took goes back also when nothing happens afterwards.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true";  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
}

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

// SIGINT and SIGTERM are taken by stop_asked() only; before any thread starts, so that all inherit it.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  return stop_signals;
}

// Waits a moment; true if a signal came.
bool stop_asked(const sigset_t& stop_signals) {
  constexpr timespec kMoment{0, 100'000'000};
  return sigtimedwait(&stop_signals, nullptr, &kMoment) > 0;
}

// Until all partitions are loaded and everything listens.
presentia::base::Result<std::string> start(presentia::Server& server, const sigset_t& stop_signals) {
  auto starting = std::async(std::launch::async, [&server] { return server.start(); });
  while (starting.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    server.tell_supervisor();
    // Nothing has been acknowledged yet, and a load need not be waited for.
    if (stop_asked(stop_signals)) std::_Exit(0);
  }
  return starting.get();
}

// Serves until the drain, which the first signal or an operator begins, is over, or a second signal comes.
void serve(presentia::Server& server, const sigset_t& stop_signals) {
  bool draining = false;
  while (!server.may_stop()) {
    server.tell_supervisor();
    if (!stop_asked(stop_signals)) continue;
    if (draining) return;
    draining = true;
    server.drain();
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
  std::optional<LastResort> last_resort;  // before the server: to close its store may hang too
  Server server(*std::move(initial));
  const auto ready = start(server, stop_signals);
  if (!ready) return fail(ready.error().text);
  std::printf("%s\n", ready->c_str());
  std::fflush(stdout);
  serve(server, stop_signals);
  last_resort.emplace(server.stop_by());
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
