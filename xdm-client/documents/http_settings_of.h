// The attributes `xdm` as the HTTP client wants them.
#pragma once

#include <memory>
#include <mutex>

#include "mgmt/attributes/snapshot.h"
#include "xdm-client/http/http_settings.h"

namespace presentia::xdm {

// Reads the first line of xdm.password_file, too, if digest is on; the password is empty where there is none, and a
// line in the log says so.
[[nodiscard]] HttpSettings http_settings_of(const mgmt::Snapshot& settings);

// For HttpClient: made anew only when the attributes changed, so that a request costs none of it. Any thread.
class LiveHttpSettings {
 public:
  explicit LiveHttpSettings(const mgmt::Live& live) : live_(live) {}  // outlives it

  [[nodiscard]] std::shared_ptr<const HttpSettings> current();
  // It must outlive who was given this.
  [[nodiscard]] SettingsSource source() {
    return [this] { return current(); };
  }

 private:
  const mgmt::Live& live_;
  std::mutex mutex_;
  std::shared_ptr<const HttpSettings> made_;  // this and the next guarded by mutex_
  std::uint64_t version_ = 0;                 // of the snapshot that it was made of
};

}  // namespace presentia::xdm
