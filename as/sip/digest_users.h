// Who may log in by digest: read from a file of htdigest lines, NAME:REALM:HA1. No password is in it, but an HA1 is as
// good as one for its realm: it is never logged and never shown.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "as/base/result.h"
#include "as/base/time.h"
#include "as/sip/digest.h"
#include "proto/config.pb.h"

namespace presentia::sip {

// Those of one realm.
class DigestUsers {
 public:
  struct User {
    std::array<std::string, 2> ha1;  // by algorithm, lower case; empty: none
    std::string uri;                 // who that is
  };

  // From the text of a file, and the identities of the settings. Lines of other realms, empty ones and those that begin
  // with # are passed over. The error says which line is wrong.
  [[nodiscard]] static base::Result<DigestUsers> parse(std::string_view text, const config::Digest& settings);
  // From settings.users_file; the error names it and the attribute. Blocks on the file system.
  [[nodiscard]] static base::Result<DigestUsers> read(const config::Digest& settings);

  // Null: nobody of that name.
  [[nodiscard]] const User* find(const std::string& name) const;
  [[nodiscard]] std::size_t size() const { return users_.size(); }
  // How many have no HA1 for it, and cannot log in where it is what their client chooses.
  [[nodiscard]] std::size_t without(DigestAlgorithm algorithm) const;

 private:
  std::unordered_map<std::string, User> users_;
};

// That `next` can be used: its file is read if what it is read for differs from `in_force` (null: nothing). Any thread;
// blocks on the file system.
[[nodiscard]] base::Result<base::Done> check_digest_users(const config::Digest& next, const config::Digest* in_force);

// The users in force: read again when the settings or the file change. While a changed file cannot be read the last
// good ones stay (one line is logged). One thread.
class DigestUserBook {
 public:
  // To be called now and then; looks at the file once per second, and at once when `version` (of the settings) changes.
  void refresh(const config::Digest& settings, std::uint64_t version, base::Instant now);
  [[nodiscard]] const DigestUsers& users() const { return users_; }

 private:
  void load(const config::Digest& settings);

  DigestUsers users_;
  std::string realm_;  // that users_ are of
  std::string stamp_;
  std::optional<std::uint64_t> version_;
  base::Instant next_look_{};
};

}  // namespace presentia::sip
