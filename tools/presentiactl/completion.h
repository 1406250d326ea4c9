// Completion in a shell: the scripts, and the words they ask for.
#pragma once

#include <string>
#include <vector>

#include "tools/presentiactl/client.h"

namespace presentia::ctl {

// The script for "bash" or "zsh", to be evaluated by the shell.
[[nodiscard]] std::string completion_script(const std::string& shell);

// Words that can stand where `line` (the command line up to the cursor) ends. Asks the server for names and values;
// none if it does not answer.
[[nodiscard]] std::vector<std::string> completions(Client& client, const std::string& line);

}  // namespace presentia::ctl
