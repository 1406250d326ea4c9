// The commands of presentiactl about presentities, their publications and subscriptions, and what completes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/presentiactl/commands.h"

namespace presentia::ctl {

// Each gives the exit status.
int list_presentities(Client& client, const Options& options);
int show(Client& client, const Options& options);
int terminate(Client& client, const Options& options);
int drop(Client& client, const Options& options);
int renotify(Client& client, const Options& options);
int explain(Client& client, const Options& options);
int tail(Client& client, const Options& options);   // until the server ends it
int trace(Client& client, const Options& options);  // until its limits are reached

[[nodiscard]] std::vector<std::string> termination_reasons();

// Words that can stand behind `before`, the words behind that command; nullopt for other commands.
[[nodiscard]] std::optional<std::vector<std::string>> presentity_words(Client& client, const std::string& command,
                                                                       const std::vector<std::string>& before);

}  // namespace presentia::ctl
