#include "diameter/stack/library_config.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "diameter/dictionary/freediameter.h"

namespace presentia::diameter {
namespace {

base::Error failure(const std::string& what, int error) { return {"diameter", what + ": " + std::strerror(error)}; }

// Lives as long as this; readable by this process at path().
class MemoryFile {
 public:
  [[nodiscard]] static base::Result<MemoryFile> make(const std::string& content);
  MemoryFile(MemoryFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  MemoryFile& operator=(MemoryFile&&) = delete;
  ~MemoryFile();
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  explicit MemoryFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

base::Result<MemoryFile> MemoryFile::make(const std::string& content) {
  MemoryFile file(::memfd_create("diameter", MFD_CLOEXEC));
  if (file.descriptor_ < 0 ||
      ::write(file.descriptor_, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
    return base::Unexpected{failure("no file in memory", errno)};
  }
  return file;
}

MemoryFile::~MemoryFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// `dh_file`: parameters, which the library would take seconds to make at each start.
base::Result<std::string> tls_lines(const StackTls& tls, const std::string& dh_file) {
  for (const std::string& path : {tls.certificate, tls.private_key, tls.ca}) {
    if (path.empty() || path.find_first_of("\"\n\r") != std::string::npos)
      return base::Unexpected{base::Error{"diameter", "\"" + path + "\" is no path of a TLS file that can be used"}};
  }
  return "TLS_Cred = \"" + tls.certificate + "\", \"" + tls.private_key + "\";\nTLS_CA = \"" + tls.ca +
         "\";\nTLS_DH_File = \"" + dh_file + "\";\n";
}

// The group ffdhe2048 [RFC7919 A.1], PEM.
std::string dh_parameters() {
  return "-----BEGIN DH PARAMETERS-----\n"
         "MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz\n"
         "+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a\n"
         "87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7\n"
         "YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi\n"
         "7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD\n"
         "ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==\n"
         "-----END DH PARAMETERS-----\n";
}

}  // namespace

std::optional<base::Error> read_library_config(const StackTls& tls) {
  if (tls.certificate.empty()) {
    if (const int error = fd_core_parseconf("/dev/null"); error != 0) return failure("fd_core_parseconf", error);
    return std::nullopt;
  }
  const auto dh = MemoryFile::make(dh_parameters());
  if (!dh) return dh.error();
  const auto lines = tls_lines(tls, dh->path());
  if (!lines) return lines.error();
  const auto file = MemoryFile::make(*lines);
  if (!file) return file.error();
  if (const int error = fd_core_parseconf(file->path().c_str()); error != 0) {
    return failure("certificate, key and authorities of Sh do not go together, or not with sh.identity (see the log)",
                   error);
  }
  return std::nullopt;
}

}  // namespace presentia::diameter
