// Partitions: the unit of ownership of resources. Stable across builds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presentia::base {

using Partition = std::uint16_t;
inline constexpr Partition kPartitions = 1024;

[[nodiscard]] std::uint16_t crc16_xmodem(std::string_view bytes);

// CRC-16/XMODEM (as Redis Cluster) of the resource in normal form, modulo the number of partitions.
[[nodiscard]] Partition partition_of(std::string_view normal_resource);

// The three characters with which every tag that we issue starts, and back. nullopt for a tag that is not ours.
[[nodiscard]] std::string partition_prefix(Partition partition);
[[nodiscard]] std::optional<Partition> partition_of_tag(std::string_view tag);

}  // namespace presentia::base
