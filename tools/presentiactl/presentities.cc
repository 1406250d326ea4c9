#include "tools/presentiactl/presentities.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

#include "tools/presentiactl/documents.h"
#include "tools/presentiactl/explain_output.h"
#include "tools/presentiactl/output.h"
#include "tools/presentiactl/pcap.h"
#include "tools/presentiactl/presentities_output.h"

namespace presentia::ctl {
namespace {

constexpr std::uint32_t kPage = 1000;

// All pages up to the limit, as one.
Client::Outcome list_pages(Client& client, const Options& options, management::ListResponse& all) {
  management::ListRequest request;
  request.set_presentity(options.presentity);
  request.set_watcher(options.watcher);
  request.set_package(options.package);
  request.set_domain(options.domain);
  request.set_publications(options.publications);
  request.set_subscriptions(options.subscriptions);
  do {
    const auto held = static_cast<std::uint32_t>(all.publications_size() + all.subscriptions_size());
    request.set_limit(options.most == 0 ? kPage : std::min(kPage, options.most - held));
    management::ListResponse page;
    if (auto failure = client.call(request, page)) return failure;
    all.mutable_publications()->MergeFrom(page.publications());
    all.mutable_subscriptions()->MergeFrom(page.subscriptions());
    all.set_unserved(all.unserved() + page.unserved());
    all.set_cursor(page.cursor());
    request.set_cursor(page.cursor());
  } while (!request.cursor().empty() &&
           (options.most == 0 ||
            static_cast<std::uint32_t>(all.publications_size() + all.subscriptions_size()) < options.most));
  return std::nullopt;
}

int acted(const Client::Outcome& failure, const management::ActResponse& response, const Options& options,
          const char* what) {
  if (failure) return report(*failure, options.json);
  if (options.json) {
    std::cout << json(response);
  } else {
    std::cout << response.presentity() << ": " << what << ": " << response.subscriptions() << "\n";
  }
  return kDone;
}

}  // namespace

int list_presentities(Client& client, const Options& options) {
  management::ListResponse all;
  if (const auto failure = list_pages(client, options, all)) return report(*failure, options.json);
  if (options.json) {
    std::cout << json(all);
    return kDone;
  }
  if (!all.publications().empty()) std::cout << publications_text(all.publications());
  if (!all.subscriptions().empty()) {
    std::cout << (all.publications().empty() ? "" : "\n") << subscriptions_text(all.subscriptions());
  }
  if (all.publications().empty() && all.subscriptions().empty()) std::cout << "nothing\n";
  if (!all.cursor().empty()) std::cerr << "there may be more: --limit 0 shows all\n";
  if (all.unserved() > 0) std::cerr << all.unserved() << " partitions are being loaded and were left out\n";
  return kDone;
}

int show(Client& client, const Options& options) {
  management::ShowRequest request;
  management::ShowResponse response;
  request.set_presentity(options.presentity);
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  std::cout << (options.json ? json(response) : show_text(response));
  return kDone;
}

int terminate(Client& client, const Options& options) {
  management::TerminateRequest request;
  management::ActResponse response;
  request.set_presentity(options.presentity);
  request.set_id(options.id);
  request.set_reason(options.reason);
  if (options.retry_after >= 0) request.mutable_retry_after()->set_seconds(options.retry_after);
  return acted(client.call(request, response), response, options, "subscriptions ended");
}

int drop(Client& client, const Options& options) {
  management::DropRequest request;
  management::ActResponse response;
  request.set_presentity(options.presentity);
  request.set_etag(options.etag);
  return acted(client.call(request, response), response, options, "publication ended; watchers");
}

int renotify(Client& client, const Options& options) {
  management::RenotifyRequest request;
  management::ActResponse response;
  request.set_presentity(options.presentity);
  request.set_id(options.id);
  return acted(client.call(request, response), response, options, "subscriptions to be notified");
}

int explain(Client& client, const Options& options) {
  management::ExplainRequest request;
  management::ExplainResponse response;
  request.set_watcher(options.watcher);
  request.set_presentity(options.presentity);
  if (!options.at.empty() && !google::protobuf::util::TimeUtil::FromString(options.at, request.mutable_at())) {
    std::cerr << "presentiactl: \"" << options.at << "\" is no time like 2027-01-31T08:00:00Z\n";
    return kUsage;
  }
  if (!options.rules.empty()) {
    std::ostringstream text;
    std::ifstream file(options.rules, std::ios::binary);
    if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
    if (file.bad() || !file.is_open()) {
      std::cerr << "presentiactl: cannot read " << options.rules << "\n";
      return kUsage;
    }
    request.set_rules(text.str());
  }
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  std::cout << (options.json ? json(response) : explain_text(response));
  return kDone;
}

int tail(Client& client, const Options& options) {
  management::TailRequest request;
  request.set_presentity(options.presentity);
  const auto failure = client.tail(
      request, [] { std::cerr << "following\n"; },
      [&](const management::TailEvent& event) {
        std::cout << (options.json ? json(event, true) : tail_text(event)) << std::flush;
      });
  return failure ? report(*failure, options.json) : kDone;
}

int trace(Client& client, const Options& options) {
  std::unique_ptr<Pcap> pcap;
  if (!options.pcap.empty()) {
    pcap = std::make_unique<Pcap>(options.pcap);
    if (!pcap->good()) {
      std::cerr << "presentiactl: cannot write " << options.pcap << "\n";
      return kUsage;
    }
  }
  management::TraceRequest request;
  request.set_identity(options.presentity);
  request.set_bodies(options.bodies);
  request.set_seconds(options.seconds);
  request.set_messages(options.messages);
  const auto failure = client.trace(
      request, [] { std::cerr << "tracing\n"; },
      [&](const management::TraceEvent& event) {
        const bool message = event.missed() == 0 && event.ended().empty();
        if (pcap && message) {
          if (!pcap->add(event))
            std::cerr << "not written: a message between " << event.local() << " and " << event.remote() << "\n";
        } else {
          (pcap ? std::cerr : std::cout) << (options.json ? json(event, true) : trace_text(event)) << std::flush;
        }
      });
  if (failure) return report(*failure, options.json);
  if (pcap && !pcap->good()) {
    std::cerr << "presentiactl: " << options.pcap << " could not be written whole\n";
    return kUsage;
  }
  return kDone;
}

std::vector<std::string> termination_reasons() {
  return {"deactivated", "probation", "rejected", "timeout", "giveup", "noresource"};
}

std::optional<std::vector<std::string>> presentity_words(Client& client, const std::string& command,
                                                         const std::vector<std::string>& before) {
  static const std::map<std::string, std::vector<std::string>> options{
      {"presentities", {"--watcher", "--package", "--domain", "--publications", "--subscriptions", "--limit"}},
      {"show", {}},
      {"terminate", {"--reason", "--retry-after"}},
      {"drop", {}},
      {"renotify", {}},
      {"explain", {"--at", "--rules"}},
      {"documents", {"--prefix", "--state", "--limit"}},
      {"invalidate", {}},
      {"tail", {}},
      {"trace", {"--pcap", "--bodies", "--seconds", "--messages"}}};
  const auto found = options.find(command);
  if (found == options.end()) return std::nullopt;
  if (command == "presentities" && before.empty()) return std::vector<std::string>{"list"};
  if (!before.empty() && before.back() == "--reason") return termination_reasons();
  if (command == "documents" && !before.empty() && before.back() == "--state") return document_states();
  std::vector<std::string> words = found->second;
  if (command == "documents" || command == "invalidate") return words;
  management::ListResponse all;
  if (list_pages(client, {}, all)) return words;
  const bool explain = command == "explain";
  const bool first = before.size() == (command == "presentities" || explain ? 1U : 0U);
  if (explain && before.empty()) words.emplace_back("anonymous");
  for (const auto& one : all.publications()) {
    if (first) words.push_back(one.presentity());
    if (command == "drop" && before.size() == 1 && one.presentity() == before[0]) words.push_back(one.etag());
  }
  const bool wants_id = (command == "terminate" || command == "renotify") && before.size() == 1;
  for (const auto& one : all.subscriptions()) {
    if (first) words.push_back(one.presentity());
    if (explain && before.empty() && !one.watcher().empty()) words.push_back(one.watcher());
    if (wants_id && one.presentity() == before[0]) words.push_back(std::to_string(one.id()));
  }
  std::ranges::sort(words);
  const auto [end, last] = std::ranges::unique(words);
  words.erase(end, last);
  return words;
}

}  // namespace presentia::ctl
