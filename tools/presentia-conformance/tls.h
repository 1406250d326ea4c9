// TLS for the suite's streams. The only header beside tls.cc that knows OpenSSL's names.
#pragma once

#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace presentia::conformance {

struct FreeSsl {
  void operator()(ssl_st* session) const;
};
using Session = std::unique_ptr<ssl_st, FreeSsl>;

// A handshake on a connected blocking socket, as client or as server (with a certificate made for the run). Peers'
// certificates are not verified: the suite measures servers, it does not trust them. Throws std::runtime_error.
Session tls_connect(int socket);
Session tls_accept(int socket);

// What a non-blocking read gives: bytes, 0 at the end of the stream, -1: nothing now.
long tls_read(ssl_st* session, char* into, std::size_t size);
// False: the stream is gone.
bool tls_write(ssl_st* session, const std::string& bytes);

}  // namespace presentia::conformance
