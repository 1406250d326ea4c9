#include "as/store/record_key.h"

#include <array>

namespace presentia::store {
namespace {

constexpr std::size_t kPartitionSize = 2;
constexpr std::size_t kNumberSize = 8;
constexpr unsigned kByte = 8;
constexpr std::uint16_t kOwn = 0xFFFF;  // behind all partitions

constexpr std::array<std::string_view, 9> kKinds = {
    "", "published state", "publication", "dialog", "subscription", "sent state", "answer", "registration", "link"};

bool has_name(Kind kind) { return kind <= Kind::dialog; }
bool has_number(Kind kind) { return kind != Kind::published && kind != Kind::dialog && kind < Kind::registration; }
bool has_parts(Kind kind) { return kind == Kind::publication || kind == Kind::dialog; }

void append_number(std::uint64_t number, std::size_t size, std::string& out) {
  for (std::size_t left = size; left > 0; --left) out.push_back(static_cast<char>(number >> (kByte * (left - 1))));
}

// Takes from the front of `bytes`.
std::optional<std::uint64_t> take_number(std::size_t size, std::string_view& bytes) {
  if (bytes.size() < size) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << kByte | static_cast<std::uint8_t>(bytes[i]);
  bytes.remove_prefix(size);
  return number;
}

std::optional<std::string_view> take_text(std::string_view& bytes) {
  const std::size_t end = bytes.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = bytes.substr(0, end);
  bytes.remove_prefix(end + 1);
  return text;
}

}  // namespace

std::optional<RecordKey> read_key(std::string_view bytes) {
  RecordKey key;
  const auto partition = take_number(kPartitionSize, bytes);
  if (!partition || *partition >= base::kPartitions) return std::nullopt;
  key.partition = static_cast<base::Partition>(*partition);
  const auto resource = take_text(bytes);
  if (!resource) return std::nullopt;
  key.resource = *resource;
  const auto kind = take_number(1, bytes);
  if (!kind || *kind == 0 || *kind >= kKinds.size()) return std::nullopt;
  key.kind = static_cast<Kind>(*kind);
  if (has_name(key.kind)) {
    const auto name = take_text(bytes);
    if (!name) return std::nullopt;
    key.name = *name;
  }
  if (has_number(key.kind)) {
    const auto number = take_number(kNumberSize, bytes);
    if (!number) return std::nullopt;
    key.number = *number;
  }
  if (has_parts(key.kind)) {
    const auto part = take_number(1, bytes);
    if (!part || *part > 1) return std::nullopt;
    key.part = static_cast<Part>(*part);
  }
  if (!bytes.empty()) return std::nullopt;
  return key;
}

namespace {

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "key ";
  for (const char byte : bytes) {
    text.push_back(kDigits[static_cast<std::uint8_t>(byte) >> 4U]);
    text.push_back(kDigits[static_cast<std::uint8_t>(byte) & 0xFU]);
  }
  return text;
}

std::string own_key(std::string_view name) {
  std::string key;
  append_number(kOwn, kPartitionSize, key);
  return key.append(name);
}

}  // namespace

bool fits_key(std::string_view text) { return text.find('\0') == std::string_view::npos; }

void write_key(const RecordKey& key, std::string& out) {
  out.clear();
  append_number(key.partition, kPartitionSize, out);
  out.append(key.resource).push_back('\0');
  out.push_back(static_cast<char>(key.kind));
  if (has_name(key.kind)) out.append(key.name).push_back('\0');
  if (has_number(key.kind)) append_number(key.number, kNumberSize, out);
  if (has_parts(key.kind)) out.push_back(static_cast<char>(key.part));
}

std::string readable_key(std::string_view bytes) {
  const auto key = read_key(bytes);
  if (!key) return hexadecimal(bytes);
  std::string text = "partition " + std::to_string(key->partition) + ", resource " + std::string(key->resource) + ", ";
  text.append(kKinds[static_cast<std::size_t>(key->kind)]);
  if (has_name(key->kind)) text.append(" ").append(key->name);
  if (has_number(key->kind)) text.append(" ").append(std::to_string(key->number));
  if (key->part == Part::cold) text.append(key->kind == Kind::dialog ? " (route and identities)" : " (body)");
  return text;
}

std::string partition_begin(std::uint32_t partition) {
  std::string key;
  append_number(partition, kPartitionSize, key);
  return key;
}

std::string format_key() { return own_key("format"); }
std::string probe_key() { return own_key("probe"); }

std::string epoch_key(std::uint32_t partition) {
  std::string key = own_key("epoch");
  append_number(partition, kPartitionSize, key);
  return key;
}

std::optional<base::Partition> partition_of_epoch_key(std::string_view key) {
  const std::string begin = own_key("epoch");
  if (!key.starts_with(begin)) return std::nullopt;
  key.remove_prefix(begin.size());
  const auto partition = take_number(kPartitionSize, key);
  if (!partition || !key.empty() || *partition >= base::kPartitions) return std::nullopt;
  return static_cast<base::Partition>(*partition);
}

}  // namespace presentia::store
