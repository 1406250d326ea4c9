// presentiactl: what an administrator asks of a running server and tells it, over its management service.
// Exit status: 0 done, 1 refused by the server, 2 wrong usage or an error of our own, 3 server not reached.
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "tools/presentiactl/commands.h"
#include "tools/presentiactl/completion.h"

namespace presentia::ctl {
namespace {

constexpr const char* kDefaultServer = "unix:/run/presentia/management.sock";

using Command = int (*)(Client&, const Options&);

void add_connection(CLI::App& app, Options& options) {
  Connection& to = options.connection;
  to.server = kDefaultServer;
  app.add_option("--server", to.server, "unix:PATH or ADDRESS:PORT of the management service")
      ->envname("PRESENTIA_MANAGEMENT")
      ->capture_default_str();
  auto* ca = app.add_option("--ca", to.ca, "PEM file with the authority of the server's certificate (TCP)")
                 ->check(CLI::ExistingFile);
  auto* certificate =
      app.add_option("--certificate", to.certificate, "PEM file with your certificate (TCP)")->check(CLI::ExistingFile);
  auto* key = app.add_option("--key", to.private_key, "PEM file with your private key (TCP)")->check(CLI::ExistingFile);
  ca->needs(certificate)->needs(key);
  certificate->needs(ca);
  key->needs(ca);
  app.add_option("--server-name", to.server_name, "Name in the server's certificate, if it is not the address")
      ->needs(ca);
  app.add_flag("--json", options.json, "Print JSON, with the names of management.proto");
}

void add_change(CLI::App& command, Options& options) {
  command.add_flag("--dry-run", options.dry_run, "Check only, and show what would change");
  command.add_option("--expect-version", options.expected_version, "Refuse if another version is in force")
      ->check(CLI::NonNegativeNumber);
  command.add_flag("--persist", options.persist, "Write the change into the server's configuration file too");
}

int run(int argc, char** argv) {
  CLI::App app("Reads and changes the attributes of a running Presentia");
  Options options;
  Command chosen = nullptr;
  add_connection(app, options);
  app.require_subcommand(1);
  app.fallthrough();
  const auto add = [&](const char* name, const char* help, Command command) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->callback([&chosen, command] { chosen = command; });
    return sub;
  };
  const char* patterns = "Paths of attributes or objects; * stands for any text";
  add("list", "Show attributes, their values and what is allowed", list)
      ->add_option("PATTERN", options.words, patterns);
  add("describe", "Explain attributes", describe)->add_option("NAME", options.words, patterns);
  add("get", "Print values as NAME=VALUE", get)->add_option("NAME", options.words, patterns)->required();
  CLI::App* set_command = add("set", "Change attributes, all or none", set);
  set_command->add_option("NAME=VALUE", options.words, "Assignments")->required();
  add_change(*set_command, options);
  CLI::App* reset_command = add("reset", "Put attributes back to their defaults, remove entries", reset);
  reset_command->add_option("NAME", options.words, "Attributes, objects or entries")->required();
  add_change(*reset_command, options);
  CLI::App* watch_command = add("watch", "Show changes as they happen", watch);
  watch_command->add_option("PATTERN", options.words, patterns);
  watch_command->add_flag("--current", options.current, "Begin with the values in force");
  add("history", "Show the last changes", history)->add_option("--limit", options.limit, "How many; 0: all");
  add("metrics", "Print the metrics in Prometheus' text format", metrics);
  add("status", "Show what server this is and where it listens", status);
  CLI::App* drain_command = add("drain", "Take no new subscriptions, finish what is open, and stop the server", drain);
  drain_command->add_option("--mode", options.mode, "Instead of drain.mode")
      ->check(CLI::IsMember({"keep", "handover"}));
  drain_command->add_flag("--wait", options.wait, "Return when the server has stopped");
  add("backup", "Copy the store into a new folder on the server's machine", backup)
      ->add_option("FOLDER", options.words, "A folder that is not there yet")
      ->required()
      ->expected(1);
  CLI::App* completion =
      app.add_subcommand("completion", "Print a script for your shell: eval \"$(presentiactl completion bash)\"");
  completion->add_option("SHELL", options.shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  CLI::App* words = add("complete-line", "Words that may follow (used by the completion script)", complete);
  words->add_option("LINE", options.line)->required();
  words->group("");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  if (chosen == nullptr) {
    std::cout << completion_script(options.shell);
    return kDone;
  }
  Client client(options.connection);
  return chosen(client, options);
}

}  // namespace
}  // namespace presentia::ctl

int main(int argc, char** argv) {
  try {
    return presentia::ctl::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "presentiactl: " << error.what() << '\n';
    return presentia::ctl::kUsage;
  }
}
