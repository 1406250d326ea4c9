// Patterns with stars.
#pragma once

#include <cstddef>
#include <string_view>

namespace presentia::base {

// * stands for any text, also for none; everything else for itself.
[[nodiscard]] inline bool matches_wildcard(std::string_view pattern, std::string_view text) {
  // Greedy, with one point to come back to: the last star.
  std::size_t at = 0, next = 0, star = std::string_view::npos, resume = 0;
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++;
      resume = at;
    } else if (next < pattern.size() && pattern[next] == text[at]) {
      ++next;
      ++at;
    } else if (star != std::string_view::npos) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', next) == std::string_view::npos;
}

}  // namespace presentia::base
