#include "as/sip/stream_framer.h"

#include <charconv>
#include <cstdint>

#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kKept = 16384;  // bytes of an empty buffer that are not given back

bool is_length(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = trim(line.substr(0, colon));
  return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "l");
}

// The field that starts `text`, with the lines that continue it [RFC3261 7.3.1].
std::string_view first_field(std::string_view text) {
  std::size_t end = text.find(kLineEnd);
  while (end + 2 < text.size() && (text[end + 2] == ' ' || text[end + 2] == '\t')) end = text.find(kLineEnd, end + 2);
  return text.substr(0, end);
}

// A value on one line, without blanks at its ends.
std::string unfolded(std::string_view value) {
  std::string made;
  for (const char byte : value) made += byte == '\r' || byte == '\n' ? ' ' : byte;
  return std::string(trim(made));
}

std::optional<std::uint32_t> number(const std::string& digits) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

struct Length {
  Defect defect = Defect::no_content_length;
  std::size_t bytes = 0;
};

// Of a head with its empty line. Two of them are a mistake even if they agree: another element may read the other one.
Length content_length(std::string_view head) {
  Length found;
  head.remove_prefix(head.find(kLineEnd) + 2);
  while (head != kLineEnd) {
    const std::string_view field = first_field(head);
    head.remove_prefix(field.size() + 2);
    if (!is_length(field)) continue;
    const auto value = number(unfolded(field.substr(field.find(':') + 1)));
    if (!value || found.defect == Defect::none) return {Defect::content_length, 0};
    found = {Defect::none, *value};
  }
  return found;
}

// Every message begins with a token, the method or "SIP", and its first line ends with CRLF. False for a peer that
// speaks something else, before it has said all of it.
bool may_be_sip(std::string_view begun) {
  if (!is_token(begun.substr(0, 1))) return false;
  const std::size_t end = begun.find('\n');
  return end == std::string_view::npos || begun[end - 1] == '\r';
}

}  // namespace

void StreamFramer::feed(std::string_view bytes) {
  if (broken_) return;
  buffer_.erase(0, start_);
  start_ = 0;
  if (buffer_.empty() && buffer_.capacity() > kKept) std::string().swap(buffer_);
  buffer_.append(bytes);
}

std::optional<StreamFramer::Framed> StreamFramer::next(std::size_t most) {
  if (broken_) return std::nullopt;
  if (size_ == 0 && scanned_ == 0 && skip_line_ends()) return Framed{true, {}, Defect::none};
  if (held() == 0) return std::nullopt;
  if (size_ == 0) {
    if (auto defect = find_head(most)) return defect;
  }
  if (size_ == 0 || held() < size_) return std::nullopt;
  const std::string_view message = rest().substr(0, size_);
  start_ += size_;
  scanned_ = size_ = 0;
  half_ping_ = false;
  return Framed{false, message, Defect::none};
}

// Line ends before a message are skipped [RFC3261 7.5, RFC5626 4.4.1]. True after two in a row.
bool StreamFramer::skip_line_ends() {
  while (held() > 0 && (rest().front() == '\r' || rest().front() == '\n')) {
    if (rest() == "\r") return false;  // of what is behind it depends what it is
    const bool whole = rest().starts_with(kLineEnd);
    start_ += whole ? 2 : 1;
    if (whole && half_ping_) {
      half_ping_ = false;
      return true;
    }
    half_ping_ = whole;
  }
  return false;
}

// Sets size_ once the head is there. Gives the defect if there is one.
std::optional<StreamFramer::Framed> StreamFramer::find_head(std::size_t most) {
  const std::string_view all = rest();
  if (all == "\r") return std::nullopt;
  const std::size_t end = all.find(kHeadEnd, scanned_ < kHeadEnd.size() ? 0 : scanned_ - kHeadEnd.size());
  if (end == std::string_view::npos) {
    if (!may_be_sip(all)) return broken(all, Defect::first_line);
    if (all.size() > most) return broken(all, Defect::too_large);
    scanned_ = all.size();
    return std::nullopt;
  }
  const std::string_view head = all.substr(0, end + kHeadEnd.size());
  if (!may_be_sip(head)) return broken(head, Defect::first_line);
  if (head.size() > most) return broken(head, Defect::too_large);
  const Length length = content_length(head);
  if (length.defect != Defect::none) return broken(head, length.defect);
  if (length.bytes > most - head.size()) return broken(head, Defect::too_large);
  size_ = head.size() + length.bytes;
  return std::nullopt;
}

StreamFramer::Framed StreamFramer::broken(std::string_view bytes, Defect why) {
  broken_ = true;
  return {false, bytes, why};
}

}  // namespace presentia::sip
