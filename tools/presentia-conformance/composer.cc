#include "tools/presentia-conformance/composer.h"

#include <algorithm>
#include <map>
#include <regex>

namespace presentia::conformance {
namespace {

// True: the header field is there, or is not wanted.
bool settled(const Draft& draft, std::string_view name) {
  const auto same = [&](const std::string& one) { return equal_names(one, name); };
  return std::any_of(draft.headers.begin(), draft.headers.end(),
                     [&](const auto& header) { return same(header.first); }) ||
         std::any_of(draft.left_out.begin(), draft.left_out.end(), same);
}

std::string crlf(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) result += '\r';
    result += text[i];
  }
  return result;
}

}  // namespace

void apply(Pairs& headers, const std::vector<HeaderChange>& changes) {
  for (const HeaderChange& change : changes) {
    const auto same = [&](const auto& header) { return equal_names(header.first, change.name); };
    const auto first = std::find_if(headers.begin(), headers.end(), same);
    const auto at = first - headers.begin();
    headers.erase(std::remove_if(headers.begin(), headers.end(), same), headers.end());
    Pairs added;
    for (const std::string& value : change.values) added.emplace_back(change.name, value);
    headers.insert(headers.begin() + std::min<std::ptrdiff_t>(at, std::ssize(headers)), added.begin(), added.end());
  }
}

std::string written(const Draft& draft, const Lookup& lookup) {
  std::string text = draft.line.empty() ? draft.method + " " + draft.uri + " SIP/2.0" : expanded(draft.line, lookup);
  text += "\r\n";
  for (const auto& [name, value] : draft.headers) {
    const std::string said = expanded(value, lookup);
    text += name + ": " + crlf(said) + "\r\n";
  }
  if (!draft.type.empty() && !settled(draft, "Content-Type")) text += "Content-Type: " + draft.type + "\r\n";
  if (!settled(draft, "Content-Length")) {
    text += "Content-Length: " + std::to_string(draft.body.size()) + "\r\n";
  }
  return text + "\r\n" + draft.body;
}

std::string raw_bytes(const std::string& text, const Lookup& lookup) {
  std::string bytes = crlf(expanded(text, [&](const std::string& name) {
    return name == "length" ? std::optional<std::string>("${length}") : lookup(name);
  }));
  std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string::npos) {
    bytes += "\r\n";
    head = bytes.size() - 4;
  }
  const std::string length = std::to_string(bytes.size() - head - 4);
  const std::string mark = "${length}";
  for (std::size_t at = bytes.find(mark); at != std::string::npos; at = bytes.find(mark)) {
    bytes.replace(at, mark.size(), length);
  }
  return bytes;
}

std::string freshened(std::string bytes, const std::string& token) {
  static const std::regex kBranch("[Bb][Rr][Aa][Nn][Cc][Hh]\\s*=\\s*(?!z9hG4bK[;,\\s])[^;,\\s]+");
  static const std::regex kCallId("(^|\n)([Cc][Aa][Ll][Ll]-[Ii][Dd]|[Ii])[ \t]*:\\s*");
  std::smatch found;
  if (std::regex_search(bytes, found, kBranch)) {
    bytes.insert(static_cast<std::size_t>(found.position(0) + found.length(0)), token);
  }
  std::string result;
  auto rest = bytes.cbegin();
  for (std::sregex_iterator id(bytes.cbegin(), bytes.cend(), kCallId); id != std::sregex_iterator(); ++id) {
    result.append(rest, (*id)[0].second).append(token);
    rest = (*id)[0].second;
  }
  return result.append(rest, bytes.cend());
}

std::string answer_to(const Message& request, int status, const std::string& tag, const std::string& contact,
                      const std::vector<HeaderChange>& changes, const Lookup& lookup) {
  Pairs headers;
  for (const std::string& via : request.lines("Via")) headers.emplace_back("Via", via);
  headers.emplace_back("From", request.text("From"));
  const std::string to = request.text("To");
  headers.emplace_back("To", parameter(to, "tag") ? to : to + ";tag=" + tag);
  headers.emplace_back("Call-ID", request.text("Call-ID"));
  headers.emplace_back("CSeq", request.text("CSeq"));
  if (status < 300) headers.emplace_back("Contact", "<" + contact + ">");
  apply(headers, changes);
  std::string text = "SIP/2.0 " + std::to_string(status) + " " + reason_of(status) + "\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + expanded(value, lookup) + "\r\n";
  return text + "Content-Length: 0\r\n\r\n";
}

std::string reason_of(int status) {
  static const std::map<int, std::string> kReasons{{200, "OK"},
                                                   {302, "Moved Temporarily"},
                                                   {404, "Not Found"},
                                                   {405, "Method Not Allowed"},
                                                   {408, "Request Timeout"},
                                                   {410, "Gone"},
                                                   {480, "Temporarily Unavailable"},
                                                   {481, "Call/Transaction Does Not Exist"},
                                                   {482, "Loop Detected"},
                                                   {489, "Bad Event"},
                                                   {500, "Server Internal Error"},
                                                   {503, "Service Unavailable"}};
  const auto found = kReasons.find(status);
  return found == kReasons.end() ? "Answer" : found->second;
}

}  // namespace presentia::conformance
