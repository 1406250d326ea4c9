// The commands of presentiactl about the HSS: peers of the Sh client, what the HSS says of a user, service profiles.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/presentiactl/commands.h"

namespace presentia::ctl {

// Each gives the exit status.
int sh_peers(Client& client, const Options& options);
int sh_read(Client& client, const Options& options);
int get_profile(Client& client, const Options& options);  // prints the service data alone
int set_profile(Client& client, const Options& options);  // from a file, or from standard input
int delete_profile(Client& client, const Options& options);

// As in TS 29.329: ims-user-state …
[[nodiscard]] std::vector<std::string> data_references();
// What is wrong with a list of them, separated by commas; empty: nothing.
[[nodiscard]] std::string wrong_reference(const std::string& list);

// Words that can stand at `current` behind `before`, the words behind that command; nullopt for other commands.
[[nodiscard]] std::optional<std::vector<std::string>> subscriber_words(const std::string& command,
                                                                       const std::vector<std::string>& before,
                                                                       const std::string& current);

}  // namespace presentia::ctl
