#include "tools/presentia-conformance/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <regex>
#include <set>
#include <stdexcept>

#include "tools/presentia-conformance/variables.h"

namespace presentia::conformance {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(toupper(c)); });
  return text;
}

std::string hashed(const std::string& algorithm, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned int size = 0;
  const EVP_MD* hash = algorithm == "SHA-256" ? EVP_sha256() : EVP_md5();
  if (EVP_Digest(text.data(), text.size(), sum.data(), &size, hash, nullptr) != 1) throw std::runtime_error("no hash");
  std::string digits;
  for (unsigned int i = 0; i < size; ++i) {
    std::array<char, 3> pair{};
    std::snprintf(pair.data(), pair.size(), "%02x", sum[i]);
    digits += pair.data();
  }
  return digits;
}

using Words = std::map<std::string, std::string>;

// Its parameters; none if it is no Digest challenge.
Words read_challenge(const std::string& text) {
  static const std::regex kScheme("^\\s*[Dd][Ii][Gg][Ee][Ss][Tt]\\s");
  static const std::regex kParam("([A-Za-z0-9-]+)\\s*=\\s*(?:\"([^\"]*)\"|([^\\s,\"]+))");
  Words words;
  if (!std::regex_search(text, kScheme)) return words;
  for (std::sregex_iterator one(text.begin(), text.end(), kParam); one != std::sregex_iterator(); ++one)
    words[upper((*one)[1])] = (*one)[2].matched ? (*one)[2].str() : (*one)[3].str();
  if (words.count("ALGORITHM") == 0) words["ALGORITHM"] = "MD5";
  return words;
}

std::string eight_digits(const std::string& count) {
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08lx", std::stoul(count));
  return text.data();
}

}  // namespace

std::string digest_answer(const std::vector<std::string>& challenges, const DigestRequest& request, const Words& said) {
  static const std::set<std::string> kKnown{"of",    "count", "qop",   "name",      "password",
                                            "realm", "uri",   "nonce", "algorithm", "response"};
  for (const auto& [key, value] : said)
    if (kKnown.count(key) == 0) throw ScenarioError("credentials have no " + key);
  const auto word = [&](const std::string& key, const std::string& otherwise) {
    const auto found = said.find(key);
    return found == said.end() ? otherwise : found->second;
  };
  for (const std::string& text : challenges) {
    const Words challenge = read_challenge(text);
    if (challenge.empty()) continue;
    const std::string offered = upper(challenge.at("ALGORITHM"));
    const std::string algorithm = word("algorithm", offered);
    if (algorithm != offered && said.count("response") == 0) continue;
    if (offered != "MD5" && offered != "SHA-256") continue;
    const auto of = [&](const char* key) { return challenge.count(key) != 0 ? challenge.at(key) : ""; };
    const std::string realm = word("realm", of("REALM")), nonce = word("nonce", of("NONCE"));
    const std::string name = word("name", request.name), uri = word("uri", request.uri), qop = word("qop", "auth");
    const std::string nc = eight_digits(word("count", "1")), cnonce = "c0ffee";
    const std::string ha1 = hashed(offered, name + ":" + realm + ":" + word("password", request.password));
    std::string what = request.method + ":" + uri;
    if (qop == "auth-int") what += ":" + hashed(offered, request.body);
    const std::string middle = qop == "none" ? "" : nc + ":" + cnonce + ":" + qop + ":";
    const std::string response =
        word("response", hashed(offered, ha1 + ":" + nonce + ":" + middle + hashed(offered, what)));
    std::string value = "Digest username=\"" + name + "\", realm=\"" + realm + "\", nonce=\"" + nonce + "\", uri=\"" +
                        uri + "\", response=\"" + response + "\", algorithm=" + algorithm;
    if (qop != "none") value += ", cnonce=\"" + cnonce + "\", qop=" + qop + ", nc=" + nc;
    return value;
  }
  return "";
}

}  // namespace presentia::conformance
