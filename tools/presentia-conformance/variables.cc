#include "tools/presentia-conformance/variables.h"

#include <cmath>
#include <ctime>
#include <iomanip>
#include <regex>
#include <sstream>

namespace presentia::conformance {

std::string expanded(const std::string& text, const Lookup& lookup) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    if (text[i + 1] == '$') {
      result += text[++i];
      continue;
    }
    const std::size_t end = text[i + 1] == '{' ? text.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      result += text[i];
      continue;
    }
    const std::string name = text.substr(i + 2, end - i - 2);
    const auto value = lookup(name);
    if (!value) throw ScenarioError("there is no variable ${" + name + "}");
    result += *value;
    i = end;
  }
  return result;
}

std::optional<std::string> time_word(const std::string& name, std::chrono::system_clock::time_point now) {
  static const std::regex kForm(R"(time([+-]\d+(?:\.\d{1,3})?)?(?:@([+-])(\d\d):(\d\d))?)");
  std::smatch parts;
  if (!std::regex_match(name, parts, kForm)) return std::nullopt;
  std::chrono::duration<double> time = now.time_since_epoch();
  if (parts[1].matched) time += std::chrono::duration<double>(std::stod(parts[1].str()));
  std::string offset = "Z";
  if (parts[2].matched) {
    const auto east = std::chrono::hours(std::stoi(parts[3].str())) + std::chrono::minutes(std::stoi(parts[4].str()));
    time += parts[2].str() == "+" ? east : -east;
    offset = parts[2].str() + parts[3].str() + ":" + parts[4].str();
  }
  const auto seconds = static_cast<std::time_t>(std::floor(time.count()));
  std::tm date{};
  gmtime_r(&seconds, &date);
  std::ostringstream text;
  text << std::put_time(&date, "%Y-%m-%dT%H:%M:%S") << offset;
  return text.str();
}

}  // namespace presentia::conformance
