// Paths of attributes, as administrators write them, resolved against the declarations: `notify.min_interval_s`,
// `sip.transport[udp].bind`, `sip.domains[ims.test]` (an entry), `sip` (an object).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "mgmt/attributes/catalogue.h"
#include "mgmt/attributes/violation.h"

namespace presentia::mgmt {

struct Step {
  const FieldDescriptor* field = nullptr;
  std::string key;  // of the entry, if the field is a keyed object; empty in the last step: all its entries
};

struct Path {
  std::vector<Step> objects;                   // from the root
  const FieldDescriptor* attribute = nullptr;  // null: the path names an object, an entry, or a keyed object
  [[nodiscard]] std::string text() const;
  // Path of the declaration, with NAME for each key.
  [[nodiscard]] std::string declaration() const;
};

// Knows the declarations only: a key need not exist. The violation suggests the nearest name. Any thread.
[[nodiscard]] base::Result<Path, Violation> resolve(std::string_view text);

// Pattern of the management service: * stands for any text; without *, the name itself or an object that holds it.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace presentia::mgmt
