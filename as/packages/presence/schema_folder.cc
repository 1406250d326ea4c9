#include "as/packages/presence/schema_folder.h"

#include <utility>

namespace presentia::presence {

base::Result<base::Done, xml::SchemaError> SchemaFolder::load(const std::string& folder) {
  auto loaded = xml::SchemaSet::load(folder);
  if (!loaded) return base::Unexpected{std::move(loaded).error()};
  const std::lock_guard lock(mutex_);
  current_ = *std::move(loaded);
  return base::Done{};
}

xml::SchemaSetPtr SchemaFolder::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace presentia::presence
