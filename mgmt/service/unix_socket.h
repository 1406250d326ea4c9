// The place of a unix socket in the file system: made so that nobody else can ever connect, and that a second server
// does not take it from a first.
#pragma once

#include <string>

#include "as/base/result.h"

namespace presentia::mgmt {

// bind() makes the socket with the permissions of the umask, open to others until they are narrowed. So it is bound in
// a private folder beside its place, narrowed, and moved to its place, over what a dead server left there.
class UnixSocketPlace {
 public:
  // Makes the folder of `path` (0700) if there is none, and refuses if a living server or something that is no socket
  // is at `path`.
  [[nodiscard]] static base::Result<UnixSocketPlace> prepare(const std::string& path);
  UnixSocketPlace(UnixSocketPlace&& other) noexcept;
  UnixSocketPlace& operator=(UnixSocketPlace&&) = delete;
  ~UnixSocketPlace();  // removes the private folder

  [[nodiscard]] const std::string& bind_path() const { return bind_path_; }
  // After the socket has been bound to bind_path(): only its owner (0600) may use it, at `path`.
  [[nodiscard]] base::Result<base::Done> publish();

 private:
  UnixSocketPlace(std::string path, std::string folder);
  std::string path_;
  std::string folder_;
  std::string bind_path_;
};

}  // namespace presentia::mgmt
