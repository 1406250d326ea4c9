// The followed documents, by name. One thread owns them; others may ask for the names.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xdm-client/documents/document.h"

namespace presentia::xdm {

class DocumentTable {
 public:
  // The owner's.
  [[nodiscard]] Document* find(std::string_view name);
  // It, and whether it is new.
  [[nodiscard]] std::pair<Document&, bool> get(const std::string& name, DueHandler& handler);
  void erase(Document& document);
  // Calls `visit` for those whose name begins so, in the order of names; it must not erase.
  void each(std::string_view prefix, const std::function<void(Document&)>& visit);

  // Any thread.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::size_t count(std::string_view prefix) const;

 private:
  using Map = std::map<std::string, Document, std::less<>>;

  // The owner alone changes the map, with the lock, and reads it without; others read the names with the lock.
  mutable std::mutex mutex_;
  Map documents_;
};

}  // namespace presentia::xdm
