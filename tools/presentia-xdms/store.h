// The documents of the server: in memory, and each in a file of its own below a folder, if there is one. Any thread,
// but only while it holds mutex(): one request is one step.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "as/base/result.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xdms {

struct Stored {
  xcap::DocumentSelector where;
  std::shared_ptr<const std::string> text;
  std::string etag;  // without quotes
};

// By selector, as xcap::to_uri() writes it.
using Documents = std::map<std::string, Stored, std::less<>>;

struct Change {  // one of them at least
  std::string key;
  std::optional<Stored> before, after;
};

struct StoreLimits {
  std::size_t document_bytes = std::size_t{1} << 20;
  std::size_t documents = 100'000;
  std::size_t bytes = std::size_t{1} << 30;  // of all together
};

// The tag of this text: the same wherever and whenever the text is, another for another text [RFC9110 8.8.3.1].
[[nodiscard]] std::string tag_of(std::string_view text);

// FOLDER/AUID/users/XUI/NAME.xml, with every character coded that means something to a file system, so that nothing is
// outside its folder. nullopt for names that are too long for a file.
[[nodiscard]] std::optional<std::string> file_of(const xcap::DocumentSelector& where);
// And back; nullopt for what file_of() would not have written.
[[nodiscard]] std::optional<xcap::DocumentSelector> document_of(std::string_view file);

class Store {
 public:
  explicit Store(StoreLimits limits = {}) : limits_(limits) {}

  // Reads all documents of `folder`, which is made if it is missing, and keeps changes there from now on. Once, first.
  base::Result<base::Done> open(const std::string& folder);
  // Puts the documents of another folder where there are none yet.
  base::Result<base::Done> add_samples(const std::string& folder);

  [[nodiscard]] std::mutex& mutex() { return mutex_; }
  // Called for each change, with the mutex held, after it is on the disk.
  void on_change(std::function<void(const Change&)> listener) { listener_ = std::move(listener); }

  [[nodiscard]] const Documents& documents() const { return documents_; }
  [[nodiscard]] const Stored* find(const xcap::DocumentSelector& where) const;
  // Creates or replaces. The same text again is no change. On failure everything is as it was.
  base::Result<Stored> put(const xcap::DocumentSelector& where, std::string text);
  base::Result<base::Done> remove(const xcap::DocumentSelector& where);

 private:
  [[nodiscard]] bool has_room(const Stored* replaced, std::size_t size) const;
  base::Result<base::Done> load(const std::string& folder);
  void tell(const Change& change) const {
    if (listener_) listener_(change);
  }

  const StoreLimits limits_;
  std::mutex mutex_;
  std::string folder_;  // empty: memory only
  Documents documents_;
  std::size_t bytes_ = 0;  // of the documents
  std::function<void(const Change&)> listener_;
};

}  // namespace presentia::xdms
