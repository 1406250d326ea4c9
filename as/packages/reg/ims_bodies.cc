#include "as/packages/reg/ims_bodies.h"

#include <utility>

#include "as/packages/reg/thread_reader.h"

namespace presentia::reg {

base::Result<std::string, std::string> ImsBodies::service_info(std::string_view body) const {
  auto tree = thread_reader().parse(body, {.max_depth = 16, .max_elements = 500, .max_attributes = 32});
  if (!tree) return base::Unexpected{std::move(tree).error().reason};
  const xml::Element root = (*tree)->root();
  if (root.local() != "ims-3gpp") return base::Unexpected{std::string("service-info.wrong-root")};
  for (const xml::Element child : root.children()) {
    if (child.local() == "service-info") return child.text_trimmed();
  }
  return std::string();
}

}  // namespace presentia::reg
