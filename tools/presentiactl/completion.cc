#include "tools/presentiactl/completion.h"

#include <algorithm>
#include <sstream>

#include "tools/presentiactl/assignment.h"
#include "tools/presentiactl/presentities.h"
#include "tools/presentiactl/subscribers.h"

namespace presentia::ctl {
namespace {

// The shell breaks words at = and :, presentiactl does not: so the script passes the line, and takes off again the part
// of the candidate that stands before the shell's own word.
constexpr const char* kBash = R"sh(_presentiactl() {
  local line="${COMP_LINE:0:COMP_POINT}"
  local word="${line##* }"
  local current="${COMP_WORDS[COMP_CWORD]}"
  local kept="${word%"$current"}"
  [[ "$current" == "=" || "$current" == ":" ]] && kept="$word"
  local candidates
  mapfile -t candidates < <("${COMP_WORDS[0]}" complete-line "$line" 2>/dev/null)
  COMPREPLY=("${candidates[@]#"$kept"}")
  [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _presentiactl presentiactl
)sh";

constexpr const char* kZsh = R"sh(#compdef presentiactl
_presentiactl() {
  local -a candidates
  candidates=(${(f)"$(${words[1]} complete-line "$LBUFFER" 2>/dev/null)"})
  compadd -Q -S '' -- $candidates
}
compdef _presentiactl presentiactl
)sh";

const std::vector<std::string> kCommands{"list",      "describe", "get",       "set",        "reset",        "watch",
                                         "metrics",   "history",  "status",    "completion", "presentities", "show",
                                         "terminate", "drop",     "renotify",  "tail",       "trace",        "drain",
                                         "backup",    "explain",  "documents", "invalidate", "sh",           "profile"};
const std::vector<std::string> kValueOptions{"--server", "--ca", "--certificate", "--key", "--server-name"};

struct Line {
  std::string command;             // empty: not yet given
  std::vector<std::string> words;  // behind the command
  std::string current;             // the word to complete
};

Line parse(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  for (std::string word; in >> word;) words.push_back(word);
  Line result;
  if (!line.empty() && line.back() != ' ' && !words.empty()) {
    result.current = words.back();
    words.pop_back();
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!result.command.empty()) {
      result.words.push_back(words[i]);
    } else if (std::find(kValueOptions.begin(), kValueOptions.end(), words[i]) != kValueOptions.end()) {
      ++i;
    } else if (!words[i].starts_with("-")) {
      result.command = words[i];
    }
  }
  return result;
}

std::vector<std::string> names(Client& client, const std::string& suffix) {
  management::GetResponse response;
  if (client.call(management::GetRequest(), response)) return {};
  std::vector<std::string> result;
  for (const management::Value& value : response.values()) result.push_back(value.name() + suffix);
  return result;
}

std::vector<std::string> declarations(Client& client) {
  management::DescribeResponse response;
  if (client.call(management::DescribeRequest(), response)) return {};
  std::vector<std::string> result;
  for (const management::Description& attribute : response.attributes()) result.push_back(attribute.name());
  return result;
}

std::vector<std::string> values(Client& client, const std::string& name) {
  management::DescribeRequest request;
  request.add_patterns(name);
  management::DescribeResponse response;
  if (client.call(request, response) || response.attributes_size() != 1) return {};
  const management::Description& attribute = response.attributes(0);
  std::vector<std::string> result{attribute.choices().begin(), attribute.choices().end()};
  if (attribute.kind() == management::Description::BOOLEAN) result = {"true", "false"};
  if (result.empty() && !attribute.by_default().empty()) result = {attribute.by_default()};
  for (std::string& value : result) value.insert(0, name + "=");
  return result;
}

}  // namespace

std::string completion_script(const std::string& shell) { return shell == "zsh" ? kZsh : kBash; }

std::vector<std::string> completions(Client& client, const std::string& line) {
  const Line at = parse(line);
  std::vector<std::string> words;
  if (auto own = presentity_words(client, at.command, at.words)) {
    words = *std::move(own);
  } else if (auto of_hss = subscriber_words(at.command, at.words, at.current)) {
    words = *std::move(of_hss);
  } else if (at.command.empty()) {
    words = kCommands;
    words.insert(words.end(), kValueOptions.begin(), kValueOptions.end());
    words.emplace_back("--json");
  } else if (at.command == "completion") {
    words = {"bash", "zsh"};
  } else if (at.command == "drain") {
    words = {"--mode", "--wait"};
    if (!at.words.empty() && at.words.back() == "--mode") words = {"keep", "handover"};
  } else if (at.command == "describe") {
    words = declarations(client);
  } else if (at.command == "set") {
    const auto assignment = split_assignment(at.current);
    words = assignment ? values(client, assignment->name) : names(client, "=");
    for (const char* option : {"--dry-run", "--expect-version", "--persist"}) words.emplace_back(option);
  } else if (at.command == "list" || at.command == "get" || at.command == "reset" || at.command == "watch") {
    words = names(client, "");
  }
  std::erase_if(words, [&](const std::string& word) { return !word.starts_with(at.current); });
  return words;
}

}  // namespace presentia::ctl
