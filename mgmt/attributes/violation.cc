#include "mgmt/attributes/violation.h"

#include <algorithm>
#include <numeric>

namespace presentia::mgmt {
namespace {

// How many characters must be inserted, removed or replaced to make one word of the other (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string to_text(const Violation& violation) {
  std::string result = violation.file;
  if (!result.empty() && violation.line != 0) result += ":" + std::to_string(violation.line);
  const auto part = [&result](const std::string& text) {
    if (!result.empty()) result += ": ";
    result += text;
  };
  if (!violation.attribute.empty()) part(violation.attribute);
  if (!violation.value.empty()) part("\"" + violation.value + "\"");
  part(violation.text);
  if (!violation.allowed.empty()) result += "; allowed: " + violation.allowed;
  return result;
}

std::string to_text(const Violations& violations) {
  std::string result;
  for (const Violation& violation : violations) {
    if (!result.empty()) result += "\n";
    result += to_text(violation);
  }
  return result;
}

std::string nearest(const std::string& given, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, given.size() / 2) + 1;
  for (const std::string& name : known) {
    // A word of which the other is only the beginning or the end is as near as two wrong letters.
    const bool part = given.size() >= 3 && name.find(given) != std::string::npos;
    const std::size_t d = std::min(distance(given, name), part ? std::size_t{2} : std::size_t{1000});
    if (d < best_distance) {
      best = name;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace presentia::mgmt
