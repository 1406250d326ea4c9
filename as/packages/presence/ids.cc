#include "as/packages/presence/ids.h"

#include "as/base/mutants.h"

namespace presentia::presence {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_character(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

}  // namespace

std::string valid_id(std::string_view id) {
  std::string result;
  if (!id.empty() && !is_letter(id.front())) result = "_";
  for (const char c : id) result += is_name_character(c) ? c : '_';
  return result;
}

std::string IdPool::take(const std::string& id, std::uint64_t arrival) {
  if (PS_MUTANT("tuple-ids-clash")) return id;
  std::string candidate = id;
  if (taken_.contains(candidate)) candidate += "-p" + std::to_string(arrival);
  while (!taken_.insert(candidate).second) candidate += '_';
  return candidate;
}

}  // namespace presentia::presence
