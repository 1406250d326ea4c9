#include "mgmt/service/presentities_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "as/base/log.h"
#include "mgmt/service/calls.h"
#include "mgmt/service/polled_stream.h"
#include "mgmt/service/presentities_convert.h"
#include "mgmt/service/presentities_operations.h"
#include "proto/presentities.grpc.pb.h"

namespace presentia::mgmt {
namespace {

using management::TailEvent;
using management::TraceEvent;

// Of all presentities, or of one.
class TailSource {
 public:
  TailSource(std::unique_ptr<ports::EventTail> tail, std::string presentity)
      : tail_(std::move(tail)), presentity_(std::move(presentity)) {}

  void gather(std::deque<TailEvent>& out) {
    events_.clear();
    const std::uint64_t missed = tail_->take(events_);
    if (missed > 0) out.emplace_back().set_missed(missed);
    for (const ports::CoreEvent& event : events_) {
      if (presentity_.empty() || event.presentity == presentity_) to_message(event, out.emplace_back());
    }
  }

 private:
  std::unique_ptr<ports::EventTail> tail_;
  const std::string presentity_;
  std::vector<ports::CoreEvent> events_;
};

// Ends by itself when its time or its messages are over; the limits are those of the attributes in force at the moment.
class TraceSource {
 public:
  TraceSource(std::unique_ptr<ports::MessageTrace> trace, const management::TraceRequest& request, const Live& live,
              const base::Clock& clock)
      : trace_(std::move(trace)), request_(request), live_(live), clock_(clock), began_(clock.now()) {}
  ~TraceSource() {
    base::log(base::Module::management, base::Level::info, "presentity.trace_ended",
              {{"identity", request_.identity()}, {"messages", given_}});
  }
  TraceSource(const TraceSource&) = delete;
  TraceSource& operator=(const TraceSource&) = delete;

  std::optional<grpc::Status> gather(std::deque<TraceEvent>& out, bool room) {
    const SnapshotPtr settings = live_.snapshot();
    const config::Management& most = settings->config().management();
    const bool late = clock_.now() - began_ >= base::Seconds(limit(request_.seconds(), most.trace_max_s()));
    if (!room && !late) return std::nullopt;
    messages_.clear();
    const std::uint64_t missed = trace_->take(messages_);
    if (missed > 0) out.emplace_back().set_missed(missed);
    const std::uint32_t all = limit(request_.messages(), most.trace_max_messages());
    for (ports::TracedMessage& message : messages_) {
      if (given_ >= all) break;
      to_message(std::move(message), out.emplace_back());
      ++given_;
    }
    if (!late && given_ < all) return std::nullopt;
    out.emplace_back().set_ended(given_ >= all ? "its number of messages is reached" : "its time is over");
    return grpc::Status::OK;
  }

 private:
  static std::uint32_t limit(std::uint32_t asked, std::uint32_t most) {
    return asked == 0 ? most : std::min(asked, most);
  }

  std::unique_ptr<ports::MessageTrace> trace_;
  const management::TraceRequest request_;
  const Live& live_;
  const base::Clock& clock_;
  const base::Instant began_;
  std::uint32_t given_ = 0;
  std::vector<ports::TracedMessage> messages_;
};

}  // namespace

class PresentitiesService::Impl final : public management::Presentities::CallbackService {
 public:
  Impl(ports::Inspection& inspection, ports::MessageTracing& tracing, ports::Documents& documents, const Live& live,
       base::Metrics& metrics, const base::Clock& clock)
      : operations_(inspection, documents, clock),
        inspection_(inspection),
        tracing_(tracing),
        live_(live),
        metrics_(metrics),
        clock_(clock) {}

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* List(Context* context, const management::ListRequest* request, management::ListResponse* response) override {
    return answer("List", context, &PresentitiesOperations::list, request, response);
  }
  Unary* Show(Context* context, const management::ShowRequest* request, management::ShowResponse* response) override {
    return answer("Show", context, &PresentitiesOperations::show, request, response);
  }
  Unary* Terminate(Context* context, const management::TerminateRequest* request,
                   management::ActResponse* response) override {
    return answer("Terminate", context, &PresentitiesOperations::terminate, request, response);
  }
  Unary* Drop(Context* context, const management::DropRequest* request, management::ActResponse* response) override {
    return answer("Drop", context, &PresentitiesOperations::drop, request, response);
  }
  Unary* Renotify(Context* context, const management::RenotifyRequest* request,
                  management::ActResponse* response) override {
    return answer("Renotify", context, &PresentitiesOperations::renotify, request, response);
  }
  Unary* Explain(Context* context, const management::ExplainRequest* request,
                 management::ExplainResponse* response) override {
    return answer("Explain", context, &PresentitiesOperations::explain, request, response);
  }
  Unary* ListDocuments(Context* context, const management::ListDocumentsRequest* request,
                       management::ListDocumentsResponse* response) override {
    return answer("ListDocuments", context, &PresentitiesOperations::list_documents, request, response);
  }
  Unary* Invalidate(Context* context, const management::InvalidateRequest* request,
                    management::InvalidateResponse* response) override {
    return answer("Invalidate", context, &PresentitiesOperations::invalidate, request, response);
  }

  grpc::ServerWriteReactor<TailEvent>* Tail(Context* context, const management::TailRequest* request) override {
    auto source = tail(*request);
    count_call(metrics_, "Tail", source.has_value());
    return tails_.add(*context, std::move(source));
  }

  grpc::ServerWriteReactor<TraceEvent>* Trace(Context* context, const management::TraceRequest* request) override {
    auto source = trace(*request, caller(*context));
    count_call(metrics_, "Trace", source.has_value());
    return traces_.add(*context, std::move(source));
  }

  void end_streams() {
    tails_.end_all();
    traces_.end_all();
  }

 private:
  template <class Request, class Response>
  Unary* answer(const char* method, Context* context,
                PresentitiesOperations::Outcome (PresentitiesOperations::*operation)(
                    const Request&, const PresentitiesOperations::Call&, Response&) const,
                const Request* request, Response* response) {
    const auto error = (operations_.*operation)(*request, {caller(*context), time_left(*context)}, *response);
    count_call(metrics_, method, !error);
    Unary* reactor = context->DefaultReactor();
    reactor->Finish(error ? to_status(*error) : grpc::Status::OK);
    return reactor;
  }

  base::Result<PolledStream<TailEvent>::Gather, grpc::Status> tail(const management::TailRequest& request) {
    std::string presentity;
    if (!request.presentity().empty()) {
      auto normal = presentity_of(request.presentity());
      if (!normal) return base::Unexpected{to_status(normal.error())};
      presentity = *std::move(normal);
    }
    auto opened = inspection_.tail();
    if (!opened) return base::Unexpected{to_status(to_error(opened.error()))};
    const auto source = std::make_shared<TailSource>(*std::move(opened), std::move(presentity));
    return PolledStream<TailEvent>::Gather(
        [source](std::deque<TailEvent>& out, bool room) -> std::optional<grpc::Status> {
          if (room) source->gather(out);
          return std::nullopt;
        });
  }

  base::Result<PolledStream<TraceEvent>::Gather, grpc::Status> trace(const management::TraceRequest& request,
                                                                     const std::string& who) {
    const auto identity = presentity_of(request.identity());
    if (!identity) return base::Unexpected{to_status(identity.error())};
    auto opened = tracing_.trace({*identity, request.bodies()});
    base::log(base::Module::management, base::Level::info, "presentity.trace",
              {{"who", who},
               {"identity", *identity},
               {"bodies", request.bodies() ? "yes" : "no"},
               {"seconds", request.seconds()},
               {"messages", request.messages()},
               {"result", opened ? std::string_view("done") : std::string_view(opened.error().text)}});
    if (!opened) return base::Unexpected{to_status(to_error(opened.error()))};
    const auto source = std::make_shared<TraceSource>(*std::move(opened), request, live_, clock_);
    return PolledStream<TraceEvent>::Gather(
        [source](std::deque<TraceEvent>& out, bool room) { return source->gather(out, room); });
  }

  PresentitiesOperations operations_;
  ports::Inspection& inspection_;
  ports::MessageTracing& tracing_;
  const Live& live_;
  base::Metrics& metrics_;
  const base::Clock& clock_;
  PolledStreams<TailEvent> tails_;
  PolledStreams<TraceEvent> traces_;
};

PresentitiesService::PresentitiesService(ports::Inspection& inspection, ports::MessageTracing& tracing,
                                         ports::Documents& documents, const Live& live, base::Metrics& metrics,
                                         const base::Clock& clock)
    : impl_(std::make_unique<Impl>(inspection, tracing, documents, live, metrics, clock)) {}

PresentitiesService::~PresentitiesService() = default;

grpc::Service& PresentitiesService::service() { return *impl_; }

void PresentitiesService::end_streams() { impl_->end_streams(); }

}  // namespace presentia::mgmt
