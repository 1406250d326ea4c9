#include "xdm-client/http/digest.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPAuthenticationParams.h>
#include <Poco/String.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdio>
#include <span>
#include <utility>

#include "xdm-client/http/quoted.h"

namespace presentia::xdm {
namespace {

namespace net = Poco::Net;

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<std::string> hashed(bool sha256, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned int size = 0;
  const EVP_MD* hash = sha256 ? EVP_sha256() : EVP_md5();
  if (EVP_Digest(text.data(), text.size(), sum.data(), &size, hash, nullptr) != 1) return std::nullopt;
  return hex(std::span(sum).first(size));
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(text.empty() ? "" : ":").append(part);
  return text;
}

bool offers_auth(const std::string& qop) {
  std::string rest = qop + ',';
  for (std::size_t comma = rest.find(','); comma != std::string::npos; comma = rest.find(',')) {
    if (Poco::icompare(Poco::trim(rest.substr(0, comma)), "auth") == 0) return true;
    rest.erase(0, comma + 1);
  }
  return false;
}

std::optional<Challenge> read_challenge(const std::string& value) {
  constexpr std::string_view kScheme = "Digest ";
  if (Poco::icompare(value.substr(0, kScheme.size()), std::string(kScheme)) != 0) return std::nullopt;
  try {
    const net::HTTPAuthenticationParams params(value.substr(kScheme.size()));
    const std::string algorithm = params.get("algorithm", "MD5");
    const std::string qop = params.get("qop", "");
    Challenge found{.realm = params.get("realm"),
                    .nonce = params.get("nonce"),
                    .opaque = params.get("opaque", ""),
                    .sha256 = Poco::icompare(algorithm, "SHA-256") == 0,
                    .qop_auth = offers_auth(qop),
                    .stale = Poco::icompare(params.get("stale", "false"), "true") == 0};
    const bool known = found.sha256 || Poco::icompare(algorithm, "MD5") == 0;
    if (!known || (!qop.empty() && !found.qop_auth)) return std::nullopt;
    return found;
  } catch (const Poco::Exception&) {
    return std::nullopt;
  }
}

std::optional<std::string> fresh_cnonce() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return std::nullopt;
  return hex(bytes);
}

std::string eight_digits(std::uint32_t count) {
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", count);
  return text.data();
}

}  // namespace

std::optional<Challenge> find_challenge(const net::HTTPResponse& response) {
  std::optional<Challenge> best;
  const std::string header = net::HTTPAuthenticationParams::WWW_AUTHENTICATE;
  for (const auto& [name, value] : response) {
    if (Poco::icompare(name, header) != 0) continue;
    auto found = read_challenge(value);
    if (found && (!best || (found->sha256 && !best->sha256))) best = std::move(found);
  }
  return best;
}

std::optional<std::string> authorization(const Challenge& challenge, const DigestUse& use) {
  const bool sha256 = challenge.sha256;
  const auto who = hashed(sha256, joined({use.user, challenge.realm, use.password}));
  const auto what = hashed(sha256, joined({use.method, use.uri}));
  if (!who || !what) return std::nullopt;
  const std::string count = eight_digits(use.count);
  const auto response =
      hashed(sha256, challenge.qop_auth ? joined({*who, challenge.nonce, count, use.cnonce, "auth", *what})
                                        : joined({*who, challenge.nonce, *what}));
  if (!response) return std::nullopt;
  std::string value = "Digest username=" + quoted(use.user) + ", realm=" + quoted(challenge.realm) +
                      ", nonce=" + quoted(challenge.nonce) + ", uri=" + quoted(use.uri) +
                      ", algorithm=" + (sha256 ? "SHA-256" : "MD5") + ", response=" + quoted(*response);
  if (!challenge.opaque.empty()) value += ", opaque=" + quoted(challenge.opaque);
  if (challenge.qop_auth) value += ", qop=auth, nc=" + count + ", cnonce=" + quoted(use.cnonce);
  return value;
}

std::optional<DigestBook::Answer> DigestBook::answer(const std::string& root, const HttpSettings& settings,
                                                     std::string_view method, std::string_view uri) {
  const auto cnonce = fresh_cnonce();
  if (!cnonce) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(root);
  if (found == entries_.end()) return std::nullopt;
  Entry& entry = found->second;
  auto header = authorization(entry.challenge, {settings.user, settings.password, method, uri, *cnonce, ++entry.count});
  if (!header) return std::nullopt;
  return Answer{*std::move(header), entry.challenge.nonce};
}

void DigestBook::learn(const std::string& root, Challenge challenge) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[root];
  if (entry.challenge.nonce == challenge.nonce) return;  // another request was first; its count goes on
  entry = Entry{std::move(challenge), 0};
}

}  // namespace presentia::xdm
