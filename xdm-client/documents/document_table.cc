#include "xdm-client/documents/document_table.h"

namespace presentia::xdm {

Document* DocumentTable::find(std::string_view name) {
  const auto found = documents_.find(name);
  return found == documents_.end() ? nullptr : &found->second;
}

std::pair<Document&, bool> DocumentTable::get(const std::string& name, DueHandler& handler) {
  if (Document* const held = find(name)) return {*held, false};
  const std::lock_guard lock(mutex_);
  const auto made = documents_.try_emplace(name, handler).first;
  made->second.name = &made->first;
  return {made->second, true};
}

void DocumentTable::erase(Document& document) {
  const auto found = documents_.find(*document.name);
  const std::lock_guard lock(mutex_);
  documents_.erase(found);
}

void DocumentTable::each(std::string_view prefix, const std::function<void(Document&)>& visit) {
  for (auto at = documents_.lower_bound(prefix); at != documents_.end() && at->first.starts_with(prefix); ++at) {
    visit(at->second);
  }
}

std::vector<std::string> DocumentTable::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  names.reserve(documents_.size());
  for (const auto& [name, document] : documents_) names.push_back(name);
  return names;
}

std::size_t DocumentTable::count(std::string_view prefix) const {
  const std::lock_guard lock(mutex_);
  if (prefix.empty()) return documents_.size();
  std::size_t count = 0;
  for (auto at = documents_.lower_bound(prefix); at != documents_.end() && at->first.starts_with(prefix); ++at) ++count;
  return count;
}

}  // namespace presentia::xdm
