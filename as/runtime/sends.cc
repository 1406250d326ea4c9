#include "as/runtime/sends.h"

#include <utility>

namespace presentia::runtime {

ports::SendKey Sends::add(Sent sent) {
  const ports::SendKey key = ++next_;
  by_dialog_.emplace(sent.dialog, key);
  open_.emplace(key, std::move(sent));
  return key;
}

std::optional<Sent> Sends::take(ports::SendKey key) {
  const auto found = open_.find(key);
  if (found == open_.end()) return std::nullopt;
  const auto [first, last] = by_dialog_.equal_range(found->second.dialog);
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second != key) continue;
    by_dialog_.erase(entry);
    break;
  }
  Sent sent = std::move(found->second);
  open_.erase(found);
  return sent;
}

std::optional<ports::SendKey> Sends::find(const ports::DialogTag& dialog, std::uint32_t cseq) const {
  const auto [first, last] = by_dialog_.equal_range(dialog);
  for (auto entry = first; entry != last; ++entry) {
    if (open_.at(entry->second).cseq == cseq) return entry->second;
  }
  return std::nullopt;
}

void Sends::abandon(ports::SendKey key) {
  const auto found = open_.find(key);
  if (found != open_.end()) found->second.abandoned = true;
}

std::vector<ports::SendKey> Sends::of(base::Partition partition) const {
  std::vector<ports::SendKey> keys;
  for (const auto& [key, sent] : open_) {
    if (sent.partition == partition) keys.push_back(key);
  }
  return keys;
}

}  // namespace presentia::runtime
