// Changes of state to and from what lies on disk: keys of record_key.h, values of proto/state.proto. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "as/base/partition.h"
#include "as/base/result.h"
#include "as/ports/state_store.h"
#include "as/store/record_key.h"

namespace presentia::store {

// Of the whole store. Rises when an older server would misread what a newer one writes.
inline constexpr std::uint32_t kFormatVersion = 2;

// Where encoded records go, in their order.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void drop(std::string_view key) = 0;
};

// Encodes changes; keeps its buffers from one to the next. Not thread-safe.
class RecordEncoder {
 public:
  RecordEncoder();
  ~RecordEncoder();
  RecordEncoder(const RecordEncoder&) = delete;
  RecordEncoder& operator=(const RecordEncoder&) = delete;

  // Fails, with nothing or a part of it given to `sink`, if a name holds a NUL: such a change cannot be stored.
  base::Result<base::Done> encode(base::Partition partition, const ports::ResourceChange& change, RecordSink& sink);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

// Decodes the records of one or several partitions, which are given in the order of their keys. Errors (code
// store.damaged) name the record for people. After one, nothing more may be given.
class RecordDecoder {
 public:
  // `sink` is given whole records only, and must outlive this.
  explicit RecordDecoder(const ports::StateStore::Sink& sink);
  ~RecordDecoder();
  RecordDecoder(const RecordDecoder&) = delete;
  RecordDecoder& operator=(const RecordDecoder&) = delete;

  base::Result<base::Done> take(std::string_view key, std::string_view value);
  // After the last record: fails if one of two parts is missing.
  base::Result<base::Done> finish();

 private:
  struct Buffers;
  struct Awaited {      // its first part has been read
    std::string other;  // the key of the second one
    ports::RecordChange change;
  };
  base::Result<base::Done> take_hot(const RecordKey& key, std::string_view bytes, std::string_view value);
  base::Result<base::Done> take_cold(std::string_view bytes, std::string_view value);
  void give(std::string_view resource, ports::RecordChange change) const;

  const ports::StateStore::Sink& sink_;
  std::unique_ptr<Buffers> buffers_;
  std::optional<Awaited> awaited_;
};

[[nodiscard]] std::string encode_format(std::uint32_t version);
[[nodiscard]] std::optional<std::uint32_t> decode_format(std::string_view value);
[[nodiscard]] std::string encode_epoch(std::uint64_t epoch);
[[nodiscard]] std::optional<std::uint64_t> decode_epoch(std::string_view value);

}  // namespace presentia::store
