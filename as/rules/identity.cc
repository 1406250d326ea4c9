#include "as/rules/identity.h"

#include <idn2.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <utility>

#include "as/base/uri.h"
#include "as/xml/compare.h"

namespace presentia::rules {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

int hex_value(char c) {
  if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return -1;
  return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

std::string unescaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    result += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
    if (low >= 0) i += 2;
  }
  return result;
}

// The mapping of today's IDNA [RFC5891], which has taken the place of RFC 3490's ToASCII: what it maps differently (the
// German sharp s, three more characters) are different domains today.
std::string a_labels(const std::string& domain) {
  struct Free {
    void operator()(char* text) const { idn2_free(text); }
  };
  char* made = nullptr;
  const int status = idn2_to_ascii_8z(domain.c_str(), &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, Free> owned(made);
  return status == IDN2_OK && owned ? std::string(owned.get()) : std::string();
}

bool labels_fit(std::string_view domain) {
  while (true) {
    const std::size_t length = std::min(domain.find('.'), domain.size());
    if (length == 0 || length > 63) return false;
    if (length == domain.size()) return true;
    domain.remove_prefix(length + 1);
  }
}

// The URI with its host as A-labels, if it has a host that needs it.
std::optional<std::string> with_ascii_host(std::string_view uri) {
  const std::string scheme = base::uri_scheme(uri);
  if (scheme != "sip" && scheme != "sips" && scheme != "pres") return std::nullopt;
  const std::size_t at = uri.find('@');
  const std::size_t begin = at == std::string_view::npos ? scheme.size() + 1 : at + 1;
  const std::size_t end = std::min(uri.find_first_of(":;?", begin), uri.size());
  const std::string host = comparable_domain(uri.substr(begin, end - begin));
  if (host.empty()) return std::nullopt;
  return std::string(uri.substr(0, begin)) + host + std::string(uri.substr(end));
}

// The number of "tel:+number" and of "sip:+number@domain"; empty if it is none.
std::string_view global_number(std::string_view identity) {
  identity.remove_prefix(std::min(identity.find(':') + 1, identity.size()));
  const std::string_view number = identity.substr(0, identity.find('@'));
  const bool digits = number.size() > 1 && number.front() == '+' &&
                      std::all_of(number.begin() + 1, number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? number : std::string_view();
}

std::vector<std::string> aliases_of(std::string_view identity, std::span<const std::string> domains) {
  std::vector<std::string> aliases;
  const std::string_view number = global_number(identity);
  if (number.empty()) return aliases;
  const bool tel = identity.starts_with("tel:");
  for (const std::string& domain : domains) {
    if (tel) {
      aliases.push_back("sip:" + std::string(number) + '@' + comparable_domain(domain));
    } else if (base::domain_of(identity) == comparable_domain(domain)) {
      aliases.push_back("tel:" + std::string(number));
    }
  }
  return aliases;
}

}  // namespace

std::string comparable_identity(std::string_view uri) {
  uri = xml::trimmed(uri);
  if (auto normal = base::normal_form(uri)) return *std::move(normal);
  if (const auto ascii = is_ascii(uri) ? std::nullopt : with_ascii_host(uri)) {
    if (auto normal = base::normal_form(*ascii)) return *std::move(normal);
  }
  const std::string scheme = base::uri_scheme(uri);
  return scheme + std::string(uri.substr(scheme.size()));
}

std::string comparable_domain(std::string_view domain) {
  std::string plain = unescaped(xml::trimmed(domain));
  const auto hidden = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
  if (std::any_of(plain.begin(), plain.end(), hidden)) return {};
  if (!is_ascii(plain)) plain = a_labels(plain);
  if (plain.ends_with('.')) plain.pop_back();  // the root label changes no name
  return labels_fit(plain) ? lower(plain) : std::string();
}

Watcher Watcher::of(std::span<const std::string> asserted, std::span<const std::string> alias_domains) {
  Watcher watcher;
  for (const std::string& uri : asserted) {
    std::string identity = comparable_identity(uri);
    if (!identity.empty()) watcher.identities.push_back(std::move(identity));
  }
  const std::size_t own = watcher.identities.size();
  for (std::size_t i = 0; i < own; ++i) {
    for (std::string& alias : aliases_of(watcher.identities[i], alias_domains)) {
      watcher.identities.push_back(std::move(alias));
    }
  }
  for (const std::string& identity : watcher.identities) watcher.domains.emplace_back(base::domain_of(identity));
  return watcher;
}

}  // namespace presentia::rules
