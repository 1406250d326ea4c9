// The NOTIFYs of one shard that have no outcome yet: finds whose outcome it is, and which one is to be abandoned.
// Shard's thread only, except shard_of().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "as/base/partition.h"
#include "as/ports/records.h"
#include "as/ports/sip_port.h"

namespace presentia::runtime {

struct Sent {
  base::Partition partition = 0;
  std::uint64_t epoch = 0;  // of the partition when it was sent: what an earlier life of the partition sent is no news
  ports::Resource resource;
  ports::DialogTag dialog;
  std::uint32_t cseq = 0;
  std::uint64_t hop = 0;
  std::shared_ptr<const void> permit = {};  // see event::Notify
  bool abandoned = false;
};

class Sends {
 public:
  explicit Sends(std::uint16_t shard) : next_(first_key(shard)) {}

  // What shard_of() gives for the keys of our own subscriptions (clients/); no shard has that number.
  static constexpr std::uint16_t kClients = 0xFFFF;
  // Keys are given in rising order from this on.
  [[nodiscard]] static constexpr ports::SendKey first_key(std::uint16_t shard) {
    return static_cast<ports::SendKey>(shard) << kShardShift;
  }

  // The shard that chose a key. Any thread.
  [[nodiscard]] static std::size_t shard_of(ports::SendKey key) { return static_cast<std::size_t>(key >> kShardShift); }

  // Gives the key under which it is sent.
  ports::SendKey add(Sent sent);
  // The outcome came; nullopt for a key that is not open.
  std::optional<Sent> take(ports::SendKey key);
  // The key of the request with that CSeq in a dialog; nullopt if it has its outcome.
  [[nodiscard]] std::optional<ports::SendKey> find(const ports::DialogTag& dialog, std::uint32_t cseq) const;
  [[nodiscard]] std::size_t size() const { return open_.size(); }
  // The key given last; keys rise.
  [[nodiscard]] ports::SendKey last() const { return next_; }
  // Its outcome will say nothing about the one it was sent to.
  void abandon(ports::SendKey key);
  // All that a partition has sent.
  [[nodiscard]] std::vector<ports::SendKey> of(base::Partition partition) const;

 private:
  static constexpr int kShardShift = 48;

  ports::SendKey next_;
  std::unordered_map<ports::SendKey, Sent> open_;
  std::unordered_multimap<ports::DialogTag, ports::SendKey> by_dialog_;  // one, for a moment two
};

}  // namespace presentia::runtime
