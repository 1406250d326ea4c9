// Identifiers of the components of a document: the schemas want XML names, unique in the whole document.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace presentia::presence {

// `id` if it is an XML name, else a name made of it; the same for the same id. Empty for an empty id.
[[nodiscard]] std::string valid_id(std::string_view id);

// Hands out the ids of one document.
class IdPool {
 public:
  // `id` itself if it is still free, else one made of it and of the arrival number of its publication, so that the same
  // publications always get the same ids.
  [[nodiscard]] std::string take(const std::string& id, std::uint64_t arrival);

 private:
  std::unordered_set<std::string> taken_;
};

}  // namespace presentia::presence
