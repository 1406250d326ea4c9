#include "mgmt/service/metrics_http.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>

namespace presentia::mgmt {
namespace {

namespace net = Poco::Net;

constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr const char* kTextFormat = "text/plain; version=0.0.4; charset=utf-8";
constexpr int kThreads = 2;
constexpr int kQueue = 16;
constexpr int kTimeoutS = 10;

class Handler final : public net::HTTPRequestHandler {
 public:
  Handler(const base::Metrics& metrics, const ports::Health& health) : metrics_(metrics), health_(health) {}

  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    const std::string path = request.getURI().substr(0, request.getURI().find('?'));
    const bool reads =
        request.getMethod() == net::HTTPRequest::HTTP_GET || request.getMethod() == net::HTTPRequest::HTTP_HEAD;
    response.setContentType(kPlainText);
    if (path != "/metrics" && path != "/healthz" && path != "/readyz") {
      answer(response, net::HTTPResponse::HTTP_NOT_FOUND, "there are /metrics, /healthz and /readyz\n");
    } else if (!reads) {
      response.set("Allow", "GET, HEAD");
      answer(response, net::HTTPResponse::HTTP_METHOD_NOT_ALLOWED, "GET or HEAD\n");
    } else if (path == "/metrics") {
      response.setContentType(kTextFormat);
      answer(response, net::HTTPResponse::HTTP_OK, metrics_.text());
    } else {
      const bool alive = path == "/healthz";
      judge(response, alive ? health_.stalled() : health_.not_ready(),
            alive ? std::vector<std::string>() : health_.degraded());
    }
  }

 private:
  static void judge(net::HTTPServerResponse& response, const std::vector<std::string>& reasons,
                    const std::vector<std::string>& lacking) {
    std::string lines;
    for (const std::string& reason : reasons) lines.append(reason).append("\n");
    for (const std::string& each : lacking) lines.append("degraded: ").append(each).append("\n");
    if (reasons.empty()) return answer(response, net::HTTPResponse::HTTP_OK, "ok\n" + lines);
    answer(response, net::HTTPResponse::HTTP_SERVICE_UNAVAILABLE, lines);
  }

  static void answer(net::HTTPServerResponse& response, net::HTTPResponse::HTTPStatus status, const std::string& body) {
    response.setStatusAndReason(status);
    try {
      response.sendBuffer(body.data(), body.size());
    } catch (const Poco::Exception&) {  // the peer went away before the end: nobody is left to be told
    }
  }

  const base::Metrics& metrics_;
  const ports::Health& health_;
};

class Factory final : public net::HTTPRequestHandlerFactory {
 public:
  Factory(const base::Metrics& metrics, const ports::Health& health) : metrics_(metrics), health_(health) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest& /*request*/) override {
    return new Handler(metrics_, health_);  // Poco owns and deletes it
  }

 private:
  const base::Metrics& metrics_;
  const ports::Health& health_;
};

net::HTTPServerParams::Ptr parameters() {
  net::HTTPServerParams::Ptr params = new net::HTTPServerParams;
  params->setMaxThreads(kThreads);
  params->setMaxQueued(kQueue);
  params->setTimeout(Poco::Timespan(kTimeoutS, 0));
  params->setKeepAliveTimeout(Poco::Timespan(kTimeoutS, 0));
  params->setSoftwareVersion("Presentia");
  return params;
}

}  // namespace

class MetricsHttp::Impl {
 public:
  Impl(const base::Metrics& metrics, const ports::Health& health) : metrics_(metrics), health_(health) {}

  base::Result<std::string> start(const std::string& address) {
    try {
      net::ServerSocket socket;
      const net::SocketAddress where(address);
      socket.bind(where, true, false);  // not shared: a second server must not take half of the questions
      socket.listen();
      server_ = std::make_unique<net::HTTPServer>(new Factory(metrics_, health_), threads_, socket, parameters());
      server_->start();
      return socket.address().toString();
    } catch (const Poco::Exception& error) {
      return base::Unexpected{base::Error{"listen", "metrics on " + address + ": " + error.displayText()}};
    }
  }

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
  const base::Metrics& metrics_;
  const ports::Health& health_;
  Poco::ThreadPool threads_{1, kThreads + 1};
  std::unique_ptr<net::HTTPServer> server_;
};

MetricsHttp::MetricsHttp(const base::Metrics& metrics, const ports::Health& health)
    : impl_(std::make_unique<Impl>(metrics, health)) {}
MetricsHttp::~MetricsHttp() { impl_->stop(); }
base::Result<std::string> MetricsHttp::start(const std::string& address) { return impl_->start(address); }
void MetricsHttp::stop() { impl_->stop(); }

}  // namespace presentia::mgmt
