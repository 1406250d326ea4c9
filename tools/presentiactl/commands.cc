#include "tools/presentiactl/commands.h"

#include <filesystem>
#include <iostream>
#include <map>

#include "tools/presentiactl/assignment.h"
#include "tools/presentiactl/completion.h"
#include "tools/presentiactl/output.h"

namespace presentia::ctl {
namespace {

template <class Request>
int change(Client& client, const Options& options, Request& request) {
  request.set_dry_run(options.dry_run);
  request.set_persist(options.persist);
  if (options.expected_version >= 0) {
    request.set_expected_version(static_cast<std::uint64_t>(options.expected_version));
  }
  management::ChangeResponse response;
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  std::cout << (options.json ? json(response) : change_text(response, options.dry_run, options.persist));
  return kDone;
}

}  // namespace

int report(const CallFailure& failure, bool as_json) {
  std::cerr << "presentiactl: " << failure_text(failure);
  if (as_json && failure.refusal.violations_size() > 0) std::cout << json(failure.refusal);
  if (as_json && !failure.fault.fault().empty()) std::cout << json(failure.fault);
  return failure.kind == Failure::unreachable ? kUnreachable : kRefused;
}

int list(Client& client, const Options& options) {
  management::GetRequest request;
  management::DescribeRequest all;
  management::GetResponse values;
  management::DescribeResponse descriptions;
  for (const std::string& word : options.words) request.add_patterns(word);
  if (const auto failure = client.call(request, values)) return report(*failure, options.json);
  if (options.json) {
    std::cout << json(values);
    return kDone;
  }
  if (const auto failure = client.call(all, descriptions)) return report(*failure, options.json);
  std::map<std::string, const management::Description*> by_name;
  for (const management::Description& description : descriptions.attributes()) {
    by_name.emplace(description.name(), &description);
  }
  std::vector<std::vector<std::string>> rows{{"ATTRIBUTE", "VALUE", "", "ALLOWED"}};
  for (const management::Value& value : values.values()) {
    std::string declaration = value.name();
    const std::size_t open = declaration.find('['), close = declaration.rfind(']');
    if (open != std::string::npos) declaration.replace(open, close - open + 1, "[NAME]");
    const auto found = by_name.find(declaration);
    rows.push_back({value.name(), value.value().empty() ? "\"\"" : value.value(),
                    value.is_default() ? "default" : "set", found == by_name.end() ? "" : found->second->allowed()});
  }
  std::cout << table(rows);
  return kDone;
}

int describe(Client& client, const Options& options) {
  management::DescribeRequest request;
  management::DescribeResponse response;
  for (const std::string& word : options.words) request.add_patterns(word);
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  if (options.json) {
    std::cout << json(response);
  } else {
    for (const management::Description& description : response.attributes()) std::cout << describe_text(description);
  }
  return kDone;
}

int get(Client& client, const Options& options) {
  management::GetRequest request;
  management::GetResponse response;
  for (const std::string& word : options.words) request.add_patterns(word);
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  if (options.json) {
    std::cout << json(response);
  } else {
    for (const management::Value& value : response.values()) std::cout << value.name() << "=" << value.value() << "\n";
  }
  return kDone;
}

int set(Client& client, const Options& options) {
  management::SetRequest request;
  for (const std::string& word : options.words) {
    const auto assignment = split_assignment(word);
    if (!assignment) {
      std::cerr << "presentiactl: \"" << word << "\" is not NAME=VALUE\n";
      return kUsage;
    }
    management::Assignment& out = *request.add_assignments();
    out.set_name(assignment->name);
    out.set_value(assignment->value);
  }
  return change(client, options, request);
}

int reset(Client& client, const Options& options) {
  management::ResetRequest request;
  for (const std::string& word : options.words) request.add_names(word);
  return change(client, options, request);
}

int watch(Client& client, const Options& options) {
  management::WatchRequest request;
  for (const std::string& word : options.words) request.add_patterns(word);
  request.set_current(options.current);
  const auto failure = client.watch(
      request,
      [&options](const std::string& version) {
        std::cerr << "watching " << options.connection.server << ", version " << version << " is in force" << std::endl;
      },
      [&options](const management::WatchEvent& event) {
        std::cout << (options.json ? json(event, true) : event_text(event)) << std::flush;
      });
  return report(*failure, options.json);  // a watch ends by the user's signal or by a failure
}

int history(Client& client, const Options& options) {
  management::HistoryRequest request;
  request.set_limit(options.limit);
  management::HistoryResponse response;
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  if (options.json) {
    std::cout << json(response);
  } else {
    for (const management::WatchEvent& event : response.events()) std::cout << event_text(event);
  }
  return kDone;
}

int metrics(Client& client, const Options& options) {
  management::ReadMetricsResponse response;
  if (const auto failure = client.call(management::ReadMetricsRequest(), response)) {
    return report(*failure, options.json);
  }
  std::cout << (options.json ? json(response) : response.text());
  return kDone;
}

int status(Client& client, const Options& options) {
  management::StatusResponse response;
  if (const auto failure = client.call(management::StatusRequest(), response)) return report(*failure, options.json);
  if (options.json) {
    std::cout << json(response);
    return kDone;
  }
  std::cout << status_text(response);
  return kDone;
}

int drain(Client& client, const Options& options) {
  management::DrainRequest request;
  management::DrainResponse response;
  if (options.mode == "keep") request.set_mode(management::DrainProgress::KEEP);
  if (options.mode == "handover") request.set_mode(management::DrainProgress::HANDOVER);
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  std::cout << (options.json ? json(response) : drain_text(response.drain())) << std::flush;
  if (!options.wait) return kDone;
  // A watch of nothing that changes ends with the server.
  management::WatchRequest nothing;
  nothing.add_patterns("drain.mode");
  const auto ended = client.watch(
      nothing, [](const std::string&) {}, [](const management::WatchEvent&) {});
  return ended->kind == Failure::unreachable ? kDone : report(*ended, options.json);
}

int backup(Client& client, const Options& options) {
  management::BackupRequest request;
  management::BackupResponse response;
  request.set_folder(std::filesystem::absolute(options.words.front()).lexically_normal().string());
  if (const auto failure = client.call(request, response)) return report(*failure, options.json);
  std::cout << (options.json ? json(response) : "backup: " + request.folder() + "\n");
  return kDone;
}

int complete(Client& client, const Options& options) {
  for (const std::string& word : completions(client, options.line)) std::cout << word << "\n";
  return kDone;
}

}  // namespace presentia::ctl
