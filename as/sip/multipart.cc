#include "as/sip/multipart.h"

#include <algorithm>
#include <optional>
#include <string>

#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

using base::Error;
using base::Unexpected;
constexpr std::size_t kLongestBoundary = 70;  // [RFC2046 5.1.1]

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Takes one line off `text`, without its line end (CRLF or LF).
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

struct Delimiter {
  std::size_t begin;  // of its line, the line end before it included: that belongs to the delimiter
  std::size_t end;    // behind its line
  bool last;          // "--boundary--"
};

// The first delimiter line at or behind `from`. `dashed`: "--" and the boundary.
std::optional<Delimiter> find_delimiter(std::string_view body, std::string_view dashed, std::size_t from) {
  for (std::size_t at = body.find(dashed, from); at != std::string_view::npos; at = body.find(dashed, at + 1)) {
    if (at != 0 && body[at - 1] != '\n') continue;
    std::string_view rest = body.substr(at + dashed.size());
    std::string_view line = take_line(rest);
    const bool last = line.starts_with("--");
    if (last) line.remove_prefix(2);
    // A longer boundary (of a part inside) begins the same way; blanks are padding added on the way.
    if (!std::all_of(line.begin(), line.end(), is_blank)) continue;
    std::size_t begin = at;
    if (begin > from && body[begin - 1] == '\n') --begin;
    if (begin > from && begin < at && body[begin - 1] == '\r') --begin;
    return Delimiter{begin, body.size() - rest.size(), last};
  }
  return std::nullopt;
}

bool is_boundary(std::string_view boundary) {
  static constexpr std::string_view kMarks = "'()+_,-./:=? ";
  return boundary.size() <= kLongestBoundary && boundary.back() != ' ' &&
         std::all_of(boundary.begin(), boundary.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kMarks.find(c) != std::string_view::npos;
         });
}

class Reader {
 public:
  explicit Reader(const MultipartLimits& limits) : limits_(limits) {}

  base::Result<std::vector<Part>> read(std::string_view content_type, std::string_view body, std::size_t depth) {
    const std::optional<MediaType> media = parse_media_type(content_type);
    if (!media || !media->type.starts_with("multipart/")) return fail("not_multipart", "not a multipart type");
    if (depth > limits_.depth) return fail("too_deep", "multipart bodies nested too deeply");
    const std::string boundary(param(media->params, "boundary").value_or(""));
    if (boundary.empty()) return fail("no_boundary", "multipart type without boundary");
    if (!is_boundary(boundary)) return fail("bad_boundary", "boundary too long or with a bad character");
    return read_parts("--" + boundary, body, depth);
  }

 private:
  static Unexpected<Error> fail(const char* code, const char* text) { return Unexpected{Error{code, text}}; }

  base::Result<std::vector<Part>> read_parts(const std::string& dashed, std::string_view body, std::size_t depth) {
    std::optional<Delimiter> delimiter = find_delimiter(body, dashed, 0);
    if (!delimiter || delimiter->last) return fail("no_parts", "multipart body without parts");
    std::vector<Part> parts;
    while (!delimiter->last) {
      const std::size_t begin = delimiter->end;
      delimiter = find_delimiter(body, dashed, begin);
      if (!delimiter) return fail("not_terminated", "multipart body without its closing delimiter");
      if (++parts_ > limits_.parts) return fail("too_many_parts", "multipart body with too many parts");
      base::Result<Part> part = read_part(body.substr(begin, delimiter->begin - begin), depth);
      if (!part) return Unexpected{std::move(part.error())};
      parts.push_back(std::move(*part));
    }
    return parts;
  }

  base::Result<Part> read_part(std::string_view text, std::size_t depth) {
    Part part;
    const std::size_t whole = text.size();
    while (!text.empty()) {
      const std::string_view line = take_line(text);
      if (line.empty()) break;  // the headers end
      if (whole - text.size() > limits_.header_bytes) return fail("header_too_long", "headers of a part too long");
      if (!add_header(line, part)) return fail("bad_header", "unreadable header of a part");
    }
    part.body = text;
    if (!part.type().starts_with("multipart/")) return part;
    base::Result<std::vector<Part>> parts = read(part.header("content-type"), part.body, depth + 1);
    if (!parts) return Unexpected{std::move(parts.error())};
    part.parts = std::move(*parts);
    return part;
  }

  static bool add_header(std::string_view line, Part& part) {
    const auto bad = [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; };
    if (std::any_of(line.begin(), line.end(), bad)) return false;
    if (is_blank(line.front())) {  // a folded line goes on
      if (part.headers.empty()) return false;
      part.headers.back().second.append(" ").append(trim(line));
      return true;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(trim(line.substr(0, colon)))) return false;
    part.headers.emplace_back(lower(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1))));
    return true;
  }

  const MultipartLimits& limits_;
  std::size_t parts_ = 0;
};

bool occurs(const std::vector<PartToWrite>& parts, const std::string& dashed) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const PartToWrite& part) { return part.body.find(dashed) != std::string_view::npos; });
}

}  // namespace

std::string_view Part::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::string Part::type() const {
  const std::optional<MediaType> media = parse_media_type(header("content-type"));
  return media ? media->type : "text/plain";
}

std::string_view Part::content_id() const {
  std::string_view id = header("content-id");
  if (id.size() >= 2 && id.front() == '<' && id.back() == '>') id = id.substr(1, id.size() - 2);
  return id;
}

bool Part::optional() const {
  const std::optional<Disposition> disposition = parse_disposition(header("content-disposition"));
  return disposition && disposition->optional;
}

base::Result<std::vector<Part>> read_multipart(std::string_view content_type, std::string_view body,
                                               const MultipartLimits& limits) {
  return Reader(limits).read(content_type, body, 1);
}

std::string choose_boundary(const std::vector<PartToWrite>& parts, std::string_view wish) {
  constexpr std::size_t kLongestWish = 50;
  std::string stem(wish.substr(0, kLongestWish));
  const auto plain = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (stem.empty() || !std::all_of(stem.begin(), stem.end(), plain)) stem = "part";
  std::string boundary = stem;
  for (unsigned long attempt = 1; occurs(parts, "--" + boundary); ++attempt) boundary = stem + std::to_string(attempt);
  return boundary;
}

std::string write_multipart(const std::vector<PartToWrite>& parts, std::string_view boundary) {
  std::string out;
  for (const PartToWrite& part : parts) {
    out.append("--").append(boundary).append("\r\n");
    for (const auto& [name, value] : part.headers) out.append(name).append(": ").append(value).append("\r\n");
    out.append("\r\n").append(part.body).append("\r\n");
  }
  return out.append("--").append(boundary).append("--\r\n");
}

std::string multipart_type(std::string_view subtype, std::string_view boundary, std::string_view root_type,
                           std::string_view start) {
  std::string type = std::string("multipart/").append(subtype);
  if (!root_type.empty()) type.append(";type=").append(quote(root_type));
  if (!start.empty()) type.append(";start=").append(quote(start));
  return type.append(";boundary=").append(boundary);
}

}  // namespace presentia::sip
