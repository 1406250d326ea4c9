#include "mgmt/service/management_server.h"

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>

#include "as/base/log.h"
#include "mgmt/attributes/patterns.h"
#include "mgmt/service/calls.h"
#include "mgmt/service/open_streams.h"
#include "mgmt/service/operations.h"
#include "mgmt/service/presentities_service.h"
#include "mgmt/service/subscribers_service.h"
#include "mgmt/service/unix_socket.h"
#include "proto/management.grpc.pb.h"
#include "proto/presentities.grpc.pb.h"
#include "proto/subscribers.grpc.pb.h"

namespace presentia::mgmt {
namespace {

using management::WatchEvent;

constexpr std::size_t kWatchQueue = 1000;  // events a watcher may be behind
constexpr std::int64_t kStopWithinMs = 2000;
constexpr std::string_view kUnix = "unix:";
constexpr const char* kVersionKey = "presentia-version";  // initial metadata of a Watch

// One open Watch. The listener pushes from the thread that made a change, gRPC reacts on its own: `mutex_` guards all.
class WatchStream final : public grpc::ServerWriteReactor<WatchEvent> {
 public:
  WatchStream(std::vector<std::string> patterns, std::function<void(WatchStream*)> done)
      : patterns_(std::move(patterns)), done_(std::move(done)) {}

  // Held back are changes that happen meanwhile: they come after the first event, and none twice.
  void open(const std::shared_ptr<WatchStream>& self, const Operations& operations,
            grpc::CallbackServerContext& context, bool current) {
    const std::lock_guard lock(mutex_);
    listening_ =
        operations.attributes().listen([weak = std::weak_ptr(self)](const ChangeEvent& event, const SnapshotPtr&) {
          if (const auto stream = weak.lock()) stream->push(event);
        });
    const SnapshotPtr snapshot = operations.attributes().snapshot();
    seen_ = snapshot->version();
    context.AddInitialMetadata(kVersionKey, std::to_string(seen_));
    StartSendInitialMetadata();  // the caller learns that from here on no change escapes him
    if (!current) return;
    queue_.push_back(operations.current(*snapshot, patterns_));
    write_next();
  }

  void end(const grpc::Status& status) {
    const std::lock_guard lock(mutex_);
    finish(status);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (ok) {
      write_next();
    } else {
      finish(grpc::Status::CANCELLED);
    }
  }
  void OnCancel() override { end(grpc::Status::CANCELLED); }
  void OnDone() override {
    const auto done = done_;  // ends this stream
    done(this);
  }

 private:
  void push(const ChangeEvent& event) {
    const std::lock_guard lock(mutex_);
    if (finished_ || event.version <= seen_) return;
    ChangeEvent matching = event;
    std::erase_if(matching.changes, [this](const Change& change) { return !matches_any(patterns_, change.name); });
    if (matching.changes.empty()) return;
    if (queue_.size() >= kWatchQueue) {
      finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "the watcher does not read"});
      return;
    }
    to_message(matching, queue_.emplace_back());
    write_next();
  }

  void write_next() {
    if (writing_ || finished_ || queue_.empty()) return;
    in_flight_ = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    StartWrite(&in_flight_);
  }

  void finish(const grpc::Status& status) {
    if (!std::exchange(finished_, true)) Finish(status);
  }

  const std::vector<std::string> patterns_;
  const std::function<void(WatchStream*)> done_;
  std::mutex mutex_;
  Attributes::Listening listening_;
  std::uint64_t seen_ = 0;  // version of the first event
  std::deque<WatchEvent> queue_;
  WatchEvent in_flight_;
  bool writing_ = false;
  bool finished_ = false;
};

class Service final : public management::Management::CallbackService {
 public:
  Service(Operations& operations, base::Metrics& metrics) : operations_(operations), metrics_(metrics) {}

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* Describe(Context* context, const management::DescribeRequest* request,
                  management::DescribeResponse* response) override {
    return answer("Describe", context, &Operations::describe, request, response);
  }
  Unary* Get(Context* context, const management::GetRequest* request, management::GetResponse* response) override {
    return answer("Get", context, &Operations::get, request, response);
  }
  Unary* Set(Context* context, const management::SetRequest* request, management::ChangeResponse* response) override {
    return answer("Set", context, &Operations::set, request, response);
  }
  Unary* Reset(Context* context, const management::ResetRequest* request,
               management::ChangeResponse* response) override {
    return answer("Reset", context, &Operations::reset, request, response);
  }
  Unary* History(Context* context, const management::HistoryRequest* request,
                 management::HistoryResponse* response) override {
    return answer("History", context, &Operations::history, request, response);
  }
  Unary* ReadMetrics(Context* context, const management::ReadMetricsRequest* request,
                     management::ReadMetricsResponse* response) override {
    return answer("ReadMetrics", context, &Operations::read_metrics, request, response);
  }
  Unary* Status(Context* context, const management::StatusRequest* request,
                management::StatusResponse* response) override {
    return answer("Status", context, &Operations::status, request, response);
  }

  Unary* Drain(Context* context, const management::DrainRequest* request,
               management::DrainResponse* response) override {
    return answer("Drain", context, &Operations::drain, request, response);
  }
  // Takes as long as the disk does, so on a thread of its own: gRPC has few. One at a time.
  Unary* Backup(Context* context, const management::BackupRequest* request,
                management::BackupResponse* response) override {
    Unary* reactor = context->DefaultReactor();
    const std::lock_guard lock(backup_mutex_);
    if (backing_up_.exchange(true)) {
      count("Backup", false);
      reactor->Finish({grpc::StatusCode::FAILED_PRECONDITION, "another backup is being made"});
      return reactor;
    }
    backup_ = std::jthread([this, context, request, response, reactor] {
      const auto error = operations_.backup(*request, caller(*context), *response);
      count("Backup", !error);
      backing_up_ = false;
      reactor->Finish(error ? to_status(*error) : grpc::Status::OK);
    });
    return reactor;
  }

  grpc::ServerWriteReactor<WatchEvent>* Watch(Context* context, const management::WatchRequest* request) override {
    std::vector<std::string> patterns{request->patterns().begin(), request->patterns().end()};
    const auto error = Operations::check_patterns(patterns);
    count("Watch", !error);
    const auto stream =
        std::make_shared<WatchStream>(std::move(patterns), [this](WatchStream* ended) { streams_.forget(ended); });
    const bool open = streams_.add(stream);
    if (error || !open) {
      stream->end(error ? to_status(*error) : stopping());
    } else {
      stream->open(stream, operations_, *context, request->current());
    }
    return stream.get();
  }

  void end_watches() { streams_.end_all(stopping()); }

 private:
  template <class Request, class Response>
  Unary* answer(const char* method, Context* context,
                Operations::Outcome (Operations::*operation)(const Request&, const std::string&, Response&) const,
                const Request* request, Response* response) {
    const Operations::Outcome error = (operations_.*operation)(*request, caller(*context), *response);
    count(method, !error);
    Unary* reactor = context->DefaultReactor();
    reactor->Finish(error ? to_status(*error) : grpc::Status::OK);
    return reactor;
  }

  void count(const char* method, bool done) { count_call(metrics_, method, done); }

  Operations& operations_;
  base::Metrics& metrics_;
  OpenStreams<WatchStream> streams_;
  std::mutex backup_mutex_;
  std::atomic<bool> backing_up_{false};
  std::jthread backup_;
};

base::Unexpected<base::Error> failed(std::string text) {
  return base::Unexpected{base::Error{"management", std::move(text)}};
}

std::string content(const std::string& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

std::shared_ptr<grpc::ServerCredentials> credentials(const config::Management& management) {
  if (management.certificate().empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = content(management.client_ca());
  options.pem_key_cert_pairs.push_back({content(management.private_key()), content(management.certificate())});
  return grpc::SslServerCredentials(options);
}

// What the library would print to stderr by itself: failed handshakes, ports in use.
void log_of_library(gpr_log_func_args* said) {
  const bool bad = said->severity == GPR_LOG_SEVERITY_ERROR;
  base::log(base::Module::management, bad ? base::Level::warn : base::Level::debug, "grpc.says",
            {{"text", said->message}});
}

}  // namespace

class ManagementServer::Impl {
 public:
  Impl(Attributes& attributes, base::Metrics& metrics, const base::Clock& clock, ports::Operation& operation,
       const ports::Health& health, std::string program)
      : operations_(attributes, metrics, clock, operation, health, std::move(program)),
        service_(operations_, metrics),
        metrics_(metrics),
        clock_(clock) {}

  void offer(ports::Inspection& inspection, ports::MessageTracing& tracing, ports::Documents& documents) {
    presentities_ = std::make_unique<PresentitiesService>(inspection, tracing, documents,
                                                          operations_.attributes().live(), metrics_, clock_);
  }

  void offer(ports::SubscriberData& subscribers) {
    subscribers_ = std::make_unique<SubscribersService>(subscribers, operations_.attributes().live(), metrics_);
  }

  base::Result<std::string> start() {
    if (server_) return failed("started already");
    gpr_set_log_function(log_of_library);
    const SnapshotPtr snapshot = operations_.attributes().snapshot();
    const config::Management& management = snapshot->config().management();
    if (management.listen().starts_with(kUnix)) return start_unix(management.listen().substr(kUnix.size()));
    return start_tcp(management);
  }

  void stop() {
    if (!server_) return;
    service_.end_watches();
    if (presentities_) presentities_->end_streams();
    {
      const std::lock_guard lock(serving_mutex_);
      health_ = nullptr;
    }
    server_->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(kStopWithinMs, GPR_TIMESPAN)));
    server_->Wait();
    server_.reset();
    if (!socket_.empty()) ::unlink(socket_.c_str());
  }

  void set_serving(bool serving) {
    const std::lock_guard lock(serving_mutex_);
    if (health_ == nullptr || serving_ == serving) return;
    tell_health(serving);
    serving_ = serving;
  }

  Operations& operations() { return operations_; }

 private:
  int build(const std::string& address, const std::shared_ptr<grpc::ServerCredentials>& with) {
    int port = 0;
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second server must not share the port unnoticed
    builder.AddListeningPort(address, with, &port);
    builder.RegisterService(&service_);
    if (presentities_) builder.RegisterService(&presentities_->service());
    if (subscribers_) builder.RegisterService(&subscribers_->service());
    server_ = builder.BuildAndStart();
    const std::lock_guard lock(serving_mutex_);
    health_ = server_ ? server_->GetHealthCheckService() : nullptr;
    if (health_ != nullptr) tell_health(false);
    return port;
  }

  // The library knows of no service by itself; the empty name is the server.
  void tell_health(bool serving) {
    health_->SetServingStatus(management::Management::service_full_name(), serving);
    if (presentities_) health_->SetServingStatus(management::Presentities::service_full_name(), serving);
    if (subscribers_) health_->SetServingStatus(management::Subscribers::service_full_name(), serving);
    health_->SetServingStatus(serving);
  }

  base::Result<std::string> start_unix(const std::string& path) {
    auto place = UnixSocketPlace::prepare(path);
    if (!place) return base::Unexpected{std::move(place).error()};
    build(std::string(kUnix) + place->bind_path(), grpc::InsecureServerCredentials());
    if (!server_) return failed("cannot listen on unix:" + path);
    if (auto published = place->publish(); !published) {
      stop();
      return base::Unexpected{std::move(published).error()};
    }
    socket_ = path;
    return std::string(kUnix) + path;
  }

  base::Result<std::string> start_tcp(const config::Management& management) {
    const auto address = parse_address_port(management.listen());
    const int port = build(management.listen(), credentials(management));
    if (!server_ || port == 0) {
      return failed("cannot listen on " + management.listen() + ": address in use, or unusable TLS files");
    }
    const bool v6 = address->address.find(':') != std::string::npos;
    return (v6 ? "[" + address->address + "]" : address->address) + ":" + std::to_string(port);
  }

  Operations operations_;
  Service service_;
  base::Metrics& metrics_;
  const base::Clock& clock_;
  std::unique_ptr<PresentitiesService> presentities_;
  std::unique_ptr<SubscribersService> subscribers_;
  std::unique_ptr<grpc::Server> server_;
  std::mutex serving_mutex_;
  grpc::HealthCheckServiceInterface* health_ = nullptr;  // of server_; guarded by serving_mutex_
  bool serving_ = false;                                 // as last told; guarded by serving_mutex_
  std::string socket_;                                   // to be removed when stopped
};

ManagementServer::ManagementServer(Attributes& attributes, base::Metrics& metrics, const base::Clock& clock,
                                   ports::Operation& operation, const ports::Health& health, std::string program)
    : impl_(std::make_unique<Impl>(attributes, metrics, clock, operation, health, std::move(program))) {}

ManagementServer::~ManagementServer() { impl_->stop(); }

void ManagementServer::offer(ports::Inspection& inspection, ports::MessageTracing& tracing,
                             ports::Documents& documents) {
  impl_->offer(inspection, tracing, documents);
}

void ManagementServer::offer(ports::SubscriberData& subscribers) { impl_->offer(subscribers); }

base::Result<std::string> ManagementServer::start() { return impl_->start(); }

void ManagementServer::stop() { impl_->stop(); }

void ManagementServer::set_serving(bool serving) { impl_->set_serving(serving); }

void ManagementServer::set_listening(std::vector<std::string> addresses) {
  impl_->operations().set_listening(std::move(addresses));
}

}  // namespace presentia::mgmt
