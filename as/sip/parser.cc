#include "as/sip/parser.h"

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_buffer.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "as/base/find_any.h"
#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

// Sofia refuses to go on behind a first line that it cannot read, and then nobody could be answered. This header class
// in its place keeps the line as text and never fails.
struct FirstLine {
  msg_common_t common;
  msg_header_t* next;
  const char* text;
  char** veiled;  // where veil() wrote over a NUL
  std::size_t veils;
  bool bare;  // a CR or LF alone stands in the head
};

constexpr std::size_t kMostVeils = 64;

// For Sofia a CR or LF alone ends a line as CRLF does [RFC3261 7], so that what stands behind one in a value that
// others pass on as it is would be a header field here.
bool has_bare_line_end(std::string_view head) {
  for (std::size_t at = head.find('\r'); at != std::string_view::npos; at = head.find('\r', at + 1)) {
    if (at + 1 == head.size() || head[at + 1] != '\n') return true;
  }
  for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r') return true;
  }
  return false;
}

// What is here of the head behind `begin`, which points into the bytes of the message.
std::string_view head_from(const su_home_t* home, const char* begin) {
  const auto* message = reinterpret_cast<const msg_t*>(home);
  const auto* data = static_cast<const char*>(msg_buf_committed_data(message));
  const std::size_t size = msg_buf_committed(message);
  if (data == nullptr || begin < data || begin >= data + size) return {};
  const std::string_view head(begin, static_cast<std::size_t>(data + size - begin));
  return head.substr(0, head.find("\r\n\r\n"));
}

// A quoted pair may hold a NUL [RFC3261 25.1, RFC4475 3.1.1.2], but for Sofia the message ends there. So those behind
// the first line, as far as the head is here, are written over until the message is cut.
void veil(su_home_t* home, FirstLine& line, char* begin) {
  const std::string_view head = head_from(home, begin);
  constexpr std::string_view kPair("\\\0", 2);
  for (std::size_t at = head.find(kPair); at != std::string_view::npos; at = head.find(kPair, at + 2)) {
    if (line.veiled == nullptr) line.veiled = static_cast<char**>(su_alloc(home, kMostVeils * sizeof(char*)));
    if (line.veiled == nullptr || line.veils == kMostVeils) return;
    line.veiled[line.veils++] = begin + at + 1;
    begin[at + 1] = '0';
  }
}

// NOLINTNEXTLINE(readability-non-const-parameter): the signature is Sofia's
issize_t keep_line(su_home_t* home, msg_header_t* header, char* text, isize_t size) noexcept {
  auto& line = *reinterpret_cast<FirstLine*>(header);
  line.text = text;
  const std::string_view behind = head_from(home, text + size);  // its CR, over which Sofia has written, and LF first
  line.bare = behind.size() < 2 || behind[1] != '\n' || has_bare_line_end(behind.substr(2));
  veil(home, line, text + size + 1);
  return 0;
}

msg_hclass_s line_class(msg_hclass_t* model) {
  msg_hclass_s made = *model;
  made.hc_parse = keep_line;
  made.hc_size = sizeof(FirstLine);
  return made;
}

// In place: the bytes are ours, and longer than what comes out.
std::string_view unfold(const char* value) {
  const std::string_view folded = value;
  if (folded.find('\n') != std::string_view::npos || folded.find('\r') != std::string_view::npos) {
    char* text = const_cast<char*>(value);  // NOLINT: points into the message's own buffer
    for (std::size_t i = 0; i < folded.size(); ++i) {
      if (text[i] == '\r' || text[i] == '\n') text[i] = ' ';
    }
  }
  return trim(folded);
}

bool cut_request_line(std::string_view line, RawMessage& raw) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    raw.method = line.substr(0, first);
    return false;
  }
  raw.method = line.substr(0, first);
  raw.request_uri = line.substr(first + 1, last - first - 1);
  raw.version = line.substr(last + 1);
  return is_token(raw.method) && !raw.request_uri.empty() &&
         base::find_any(raw.request_uri, " \t<>\"") == std::string_view::npos &&
         raw.version.find('/') != std::string_view::npos;
}

bool cut_status_line(std::string_view line, RawMessage& raw) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.size() < space + 4) return false;
  const std::string_view digits = line.substr(space + 1, 3);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), raw.status);
  if (error != std::errc{} || end != digits.data() + digits.size() || raw.status < 100 || raw.status > 699)
    return false;
  if (line.size() > space + 4 && line[space + 4] != ' ') return false;
  // The reason phrase may be empty [RFC4475 3.1.1.13].
  if (line.size() > space + 5) raw.reason = line.substr(space + 5);
  return equal_ignoring_case(line.substr(0, space), "SIP/2.0");
}

// Sofia takes field names with the rarer characters of a token for errors; they are not [RFC4475 3.1.1.2].
bool is_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  return colon != std::string_view::npos && is_token(trim(line.substr(0, colon)));
}

// What Sofia put aside as erroneous: lines without a name that it knows (with their text), a Content-Length that cannot
// be read (nothing else is read by Sofia), and every Content-Length after the first.
Defect error_defect(const sip_error_t& error) {
  const msg_common_t& common = *error.er_common;
  if (common.h_class->hc_hash == sip_content_length_class->hc_hash) return Defect::content_length;
  if (common.h_data == nullptr)
    return error.er_name != nullptr && *error.er_name != '\0' ? Defect::content_length : Defect::header_line;
  return is_field({static_cast<const char*>(common.h_data), common.h_len}) ? Defect::none : Defect::header_line;
}

Defect defect_of(const msg_t* message, const sip_t* sip) {
  const unsigned flags = msg_get_flags(message, ~0U);
  if ((flags & MSG_FLG_TOOLARGE) != 0) return Defect::too_large;
  if ((flags & MSG_FLG_TRUNC) != 0) return Defect::truncated;
  for (const sip_error_t* error = sip->sip_error; error != nullptr; error = error->er_next) {
    if (const Defect defect = error_defect(*error); defect != Defect::none) return defect;
  }
  return (flags & MSG_FLG_ERROR) != 0 ? Defect::header_line : Defect::none;
}

}  // namespace

struct Parser::Class {
  msg_hclass_s request = line_class(sip_request_class);
  msg_hclass_s status = line_class(sip_status_class);
  std::unique_ptr<msg_mclass_t, decltype(&std::free)> held{nullptr, &std::free};
};

Parser::Parser() : class_(std::make_unique<Class>()) {
  class_->held.reset(msg_mclass_clone(sip_default_mclass(), 0, msg_mclass_empty));
  if (!class_->held) throw std::bad_alloc();
  msg_mclass_t& held = *class_->held;
  held.mc_request->hr_class = &class_->request;
  held.mc_status->hr_class = &class_->status;
  // The only header that framing needs [RFC3261 18.3]; all others are kept as text.
  msg_mclass_insert_with_mask(&held, sip_content_length_class, offsetof(sip_t, sip_content_length), 0);
}

Parser::~Parser() = default;

// NOLINTNEXTLINE(readability-convert-member-functions-to-static): only of messages that this parser made, see FirstLine
RawMessage Parser::cut(msg_t* message) const {
  RawMessage raw;
  const auto* sip = reinterpret_cast<const sip_t*>(msg_object(message));
  if (sip == nullptr || (sip->sip_request == nullptr && sip->sip_status == nullptr)) {
    raw.defect = Defect::first_line;
    return raw;
  }
  raw.request = sip->sip_request != nullptr;
  const void* first = raw.request ? static_cast<const void*>(sip->sip_request) : sip->sip_status;
  const FirstLine& line = *static_cast<const FirstLine*>(first);
  const std::string_view text = line.text;
  raw.defect = line.bare ? Defect::header_line : defect_of(message, sip);
  const bool readable = raw.request ? cut_request_line(text, raw) : cut_status_line(text, raw);
  if (!readable && raw.defect == Defect::none) raw.defect = Defect::first_line;
  raw.fields.reserve(32);
  for (const sip_unknown_t* field = sip->sip_unknown; field != nullptr; field = field->un_next) {
    raw.fields.push_back({header_name(field->un_name), field->un_name, unfold(field->un_value)});
  }
  for (std::size_t i = 0; i < line.veils; ++i) *line.veiled[i] = '\0';
  if (sip->sip_payload != nullptr && sip->sip_payload->pl_data != nullptr) {
    raw.body = {sip->sip_payload->pl_data, sip->sip_payload->pl_len};
  }
  return raw;
}

MsgPtr Parser::parse(std::string_view bytes) const {
  MsgPtr message(msg_create(class_->held.get(), 0));
  if (!message) return message;
  msg_maxsize(message.get(), static_cast<usize_t>(bytes.size() + 1024));
  std::array<msg_iovec_t, 8> vectors{};
  const issize_t used =
      msg_recv_iovec(message.get(), vectors.data(), vectors.size(), static_cast<usize_t>(bytes.size()), 1);
  std::size_t copied = 0;
  for (std::size_t i = 0; std::cmp_less(i, used) && copied < bytes.size(); ++i) {
    const std::size_t part = std::min<std::size_t>(vectors[i].mv_len, bytes.size() - copied);
    std::memcpy(vectors[i].mv_base, bytes.data() + copied, part);
    copied += part;
  }
  msg_recv_commit(message.get(), static_cast<usize_t>(copied), 1);
  if (msg_extract(message.get()) == 0) msg_mark_as_complete(message.get(), MSG_FLG_ERROR);
  return message;
}

}  // namespace presentia::sip
