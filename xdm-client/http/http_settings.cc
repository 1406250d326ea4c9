#include "xdm-client/http/http_settings.h"

#include "xdm-client/http/root_uri.h"
#include "xdm-client/http/visible_text.h"

namespace presentia::xdm {
namespace {

base::Unexpected<base::Error> wrong(const std::string& text) {
  return base::Unexpected{base::Error{"xcap_settings", text}};
}

bool positive(const HttpSettings& settings) {
  return settings.workers > 0 && settings.max_queue > 0 && settings.max_head_bytes > 0 &&
         settings.connect_timeout.count() > 0 && settings.send_timeout.count() > 0 &&
         settings.first_byte_timeout.count() > 0 && settings.backoff_first.count() > 0;
}

}  // namespace

base::Result<base::Done> check(const HttpSettings& settings) {
  for (const std::string& root : settings.roots) {
    if (auto parsed = parse_root(root); !parsed) return base::Unexpected{std::move(parsed).error()};
  }
  if (!positive(settings)) return wrong("workers, queue, sizes and timeouts must be above 0");
  if (settings.backoff_max < settings.backoff_first) return wrong("backoff_max is below backoff_first");
  if (settings.backoff_jitter_percent < 0 || settings.backoff_jitter_percent > 100) {
    return wrong("backoff_jitter_percent is not within 0 and 100");
  }
  if (settings.tls.certificate_file.empty() != settings.tls.key_file.empty()) {
    return wrong("certificate and key belong together");
  }
  if (settings.identity == IdentityMode::digest && (settings.user.empty() || !is_field_value(settings.user))) {
    return wrong("digest needs a user");
  }
  return base::Done{};
}

}  // namespace presentia::xdm
