// presentia-bench: a bounded load generator for presence servers on this machine. tools/bench starts it.
#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/presentia-bench/bench.h"
#include "tools/presentia-bench/output.h"

namespace {

using presentia::bench::Options;
using presentia::bench::Transport;

// udp:ADDRESS:PORT or tcp:ADDRESS:PORT; an error text otherwise.
std::string read_target(const std::string& text, Options& options) {
  if (!text.starts_with("udp:") && !text.starts_with("tcp:")) return "not udp:ADDRESS:PORT or tcp:ADDRESS:PORT";
  options.transport = text.starts_with("udp:") ? Transport::kUdp : Transport::kTcp;
  options.server = text.substr(4);
  return {};
}

void declare(CLI::App& app, Options& options, std::string& target, bool& json) {
  static_cast<void>(
      app.add_option("--target", target, "The server: udp:ADDRESS:PORT or tcp:ADDRESS:PORT, loopback only")
          ->required()
          ->check([&options](const std::string& text) { return read_target(text, options); }));
  app.add_option("--server-pid", options.server_pid, "Its process; CPU and memory of the whole tree are measured");
  app.add_option("--memory-command", options.memory_command,
                 "Prints the server's bytes in use, where it keeps them in a pool of its own");
  app.add_option("--operation", options.operation, "What to measure")
      ->required()
      ->check(CLI::IsMember(presentia::bench::operation_names()));
  app.add_option("--count", options.count, "Operations measured; grow-*: publications or subscriptions, twice");
  app.add_option("--warm-up", options.warm_up, "Operations before, not measured")->capture_default_str();
  app.add_option("--presentities", options.presentities, "Publications made before")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--watchers", options.watchers, "Subscriptions to each, where the operation needs any")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--in-flight", options.in_flight, "Operations under way at the same time at most")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--rate", options.rate, "Operations started per second; 0: as fast as they are answered");
  app.add_option("--deaf-every", options.deaf_every,
                 "Every so many-th watcher answers no NOTIFY while it is measured; 0: all answer")
      ->check(CLI::Range(0, 1000));
  app.add_flag("--open-loop", options.open_loop,
               "They come at --rate whatever became of those before, and may be refused with 503 and Retry-After")
      ->needs("--rate");
  app.add_option("--run", options.run, "Presentities are p0-RUN@DOMAIN and so on; a fresh one if not given")
      ->type_name("RUN")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == std::string::npos
                       ? ""
                       : "digits and small letters only";
          },
          ""));
  app.add_option("--domain", options.domain, "Domain of presentities and watchers")->capture_default_str();
  app.add_flag("--json", json, "One JSON object instead of text");
}

void declare_times(CLI::App& app, double& lasts_s, double& settle_s, double& sample_s) {
  app.add_option("--max-seconds", lasts_s, "No measured operation starts later")->capture_default_str();
  app.add_option("--settle-seconds", settle_s, "grow-*: pause until the server has forgotten its transactions")
      ->capture_default_str();
  app.add_option("--sample-seconds", sample_s, "Note memory and CPU of the server every so often; 0: never");
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

int run(int argc, char** argv) {
  CLI::App app("Measures CPU, latency and memory of a presence server on this machine. Ends with 1 on any error.");
  Options options;
  std::string target;
  bool json = false;
  double lasts_s = 120;
  double settle_s = 36;
  double sample_s = 0;
  declare(app, options, target, json);
  declare_times(app, lasts_s, settle_s, sample_s);
  CLI11_PARSE(app, argc, argv);
  options.lasts = milliseconds_of(lasts_s);
  options.settle = milliseconds_of(settle_s);
  options.sample_every = milliseconds_of(sample_s);
  presentia::bench::Report report = presentia::bench::measure(options);
  (json ? presentia::bench::write_json : presentia::bench::write_text)(std::cout, options, report);
  return report.errors == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "presentia-bench: " << error.what() << '\n';
    return 2;
  }
}
