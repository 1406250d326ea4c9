// Records as they could lie on a disk: each a key and a value, both with their length in a byte before them.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "as/store/record_codec.h"
#include "tests/fuzz/property.h"

namespace {

using namespace presentia;

constexpr std::size_t kPartitionBytes = 2;

using Records = std::map<std::string, std::string>;

class Disk final : public store::RecordSink {
 public:
  void put(std::string_view key, std::string_view value) override { records[std::string(key)] = value; }
  void drop(std::string_view key) override { records.erase(std::string(key)); }
  Records records;
};

std::string take(std::string_view& input) {
  if (input.empty()) return {};
  const auto size = std::min<std::size_t>(static_cast<std::uint8_t>(input.front()), input.size() - 1);
  std::string taken(input.substr(1, size));
  input.remove_prefix(1 + size);
  return taken;
}

// True if all could be read.
bool decode(const Records& records, std::vector<ports::ResourceChange>& out) {
  const ports::StateStore::Sink sink = [&out](ports::ResourceChange put) { out.push_back(std::move(put)); };
  store::RecordDecoder decoder(sink);
  for (const auto& [key, value] : records) {
    fuzz::must(!store::readable_key(key).empty(), "every key has a name for people");
    const auto taken = decoder.take(key, value);
    if (taken) continue;
    fuzz::must(taken.error().code == "store.damaged" && !taken.error().text.empty(), "a refusal says what is wrong");
    return false;
  }
  const auto finished = decoder.finish();
  fuzz::must(finished.has_value() || !finished.error().text.empty(), "a refusal says what is wrong");
  return finished.has_value();
}

Records encode(base::Partition partition, const std::vector<ports::ResourceChange>& changes) {
  Disk disk;
  store::RecordEncoder encoder;
  for (const ports::ResourceChange& change : changes)
    fuzz::must(encoder.encode(partition, change, disk).has_value(), "what was read can be stored");
  return disk.records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  Records records;
  while (!input.empty()) {
    std::string key = take(input);
    records[std::move(key)] = take(input);
  }
  std::vector<ports::ResourceChange> changes;
  (void)decode(records, changes);
  changes.clear();

  // What comes out does not say of which partition it is: from here on, those of the first.
  if (records.empty() || records.begin()->first.size() < kPartitionBytes) return 0;
  const std::string home = records.begin()->first.substr(0, kPartitionBytes);
  std::erase_if(records, [&home](const auto& record) { return !record.first.starts_with(home); });
  const auto partition =
      static_cast<base::Partition>(static_cast<std::uint8_t>(home[0]) << 8U | static_cast<std::uint8_t>(home[1]));
  if (!decode(records, changes)) return 0;

  const Records written = encode(partition, changes);
  std::vector<ports::ResourceChange> again;
  fuzz::must(decode(written, again), "what is written can be read");
  fuzz::must(again.size() == changes.size() && encode(partition, again) == written, "and is the same");
  return 0;
}
