#include "mgmt/attributes/validate.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "mgmt/attributes/expiry_checks.h"
#include "mgmt/attributes/patterns.h"
#include "mgmt/attributes/values.h"

namespace presentia::mgmt {
namespace {

namespace fs = std::filesystem;

void add(Violations& out, std::string attribute, std::string value, std::string text, std::string allowed = {}) {
  Violation violation;
  violation.attribute = std::move(attribute);
  violation.value = std::move(value);
  violation.text = std::move(text);
  violation.allowed = std::move(allowed);
  out.push_back(std::move(violation));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void check_values(Violations& out, const config::Config& config) {
  for (const NamedValue& value : list(config)) {
    if (auto violation = check_value(describe(*value.field, value.name), value.value)) {
      out.push_back(*std::move(violation));
    }
  }
}

// Names of entries are compared without case: domains are (RFC 3261 19.1.4), and names that differ in case mislead.
template <class Entries>
void check_keys(Violations& out, const std::string& object, const Entries& entries) {
  std::set<std::string> seen;
  for (const auto& entry : entries) {
    if (entry.name().empty()) add(out, object + "[].name", "", "an entry needs a name");
    if (!seen.insert(lower(entry.name())).second) {
      add(out, object + "[" + entry.name() + "].name", entry.name(), "there is another entry of this name");
    }
  }
}

void check_transport(Violations& out, const config::Transport& transport) {
  const std::string path = "sip.transport[" + transport.name() + "]";
  const auto bind = parse_bind(transport.bind());
  if (!bind) {
    if (transport.bind().empty()) add(out, path + ".bind", "", "missing", "udp:ADDRESS:PORT, tcp:… or tls:…");
    return;  // anything else has been found already
  }
  if (bind->address.any() && transport.advertise().empty()) {
    add(out, path + ".advertise", "", "needed where bind is every address of the host: peers must be told one",
        "HOST or HOST:PORT");
  }
  if (bind->transport != "tls") return;
  if (transport.certificate().empty()) add(out, path + ".certificate", "", "needed for tls", "path of a file");
  if (transport.private_key().empty()) add(out, path + ".private_key", "", "needed for tls", "path of a file");
  if (transport.require_client_certificate() && transport.ca().empty()) {
    add(out, path + ".ca", "", "needed by require_client_certificate", "path of a file");
  }
}

void check_sip(Violations& out, const config::Sip& sip) {
  check_keys(out, "sip.domains", sip.domains());
  check_keys(out, "sip.transport", sip.transport());
  check_keys(out, "sip.trusted", sip.trusted());
  std::map<std::string, std::string> binds;
  for (const config::Transport& transport : sip.transport()) {
    check_transport(out, transport);
    if (transport.bind().empty() || transport.bind().ends_with(":0")) continue;
    const auto [other, is_new] = binds.emplace(transport.bind(), transport.name());
    if (!is_new) {
      add(out, "sip.transport[" + transport.name() + "].bind", transport.bind(), "also bound by " + other->second);
    }
  }
  for (const config::Peer& peer : sip.trusted()) {
    if (peer.address().empty() && peer.tls_name().empty()) {
      add(out, "sip.trusted[" + peer.name() + "].address", "", "a peer needs an address or a tls_name",
          "ADDRESS or ADDRESS/BITS");
    }
  }
  if (sip.t1_ms() > sip.t2_ms()) {
    add(out, "sip.t1_ms", std::to_string(sip.t1_ms()), "above sip.t2_ms", "at most " + std::to_string(sip.t2_ms()));
  }
  if (sip.max_body_bytes() > sip.max_message_bytes()) {
    add(out, "sip.max_body_bytes", std::to_string(sip.max_body_bytes()), "above sip.max_message_bytes",
        "at most " + std::to_string(sip.max_message_bytes()));
  }
}

void check_sh_tls(Violations& out, const config::Sh& sh) {
  const bool wanted = std::any_of(sh.peer().begin(), sh.peer().end(), [](const auto& peer) { return peer.tls(); });
  const std::pair<const char*, const std::string*> files[] = {
      {"sh.certificate", &sh.certificate()}, {"sh.private_key", &sh.private_key()}, {"sh.ca", &sh.ca()}};
  const bool any =
      std::any_of(std::begin(files), std::end(files), [](const auto& file) { return !file.second->empty(); });
  for (const auto& [name, path] : files) {
    if ((wanted || any) && path->empty())
      add(out, name, "", "certificate, key and authorities go together, and TLS needs them", "path of a file");
  }
  for (const config::ShPeer& peer : sh.peer()) {
    if (peer.tls() && peer.transport() != config::ShPeer::TCP)
      add(out, "sh.peer[" + peer.name() + "].tls", "true", "TLS goes with tcp only", "false");
  }
}

void check_sh(Violations& out, const config::Sh& sh) {
  check_sh_tls(out, sh);
  check_keys(out, "sh.peer", sh.peer());
  std::set<std::string> seen;
  for (const config::ShPeer& peer : sh.peer()) {
    const std::string path = "sh.peer[" + peer.name() + "].identity";
    if (peer.identity().empty()) add(out, path, "", "missing", "host name");
    if (!seen.insert(lower(peer.identity())).second) add(out, path, peer.identity(), "another peer has it");
  }
  if (sh.peer_size() > 0 && sh.identity().empty()) add(out, "sh.identity", "", "missing", "host name");
  if (sh.peer_size() > 0 && sh.address().empty()) add(out, "sh.address", "", "missing", "IP address");
  if (sh.circuit_first_ms() > sh.circuit_max_ms()) {
    add(out, "sh.circuit_first_ms", std::to_string(sh.circuit_first_ms()), "above sh.circuit_max_ms",
        "at most " + std::to_string(sh.circuit_max_ms()));
  }
}

void check_digest(Violations& out, const config::Digest& digest) {
  check_keys(out, "sip.digest.identity", digest.identity());
  for (const config::DigestIdentity& identity : digest.identity()) {
    if (identity.uri().empty()) add(out, "sip.digest.identity[" + identity.name() + "].uri", "", "missing");
  }
  if (digest.when() == config::Digest::NEVER) return;
  if (digest.realm().empty()) add(out, "sip.digest.realm", "", "needed by sip.digest.when", "host name");
  if (digest.users_file().empty()) add(out, "sip.digest.users_file", "", "needed by sip.digest.when", "path of a file");
  if (digest.algorithms().empty()) add(out, "sip.digest.algorithms", "", "needed by sip.digest.when", "SHA-256 or MD5");
}

// Digest needs whom to log in as; a client certificate its key.
void check_xdm(Violations& out, const config::Xdm& xdm) {
  check_keys(out, "xdm.root", xdm.root());
  for (const config::XdmRoot& root : xdm.root()) {
    if (root.uri().empty()) add(out, "xdm.root[" + root.name() + "].uri", "", "missing", "http or https URI");
  }
  if (xdm.identity() == config::Xdm::DIGEST) {
    if (xdm.user().empty()) add(out, "xdm.user", "", "needed by xdm.identity = digest");
    if (xdm.password_file().empty())
      add(out, "xdm.password_file", "", "needed by xdm.identity = digest", "path of a file");
  }
  if (xdm.certificate().empty() != xdm.private_key().empty()) {
    const bool key = xdm.private_key().empty();
    add(out, key ? "xdm.private_key" : "xdm.certificate", "", "a certificate and its key go together",
        "path of a file");
  }
  if (xdm.retry_first_ms() > xdm.retry_max_ms()) {
    add(out, "xdm.retry_first_ms", std::to_string(xdm.retry_first_ms()), "above xdm.retry_max_ms",
        "at most " + std::to_string(xdm.retry_max_ms()));
  }
}

void check_registration(Violations& out, const config::Registration& registration) {
  const std::uint32_t by_default = registration.default_expires_s();
  if (by_default >= registration.min_expires_s() && by_default <= registration.max_expires_s()) return;
  add(out, "registration.default_expires_s", std::to_string(by_default), "not within min_expires_s and max_expires_s",
      "from " + std::to_string(registration.min_expires_s()) + " to " + std::to_string(registration.max_expires_s()));
}

void check_management(Violations& out, const config::Management& management, bool insecure_lab) {
  const auto address = parse_address_port(management.listen());
  if (!address) {
    if (management.listen().empty()) {
      add(out, "management.listen", "", "missing", "unix:PATH or ADDRESS:PORT");
    }
    return;
  }
  const int files = (management.certificate().empty() ? 0 : 1) + (management.private_key().empty() ? 0 : 1) +
                    (management.client_ca().empty() ? 0 : 1);
  if (files == 3 || (files == 0 && insecure_lab && address->loopback())) return;
  add(out, "management.listen", management.listen(),
      "a TCP listener needs management.certificate, management.private_key and management.client_ca",
      "unix:PATH, or ADDRESS:PORT with the three files (without them on loopback with --insecure-lab)");
}

std::string file_fault(const std::string& pattern, const std::string& value) {
  std::error_code error;
  if (pattern == "path of a folder") return fs::is_directory(value, error) ? "" : "no such folder";
  if (!fs::is_regular_file(value, error)) return "no such file";
  return std::ifstream(value).good() ? "" : "the file cannot be read";
}

void check_files(Violations& out, const config::Config& config, const config::Config* in_force) {
  for (const NamedValue& value : list(config)) {
    const AttributeInfo info = describe(*value.field, value.name);
    if (value.value.empty() || !info.pattern.starts_with("path of a ")) continue;
    if (value.name == "store.path") continue;  // made where it is missing
    if (in_force != nullptr) {
      const auto path = resolve(value.name);
      if (path && read(*in_force, *path) == value.value) continue;
    }
    const std::string fault = file_fault(info.pattern, value.value);
    if (!fault.empty()) add(out, value.name, value.value, fault, info.pattern);
  }
}

bool has_schemas(const std::string& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".xsd") return true;
  }
  return false;
}

void check_schemas(Violations& out, const config::Presence& presence) {
  if (presence.validation() != config::Presence::STRICT) return;
  if (presence.schema_dir().empty()) {
    add(out, "presence.schema_dir", "", "needed by presence.validation = strict", "path of a folder with XSD files");
  } else if (!has_schemas(presence.schema_dir())) {
    add(out, "presence.schema_dir", presence.schema_dir(),
        "holds no XSD file, which presence.validation = strict needs", "path of a folder with XSD files");
  }
}

}  // namespace

Violations validate(const config::Config& config, const ValidateOptions& options) {
  Violations out;
  check_values(out, config);
  check_sip(out, config.sip());
  check_digest(out, config.sip().digest());
  check_expiry(out, config);
  check_xdm(out, config.xdm());
  check_sh(out, config.sh());
  check_registration(out, config.registration());
  check_management(out, config.management(), options.insecure_lab);
  check_files(out, config, options.in_force);
  const bool same = options.in_force != nullptr &&
                    options.in_force->presence().validation() == config.presence().validation() &&
                    options.in_force->presence().schema_dir() == config.presence().schema_dir();
  if (!same) check_schemas(out, config.presence());
  return out;
}

}  // namespace presentia::mgmt
