#include "tools/presentia-xdms/store.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

namespace presentia::xdms {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".xml";
constexpr std::string_view kNew = ".new";  // begins with a dot, which no name of a document does
constexpr std::size_t kLongestName = 200;  // bytes; file systems take 255
constexpr std::size_t kTagBytes = 16;
constexpr std::string_view kHex = "0123456789ABCDEF";

base::Unexpected<base::Error> failed(const std::string& what) {
  return base::Unexpected{base::Error{"store", what + ": " + std::strerror(errno)}};
}

bool is_plain(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || std::string_view("-._+@:=").find(c) != std::string_view::npos;
}

// A name in a folder: never empty, "." or "..", never hidden, without '/' and NUL.
std::optional<std::string> coded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (is_plain(c) && !(c == '.' && out.empty())) {
      out += c;
      continue;
    }
    const auto code = static_cast<unsigned char>(c);
    out.append(1, '%').append(1, kHex[code >> 4U]).append(1, kHex[code & 0xFU]);
  }
  if (out.empty() || out.size() > kLongestName) return std::nullopt;
  return out;
}

std::optional<std::string> decoded(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      out += name[i];
      continue;
    }
    const std::size_t high = i + 2 < name.size() ? kHex.find(name[i + 1]) : std::string_view::npos;
    const std::size_t low = high != std::string_view::npos ? kHex.find(name[i + 2]) : high;
    if (low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (coded(out) != name) return std::nullopt;
  return out;
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_folder(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return false;
  const bool good = ::fsync(file) == 0;
  ::close(file);
  return good;
}

// Makes what is missing of the folders, each on the disk before the next.
bool make_folders(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return true;
  const fs::path above = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  if (folder != above && !make_folders(above)) return false;
  return (fs::create_directory(folder, error) || fs::is_directory(folder, error)) && sync_folder(above);
}

// The old text or the new one is there whenever power fails, never a part of it.
base::Result<base::Done> replace_file(const fs::path& path, std::string_view text) {
  if (!make_folders(path.parent_path())) return failed(path.parent_path().string());
  const fs::path fresh = path.parent_path() / (std::string(kNew) + path.filename().string());
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return failed(fresh.string());
  const bool written = write_all(file, text) && ::fsync(file) == 0;
  ::close(file);
  if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) {
    auto failure = failed(path.string());
    ::unlink(fresh.c_str());
    return failure;
  }
  if (!sync_folder(path.parent_path())) return failed(path.string());
  return base::Done{};
}

}  // namespace

std::string tag_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string tag;
  for (std::size_t i = 0; i < kTagBytes; ++i) tag.append(1, kHex[digest[i] >> 4U]).append(1, kHex[digest[i] & 0xFU]);
  return tag;
}

std::optional<std::string> file_of(const xcap::DocumentSelector& where) {
  std::vector<std::string> names{where.auid, where.xui ? "users" : "global"};
  if (where.xui) names.push_back(*where.xui);
  if (where.path.size() != 1) return std::nullopt;
  names.push_back(where.path.front());
  std::string file;
  for (const std::string& name : names) {
    const auto safe = coded(name);
    if (!safe) return std::nullopt;
    file.append(file.empty() ? "" : "/").append(*safe);
  }
  return file.append(kSuffix);
}

std::optional<xcap::DocumentSelector> document_of(std::string_view file) {
  if (!file.ends_with(kSuffix)) return std::nullopt;
  file.remove_suffix(kSuffix.size());
  std::vector<std::string> names;
  for (std::size_t from = 0; from <= file.size();) {
    const std::size_t end = std::min(file.find('/', from), file.size());
    auto name = decoded(file.substr(from, end - from));
    if (!name) return std::nullopt;
    names.push_back(std::move(*name));
    from = end + 1;
  }
  const bool is_user = names.size() == 4 && names[1] == "users";
  if (!is_user && !(names.size() == 3 && names[1] == "global")) return std::nullopt;
  xcap::DocumentSelector where{names.front(), {}, {names.back()}};
  if (is_user) where.xui = names[2];
  return where;
}

base::Result<base::Done> Store::open(const std::string& folder) {
  folder_ = folder;
  if (!make_folders(folder_)) return failed(folder);
  return load(folder);
}

base::Result<base::Done> Store::add_samples(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return base::Unexpected{base::Error{"store", folder + ": no folder"}};
  Store samples(limits_);
  if (auto loaded = samples.load(folder); !loaded) return loaded;
  for (const auto& [key, stored] : samples.documents_) {
    if (documents_.contains(key)) continue;
    if (auto kept = put(stored.where, *stored.text); !kept) return base::Unexpected{std::move(kept.error())};
  }
  return base::Done{};
}

base::Result<base::Done> Store::load(const std::string& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->symlink_status().type() != fs::file_type::regular) continue;
    const std::string file = at->path().lexically_relative(folder).string();
    const auto where = document_of(file);
    if (!where) continue;  // a README, a file that was not finished
    if (!has_room(nullptr, at->file_size(error)))
      return base::Unexpected{base::Error{"store", at->path().string() + ": too large, or too many"}};
    std::ostringstream text;
    text << std::ifstream(at->path(), std::ios::binary).rdbuf();
    auto shared = std::make_shared<const std::string>(text.str());
    const std::string tag = tag_of(*shared);
    bytes_ += shared->size();
    documents_.insert_or_assign(xcap::to_uri(*where), Stored{*where, std::move(shared), tag});
  }
  if (error) return base::Unexpected{base::Error{"store", folder + ": " + error.message()}};
  return base::Done{};
}

const Stored* Store::find(const xcap::DocumentSelector& where) const {
  const auto found = documents_.find(xcap::to_uri(where));
  return found == documents_.end() ? nullptr : &found->second;
}

bool Store::has_room(const Stored* replaced, std::size_t size) const {
  const std::size_t freed = replaced == nullptr ? 0 : replaced->text->size();
  const bool one_more = replaced != nullptr || documents_.size() < limits_.documents;
  return one_more && size <= limits_.document_bytes && bytes_ - freed + size <= limits_.bytes;
}

base::Result<Stored> Store::put(const xcap::DocumentSelector& where, std::string text) {
  const auto file = file_of(where);
  const std::string key = xcap::to_uri(where);
  const auto found = documents_.find(key);
  const bool is_new = found == documents_.end();
  if (!file || !has_room(is_new ? nullptr : &found->second, text.size()))
    return base::Unexpected{base::Error{"limit", "name or document too long, or too many documents"}};
  Stored stored{where, std::make_shared<const std::string>(std::move(text)), {}};
  stored.etag = tag_of(*stored.text);
  if (!is_new && found->second.etag == stored.etag) return stored;
  if (!folder_.empty())
    if (auto kept = replace_file(fs::path(folder_) / *file, *stored.text); !kept)
      return base::Unexpected{std::move(kept.error())};
  Change change{key, {}, stored};
  if (!is_new) change.before = found->second;
  bytes_ += stored.text->size() - (is_new ? 0 : found->second.text->size());
  documents_.insert_or_assign(key, stored);
  tell(change);
  return stored;
}

base::Result<base::Done> Store::remove(const xcap::DocumentSelector& where) {
  const auto found = documents_.find(xcap::to_uri(where));
  const auto file = file_of(where);
  if (found == documents_.end() || !file) return base::Done{};
  if (!folder_.empty()) {
    const fs::path path = fs::path(folder_) / *file;
    if ((::unlink(path.c_str()) != 0 && errno != ENOENT) || !sync_folder(path.parent_path()))
      return failed(path.string());
  }
  const Change change{found->first, found->second, {}};
  bytes_ -= found->second.text->size();
  documents_.erase(found);
  tell(change);
  return base::Done{};
}

}  // namespace presentia::xdms
