// The schemas of presence.schema_dir in force, for presence.validation = strict. Loaded by whoever sets the attributes,
// so that no shard reads files; shared by the parsers of all threads.
#pragma once

#include <mutex>
#include <string>

#include "as/base/result.h"
#include "as/xml/schema.h"

namespace presentia::presence {

class SchemaFolder {
 public:
  // Reads the folder. On failure what was in force stays so. Some ms; any thread but a shard's.
  [[nodiscard]] base::Result<base::Done, xml::SchemaError> load(const std::string& folder);
  // Null as long as nothing was loaded. Any thread.
  [[nodiscard]] xml::SchemaSetPtr current() const;

 private:
  mutable std::mutex mutex_;
  xml::SchemaSetPtr current_;
};

}  // namespace presentia::presence
