// Authorization values: the reader of credentials, and the whole check of a login with nobody's secret.
#include <string>

#include "as/sip/authenticator.h"
#include "as/sip/digest_credentials.h"
#include "tests/fuzz/property.h"

namespace presentia::fuzz {
namespace {

const config::Digest& settings() {
  static const config::Digest made = [] {
    config::Digest digest;
    digest.set_when(config::Digest::WITHOUT_IDENTITY);
    digest.set_realm("ims.test");
    digest.add_algorithms("MD5");
    digest.add_algorithms("SHA-256");
    digest.set_nonce_lifetime_s(300);
    digest.set_max_nonces(10);
    return digest;
  }();
  return made;
}

void read(std::string_view value) {
  const auto read = sip::parse_digest(value);
  if (!read) return;
  must(!sip::is_other_scheme(value), "what is read is Digest");
  must(!read->username.empty() && !read->realm.empty() && !read->nonce.empty() && !read->uri.empty() &&
           !read->response.empty(),
       "credentials are whole");
  must(read->qop.empty() || (read->nc.size() == 8 && !read->cnonce.empty()), "qop has a count and a cnonce");
}

void log_in(std::string_view value) {
  static const sip::DigestUsers users =
      *sip::DigestUsers::parse("bob:ims.test:5f4dcc3b5aa765d61d8327deb882cf99\n", settings());
  sip::Authenticator authenticator(sip::DigestNonces::Key{});
  sip::LoginRequest request{"PUBLISH", "sip:bob@ims.test", "sip:bob@ims.test", value, {value, value}};
  const auto outcome = authenticator.check(request, users, settings(), base::Instant(base::Seconds(1'000'000)));
  must(outcome.login != sip::Login::accepted && outcome.uri.empty(), "nobody comes in without the secret and a nonce");
  must(!authenticator.challenges(outcome.login, settings(), base::Instant(base::Seconds(1'000'000))).empty(),
       "everybody else is challenged");
}

void file(std::string_view text) {
  if (const auto users = sip::DigestUsers::parse(text, settings()))
    must(users->without(sip::DigestAlgorithm::md5) <= users->size(), "users are counted");
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value = presentia::fuzz::as_text(data, size);
  presentia::fuzz::read(value);
  presentia::fuzz::log_in(value);
  presentia::fuzz::file(value);
  return 0;
}
