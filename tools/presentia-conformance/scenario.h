// Scenarios as data: what tests/conformance/scenarios/*.yaml say, read and checked, not yet played.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace presentia::conformance {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct HeaderChange {
  std::string name;
  std::vector<std::string> values;  // none: the header field is removed
};

struct Check {
  std::string of;  // a header's name, an XPath expression, or a word of format.md
  std::vector<std::string> matchers;
};

struct Step {
  std::string verb;                            // send, answer, notify, …
  std::string subject;                         // what stands after it
  std::map<std::string, std::string> options;  // its other plain keys
  std::vector<HeaderChange> set;
  std::vector<Check> has;
  std::vector<Check> body;                         // of what arrives
  std::map<std::string, std::string> document;     // of what is sent: "text", or "file" and its variables
  std::map<std::string, std::string> credentials;  // see digest.h; and of: the request whose challenge is answered
  Pairs keep;
  std::vector<Step> steps;  // of repeat
  std::string place;        // file:line
  std::string text;         // as written, in one line, for reports

  [[nodiscard]] bool has_option(const std::string& key) const { return options.count(key) != 0; }
  [[nodiscard]] std::string option(const std::string& key, const std::string& otherwise = "") const {
    const auto found = options.find(key);
    return found == options.end() ? otherwise : found->second;
  }
};

struct RoleSpec {
  std::string user;          // of another role; empty: its own
  std::string domain;        // a named domain of the target; empty: the target's
  std::string over = "udp";  // udp, tcp, tls
  std::string source;        // "untrusted": outside the trust domain
  bool v6 = false;
  bool isc = false;       // an S-CSCF on ISC
  bool also_tcp = false;  // of one over UDP: takes connections at its port, too
};

struct Scenario {
  std::string id;
  std::vector<std::string> rows;
  std::string title;
  std::string note;
  std::string profile = "ietf";
  std::vector<std::string> needs;
  std::map<std::string, RoleSpec> roles;
  std::vector<Step> given;
  std::vector<Step> steps;
  Pairs variables;  // file and file.name of one that is made by each
  bool cleanup = true;
};

}  // namespace presentia::conformance
