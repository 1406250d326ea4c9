#include "mgmt/service/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace presentia::mgmt {
namespace {

namespace fs = std::filesystem;

base::Unexpected<base::Error> failed(const std::string& what) {
  return base::Unexpected{base::Error{"listen", what + ": " + std::strerror(errno)}};
}

base::Unexpected<base::Error> refused(const std::string& what) { return base::Unexpected{base::Error{"listen", what}}; }

// The missing folders, each readable by the owner only.
bool make_folders(const fs::path& folder) {
  fs::path made;
  for (const fs::path& part : folder) {
    made /= part;
    if (::mkdir(made.c_str(), 0700) != 0 && errno != EEXIST) {
      std::error_code error;
      if (!fs::is_directory(made, error)) return false;
    }
  }
  return true;
}

// True if a server answers at the path: a socket that a dead one left refuses.
bool is_served(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, path.size());
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool refuses =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return !refuses;
}

}  // namespace

base::Result<UnixSocketPlace> UnixSocketPlace::prepare(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  if (!make_folders(folder)) return failed("cannot create " + folder.string());
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) return refused(path + " exists and is not a socket");
    if (is_served(path)) return refused(path + " is served by another process");
  }
  std::string name = (folder / ".p-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return failed("cannot create a folder in " + folder.string());
  return UnixSocketPlace(path, name);
}

UnixSocketPlace::UnixSocketPlace(std::string path, std::string folder)
    : path_(std::move(path)), folder_(std::move(folder)), bind_path_(folder_ + "/s") {}

UnixSocketPlace::UnixSocketPlace(UnixSocketPlace&& other) noexcept
    : path_(std::move(other.path_)),
      folder_(std::exchange(other.folder_, {})),
      bind_path_(std::move(other.bind_path_)) {}

UnixSocketPlace::~UnixSocketPlace() {
  if (folder_.empty()) return;
  ::unlink(bind_path_.c_str());
  ::rmdir(folder_.c_str());
}

base::Result<base::Done> UnixSocketPlace::publish() {
  if (::chmod(bind_path_.c_str(), 0600) != 0) return failed("cannot restrict " + path_);
  if (::rename(bind_path_.c_str(), path_.c_str()) != 0) return failed("cannot create " + path_);
  return base::Done{};
}

}  // namespace presentia::mgmt
