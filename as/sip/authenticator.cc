#include "as/sip/authenticator.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "as/base/mutants.h"
#include "as/base/uri.h"
#include "as/sip/digest_credentials.h"
#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

constexpr std::array<std::string_view, kLogins> kWords{"accepted", "none", "malformed", "realm", "algorithm", "qop",
                                                       "uri",      "user", "response",  "stale", "replayed"};

bool is_offered(DigestAlgorithm algorithm, const config::Digest& settings) {
  return std::ranges::any_of(settings.algorithms(),
                             [&](const std::string& offered) { return digest_algorithm(offered) == algorithm; });
}

// Proxies between may have changed the Request-URI, but not To [RFC3261 22.4] item 6.
bool names_the_same(std::string_view uri, const LoginRequest& request) {
  if (uri == request.request_uri || uri == request.to_uri) return true;
  const auto normal = base::normal_form(uri);
  return normal && (normal == base::normal_form(request.request_uri) || normal == base::normal_form(request.to_uri));
}

struct Found {
  Login login = Login::accepted;  // so far
  DigestCredentials credentials = {};
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
};

// The credentials that are meant for us: those of our realm, the first whose algorithm is offered.
Found ours(const std::vector<std::string_view>& values, const config::Digest& settings) {
  Found best{values.empty() ? Login::none : Login::malformed};
  for (const std::string_view value : values) {
    auto read = parse_digest(value);
    if (!read) continue;
    if (read->realm != settings.realm()) {
      if (best.login == Login::malformed) best.login = Login::realm;
      continue;
    }
    const auto algorithm = read->algorithm.empty() ? DigestAlgorithm::md5 : digest_algorithm(read->algorithm);
    if (algorithm && is_offered(*algorithm, settings)) return {Login::accepted, std::move(*read), *algorithm};
    best.login = Login::algorithm;
  }
  return best;
}

bool is_right(const Found& found, const LoginRequest& request, const std::string& ha1) {
  const DigestCredentials& credentials = found.credentials;
  DigestInput input;
  input.algorithm = found.algorithm;
  input.ha1 = ha1;
  input.method = request.method;
  input.uri = credentials.uri;
  input.nonce = credentials.nonce;
  input.qop = credentials.qop;
  input.nc = credentials.nc;
  input.cnonce = credentials.cnonce;
  input.body = request.body;
  return same_secret(digest_response(input), credentials.response) || PS_MUTANT("credentials-unchecked");
}

Login login_of(NonceUse use) {
  if (use == NonceUse::good) return Login::accepted;
  return use == NonceUse::stale ? Login::stale : Login::replayed;
}

bool in_trust(const ports::SipRequest& request) {
  // [TS24.229 5.7.1.4] who wants privacy is anonymous and not asked; what follows in a dialog has no identity.
  const bool wants_privacy =
      std::ranges::any_of(request.privacy, [](const std::string& value) { return value == "id" || value == "user"; });
  return request.trusted && (wants_privacy || !request.to_tag.empty());
}

bool is_for_us(std::string_view method) { return method == "PUBLISH" || method == "SUBSCRIBE"; }

}  // namespace

std::string_view word(Login login) { return kWords[static_cast<std::size_t>(login)]; }

// [RFC3903 14.1, RFC3856 9.2, RFC6665 6.3] PUBLISH and SUBSCRIBE alike, the refreshes of dialogs, too.
bool must_log_in(const ports::SipRequest& request, const config::Sip& sip) {
  if (sip.digest().when() != config::Digest::WITHOUT_IDENTITY || !is_for_us(request.method)) return false;
  if (PS_MUTANT("nobody-challenged")) return false;
  return request.asserted.empty() && !in_trust(request) && !(request.trusted && sip.identity_from_from());
}

bool checks_login(std::string_view method, const config::Digest& settings) {
  return settings.when() != config::Digest::NEVER && is_for_us(method);
}

LoginOutcome Authenticator::check(const LoginRequest& request, const DigestUsers& users, const config::Digest& settings,
                                  base::Instant now) {
  Found found = ours(request.authorization, settings);
  const DigestCredentials& credentials = found.credentials;
  LoginOutcome outcome{found.login, credentials.username, {}};
  const auto failed = [&outcome](Login why) {
    outcome.login = why;
    return outcome;
  };
  if (found.login != Login::accepted) return outcome;
  const std::string& qop = credentials.qop;
  if (!qop.empty() && qop != "auth" && qop != "auth-int") return failed(Login::qop);
  if (!names_the_same(credentials.uri, request)) return failed(Login::uri);
  const DigestUsers::User* user = users.find(credentials.username);
  const std::string nobody(64, '0');  // takes as long as somebody
  const std::string* ha1 = user == nullptr ? &nobody : &user->ha1[static_cast<std::size_t>(found.algorithm)];
  const bool right = is_right(found, request, *ha1);
  if (user == nullptr || ha1->empty()) return failed(Login::user);
  if (!right) return failed(Login::response);
  const auto count = qop.empty() ? std::nullopt : std::optional(credentials.count);
  outcome.login = login_of(
      nonces_.use(credentials.nonce, count, now, {base::Seconds(settings.nonce_lifetime_s()), settings.max_nonces()}));
  if (outcome.login == Login::accepted) outcome.uri = user->uri;
  return outcome;
}

std::vector<std::string> Authenticator::challenges(Login why, const config::Digest& settings, base::Instant now) {
  std::string rest = "Digest realm=" + quote(settings.realm()) + ", nonce=" + quote(nonces_.issue(now)) +
                     ", qop=" + quote(settings.auth_int() ? "auth,auth-int" : "auth");
  if (right_secret(why) && !PS_MUTANT("stale-unsaid")) rest += ", stale=true";
  std::vector<std::string> values;
  for (const std::string& algorithm : settings.algorithms()) values.push_back(rest + ", algorithm=" + algorithm);
  return values;
}

}  // namespace presentia::sip
