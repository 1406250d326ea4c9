#include "as/sip/related_body.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

constexpr std::string_view kScheme = "cid:";
constexpr std::string_view kBlanks = " \t\r\n";
// What a URL stands between in XML.
constexpr std::string_view kEnds = "\"'<> \t\r\n";

struct Content {
  std::string_view id;
  std::string url;
};

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string encoding_of(const Part& part) { return lower(part.header("content-transfer-encoding")); }

// As it came [RFC2045 6.2].
bool is_plain(const Part& part) {
  const std::string encoding = encoding_of(part);
  return encoding.empty() || encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

std::string to_base64(std::string_view bytes) {
  std::vector<unsigned char> out(4 * ((bytes.size() + 2) / 3) + 1);
  const int size =
      EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return {out.begin(), out.begin() + size};
}

// Without the line ends that it came with; nullopt if it is none.
std::optional<std::string> clean_base64(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (const char c : text) {
    if (kBlanks.find(c) != std::string_view::npos) continue;
    if (!is_alphanumeric(c) && c != '+' && c != '/' && c != '=') return std::nullopt;
    clean += c;
  }
  return clean;
}

// A type that may stand in a URL and in XML.
std::string safe_type(const Part& part) {
  std::string type = part.type();
  const auto safe = [](char c) { return is_alphanumeric(c) || c == '/' || c == '+' || c == '.' || c == '-'; };
  return std::ranges::all_of(type, safe) ? type : "application/octet-stream";
}

std::vector<Content> contents(const std::vector<Part>& parts, const Part& root) {
  std::vector<Content> all;
  for (const Part& part : parts) {
    if (&part == &root || part.content_id().empty()) continue;
    std::optional<std::string> data;
    if (encoding_of(part) == "base64") {
      data = clean_base64(part.body);
    } else if (is_plain(part)) {
      data = to_base64(part.body);
    }
    if (data) all.push_back({part.content_id(), "data:" + safe_type(part) + ";base64," + *data});
  }
  return all;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    const int high = escape ? hex_digit(text[i + 1]) : -1, low = escape ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      plain += text[i];
    } else {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return plain;
}

// The part that start names, else the first [RFC2387 3.2].
const Part* root_of(std::string_view content_type, const std::vector<Part>& parts) {
  const std::optional<MediaType> media = parse_media_type(content_type);
  std::string_view start = media ? param(media->params, "start").value_or("") : "";
  if (start.empty()) return parts.empty() ? nullptr : &parts.front();
  if (start.size() >= 2 && start.front() == '<' && start.back() == '>') start = start.substr(1, start.size() - 2);
  const auto found = std::ranges::find_if(parts, [start](const Part& part) { return part.content_id() == start; });
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

std::optional<Joined> join_related(std::string_view content_type, std::string_view body, const MultipartLimits& limits,
                                   std::size_t max_bytes) {
  const auto parts = read_multipart(content_type, body, limits);
  const Part* const root = parts ? root_of(content_type, *parts) : nullptr;
  if (root == nullptr || !root->parts.empty() || !is_plain(*root)) return std::nullopt;
  const std::vector<Content> known = contents(*parts, *root);
  const std::string_view text = root->body;
  Joined joined{root->type(), {}};
  std::size_t copied = 0;
  for (std::size_t at = text.find(kScheme); at != std::string_view::npos; at = text.find(kScheme, at + 1)) {
    if (at == 0 || kEnds.find(text[at - 1]) == std::string_view::npos) continue;
    const std::size_t begin = at + kScheme.size(), end = std::min(text.find_first_of(kEnds, begin), text.size());
    const std::string id = unescaped(text.substr(begin, end - begin));
    const auto content = std::ranges::find_if(known, [&id](const Content& one) { return one.id == id; });
    if (content == known.end()) continue;
    joined.body.append(text.substr(copied, at - copied)).append(content->url);
    copied = end;
    if (joined.body.size() > max_bytes) return std::nullopt;
  }
  joined.body.append(text.substr(copied));
  if (joined.body.size() > max_bytes) return std::nullopt;
  return joined;
}

}  // namespace presentia::sip
