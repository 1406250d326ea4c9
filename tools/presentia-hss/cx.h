// The HSS's part of Cx [TS29.228 6.1 to 6.3]: who is served by which S-CSCF, in which state, and with which profile.
// Pure: told the requests, gives the answers. One call at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "as/base/tokens.h"
#include "as/xml/reader.h"
#include "diameter/message/avp.h"
#include "tools/presentia-hss/cx_table.h"
#include "tools/presentia-hss/users.h"

namespace presentia::hss {

// Who speaks: Origin-Host and Origin-Realm.
struct Origin {
  std::string host, realm;
};

class Cx {
 public:
  // A user's IMS user state or the name of the S-CSCF has changed; by any public identity.
  using OnChange = std::function<void(const std::string& public_identity, ports::DataReference what)>;
  // All outlive this. `nonces` are for digests.
  Cx(Users& users, xml::Reader& reader, base::Tokens& nonces, OnChange on_change);

  void set_origin(Origin origin) { origin_ = std::move(origin); }

  // To a request of an S-CSCF or I-CSCF; the commands are those of Cx that an HSS is sent.
  [[nodiscard]] diameter::Avps answer(diameter::Command command, const diameter::Avps& request);
  // Result-Code or, with `is_experimental`, Experimental-Result-Code, and what every answer has.
  [[nodiscard]] diameter::Avps result(std::uint32_t code, bool is_experimental = false) const;

  // What the HSS sends by itself to the S-CSCF that serves the user.
  struct Order {
    std::string host;  // Diameter identity
    diameter::Avps avps;
  };
  // Registration-Termination-Request; the state changes when it has been answered [TS29.228 6.1.3].
  [[nodiscard]] Order termination(const User& user, std::uint32_t reason, const std::string& text,
                                  const std::string& session);
  // Push-Profile-Request with all of the profile [TS29.228 6.2].
  [[nodiscard]] Order profile(const User& user, const std::string& session);
  // Nobody is registered any more, and no S-CSCF assigned.
  void clear(User& user);

 private:
  using Avps = diameter::Avps;
  [[nodiscard]] Avps authorize(const User& user, const Avps& request) const;
  [[nodiscard]] Avps locate(const User& user);
  [[nodiscard]] Avps authenticate(User& user, const Avps& request);
  [[nodiscard]] Avps assign(User& user, const Avps& request);
  [[nodiscard]] Avps release(User& user, Assignment type, const Avps& request, bool is_other);
  [[nodiscard]] Avps with_profile(const User& user, const Avps& request);
  [[nodiscard]] Avps auth_data(const User& user, const std::string& scheme);
  [[nodiscard]] Order order(const User& user, const std::string& session) const;
  void take_on(User& user, const Avps& request, ports::ImsUserState state);
  void set_state(User& user, ports::ImsUserState state);
  void set_server(User& user, const std::string& name);

  Users& users_;
  xml::Reader& reader_;
  base::Tokens& nonces_;
  OnChange on_change_;
  Origin origin_;
};

}  // namespace presentia::hss
