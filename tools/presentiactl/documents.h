// The commands of presentiactl about documents of XDM servers.
#pragma once

#include <string>
#include <vector>

#include "tools/presentiactl/commands.h"

namespace presentia::ctl {

// Each gives the exit status.
int list_documents(Client& client, const Options& options);
int invalidate(Client& client, const Options& options);

[[nodiscard]] std::vector<std::string> document_states();

}  // namespace presentia::ctl
