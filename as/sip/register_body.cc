#include "as/sip/register_body.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "as/sip/grammar.h"
#include "as/sip/multipart.h"

namespace presentia::sip {
namespace {

constexpr std::size_t kMostFaults = 8;  // of one request; more say nothing new
constexpr std::size_t kMostMessages = 8;
constexpr std::uint32_t kMalformedInterval = 3600;

void fault(ports::RegisterContent& out, std::string_view what) {
  const bool known = std::ranges::find(out.faults, what) != out.faults.end();
  if (!known && out.faults.size() < kMostFaults) out.faults.emplace_back(what);
}

void read_one(std::string_view type, std::string_view body, ports::RegisterContent& out) {
  if (type == "application/3gpp-ims+xml") {
    out.service_info.emplace_back(body);
  } else if (type == "message/sip") {
    if (out.messages.size() < kMostMessages) read_embedded(body, out);
  } else {
    fault(out, "part.unknown");
  }
}

void read_parts(const std::vector<Part>& parts, ports::RegisterContent& out) {
  for (const Part& part : parts) {
    if (part.parts.empty()) {
      read_one(part.type(), part.body, out);
    } else {
      read_parts(part.parts, out);
    }
  }
}

// The next line and those that continue it, as one; nullopt at the end.
std::optional<std::string> take_line(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  std::string line;
  do {
    const std::size_t end = rest.find('\n');
    std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    line.append(line.empty() ? piece : trim(piece));
    if (line.empty()) break;  // the header is over
  } while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t'));
  return line;
}

// "METHOD URI SIP/2.0" or "SIP/2.0 200 OK".
bool read_first_line(std::string_view line, ports::RegisterContent::Embedded& out) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return false;
  const std::string_view first = line.substr(0, blank), rest = line.substr(blank + 1);
  if (equal_ignoring_case(first, "SIP/2.0")) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out.status);
    return error == std::errc() && out.status >= 100 && out.status <= 699;
  }
  out.method = first;
  const std::size_t version = rest.rfind(' ');
  return is_token(first) && version != std::string_view::npos &&
         equal_ignoring_case(rest.substr(version + 1), "SIP/2.0");
}

void read_instances(std::string_view contacts, ports::RegisterContent::Embedded& out) {
  for (const std::string_view contact : split_list(contacts)) {
    const auto address = parse_address(contact);
    if (!address) continue;
    auto instance = param(address->params, "+sip.instance");  // [RFC5626 4.1] a URN in angle brackets, quoted
    if (!instance || instance->size() < 3 || instance->front() != '<' || instance->back() != '>') continue;
    instance->remove_prefix(1);
    instance->remove_suffix(1);
    out.instances.emplace_back(*instance);
  }
}

}  // namespace

void read_contact_interval(std::string_view contact, ports::RegisterContent& out) {
  const std::vector<std::string_view> contacts = split_list(contact);
  if (contacts.empty()) return;
  out.all_contacts = contacts.front() == "*";
  const auto address = parse_address(contacts.front());
  const auto interval = address ? param(address->params, "expires") : std::nullopt;
  if (!interval) return;
  const auto seconds = parse_expires(*interval);
  out.contact_expires = seconds.value_or(kMalformedInterval);
  if (!seconds) fault(out, "contact.expires");
}

void read_embedded(std::string_view text, ports::RegisterContent& out) {
  ports::RegisterContent::Embedded message;
  auto line = take_line(text);
  if (!line || !read_first_line(*line, message)) return fault(out, "message.first-line");
  std::optional<std::uint32_t> length;
  while ((line = take_line(text)) && !line->empty()) {
    const std::size_t colon = line->find(':');
    const std::string_view name = trim(std::string_view(*line).substr(0, colon));
    if (colon == std::string::npos || !is_token(name)) {
      fault(out, "message.header-line");
      break;
    }
    const std::string_view value = trim(std::string_view(*line).substr(colon + 1));
    if (header_name(name) == HeaderName::contact) read_instances(value, message);
    if (equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "l")) {
      length = parse_expires(value);
      if (!length) fault(out, "message.length");
    }
  }
  if (length && *length > text.size()) fault(out, "message.length");
  out.messages.push_back(std::move(message));
}

void read_register_body(const RawMessage& raw, const config::Sip& limits, ports::RegisterContent& out) {
  if (raw.body.empty()) return;
  const std::string encoding = lower(raw.joined(HeaderName::content_encoding));
  if (!encoding.empty() && encoding != "identity") return fault(out, "content-encoding");
  const std::string_view value = raw.value(HeaderName::content_type);
  const auto type = parse_media_type(value);
  if (!type) return fault(out, "content-type");
  if (!type->type.starts_with("multipart/")) return read_one(type->type, raw.body, out);
  const auto parts =
      read_multipart(value, raw.body, {.parts = limits.max_multipart_parts(), .depth = limits.max_multipart_depth()});
  if (!parts) return fault(out, "multipart." + parts.error().code);
  read_parts(*parts, out);
}

}  // namespace presentia::sip
