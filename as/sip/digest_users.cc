#include "as/sip/digest_users.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "as/base/log.h"
#include "as/base/uri.h"
#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

constexpr base::Millis kLook{1000};
constexpr std::uintmax_t kMostBytes = 64U << 20;  // half a million users with two lines each

std::size_t index_of(DigestAlgorithm algorithm) { return static_cast<std::size_t>(algorithm); }

// By how long it is; nullopt: no HA1.
std::optional<DigestAlgorithm> algorithm_of(std::string_view ha1) {
  if (ha1.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return std::nullopt;
  if (ha1.size() == 32) return DigestAlgorithm::md5;
  if (ha1.size() == 64) return DigestAlgorithm::sha256;
  return std::nullopt;
}

base::Unexpected<base::Error> wrong(std::string text) {
  return base::Unexpected{base::Error{"digest_users", std::move(text)}};
}

base::Unexpected<base::Error> wrong_line(std::size_t number, std::string_view why) {
  return wrong("line " + std::to_string(number) + ": " + std::string(why));
}

// [TS24.229 5.7.1.4] does not say how a name becomes a public identity; see sip.digest.realm.
std::string uri_of(const std::string& name, const config::Digest& settings) {
  for (const config::DigestIdentity& identity : settings.identity()) {
    if (identity.name() == name) return identity.uri();
  }
  return "sip:" + name + (name.find('@') == std::string::npos ? '@' + settings.realm() : "");
}

std::string stamp_of(const std::string& file) {
  struct stat is {};
  if (file.empty() || stat(file.c_str(), &is) != 0) return "-";
  return std::to_string(is.st_ino) + '/' + std::to_string(is.st_size) + '/' + std::to_string(is.st_mtim.tv_sec) + '.' +
         std::to_string(is.st_mtim.tv_nsec);
}

}  // namespace

base::Result<DigestUsers> DigestUsers::parse(std::string_view text, const config::Digest& settings) {
  DigestUsers made;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t first = line.find(':');
    const std::size_t last = line.rfind(':');
    if (first == 0 || first == last) return wrong_line(number, "is not NAME:REALM:HA1");
    const std::string_view ha1 = line.substr(last + 1);
    const auto algorithm = algorithm_of(ha1);
    if (!algorithm) return wrong_line(number, "the HA1 is not 32 or 64 hexadecimal digits");
    if (line.substr(first + 1, last - first - 1) != settings.realm()) continue;
    User& user = made.users_[std::string(line.substr(0, first))];
    if (user.uri.empty()) user.uri = uri_of(std::string(line.substr(0, first)), settings);
    if (!base::normal_form(user.uri))
      return wrong_line(number, user.uri + " is no URI; give one by sip.digest.identity");
    std::string& held = user.ha1[index_of(*algorithm)];
    if (!held.empty()) return wrong_line(number, "the user has an HA1 of this length already");
    held = lower(ha1);
  }
  return made;
}

base::Result<DigestUsers> DigestUsers::read(const config::Digest& settings) {
  const std::string& path = settings.users_file();
  const std::string place = "sip.digest.users_file=" + path + ": ";
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return wrong(place + error.message());
  if (size > kMostBytes) return wrong(place + "larger than " + std::to_string(kMostBytes) + " bytes");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) return wrong(place + "the file cannot be read");
  auto made = parse(text.str(), settings);
  if (!made) return wrong(place + made.error().text);
  if (made->size() == 0) return wrong(place + "no line of the realm " + settings.realm());
  return made;
}

const DigestUsers::User* DigestUsers::find(const std::string& name) const {
  const auto found = users_.find(name);
  return found == users_.end() ? nullptr : &found->second;
}

std::size_t DigestUsers::without(DigestAlgorithm algorithm) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(users_, [&](const auto& entry) { return entry.second.ha1[index_of(algorithm)].empty(); }));
}

base::Result<base::Done> check_digest_users(const config::Digest& next, const config::Digest* in_force) {
  const bool off = next.when() == config::Digest::NEVER;
  const auto same_identities = [&] {
    return std::ranges::equal(next.identity(), in_force->identity(), [](const auto& one, const auto& other) {
      return one.name() == other.name() && one.uri() == other.uri();
    });
  };
  const bool same = in_force != nullptr && in_force->when() != config::Digest::NEVER &&
                    in_force->users_file() == next.users_file() && in_force->realm() == next.realm() &&
                    same_identities();
  if (off || same) return base::Done{};
  auto read = DigestUsers::read(next);
  if (!read) return base::Unexpected{std::move(read).error()};
  return base::Done{};
}

void DigestUserBook::refresh(const config::Digest& settings, std::uint64_t version, base::Instant now) {
  const bool changed = version_ != version;
  if (!changed && now < next_look_) return;
  version_ = version;
  next_look_ = now + kLook;
  if (settings.when() == config::Digest::NEVER) {
    users_ = {};
    realm_.clear();
    stamp_.clear();
    return;
  }
  std::string stamp = stamp_of(settings.users_file());
  if (!changed && stamp == stamp_) return;
  stamp_ = std::move(stamp);  // until it changes again
  load(settings);
}

void DigestUserBook::load(const config::Digest& settings) {
  auto made = DigestUsers::read(settings);
  if (!made) {
    base::log(base::Module::sip, base::Level::warn, "digest.users_kept", {{"why", made.error().text}});
    if (realm_ != settings.realm()) users_ = {};  // what was hashed with another realm is of no use
    return;
  }
  users_ = *std::move(made);
  realm_ = settings.realm();
  base::log(base::Module::sip, base::Level::info, "digest.users_read",
            {{"users", users_.size()},
             {"without_md5", users_.without(DigestAlgorithm::md5)},
             {"without_sha256", users_.without(DigestAlgorithm::sha256)}});
}

}  // namespace presentia::sip
