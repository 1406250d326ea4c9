#include "tools/presentia-conformance/matcher.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <regex>
#include <string_view>

#include "tools/presentia-conformance/sip_message.h"

namespace presentia::conformance {
namespace {

struct Bound {
  std::string_view sign;
  bool (*holds)(double value, double limit);
};
constexpr std::array<Bound, 5> kBounds{{{"=", [](double v, double l) { return v == l; }},
                                        {"<=", [](double v, double l) { return v <= l; }},
                                        {">=", [](double v, double l) { return v >= l; }},
                                        {"<", [](double v, double l) { return v < l; }},
                                        {">", [](double v, double l) { return v > l; }}}};

constexpr std::string_view kOptional = "absent or ";
constexpr std::string_view kLacks = "lacks ";

bool starts(const std::string& text, std::string_view prefix) { return text.compare(0, prefix.size(), prefix) == 0; }

std::optional<double> number(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

const Bound* bound_of(const std::string& matcher) {
  const auto* const found = std::find_if(kBounds.begin(), kBounds.end(), [&](const Bound& bound) {
    return starts(matcher, bound.sign) && matcher.size() > bound.sign.size() && matcher[bound.sign.size()] == ' ';
  });
  return found == kBounds.end() ? nullptr : found;
}

// A number, or "A + B".
std::optional<double> sum(std::string_view text) {
  const std::size_t plus = text.find(" + ");
  if (plus == std::string_view::npos) return number(text);
  const auto one = number(text.substr(0, plus));
  const auto two = number(text.substr(plus + 3));
  return one && two ? std::optional<double>(*one + *two) : std::nullopt;
}

bool is_pattern(const std::string& matcher) {
  return matcher.size() >= 2 && matcher.front() == '/' && matcher.back() == '/';
}

std::string joined(const std::vector<std::string>& values) {
  std::string all;
  for (const std::string& value : values) all += (all.empty() ? "" : ", ") + value;
  return all;
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string missing_members(const std::string& wanted, const std::string& all) {
  const std::vector<std::string> have = split_list(all);
  for (const std::string& want : split_list(wanted)) {
    const bool found = std::any_of(have.begin(), have.end(), [&](const std::string& one) {
      return one == want || without_parameters(one) == want;
    });
    if (!found) return "is " + quoted(all) + ", should have " + quoted(want) + " among its values";
  }
  return "";
}

std::string out_of_bounds(const Bound& bound, const std::string& matcher, const std::string& all) {
  const auto value = number(all);
  const auto limit = sum(std::string_view(matcher).substr(bound.sign.size()));
  if (value && limit && bound.holds(*value, *limit)) return "";
  return "is " + quoted(all) + ", should be a number " + matcher;
}

}  // namespace

std::string unreadable_matcher(const std::string& matcher) {
  if (starts(matcher, kOptional)) return unreadable_matcher(matcher.substr(kOptional.size()));
  if (is_pattern(matcher)) {
    try {
      static const std::regex kVariable(R"(\$\{[^}]*\})");
      const std::regex pattern(std::regex_replace(matcher.substr(1, matcher.size() - 2), kVariable, "x"));
    } catch (const std::regex_error& error) {
      return "the pattern " + matcher + " cannot be read: " + error.what();
    }
  }
  const Bound* bound = bound_of(matcher);
  const bool variable = matcher.find("${") != std::string::npos;
  if (bound != nullptr && !variable && !sum(std::string_view(matcher).substr(bound->sign.size()))) {
    return "there is no number after " + std::string(bound->sign) + " in " + matcher;
  }
  return "";
}

std::string mismatch(const std::string& matcher, const std::vector<std::string>& values) {
  const std::string all = joined(values);
  if (starts(matcher, kOptional)) return values.empty() ? "" : mismatch(matcher.substr(kOptional.size()), values);
  if (starts(matcher, kLacks)) {
    const std::string unwanted = matcher.substr(kLacks.size());
    return all.find(unwanted) == std::string::npos ? "" : "is " + quoted(all) + ", should not contain " + unwanted;
  }
  if (matcher == "absent") return values.empty() ? "" : "is " + quoted(all) + ", should be absent";
  if (values.empty()) return matcher == "present" ? "is absent" : "is absent, should be " + quoted(matcher);
  if (matcher == "present") return "";
  if (is_pattern(matcher)) {
    const std::regex pattern(matcher.substr(1, matcher.size() - 2));
    return std::regex_search(all, pattern) ? "" : "is " + quoted(all) + ", should match " + matcher;
  }
  if (const Bound* bound = bound_of(matcher)) return out_of_bounds(*bound, matcher, all);
  if (starts(matcher, "!= ")) {
    return all != matcher.substr(3) ? "" : "is " + quoted(all) + ", should be something else";
  }
  if (starts(matcher, "lists ")) return missing_members(matcher.substr(6), all);
  const bool same = all == matcher || split_list(all) == split_list(matcher);
  return same ? "" : "is " + quoted(all) + ", should be " + quoted(matcher);
}

std::optional<std::string> extract(const std::string& pattern, const std::string& text) {
  std::smatch found;
  if (!std::regex_search(text, found, std::regex(pattern.substr(1, pattern.size() - 2)))) return std::nullopt;
  return found.size() > 1 ? found[1].str() : found[0].str();
}

std::vector<std::string> list_of(std::string text) {
  if (!text.empty() && text.front() == '[') text = text.substr(1, text.size() - 2);
  return split_list(text);
}

bool status_fits(const std::string& wanted, int status) {
  const std::vector<std::string> all = list_of(wanted);
  return std::any_of(all.begin(), all.end(), [&](const std::string& one) {
    if (one == "any") return true;
    if (one.size() == 3 && one.substr(1) == "xx") return one[0] - '0' == status / 100;
    return one == std::to_string(status);
  });
}

}  // namespace presentia::conformance
