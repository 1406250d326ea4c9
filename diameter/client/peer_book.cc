#include "diameter/client/peer_book.h"

#include <algorithm>

namespace presentia::diameter {

void PeerBook::add(const ShPeer& peer, base::Instant now) {
  if (find(peer.where.identity) != nullptr) return;
  entries_.emplace_back();
  entries_.back().peer = peer;
  entries_.back().since = now;
}

PeerBook::Entry* PeerBook::find(std::string_view identity) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.peer.where.identity == identity; });
  return found == entries_.end() ? nullptr : &*found;
}

bool PeerBook::report(const PeerReport& report, base::Instant now) {
  Entry* const entry = find(report.identity);
  if (entry == nullptr) return false;
  if (!report.trouble.empty()) entry->trouble = report.trouble;
  if (!report.realm.empty()) entry->realm = report.realm;
  if (entry->phase == report.phase) return false;
  if (report.phase == ports::PeerPhase::open) {
    ++entry->connects;
    entry->circuit.answered();
    entry->trouble.clear();
  }
  entry->phase = report.phase;
  entry->since = now;
  return true;
}

std::vector<std::string> PeerBook::usable(base::Instant now, const std::vector<std::string>& tried,
                                          std::string_view preferred) const {
  std::vector<std::string> identities;
  for (const Entry& entry : entries_) {
    const std::string& identity = entry.peer.where.identity;
    if (entry.phase != ports::PeerPhase::open || !entry.circuit.is_usable(now)) continue;
    if (std::find(tried.begin(), tried.end(), identity) != tried.end()) continue;
    identities.insert(identity == preferred ? identities.begin() : identities.end(), identity);
  }
  return identities;
}

bool PeerBook::any_open() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.phase == ports::PeerPhase::open; });
}

ports::PeerView PeerBook::view(const Entry& entry, base::Instant now) {
  const StackPeer& where = entry.peer.where;
  const bool alone = entry.phase == ports::PeerPhase::open && entry.circuit.is_left_alone(now);
  return {.name = entry.peer.name,
          .identity = where.identity,
          .realm = entry.realm,
          .address = where.address.empty() ? "" : where.address + " port " + std::to_string(where.port),
          .phase = alone ? ports::PeerPhase::left_alone : entry.phase,
          .since = entry.since,
          .connects = entry.connects,
          .under_way = entry.under_way,
          .trouble = entry.trouble};
}

std::vector<ports::PeerView> PeerBook::views(base::Instant now) const {
  std::vector<ports::PeerView> all;
  for (const Entry& entry : entries_) all.push_back(view(entry, now));
  return all;
}

}  // namespace presentia::diameter
