// HTTP digest authentication [RFC7616]: MD5 and SHA-256, qop=auth or none, a nonce used as long as its server takes it.
// Poco's own knows MD5 only.
#pragma once

#include <Poco/Net/HTTPResponse.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "xdm-client/http/http_settings.h"

namespace presentia::xdm {

struct Challenge {
  std::string realm, nonce, opaque;
  bool sha256 = false;
  bool qop_auth = false;
  bool stale = false;
};

// The strongest challenge of a 401 that we can answer. Absent: none.
[[nodiscard]] std::optional<Challenge> find_challenge(const Poco::Net::HTTPResponse& response);

struct DigestUse {
  std::string_view user, password, method, uri, cnonce;
  std::uint32_t count = 1;  // of this nonce
};
// The value of the header Authorization; absent if OpenSSL lacks the hash.
[[nodiscard]] std::optional<std::string> authorization(const Challenge& challenge, const DigestUse& use);

// The last challenge of each root. Any thread.
class DigestBook {
 public:
  struct Answer {
    std::string header;
    std::string nonce;  // that it is made with
  };
  // Absent: no challenge is known yet.
  [[nodiscard]] std::optional<Answer> answer(const std::string& root, const HttpSettings& settings,
                                             std::string_view method, std::string_view uri);
  void learn(const std::string& root, Challenge challenge);

 private:
  struct Entry {
    Challenge challenge;
    std::uint32_t count = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_
};

}  // namespace presentia::xdm
