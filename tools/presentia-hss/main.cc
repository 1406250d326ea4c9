// presentia-hss: reads the command line, starts the HSS, and obeys the lines of its standard input until that ends.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "as/xml/reader.h"
#include "tools/presentia-hss/control.h"
#include "tools/presentia-hss/free_port.h"
#include "tools/presentia-hss/hss.h"

namespace {

using presentia::diameter::StackSettings;

constexpr int kCannotStart = 2;

int fail(const std::string& why) {
  std::cerr << "presentia-hss: " << why << '\n';
  return kCannotStart;
}

struct Options {
  StackSettings settings;
  std::string users;
  std::uint16_t control = 0;
  std::optional<std::vector<std::string>> closed_domains;
};

int run(Options options) {
  StackSettings& settings = options.settings;
  if (!presentia::xml::initialize()) return fail("the XML library does not start");
  auto users = presentia::hss::Users::load(options.users);
  if (!users) return fail(users.error().text);
  if (settings.port == 0) settings.port = presentia::hss::free_port(settings.address);
  if (settings.port == 0) return fail("no free port at " + settings.address);
  const presentia::base::SteadyClock clock;
  presentia::base::BootTokens nonces(0);
  presentia::hss::Hss hss(std::move(*users), clock, nonces);
  if (options.closed_domains) hss.know_everybody_outside(*options.closed_domains);
  if (const auto started = hss.start(settings); !started) return fail(started.error().text);
  std::unique_ptr<presentia::hss::Control> control;
  if (options.control != 0) {
    auto made =
        presentia::hss::Control::start(options.control, [&hss](std::string_view line) { return hss.command(line); });
    if (!made) return fail(made.error().text);
    control = std::move(*made);
  }
  std::cout << "ready " << settings.identity << ' ' << settings.address << ' ' << settings.port << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "quit") break;
    std::cout << hss.command(line) << std::endl;
  }
  control.reset();
  hss.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  StackSettings& settings = options.settings;
  settings.identity = "hss.localdomain";
  std::vector<std::string> closed_domains;
  CLI::App app{"An HSS for laboratories and tests: Sh and Cx over Diameter. Commands on standard input:\n" +
               std::string(presentia::hss::Hss::commands())};
  app.add_option("--users", options.users, "XML file with the users; see conf/lab/hss.xml")
      ->type_name("FILE")
      ->required();
  app.add_option("--identity", settings.identity, "Diameter identity")->type_name("NAME")->capture_default_str();
  app.add_option("--realm", settings.realm, "Realm; what follows the first dot of the identity if not given")
      ->type_name("NAME");
  app.add_option("--address", settings.address, "Where it listens")->type_name("IP")->capture_default_str();
  app.add_option("--port", settings.port, "Port; 0 takes a free one")->type_name("PORT")->capture_default_str();
  app.add_option("--control", options.control, "Takes commands over TCP, too, at this port of 127.0.0.1")
      ->type_name("PORT");
  auto* closed = app.add_option("--everybody-outside", closed_domains,
                                "Who is in none of these domains exists, though nothing is known of him")
                     ->type_name("DOMAIN");
  auto* certificate = app.add_option("--certificate", settings.tls.certificate, "PEM file: it listens for TLS only");
  auto* key = app.add_option("--private-key", settings.tls.private_key, "PEM file of its key");
  auto* ca =
      app.add_option("--ca", settings.tls.ca, "PEM file with the authorities of application servers and its own");
  certificate->needs(key)->needs(ca);
  CLI11_PARSE(app, argc, argv);
  if (closed->count() > 0) options.closed_domains = std::move(closed_domains);
  settings.listens_with_tls = !settings.tls.certificate.empty();
  std::signal(SIGPIPE, SIG_IGN);
  return run(std::move(options));
}
