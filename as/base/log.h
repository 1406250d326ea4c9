// One line per event: `event=publish.accepted resource=sip:alice@example.com call_id=… etag=…`. Never bodies or keys.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace presentia::base {

enum class Level { debug, info, warn, error, off };
// One per part whose level an operator sets (the fields of the object `log`).
enum class Module { main, sip, event, presence, runtime, store, management, xdm, diameter };
inline constexpr int kModules = 9;

struct Field {
  template <std::integral T>
  Field(std::string_view name, T number) : key(name), value(static_cast<std::int64_t>(number)) {}
  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
  Field(std::string_view name, const std::string& text) : key(name), value(std::string_view(text)) {}
  std::string_view key;
  std::variant<std::int64_t, std::string_view> value;
};

// True if a line of that level would be written. Any thread; costs one relaxed load.
[[nodiscard]] bool logs(Module module, Level level);
// Writes one line; values with blanks, quotes or control characters are quoted and escaped. Any thread.
void log(Module module, Level level, std::string_view event, std::initializer_list<Field> fields);
// Sets the level of a module; takes effect at once. Any thread.
void set_level(Module module, Level level);

}  // namespace presentia::base
