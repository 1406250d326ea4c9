#include "as/sip/grammar.h"

#include <algorithm>
#include <limits>

#include "as/base/uri.h"

namespace presentia::sip {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }
char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper_char(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Where the quoted-string at the front of `text` ends (behind its closing quote); npos if it does not.
std::size_t quoted_end(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// The first of `wanted` outside "…"; npos if there is none or a quote stays open.
std::size_t find_unquoted(std::string_view text, char wanted) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == wanted) return i;
    if (text[i] != '"') continue;
    const std::size_t length = quoted_end(text.substr(i));
    if (length == std::string_view::npos) return length;
    i += length - 1;
  }
  return std::string_view::npos;
}

// What stands before the first `end` outside quotes, trimmed; `text` becomes the rest, beginning with `end`.
std::string_view take_before(std::string_view& text, char end) {
  const std::size_t length = std::min(find_unquoted(text, end), text.size());
  const std::string_view taken = trim(text.substr(0, length));
  text.remove_prefix(length);
  return taken;
}

// Digits only, clamped to 2^32-1.
std::optional<std::uint32_t> clamped_number(std::string_view digits) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : digits) number = std::min(number * 10 + static_cast<std::uint64_t>(digit - '0'), kMost);
  return static_cast<std::uint32_t>(number);
}

// A scheme, something behind it, and nothing that could break a header line.
bool is_uri(std::string_view uri) {
  const std::string scheme = base::uri_scheme(uri);
  return !scheme.empty() && uri.size() > scheme.size() + 1 &&
         std::none_of(uri.begin(), uri.end(), [](char c) { return is_control(c) || c == ' ' || c == '<' || c == '>'; });
}

std::optional<Address> finished(Address address, std::string_view uri, std::string_view rest) {
  const std::string_view params_text = trim(rest);
  if (!is_uri(uri) || (!params_text.empty() && params_text.front() != ';')) return std::nullopt;
  std::optional<Params> params = parse_params(params_text);
  if (!params) return std::nullopt;
  address.name.uri = uri;
  address.params = std::move(*params);
  return address;
}

// "type/subtype" with blanks around the slash allowed; empty if it is none.
std::string media_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view type = trim(text.substr(0, slash));
  const std::string_view subtype = trim(text.substr(slash + 1));
  if (!is_token(type) || !is_token(subtype)) return {};
  return lower(type) + '/' + lower(subtype);
}

// "0", "0.", "0.000": not acceptable [RFC3261 20.1].
bool is_zero(std::string_view q) {
  return !q.empty() && q.front() == '0' && q.find_first_not_of("0.") == std::string_view::npos;
}

std::optional<std::vector<std::string>> tokens_of(std::string_view value, char separator, bool lower_case) {
  std::vector<std::string> tokens;
  for (const std::string_view token : split_list(value, separator)) {
    if (!is_token(token)) return std::nullopt;
    tokens.push_back(lower_case ? lower(token) : std::string(token));
  }
  return tokens;
}

bool is_port(std::string_view port) { return clamped_number(port).value_or(65536) <= 65535; }

// An IPv6 address stands in brackets here, and without zone [RFC5118 4].
bool is_host(std::string_view host) {
  const bool ipv6 = host.size() > 3 && host.front() == '[' && host.back() == ']';
  if (ipv6) host = host.substr(1, host.size() - 2);
  return !host.empty() && std::all_of(host.begin(), host.end(), [ipv6](char c) {
    return is_alnum(c) || c == '.' || (ipv6 ? c == ':' : c == '-' || c == '_');
  });
}

bool read_sent_by(std::string_view text, Via& via) {
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  via.host = trim(text.substr(0, colon));
  if (colon != std::string_view::npos) via.port = trim(text.substr(colon + 1));
  return is_host(via.host) && (colon == std::string_view::npos || is_port(via.port));
}

}  // namespace

std::optional<std::string_view> param(const Params& params, std::string_view name) {
  for (const Param& one : params) {
    if (one.name == name) return one.value ? std::string_view(*one.value) : std::string_view();
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower_char);
  return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_char(x) == lower_char(y); });
}

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "-.!%*_+`'~";
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return is_alnum(c) || kMarks.find(c) != std::string_view::npos; });
}

std::string quote(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += is_control(c) ? ' ' : c;
  }
  return result + '"';
}

std::string unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string result;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    result += text[i];
  }
  return result;
}

std::vector<std::string_view> split_list(std::string_view value, char separator) {
  std::vector<std::string_view> elements;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    const std::string_view element = trim(value.substr(begin, end - begin));
    if (!element.empty()) elements.push_back(element);
    begin = end + 1;
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == separator) {
      add(i);
    } else if (value[i] == '"' || value[i] == '<') {
      const std::size_t length = value[i] == '"' ? quoted_end(value.substr(i)) : value.substr(i).find('>');
      if (length == std::string_view::npos) break;  // stays open: the rest is one element
      i += value[i] == '"' ? length - 1 : length;
    }
  }
  if (begin < value.size()) add(value.size());
  return elements;
}

std::optional<Params> parse_params(std::string_view text) {
  Params params;
  for (std::string_view rest : split_list(text, ';')) {
    Param one;
    const bool has_value = rest.find('=') != std::string_view::npos;
    const std::string_view name = take_before(rest, '=');
    if (!is_token(name)) return std::nullopt;
    one.name = lower(name);
    if (has_value) {
      const std::string_view value = trim(rest.substr(1));
      const bool quoted = !value.empty() && value.front() == '"';
      if (quoted && quoted_end(value) != value.size()) return std::nullopt;
      one.value = quoted ? unquote(value) : std::string(value);
    }
    params.push_back(std::move(one));
  }
  return params;
}

std::string Address::tag() const { return std::string(param(params, "tag").value_or("")); }

std::optional<Address> parse_address(std::string_view value) {
  value = trim(value);
  Address address;
  const std::size_t open = find_unquoted(value, '<');
  if (open == std::string_view::npos) {
    const std::string_view uri = take_before(value, ';');
    return finished(std::move(address), uri, value);
  }
  const std::size_t close = value.find('>', open);
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view display = trim(value.substr(0, open));
  if (!display.empty() && display.front() == '"' && quoted_end(display) != display.size()) return std::nullopt;
  address.name.display = unquote(display);
  return finished(std::move(address), trim(value.substr(open + 1, close - open - 1)), value.substr(close + 1));
}

std::optional<std::vector<Address>> parse_addresses(std::string_view value) {
  std::vector<Address> addresses;
  for (const std::string_view element : split_list(value)) {
    std::optional<Address> address = parse_address(element);
    if (!address) return std::nullopt;
    addresses.push_back(std::move(*address));
  }
  return addresses;
}

std::optional<std::string> first_contact(std::string_view value) {
  const std::vector<std::string_view> contacts = split_list(value);
  if (contacts.empty() || contacts.front() == "*") return std::string();
  std::optional<Address> address = parse_address(contacts.front());
  if (!address) return std::nullopt;
  return std::move(address->name.uri);
}

std::optional<ports::EventHeader> parse_event(std::string_view value) {
  ports::EventHeader event;
  event.package = take_before(value, ';');
  const std::optional<Params> params = parse_params(value);
  if (!is_token(event.package) || !params) return std::nullopt;
  if (const auto id = param(*params, "id")) event.id = std::string(*id);
  event.params = value;
  return event;
}

std::optional<ports::SubscriptionStateHeader> parse_subscription_state(std::string_view value) {
  ports::SubscriptionStateHeader header;
  header.state = lower(take_before(value, ';'));
  const std::optional<Params> params = parse_params(value);
  if (!is_token(header.state) || !params) return std::nullopt;
  const auto seconds = [&params](std::string_view name) -> std::optional<base::Seconds> {
    const auto number = clamped_number(param(*params, name).value_or(""));
    return number ? std::optional(base::Seconds(*number)) : std::nullopt;
  };
  header.expires = seconds("expires");
  header.retry_after = seconds("retry-after");
  header.reason = lower(param(*params, "reason").value_or(""));
  return header;
}

std::optional<std::vector<std::string>> parse_accept(std::string_view value) {
  std::vector<std::string> ranges;
  for (std::string_view element : split_list(value)) {
    std::string range = media_range(take_before(element, ';'));
    const std::optional<Params> params = parse_params(element);
    if (range.empty() || !params) return std::nullopt;
    if (!is_zero(param(*params, "q").value_or(""))) ranges.push_back(std::move(range));
  }
  return ranges;
}

std::optional<std::vector<std::string>> parse_tokens(std::string_view value) { return tokens_of(value, ',', true); }

std::optional<ports::ServedUser> parse_served_user(std::string_view value) {
  const std::optional<Address> address = parse_address(value);
  if (!address) return std::nullopt;
  ports::ServedUser served;
  served.uri = address->name.uri;
  const std::string session_case = lower(param(address->params, "sescase").value_or(""));
  const bool diverted = param(address->params, "orig-cdiv").has_value();  // [RFC8498]
  if (session_case == "orig" || diverted) served.session_case = ports::SessionCase::originating;
  if (session_case == "term" && !diverted) served.session_case = ports::SessionCase::terminating;
  served.registered = lower(param(address->params, "regstate").value_or("")) != "unreg";
  return served;
}

std::optional<std::vector<ports::NameAddr>> parse_asserted(std::string_view value) {
  std::optional<std::vector<Address>> addresses = parse_addresses(value);
  if (!addresses || addresses->empty() || addresses->size() > 2) return std::nullopt;
  std::vector<ports::NameAddr> asserted;
  int telephone_numbers = 0;
  for (Address& address : *addresses) {
    const std::string scheme = base::uri_scheme(address.name.uri);
    if (scheme != "sip" && scheme != "sips" && scheme != "tel") return std::nullopt;
    telephone_numbers += scheme == "tel" ? 1 : 0;
    asserted.push_back(std::move(address.name));
  }
  if (asserted.size() == 2 && telephone_numbers != 1) return std::nullopt;
  return asserted;
}

std::optional<std::vector<std::string>> parse_privacy(std::string_view value) {
  std::vector<std::string> values;
  for (const std::string_view element : split_list(value)) {
    const auto some = tokens_of(element, ';', true);
    if (!some) return std::nullopt;
    values.insert(values.end(), some->begin(), some->end());
  }
  return values;
}

std::optional<std::uint32_t> parse_expires(std::string_view value) { return clamped_number(trim(value)); }

std::optional<std::vector<std::string>> parse_etags(std::string_view value) { return tokens_of(value, ',', false); }

std::optional<base::Seconds> parse_retry_after(std::string_view value) {
  value = trim(value);
  const std::optional<std::uint32_t> seconds = clamped_number(value.substr(0, value.find_first_of(" \t(;")));
  return seconds ? std::optional(base::Seconds(*seconds)) : std::nullopt;
}

std::optional<MediaType> parse_media_type(std::string_view value) {
  MediaType media;
  media.type = media_range(take_before(value, ';'));
  media.params_text = trim(value);
  std::optional<Params> params = parse_params(value);
  if (media.type.empty() || !params) return std::nullopt;
  media.params = std::move(*params);
  return media;
}

std::optional<Disposition> parse_disposition(std::string_view value) {
  Disposition disposition;
  const std::string_view type = take_before(value, ';');
  const std::optional<Params> params = parse_params(value);
  if (!is_token(type) || !params) return std::nullopt;
  disposition.type = lower(type);
  disposition.optional = lower(param(*params, "handling").value_or("")) == "optional";
  return disposition;
}

std::string Via::branch() const { return std::string(param(params, "branch").value_or("")); }

std::optional<Via> parse_via(std::string_view value) {
  std::string_view head = take_before(value, ';');
  const std::size_t first = head.find('/');
  const std::size_t second = first == std::string_view::npos ? first : head.find('/', first + 1);
  if (second == std::string_view::npos || !equal_ignoring_case(trim(head.substr(0, first)), "SIP") ||
      trim(head.substr(first + 1, second - first - 1)) != "2.0") {
    return std::nullopt;
  }
  head = trim(head.substr(second + 1));
  const std::size_t blank = head.find_first_of(kBlanks);
  std::optional<Params> params = parse_params(value);
  Via via;
  if (blank == std::string_view::npos || !params || !is_token(head.substr(0, blank))) return std::nullopt;
  if (!read_sent_by(trim(head.substr(blank)), via)) return std::nullopt;
  via.transport = head.substr(0, blank);
  std::transform(via.transport.begin(), via.transport.end(), via.transport.begin(), upper_char);
  via.params = std::move(*params);
  return via;
}

std::optional<CSeq> parse_cseq(std::string_view value) {
  value = trim(value);
  const std::size_t blank = std::min(value.find_first_of(kBlanks), value.size());
  const std::optional<std::uint32_t> number = clamped_number(value.substr(0, blank));
  const std::string_view method = trim(value.substr(blank));
  if (!number || *number > 0x7fffffffU || !is_token(method)) return std::nullopt;
  return CSeq{*number, std::string(method)};
}

std::string warning(std::string_view agent, std::string_view text) {
  return std::string("399 ").append(agent) + ' ' + quote(text);
}

}  // namespace presentia::sip
