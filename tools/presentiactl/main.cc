// presentiactl: what an administrator asks of a running server and tells it, over its management service.
// Exit status: 0 done, 1 refused by the server, 2 wrong usage or an error of our own, 3 server not reached.
#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <string>

#include "tools/presentiactl/commands.h"
#include "tools/presentiactl/completion.h"
#include "tools/presentiactl/documents.h"
#include "tools/presentiactl/presentities.h"
#include "tools/presentiactl/subscribers.h"

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

using Add = std::function<CLI::App*(CLI::App&, const char*, const char*, Command)>;

void add_presentities(CLI::App& app, Options& options, const Add& add) {
  const char* presentity = "URI of a presentity";
  CLI::App* group = app.add_subcommand("presentities", "Publications and subscriptions of all presentities");
  group->require_subcommand(1);
  CLI::App* listed = add(*group, "list", "List publications and subscriptions", list_presentities);
  listed->add_option("PATTERN", options.presentity, "Presentity; * stands for any text");
  listed->add_option("--watcher", options.watcher, "Subscriptions of this watcher only; * stands for any text");
  listed->add_option("--package", options.package, "Of this event package only");
  listed->add_option("--domain", options.domain, "Of presentities of this domain only");
  auto* publications = listed->add_flag("--publications", options.publications, "Publications only");
  listed->add_flag("--subscriptions", options.subscriptions, "Subscriptions only")->excludes(publications);
  listed->add_option("--limit", options.most, "How many at most; 0: all")->capture_default_str();
  add(app, "show", "Show one presentity: publications, subscriptions, and its document with where each part is from",
      show)
      ->add_option("PRESENTITY", options.presentity, presentity)
      ->required();
  CLI::App* ended = add(app, "terminate", "End a subscription; its watcher is told why", terminate);
  ended->add_option("PRESENTITY", options.presentity, presentity)->required();
  ended->add_option("ID", options.id, "Of the subscription, as show and presentities list have it")->required();
  ended->add_option("--reason", options.reason, "As in Subscription-State")
      ->check(CLI::IsMember(termination_reasons()))
      ->capture_default_str();
  ended->add_option("--retry-after", options.retry_after, "Seconds until the watcher may subscribe again")
      ->check(CLI::NonNegativeNumber);
  CLI::App* dropped = add(app, "drop", "End a publication; the watchers are told", drop);
  dropped->add_option("PRESENTITY", options.presentity, presentity)->required();
  dropped->add_option("ETAG", options.etag, "Entity-tag of the publication")->required();
  CLI::App* again = add(app, "renotify", "Send the newest state again, to all watchers or to one", renotify);
  again->add_option("PRESENTITY", options.presentity, presentity)->required();
  again->add_option("ID", options.id, "Of a subscription");
  CLI::App* explained = add(app, "explain", "Explain what a watcher sees: documents, rules, decision, result", explain);
  explained->add_option("WATCHER", options.watcher, "URI of the watcher, or anonymous")->required();
  explained->add_option("PRESENTITY", options.presentity, presentity)->required();
  explained->add_option("--at", options.at, "As at this time, like 2027-01-31T08:00:00Z, of what is published now");
  explained->add_option("--rules", options.rules, "Try the rules document in this file instead of the one in force")
      ->check(CLI::ExistingFile);
  CLI::App* documents = add(app, "documents", "List the documents of XDM servers that are followed", list_documents);
  documents->add_option("--prefix", options.path, "Those whose path below the XCAP root begins so");
  documents->add_option("--state", options.state, "Those in this state only")->check(CLI::IsMember(document_states()));
  documents->add_option("--limit", options.most, "How many at most; 0: all")->capture_default_str();
  add(app, "invalidate", "Look at documents on the XDM servers now, whatever is known of them", invalidate)
      ->add_option("PATH", options.path, "Of documents whose path below the XCAP root begins so; else of all");
  add(app, "tail", "Show what happens as it happens", tail)->add_option("PRESENTITY", options.presentity, presentity);
  CLI::App* traced = add(app, "trace", "Show the messages of one identity; the server logs who asked for it", trace);
  traced->add_option("IDENTITY", options.presentity, "URI of a presentity, publisher or watcher")->required();
  traced->add_option("--pcap", options.pcap,
                     "Write them to this file, for tcpdump or wireshark, instead of showing them");
  traced->add_flag("--bodies", options.bodies, "With their bodies");
  traced->add_option("--seconds", options.seconds, "How long; at most, and if not given, management.trace_max_s");
  traced->add_option("--messages", options.messages,
                     "How many; at most, and if not given, management.trace_max_messages");
}

void add_subscribers(CLI::App& app, Options& options, const Add& add) {
  const char* user = "SIP or tel URI, or MSISDN, of a user";
  const auto add_service = [&options](CLI::App* to) {
    to->add_option("--service-indication", options.service, "Of the repository data, instead of sh.service_indication");
  };
  const auto add_expected = [&options](CLI::App* to) {
    to->add_option("--expect-number", options.expected_number, "Refuse if the HSS has data of another number")
        ->check(CLI::Range(0, 65535));
  };
  CLI::App* sh = app.add_subcommand("sh", "The HSS: its peers, and what it says");
  sh->require_subcommand(1);
  add(*sh, "peers", "List the Diameter peers and how they are", sh_peers);
  CLI::App* asked = add(*sh, "read", "Ask the HSS for data of a user", sh_read);
  asked->add_option("IDENTITY", options.presentity, user)->required();
  asked
      ->add_option("--reference", options.references,
                   "What to ask for, separated by commas; if not given ims-public-identity,ims-user-state,scscf-name")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->take_all()
      ->check(wrong_reference)
      ->type_name("REFERENCE");
  add_service(asked);
  asked->add_option("--server-uri", options.server_name, "Application server, of initial-filter-criteria and dsai");
  asked->add_option("--dsai-tag", options.tags, "Of dsai; may be given several times")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->take_all();
  asked->add_option("--domain", options.domain, "Of location-information and user-state")
      ->check(CLI::IsMember({"cs", "ps"}));
  CLI::App* profile = app.add_subcommand("profile", "The service profile of a user, in the HSS's repository data");
  profile->require_subcommand(1);
  CLI::App* got = add(*profile, "get", "Print it", get_profile);
  CLI::App* put = add(*profile, "set", "Put one there", set_profile);
  CLI::App* deleted = add(*profile, "delete", "Delete it", delete_profile);
  for (CLI::App* each : {got, put, deleted}) {
    each->add_option("PRESENTITY", options.presentity, user)->required();
    add_service(each);
  }
  put->add_option("--file", options.file, "XML; standard input if not given");
  add_expected(put);
  add_expected(deleted);
}

int run(int argc, char** argv) {
  CLI::App app("Reads and changes the attributes of a running Presentia, and looks into it");
  Options options;
  Command chosen = nullptr;
  add_connection(app, options);
  app.require_subcommand(1);
  app.fallthrough();
  const Add add_to = [&chosen](CLI::App& to, const char* name, const char* help, Command command) {
    CLI::App* sub = to.add_subcommand(name, help);
    sub->callback([&chosen, command] { chosen = command; });
    return sub;
  };
  const auto add = [&](const char* name, const char* help, Command command) {
    return add_to(app, name, help, command);
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
  drain_command->add_flag("--wait", options.wait, "Return when the drain is over; the process ends a moment later");
  add("backup", "Copy the store into a new folder on the server's machine", backup)
      ->add_option("FOLDER", options.words, "A folder that is not there yet")
      ->required()
      ->expected(1);
  add_presentities(app, options, add_to);
  add_subscribers(app, options, add_to);
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
