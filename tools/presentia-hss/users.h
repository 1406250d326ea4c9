// The users of the HSS of laboratories and tests: an XML file, one Sh-Data document for each.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "as/base/result.h"
#include "as/ports/subscriber_data.h"
#include "as/xml/reader.h"

namespace presentia::hss {

// One IMS subscription. Its public identities are one implicit registration set, so they share state and S-CSCF.
struct User {
  ports::SubscriberRecord record;
  std::string private_identity, password;  // empty: nobody can register
  std::string server_host, server_realm;   // Diameter names of the S-CSCF; empty: none has taken the user on
};

class Users {
 public:
  Users() = default;
  ~Users() = default;
  Users(const Users&) = delete;
  Users& operator=(const Users&) = delete;
  Users(Users&&) = default;
  Users& operator=(Users&&) = default;

  // The file: <hss><user private-identity="…" password="…"><Sh-Data>…</Sh-Data></user>…</hss>, Sh-Data as in TS 29.328
  // Annex D; both attributes may be absent. Each user needs a public identity. The error is for people.
  [[nodiscard]] static base::Result<Users> load(const std::string& file);
  [[nodiscard]] static base::Result<Users> parse(xml::Reader& reader, std::string_view text);

  // By any public identity or MSISDN; nullptr if there is none.
  [[nodiscard]] ports::SubscriberRecord* find(const ports::UserIdentity& user);
  [[nodiscard]] User* served(const std::string& public_identity);
  [[nodiscard]] User* by_private_identity(const std::string& private_identity);
  // One more user, of whom nothing but these public identities is known; false if there are none, or one is taken.
  bool add(const std::vector<std::string>& public_identities);
  // One more public identity of a user who is there; false if it is taken.
  bool add_identity(const std::string& of, const std::string& public_identity);
  // False if there is none.
  bool remove(const std::string& public_identity);
  [[nodiscard]] std::size_t size() const { return users_.size(); }

 private:
  [[nodiscard]] User* find_user(const ports::UserIdentity& user);
  void keep(User user);

  std::list<User> users_;
  std::unordered_map<std::string, User*> by_identity_;  // public identity or MSISDN: the first one who has it
};

// What of a user is asked for; nullopt: the HSS does not know such data [TS29.328 7.6].
[[nodiscard]] std::optional<ports::SubscriberRecord> selected(const ports::SubscriberRecord& user,
                                                              const ports::DataKeys& keys);

}  // namespace presentia::hss
