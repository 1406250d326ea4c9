// Answers digest challenges as a client does [RFC3261 22.4, RFC7616 3.4]; of the suite's own, so that it shares no
// mistake with a server under test.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace presentia::conformance {

struct DigestRequest {
  std::string method, uri, body;
  std::string name, password;  // whose
};

// The Authorization value that answers one of `challenges` (WWW-Authenticate values): the one with `said["algorithm"]`,
// else the first whose algorithm is known here. `said` may also have count (of the nonce, default 1), qop (auth,
// auth-int or none; default auth), and name, password, realm, uri, nonce, algorithm, response instead of the right
// ones. Throws ScenarioError where it has other keys; empty: there is no such challenge.
std::string digest_answer(const std::vector<std::string>& challenges, const DigestRequest& request,
                          const std::map<std::string, std::string>& said);

}  // namespace presentia::conformance
