#include "tools/presentia-conformance/sip_message.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace presentia::conformance {
namespace {

constexpr std::string_view kCrlf = "\r\n";
constexpr std::size_t kLargestHead = 64 * 1024;
constexpr std::array<std::pair<char, std::string_view>, 12> kCompact{{{'s', "subject"},
                                                                      {'c', "content-type"},
                                                                      {'e', "content-encoding"},
                                                                      {'f', "from"},
                                                                      {'i', "call-id"},
                                                                      {'k', "supported"},
                                                                      {'l', "content-length"},
                                                                      {'m', "contact"},
                                                                      {'o', "event"},
                                                                      {'t', "to"},
                                                                      {'u', "allow-events"},
                                                                      {'v', "via"}}};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::string long_name(std::string_view name) {
  std::string result = lower(name);
  if (result.size() != 1) return result;
  const auto* const found =
      std::find_if(kCompact.begin(), kCompact.end(), [&](const auto& compact) { return compact.first == result[0]; });
  return found == kCompact.end() ? result : std::string(found->second);
}

bool token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-.!%*_+`'~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Empty: well read.
std::string read_start_line(Message& message) {
  const std::string_view line = message.start_line;
  const std::size_t one = line.find(' ');
  const std::size_t two = one == std::string_view::npos ? one : line.find(' ', one + 1);
  if (two == std::string_view::npos) return "the first line has no two blanks";
  const std::string_view first = line.substr(0, one);
  const std::string_view second = line.substr(one + 1, two - one - 1);
  const std::string_view third = line.substr(two + 1);
  if (first == "SIP/2.0") {
    const auto status = number(second);
    if (second.size() != 3 || !status || *status < 100 || *status > 699) return "the status is no number of 100 to 699";
    message.status = static_cast<int>(*status);
    message.reason = third;
    return "";
  }
  if (!token(first)) return "the method is no token";
  if (second.empty()) return "the Request-URI is empty";
  if (third != "SIP/2.0") return "the version is not SIP/2.0";
  message.method = first;
  message.uri = second;
  return "";
}

std::string read_headers(Message& message, std::string_view head) {
  while (!head.empty()) {
    const std::size_t end = head.find(kCrlf);
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    if (line.find_first_of("\r\n") != std::string_view::npos) return "a line ends with something else than CRLF";
    if (!line.empty() && (line[0] == ' ' || line[0] == '\t')) {
      if (message.headers.empty()) return "the first header line is a continuation";
      message.headers.back().value.append(" ").append(trimmed(line));
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return "a header line has no colon: " + std::string(line);
    const std::string_view name = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    if (!token(name)) return "a header's name is no token: " + std::string(line);
    message.headers.push_back({std::string(name), std::string(trimmed(line.substr(colon + 1)))});
  }
  return "";
}

std::string mandatory(const Message& message) {
  for (const std::string_view once : {"From", "To", "Call-ID", "CSeq"}) {
    const std::size_t count = message.lines(once).size();
    if (count != 1) return std::string(once) + " is there " + std::to_string(count) + " times";
  }
  if (message.lines("Via").empty()) return "Via is missing";
  const std::string cseq = message.text("CSeq");
  const std::size_t blank = cseq.find(' ');
  if (blank == std::string::npos || !number(cseq.substr(0, blank))) return "CSeq is no number and method: " + cseq;
  if (message.is_request() && trimmed(cseq.substr(blank)) != message.method)
    return "CSeq names another method: " + cseq;
  return "";
}

}  // namespace

bool equal_names(std::string_view a, std::string_view b) { return long_name(a) == long_name(b); }

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> result;
  std::string item;
  bool quoted = false;
  int angles = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\' && i + 1 < text.size()) {
      item += c;
      item += text[++i];
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (!quoted && c == '<') ++angles;
    if (!quoted && c == '>') --angles;
    if (c == ',' && !quoted && angles == 0) {
      result.emplace_back(trimmed(item));
      item.clear();
    } else {
      item += c;
    }
  }
  if (!trimmed(item).empty() || !result.empty()) result.emplace_back(trimmed(item));
  return result;
}

std::string without_parameters(std::string_view value) {
  const std::size_t close = value.find('>');
  const std::size_t from = close == std::string_view::npos ? 0 : close;
  return std::string(trimmed(value.substr(0, value.find(';', from))));
}

std::optional<std::string> parameter(std::string_view value, std::string_view name) {
  const std::size_t close = value.find('>');
  std::size_t at = value.find(';', close == std::string_view::npos ? 0 : close);
  while (at != std::string_view::npos) {
    const std::size_t end = value.find(';', at + 1);
    const std::string_view one = value.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
    const std::size_t equals = one.find('=');
    if (lower(trimmed(one.substr(0, equals))) == lower(name)) {
      return equals == std::string_view::npos ? "" : std::string(trimmed(one.substr(equals + 1)));
    }
    at = end;
  }
  return std::nullopt;
}

std::string uri_of(std::string_view value) {
  const std::size_t open = value.find('<');
  if (open == std::string_view::npos) return without_parameters(value);
  const std::size_t close = value.find('>', open);
  return std::string(value.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
}

std::vector<std::string> Message::lines(std::string_view name) const {
  std::vector<std::string> result;
  for (const HeaderField& field : headers) {
    if (equal_names(field.name, name)) result.push_back(field.value);
  }
  return result;
}

std::vector<std::string> Message::values(std::string_view name) const {
  std::vector<std::string> result;
  for (const std::string& line : lines(name)) {
    for (std::string& value : split_list(line)) result.push_back(std::move(value));
  }
  return result;
}

std::optional<std::string> Message::first(std::string_view name) const {
  std::vector<std::string> all = lines(name);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

std::variant<Message, Unreadable> read_message(std::string_view bytes, bool echo) {
  Message message;
  message.raw = bytes;
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) return Unreadable{"there is no empty line after the header fields"};
  const std::size_t line = bytes.find(kCrlf);
  message.start_line = bytes.substr(0, line);
  std::string wrong = read_start_line(message);
  if (wrong.empty() && line < head) wrong = read_headers(message, bytes.substr(line + 2, head - line - 2));
  if (wrong.empty() && !(echo && !message.is_request())) wrong = mandatory(message);
  if (!wrong.empty()) return Unreadable{wrong};
  message.body = bytes.substr(head + 4);
  if (const auto length = message.first("Content-Length")) {
    const auto announced = number(*length);
    if (!announced) return Unreadable{"Content-Length is no number: " + *length};
    if (*announced > message.body.size()) {
      return Unreadable{"Content-Length is " + *length + ", the body has " + std::to_string(message.body.size())};
    }
    message.body.resize(*announced);  // what a datagram has beyond it is dropped [RFC3261 18.3]
  }
  return message;
}

std::variant<Frame, Unreadable> find_frame(std::string_view bytes) {
  Frame frame;
  while (bytes.substr(frame.skip, 2) == kCrlf) frame.skip += 2;
  const std::string_view rest = bytes.substr(frame.skip);
  const std::size_t head = rest.find("\r\n\r\n");
  if (head == std::string_view::npos) {
    if (rest.size() > kLargestHead) return Unreadable{"no end of the header fields within 64 KiB"};
    return frame;
  }
  std::size_t at = 0;
  while (at < head) {
    const std::size_t end = rest.find(kCrlf, at);
    const std::string_view line = rest.substr(at, end - at);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && equal_names(trimmed(line.substr(0, colon)), "Content-Length")) {
      const auto length = number(trimmed(line.substr(colon + 1)));
      if (!length) return Unreadable{"Content-Length is no number: " + std::string(line)};
      if (rest.size() >= head + 4 + *length) frame.length = head + 4 + *length;
      return frame;
    }
    at = end + 2;
  }
  return Unreadable{"a message on a stream has no Content-Length"};
}

}  // namespace presentia::conformance
