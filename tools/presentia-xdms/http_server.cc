#include "tools/presentia-xdms/http_server.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/ThreadPool.h>

#include <array>
#include <istream>
#include <optional>
#include <ostream>

#include "as/base/log.h"
#include "tools/presentia-xdms/bounded_socket.h"

namespace presentia::xdms {
namespace {

namespace net = Poco::Net;

constexpr const char* kIfMatch = "If-Match";

// All fields of that name as one list [RFC9110 5.3].
std::optional<std::string> list_of(const net::HTTPServerRequest& request, const std::string& name) {
  std::optional<std::string> list;
  for (auto field = request.find(name); field != request.end(); ++field) {
    if (Poco::icompare(field->first, name) != 0) break;  // equal names stand together
    list = list ? *list + "," + field->second : field->second;
  }
  return list;
}

// Path and query, also of an absolute form [RFC9112 3.2.2].
std::string target_of(const std::string& uri) {
  const std::size_t authority = uri.starts_with('/') ? std::string::npos : uri.find("://");
  if (authority == std::string::npos) return uri;
  const std::size_t path = uri.find('/', authority + 3);
  return path == std::string::npos ? "/" : uri.substr(path);
}

Identities identities_of(const net::HTTPServerRequest& request) {
  Identities who;
  for (const char* name : {"X-3GPP-Asserted-Identity", "X-XCAP-Asserted-Identity"})
    for (std::string& identity : asserted(list_of(request, name).value_or(""))) who.push_back(std::move(identity));
  return who;
}

class Handler final : public net::HTTPRequestHandler {
 public:
  Handler(const HttpAnswer& answer, const HttpLimits& limits) : answer_(answer), limits_(limits) {}

  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    try {
      XcapRequest asked;
      asked.method = request.getMethod();
      asked.target = target_of(request.getURI());
      asked.content_type =
          request.getContentType() == net::HTTPMessage::UNKNOWN_CONTENT_TYPE ? "" : request.getContentType();
      asked.if_match = list_of(request, kIfMatch);
      asked.if_none_match = list_of(request, "If-None-Match");
      asked.who = identities_of(request);
      if (const int refused = read_body(request, asked.body); refused != 0) {
        response.setKeepAlive(false);  // what is left of the body is not the next request
        return send(request, response, {refused});
      }
      send(request, response, answer_(asked));
      next_request(static_cast<net::HTTPServerRequestImpl&>(request).socket());
    } catch (const Poco::Exception&) {  // the client went away or was too slow: nobody is left to be told
      response.setKeepAlive(false);
    }
  }

 private:
  // 0, or the status of a refusal.
  [[nodiscard]] int read_body(net::HTTPServerRequest& request, std::string& body) const {
    if (!request.get("Content-Encoding", "identity").starts_with("identity")) return 415;
    const bool has_length = request.hasContentLength();
    if (has_length && request.getContentLength64() > static_cast<Poco::Int64>(limits_.body_bytes)) return 413;
    if (!has_length && !request.getChunkedTransferEncoding()) return request.getMethod() == "PUT" ? 411 : 0;
    std::array<char, 16384> piece{};
    std::istream& stream = request.stream();
    while (stream.read(piece.data(), piece.size()) || stream.gcount() > 0) {
      body.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
      if (body.size() > limits_.body_bytes) return 413;
    }
    if (stream.bad()) return 408;
    const bool is_whole = !has_length || static_cast<Poco::Int64>(body.size()) == request.getContentLength64();
    return is_whole ? 0 : 400;
  }

  static void send(const net::HTTPServerRequest& request, net::HTTPServerResponse& response, const XcapResponse& made) {
    base::log(base::Module::xdm, base::Level::info, "xcap.answered",
              {{"method", request.getMethod()}, {"uri", request.getURI()}, {"status", made.status}});
    response.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(made.status));
    for (const auto& [name, value] : made.headers) response.set(name, value);
    if (!made.type.empty()) response.setContentType(made.type);
    if (made.status != net::HTTPResponse::HTTP_NOT_MODIFIED)
      response.setContentLength64(static_cast<Poco::Int64>(made.body.size()));
    response.send() << made.body << std::flush;  // of HEAD Poco sends no body
  }

  const HttpAnswer& answer_;
  const HttpLimits& limits_;
};

class Factory final : public net::HTTPRequestHandlerFactory {
 public:
  Factory(const HttpAnswer& answer, const HttpLimits& limits) : answer_(answer), limits_(limits) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest& /*request*/) override {
    return new Handler(answer_, limits_);  // Poco owns and deletes it
  }

 private:
  const HttpAnswer& answer_;
  const HttpLimits& limits_;
};

net::HTTPServerParams::Ptr parameters(const HttpLimits& limits) {
  net::HTTPServerParams::Ptr params = new net::HTTPServerParams;
  params->setMaxThreads(limits.threads);
  params->setMaxQueued(limits.queue);
  params->setTimeout(Poco::Timespan(limits.silence.count(), 0));
  params->setKeepAliveTimeout(Poco::Timespan(limits.silence.count(), 0));
  params->setSoftwareVersion("presentia-xdms");
  return params;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpAnswer answer, HttpLimits limits, const base::Clock& clock)
      : answer_(std::move(answer)), limits_(limits), clock_(clock), threads_(1, limits.threads + 1) {}

  base::Result<std::string> bind(const std::string& address) {
    try {
      BoundedServerSocket socket({clock_, limits_.request, limits_.request_bytes});
      const net::SocketAddress where(address);
      socket.bind(where, true, false);  // not shared with another server
      socket.listen();
      server_ = std::make_unique<net::HTTPServer>(new Factory(answer_, limits_), threads_, socket, parameters(limits_));
      return socket.address().toString();
    } catch (const Poco::Exception& error) {
      return base::Unexpected{base::Error{"listen", "http on " + address + ": " + error.displayText()}};
    }
  }

  void start() const { server_->start(); }

  void stop() {
    if (!server_) return;
    try {
      server_->stopAll(true);
      threads_.joinAll();
    } catch (const Poco::Exception&) {  // the sockets are closed with the server
    }
    server_.reset();
  }

 private:
  const HttpAnswer answer_;
  const HttpLimits limits_;
  const base::Clock& clock_;
  Poco::ThreadPool threads_;
  std::unique_ptr<net::HTTPServer> server_;
};

HttpServer::HttpServer(HttpAnswer answer, HttpLimits limits, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(answer), limits, clock)) {}
HttpServer::~HttpServer() { impl_->stop(); }
base::Result<std::string> HttpServer::bind(const std::string& address) { return impl_->bind(address); }
void HttpServer::start() { impl_->start(); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace presentia::xdms
