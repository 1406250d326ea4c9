// presentia-xdms: reads the command line, starts the server, stops it by SIGINT or SIGTERM.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include "as/xml/reader.h"
#include "tools/presentia-xdms/server.h"

namespace {

using presentia::xdms::Options;

constexpr int kCannotStart = 2;

// Where the build puts them: beside the program.
std::string own_schemas() {
  std::error_code error;
  return (std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "presentia-xdms-schemas").string();
}

void declare(CLI::App& app, Options& options, int& slow_ms, int& min_expires_s) {
  app.add_option("--http", options.http, "Where XCAP is served; port 0 takes a free one")
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  app.add_option("--sip", options.sip, "Where the xcap-diff notifier listens; may be repeated")
      ->type_name("udp|tcp:ADDRESS:PORT")
      ->capture_default_str();
  app.add_option("--folder", options.folder,
                 "Folder of the documents, made if it is missing; without it they end with the process")
      ->type_name("DIR");
  app.add_option("--samples", options.samples, "Documents for a start, where there are none yet; see conf/lab/xdms")
      ->type_name("DIR");
  app.add_option("--schemas", options.schemas, "Folder of the XML schemas")->type_name("DIR")->capture_default_str();
  app.add_option("--super-user", options.super_users, "Who may read every document; may be repeated")
      ->type_name("URI")
      ->capture_default_str();
  app.add_option("--trust", options.trusted, "Whose P-Asserted-Identity counts; may be repeated")
      ->type_name("ADDRESS[/BITS]")
      ->capture_default_str();
  app.add_flag("--open", options.open, "Everybody may read and write everything; for laboratories only");
  app.add_option("--max-document-bytes", options.max_document_bytes, "A larger one is answered 413")
      ->check(CLI::Range(1024, 64 << 20))
      ->capture_default_str();
  app.add_option("--min-expires", min_expires_s, "Shorter subscriptions are answered 423, in seconds")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  const std::string faults = "Faults, for tests of clients";
  app.add_flag("--no-xcap-diff", options.no_xcap_diff, "SUBSCRIBE is answered 489")->group(faults);
  app.add_flag("--without-diff-state", options.without_diff_state,
               "The first NOTIFY has no body, as Kamailio's has none")
      ->group(faults);
  app.add_flag("--unquoted-etags", options.unquoted_etags, "ETag headers without quotes")->group(faults);
  app.add_option("--slow", slow_ms, "Each answer over HTTP takes so much longer")
      ->type_name("MS")
      ->check(CLI::Range(0, 600'000))
      ->group(faults);
  app.add_option("--fail", options.fail, "Each answer over HTTP has this status")
      ->type_name("STATUS")
      ->check(CLI::Range(400, 599))
      ->group(faults);
}

int run(const Options& options) {
  // Blocked before any thread starts, so that only sigwait() sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (!presentia::xml::initialize()) return kCannotStart;
  presentia::xdms::Server server(options);
  if (const auto started = server.start(); !started) {
    std::fprintf(stderr, "presentia-xdms: %s\n", started.error().text.c_str());
    return kCannotStart;
  }
  if (options.open) std::fprintf(stderr, "presentia-xdms: --open: everybody may read and write every document\n");
  std::printf("ready http=%s sip=%s\n", server.root_uri().c_str(), server.sip().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.schemas = own_schemas();
  int slow_ms = 0, min_expires_s = static_cast<int>(options.min_expires.count());
  CLI::App app{"An XDM server for laboratories and tests: XCAP over HTTP, xcap-diff over SIP"};
  declare(app, options, slow_ms, min_expires_s);
  CLI11_PARSE(app, argc, argv);
  options.slow = presentia::base::Millis(slow_ms);
  options.min_expires = presentia::base::Seconds(min_expires_s);
  return run(options);
}
