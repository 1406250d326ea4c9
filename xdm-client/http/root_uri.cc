#include "xdm-client/http/root_uri.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include "xdm-client/http/visible_text.h"

namespace presentia::xdm {
namespace {

base::Unexpected<base::Error> refused(const std::string& text, const std::string& why) {
  return base::Unexpected{base::Error{"xcap_root", "XCAP root \"" + text + "\": " + why}};
}

std::string without_brackets(const std::string& host) {
  const bool bracketed = host.size() > 1 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

std::string without_end_slashes(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

RootUri made_of(const std::string& text, const Poco::URI& uri) {
  RootUri root{.text = text,
               .tls = uri.getScheme() == "https",
               .host = without_brackets(uri.getHost()),
               .port = uri.getPort(),
               .authority = {},
               .path = {}};
  const bool v6 = root.host.find(':') != std::string::npos;
  const bool usual = root.port == (root.tls ? 443 : 80);
  root.authority = (v6 ? '[' + root.host + ']' : root.host) + (usual ? "" : ':' + std::to_string(root.port));
  // as it was written: Poco gives the path decoded
  const std::size_t path = text.find('/', text.find("://") + 3);
  if (path != std::string::npos) root.path = without_end_slashes(text.substr(path));
  return root;
}

}  // namespace

base::Result<RootUri> parse_root(const std::string& text) {
  if (!is_visible(text)) return refused("", "blanks or control characters");
  try {
    const Poco::URI uri(text);
    if (!uri.getUserInfo().empty()) return refused("", "user and password do not belong into it");
    if (uri.getScheme() != "http" && uri.getScheme() != "https") return refused(text, "neither http nor https");
    if (uri.getHost().empty() || uri.getPort() == 0) return refused(text, "no host and port");
    if (text.find_first_of("?#") != std::string::npos) return refused(text, "a root has no query");
    return made_of(text, uri);
  } catch (const Poco::Exception&) {
    return refused(text, "not a URI");
  }
}

}  // namespace presentia::xdm
