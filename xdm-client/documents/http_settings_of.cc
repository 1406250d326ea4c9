#include "xdm-client/documents/http_settings_of.h"

#include <fstream>
#include <utility>

#include "as/base/log.h"

namespace presentia::xdm {
namespace {

IdentityMode mode_of(config::Xdm::Identity identity) {
  switch (identity) {
    case config::Xdm::ASSERTED_3GPP:
      return IdentityMode::asserted_3gpp;
    case config::Xdm::ASSERTED_XCAP:
      return IdentityMode::asserted_xcap;
    case config::Xdm::DIGEST:
      return IdentityMode::digest;
    default:
      return IdentityMode::none;
  }
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    base::log(base::Module::xdm, base::Level::error, "password.none", {{"file", path}});
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

HttpSettings http_settings_of(const mgmt::Snapshot& settings) {
  const config::Xdm& xdm = settings.config().xdm();
  HttpSettings made;
  for (const config::XdmRoot& root : xdm.root()) made.roots.push_back(root.uri());
  made.identity = mode_of(xdm.identity());
  if (made.identity == IdentityMode::digest) {
    made.user = xdm.user();
    made.password = first_line(xdm.password_file());
  }
  made.tls.ca_file = xdm.ca();
  made.tls.certificate_file = xdm.certificate();
  made.tls.key_file = xdm.private_key();
  made.tls.check_host_name = xdm.check_host_name();
  made.workers = xdm.workers();
  made.max_queue = xdm.max_queue();
  made.idle_per_root = xdm.max_idle_connections();
  made.idle_timeout = base::Seconds(xdm.idle_connection_s());
  made.max_body_bytes = xdm.max_document_bytes();
  made.connect_timeout = base::Millis(xdm.connect_timeout_ms());
  made.send_timeout = made.connect_timeout;  // a server that takes no bytes is as good as one that takes no connection
  made.first_byte_timeout = base::Millis(xdm.first_byte_timeout_ms());
  made.backoff_first = base::Millis(xdm.retry_first_ms());
  made.backoff_max = base::Millis(xdm.retry_max_ms());
  return made;
}

std::shared_ptr<const HttpSettings> LiveHttpSettings::current() {
  const std::lock_guard lock(mutex_);
  if (!made_ || live_.version() != version_) {
    const mgmt::SnapshotPtr snapshot = live_.snapshot();
    made_ = std::make_shared<const HttpSettings>(http_settings_of(*snapshot));
    version_ = snapshot->version();
  }
  return made_;
}

}  // namespace presentia::xdm
