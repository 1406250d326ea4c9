// The files of a TLS transport in the form in which tport wants them: a folder with agent.pem and cafile.pem. The
// folder is private, temporary, and gone as soon as this object is: tport reads it only while it binds.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "as/base/result.h"
#include "proto/config.pb.h"

namespace presentia::sip {

class TlsFiles {
 public:
  // Reads and checks certificate, key (that they belong together) and authorities of `transport`. The error names the
  // attribute and the file.
  static base::Result<TlsFiles> prepare(const config::Transport& transport);

  TlsFiles(TlsFiles&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  TlsFiles& operator=(TlsFiles&&) = delete;
  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;
  ~TlsFiles();

  [[nodiscard]] std::string folder() const { return folder_.string(); }

 private:
  explicit TlsFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

}  // namespace presentia::sip
