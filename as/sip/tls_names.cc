#include "as/sip/tls_names.h"

#include <algorithm>

#include "as/base/uri.h"
#include "as/sip/grammar.h"
#include "as/sip/ip.h"

namespace presentia::sip {
namespace {

// A URI with a user is that user's and not the domain's [RFC5922 7.1].
std::string host_of(const std::string& name) {
  const auto uri = base::parse_uri(name);
  if (!uri || (uri->scheme != "sip" && uri->scheme != "sips")) return name;
  return uri->user.empty() ? uri->host : std::string();
}

bool same_host(std::string_view a, std::string_view b) {
  if (equal_ignoring_case(a, b)) return true;
  const auto address = parse_ip(a);
  return address && address == parse_ip(b);
}

}  // namespace

bool name_host(const std::vector<std::string>& names, std::string_view host) {
  return std::any_of(names.begin(), names.end(),
                     [host](const std::string& name) { return same_host(host_of(name), host); });
}

}  // namespace presentia::sip
