// Authentication of requests by digest [RFC3261 22, TS24.229 5.7.1.4]: who has to log in, whether they did, and the
// challenge if not. Not thread-safe; time and settings are passed in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/time.h"
#include "as/ports/sip_port.h"
#include "as/sip/digest_nonces.h"
#include "as/sip/digest_users.h"
#include "proto/config.pb.h"

namespace presentia::sip {

enum class Login : std::uint8_t {
  accepted,
  none,       // no credentials
  malformed,  // they cannot be read, or are of another scheme
  realm,      // none of our realm
  algorithm,  // one that is not offered
  qop,        // neither auth nor auth-int
  uri,        // made for another resource
  user,       // unknown, or without a secret for the algorithm
  response,   // wrong: the secret, or what was said with it
  stale,      // right, but the nonce is not ours, too old, or forgotten
  replayed    // right, but used before
};
inline constexpr std::size_t kLogins = 11;
// As the log and the metrics call it.
[[nodiscard]] std::string_view word(Login login);
// The credentials are those of a user, and only the nonce is of no use any more: a client may try again by itself
// [RFC7616 3.3].
[[nodiscard]] constexpr bool right_secret(Login login) { return login == Login::stale || login == Login::replayed; }

// What of a request the credentials are checked against.
struct LoginRequest {
  std::string_view method, request_uri, to_uri, body;
  std::vector<std::string_view> authorization;  // Authorization values, one for each header line
};

struct LoginOutcome {
  Login login = Login::none;
  std::string name;  // said in the credentials; of nobody if it is not accepted
  std::string uri;   // who it is, if accepted
};

// True if nobody vouches for the sender of such a request and the settings want that somebody does. Never for CANCEL
// and ACK [RFC3261 22.1], nor for NOTIFY, whose senders we asked.
[[nodiscard]] bool must_log_in(const ports::SipRequest& request, const config::Sip& sip);
// True if credentials that come with such a request are checked.
[[nodiscard]] bool checks_login(std::string_view method, const config::Digest& settings);

class Authenticator {
 public:
  Authenticator() = default;
  explicit Authenticator(const DigestNonces::Key& key) : nonces_(key) {}

  // Checks the credentials; a nonce is used only if all else is right.
  [[nodiscard]] LoginOutcome check(const LoginRequest& request, const DigestUsers& users,
                                   const config::Digest& settings, base::Instant now);
  // The WWW-Authenticate values of a 401, one for each algorithm, the preferred one first [RFC8760 2.3].
  [[nodiscard]] std::vector<std::string> challenges(Login why, const config::Digest& settings, base::Instant now);

 private:
  DigestNonces nonces_;
};

}  // namespace presentia::sip
