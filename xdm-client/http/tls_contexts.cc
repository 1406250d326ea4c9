#include "xdm-client/http/tls_contexts.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <utility>

#include "as/base/log.h"

namespace presentia::xdm {
namespace {

base::Unexpected<base::Error> bad_file(const std::string& file, const std::string& why) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = file + ": " + why;
  if (reason != nullptr) text.append(" (").append(reason).append(")");
  ERR_clear_error();
  return base::Unexpected{base::Error{"tls_files", std::move(text)}};
}

// What changes when a file is written again or replaced.
std::string stamp(const std::string& file) {
  struct stat is {};
  if (file.empty() || stat(file.c_str(), &is) != 0) return "-";
  return std::to_string(is.st_ino) + '/' + std::to_string(is.st_size) + '/' + std::to_string(is.st_mtim.tv_sec) + '.' +
         std::to_string(is.st_mtim.tv_nsec);
}

std::string stamps_of(const TlsSettings& settings) {
  return stamp(settings.ca_file) + ' ' + stamp(settings.certificate_file) + ' ' + stamp(settings.key_file);
}

base::Result<base::Done> load_authorities(SSL_CTX* context, const TlsSettings& settings) {
  const bool loaded = settings.ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(context) == 1
                          : SSL_CTX_load_verify_locations(context, settings.ca_file.c_str(), nullptr) == 1;
  if (!loaded) return bad_file(settings.ca_file, "no authorities to be read");
  return base::Done{};
}

base::Result<base::Done> load_own(SSL_CTX* context, const TlsSettings& settings) {
  if (settings.certificate_file.empty()) return base::Done{};
  if (SSL_CTX_use_certificate_chain_file(context, settings.certificate_file.c_str()) != 1) {
    return bad_file(settings.certificate_file, "no certificate to be read");
  }
  if (SSL_CTX_use_PrivateKey_file(context, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return bad_file(settings.key_file, "no key of the certificate, without passphrase, to be read");
  }
  return base::Done{};
}

}  // namespace

base::Result<TlsContextPtr> make_tls_context(const TlsSettings& settings) {
  ERR_clear_error();
  TlsContextPtr context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) return bad_file("TLS", "no context");
  SSL_CTX_set_min_proto_version(context.get(),
                                settings.min_version == TlsVersion::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Without a terminal to ask: a key under a passphrase cannot be read.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return -1; });
  if (auto loaded = load_authorities(context.get(), settings); !loaded) {
    return base::Unexpected{std::move(loaded).error()};
  }
  if (auto loaded = load_own(context.get(), settings); !loaded) return base::Unexpected{std::move(loaded).error()};
  return context;
}

base::Result<TlsContextPtr> TlsContexts::current(const TlsSettings& settings) {
  std::string stamps = stamps_of(settings);
  const std::lock_guard lock(mutex_);
  if (context_ && settings == settings_ && stamps == stamps_) return context_;
  auto made = make_tls_context(settings);
  if (made) {
    context_ = *made;
  } else if (!context_ || settings != settings_) {
    context_.reset();
    return base::Unexpected{std::move(made).error()};
  } else {
    base::log(base::Module::xdm, base::Level::warn, "xcap.tls_files_kept", {{"why", made.error().text}});
  }
  settings_ = settings;
  stamps_ = std::move(stamps);  // until they change again
  return context_;
}

}  // namespace presentia::xdm
