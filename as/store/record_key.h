// Keys of the records in an ordered store: partition (2 bytes, big-endian), resource, NUL, kind, what names the record
// in its kind, part. So a partition is one range, in which the records of a resource stand together in the order in
// which they can be applied. Behind all partitions stands what the store keeps for itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "as/base/partition.h"

namespace presentia::store {

// In the order of ports::StateStore::load. The numbers are on disk: they never change.
enum class Kind : std::uint8_t { published = 1, publication, dialog, subscription, sent, answered, registration, link };

// Publications and dialogs have two: what changes often, then the rest. The others have the first only.
enum class Part : std::uint8_t { hot = 0, cold = 1 };

struct RecordKey {
  base::Partition partition = 0;
  std::string_view resource;
  Kind kind = Kind::published;
  std::string_view name;     // package of a published state or publication, tag of a dialog
  std::uint64_t number = 0;  // arrival of a publication, id of a subscription or sent, hash of an answered
  Part part = Part::hot;
};

// True if the text can stand in a key: no NUL.
[[nodiscard]] bool fits_key(std::string_view text);
// Writes the key into `out`, instead of what was there. Names that do not fit are the caller's fault.
void write_key(const RecordKey& key, std::string& out);
// The views point into `bytes`. nullopt: not a key of a record.
[[nodiscard]] std::optional<RecordKey> read_key(std::string_view bytes);
// The key for people: `partition 17, resource sip:alice@example.com, publication presence 3`; of bytes that are none,
// in hexadecimal.
[[nodiscard]] std::string readable_key(std::string_view bytes);

// Where the records of a partition begin; those of the next one begin where they end.
[[nodiscard]] std::string partition_begin(std::uint32_t partition);
[[nodiscard]] std::string format_key();
[[nodiscard]] std::string probe_key();
[[nodiscard]] std::string epoch_key(std::uint32_t partition);
[[nodiscard]] std::optional<base::Partition> partition_of_epoch_key(std::string_view key);

}  // namespace presentia::store
