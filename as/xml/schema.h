// A set of XML schemas for strict validation: all .xsd files of a folder, compiled once and then shared by the readers
// of all threads. Never fetches anything: what a schema imports or includes must be in the same folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "as/base/result.h"

namespace presentia::xml {

struct SchemaError {
  std::string file;
  std::uint64_t line = 0;  // 0 where there is no place
  std::string text;        // for people
};

class SchemaSet {
 public:
  // Files without target namespace are loaded only where others include them. An empty folder is an error. Takes some
  // ms; any thread.
  [[nodiscard]] static base::Result<std::shared_ptr<const SchemaSet>, SchemaError> load(const std::string& folder);
  ~SchemaSet();
  SchemaSet(const SchemaSet&) = delete;
  SchemaSet& operator=(const SchemaSet&) = delete;

  // The target namespaces that it knows, in the order of loading.
  [[nodiscard]] const std::vector<std::string>& namespaces() const;

  struct Impl;  // of the readers
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit SchemaSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
using SchemaSetPtr = std::shared_ptr<const SchemaSet>;

}  // namespace presentia::xml
