#include "tools/presentia-bench/message.h"

#include <algorithm>
#include <charconv>

namespace presentia::bench {
namespace {

constexpr std::string_view kVersion = "SIP/2.0";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == y; });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <typename Number>
bool read_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool read_start_line(std::string_view line, Message& message) {
  if (line.substr(0, kVersion.size()) == kVersion) {
    line.remove_prefix(std::min(line.size(), kVersion.size() + 1));
    return read_number(line, message.status) && message.status >= 100;
  }
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !line.ends_with(kVersion)) return false;
  message.method = line.substr(0, space);
  return true;
}

bool read_cseq(std::string_view value, Message& message) {
  message.cseq_line = value;
  if (!read_number(value, message.cseq)) return false;
  if (message.status != 0) message.method = trim(value);
  return true;
}

bool read_header(std::string_view name, std::string_view value, Message& message) {
  if (same(name, "via") || same(name, "v")) {
    if (message.via_count == message.vias.size()) return false;
    message.vias[message.via_count++] = value;
  } else if (same(name, "from") || same(name, "f")) {
    message.from = value;
  } else if (same(name, "to") || same(name, "t")) {
    message.to = value;
  } else if (same(name, "call-id") || same(name, "i")) {
    message.call_id = value;
  } else if (same(name, "cseq")) {
    return read_cseq(value, message);
  } else if (same(name, "contact") || same(name, "m")) {
    message.contact = value;
  } else if (same(name, "sip-etag")) {
    message.etag = value;
  } else if (same(name, "retry-after")) {
    message.retry_after = value;
  } else if (same(name, "subscription-state")) {
    message.subscription_state = value;
  }
  return true;
}

}  // namespace

std::optional<Message> parse(std::string_view text) {
  Message message;
  std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos || !read_start_line(text.substr(0, end), message)) return {};
  while (true) {
    const std::size_t begin = end + 2;
    end = text.find("\r\n", begin);
    if (end == std::string_view::npos) return {};
    if (end == begin) break;
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {};
    if (!read_header(trim(line.substr(0, colon)), trim(line.substr(colon + 1)), message)) return {};
  }
  message.body = text.substr(end + 2);
  const bool whole = message.via_count > 0 && !message.from.empty() && !message.to.empty() &&
                     !message.call_id.empty() && !message.cseq_line.empty();
  return whole ? std::optional(message) : std::nullopt;
}

std::size_t frame_length(std::string_view stream) {
  const std::size_t blank = stream.find("\r\n\r\n");
  if (blank == std::string_view::npos) return 0;
  std::size_t body = 0;
  for (std::size_t at = stream.find("\r\n"); at < blank; at = stream.find("\r\n", at + 2)) {
    std::string_view line = stream.substr(at + 2, blank - at - 2);
    line = line.substr(0, line.find("\r\n"));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = trim(line.substr(0, colon));
    std::string_view value = trim(line.substr(colon + 1));
    if (same(name, "content-length") || same(name, "l")) read_number(value, body);
  }
  const std::size_t length = blank + 4 + body;
  return stream.size() >= length ? length : 0;
}

std::string_view parameter(std::string_view value, std::string_view name) {
  std::size_t at = value.find('>');
  at = value.find(';', at == std::string_view::npos ? 0 : at);
  while (at != std::string_view::npos) {
    const std::size_t next = value.find(';', at + 1);
    const std::string_view item = trim(value.substr(at + 1, next == std::string_view::npos ? next : next - at - 1));
    const std::size_t equals = item.find('=');
    if (equals != std::string_view::npos && same(trim(item.substr(0, equals)), name)) {
      return trim(item.substr(equals + 1));
    }
    at = next;
  }
  return {};
}

std::string_view uri_of(std::string_view value) {
  const std::size_t open = value.find('<');
  if (open == std::string_view::npos) return trim(value.substr(0, value.find(';')));
  const std::size_t close = value.find('>', open);
  return close == std::string_view::npos ? std::string_view{} : value.substr(open + 1, close - open - 1);
}

std::string to_text(Key key, std::string_view run) {
  return std::to_string(key.slot) + "." + std::to_string(key.generation) + "." + std::string(run);
}

std::optional<Key> key_of(std::string_view text, std::string_view run) {
  Key key;
  if (!read_number(text, key.slot) || !text.starts_with('.')) return {};
  text.remove_prefix(1);
  if (!read_number(text, key.generation) || !text.starts_with('.')) return {};
  text.remove_prefix(1);
  return text.starts_with(run) ? std::optional(key) : std::nullopt;
}

}  // namespace presentia::bench
