#include "as/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>

namespace presentia::base {
namespace {

constexpr std::array<std::string_view, kModules> kModuleNames{"main",  "sip",        "event", "presence", "runtime",
                                                              "store", "management", "xdm",   "diameter"};
constexpr std::array<std::string_view, 5> kLevelNames{"debug", "info", "warn", "error", "off"};

// The one state that all threads share: who logs has no object to ask, and a bug may be reported from anywhere.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
constinit std::array<std::atomic<Level>, kModules> levels{Level::info, Level::info, Level::info,
                                                          Level::info, Level::info, Level::info,
                                                          Level::info, Level::info, Level::info};

std::atomic<Level>& level_of(Module module) { return levels[static_cast<std::size_t>(module)]; }

// Standard error, because the line "ready …" and the output of --check own standard output.
std::unique_ptr<spdlog::logger> make_logger() {
  auto logger = std::make_unique<spdlog::logger>("presentia", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(
      std::make_unique<spdlog::pattern_formatter>("time=%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc));
  logger->set_level(spdlog::level::trace);
  return logger;
}

// Never destroyed: other objects with static lifetime may log while they end.
spdlog::logger& logger() {
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
  static spdlog::logger& instance = *make_logger().release();
  return instance;
}

bool needs_quotes(std::string_view text) {
  return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '"' || c == '\\';
         });
}

void append_control(std::string& line, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  line += "\\x";
  line += kDigits[byte >> 4];
  line += kDigits[byte & 15];
}

// A value from the network can neither end its line nor look like a further field.
void append_value(std::string& line, std::string_view text) {
  if (!needs_quotes(text)) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (c == '\r') {
      line += "\\r";
    } else if (c == '\t') {
      line += "\\t";
    } else if (byte < ' ' || byte == 0x7f) {
      append_control(line, byte);
    } else {
      line += c;
    }
  }
  line += '"';
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

}  // namespace

bool logs(Module module, Level level) {
  return level != Level::off && level >= level_of(module).load(std::memory_order_relaxed);
}

void set_level(Module module, Level level) { level_of(module).store(level, std::memory_order_relaxed); }

void log(Module module, Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!logs(module, level)) return;
  std::string line = "level=";
  line.reserve(160);
  line += kLevelNames[static_cast<std::size_t>(level)];
  line += " module=";
  line += kModuleNames[static_cast<std::size_t>(module)];
  line += " event=";
  line += event;
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
      line += std::to_string(*number);
    } else {
      append_value(line, std::get<std::string_view>(field.value));
    }
  }
  logger().log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace presentia::base
