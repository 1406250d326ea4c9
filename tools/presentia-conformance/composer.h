// Makes requests of templates, and answers of requests.
#pragma once

#include <string>

#include "tools/presentia-conformance/library.h"
#include "tools/presentia-conformance/parties.h"
#include "tools/presentia-conformance/variables.h"

namespace presentia::conformance {

struct Draft {  // a request to be written
  std::string method;
  std::string line;  // the request line; empty: METHOD uri SIP/2.0
  std::string uri;
  Pairs headers;  // in order, with variables
  std::string body;
  std::string type;
  std::vector<std::string> left_out;  // header fields that are not even added
};

// Replaces, removes or adds header fields.
void apply(Pairs& headers, const std::vector<HeaderChange>& changes);

// The bytes: variables replaced, Content-Type and Content-Length added unless they are set.
std::string written(const Draft& draft, const Lookup& lookup);

// Raw text of a scenario: line ends become CRLF, an empty line is added if there is none, ${length} is the body's.
std::string raw_bytes(const std::string& text, const Lookup& lookup);

// The bytes of a message, malformed or not, with the token at its first branch and its Call-IDs, so that two copies are
// two transactions. A branch that is the cookie only stays.
std::string freshened(std::string bytes, const std::string& token);

// An answer to a request, with header fields replaced or added as `changes` say.
std::string answer_to(const Message& request, int status, const std::string& tag, const std::string& contact,
                      const std::vector<HeaderChange>& changes, const Lookup& lookup);

// Standard reason phrase, "Answer" where there is none here.
std::string reason_of(int status);

}  // namespace presentia::conformance
