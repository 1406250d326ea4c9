// The TLS context for connections to XDM servers: made of files, and made again when the settings or a file change.
// Connections keep the one they were opened with. Any thread.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <mutex>
#include <string>

#include "as/base/result.h"
#include "xdm-client/http/http_settings.h"

namespace presentia::xdm {

using TlsContextPtr = std::shared_ptr<SSL_CTX>;

class TlsContexts {
 public:
  // The one for these settings and the files as they are now. While changed files cannot be read, or key and
  // certificate do not belong together, the last good one of the same settings stays in use (and a line is logged
  // once).
  [[nodiscard]] base::Result<TlsContextPtr> current(const TlsSettings& settings);

 private:
  std::mutex mutex_;
  TlsSettings settings_;  // this and the next guarded by mutex_
  std::string stamps_;    // of the files
  TlsContextPtr context_;
};

// Reads the files; the error names the file and says why.
[[nodiscard]] base::Result<TlsContextPtr> make_tls_context(const TlsSettings& settings);

}  // namespace presentia::xdm
