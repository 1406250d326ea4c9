// A stream of answers that is gathered from time to time from a place that must not wait for it. Includes gRPC: for .cc
// files of this folder only.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "mgmt/service/calls.h"
#include "mgmt/service/open_streams.h"

namespace presentia::mgmt {

// gRPC reacts on threads of its own: `mutex_` guards all.
template <class Event>
class PolledStream final : public grpc::ServerWriteReactor<Event> {
 public:
  // Appends what there is to be written, nothing unless there is room; a status ends the stream behind it, and then it
  // is destroyed, however slowly the caller reads. One thread at a time.
  using Gather = std::function<std::optional<grpc::Status>(std::deque<Event>&, bool room)>;

  PolledStream(Gather gather, std::function<void(PolledStream*)> done)
      : gather_(std::move(gather)), done_(std::move(done)) {}

  // From here on nothing is missed: the initial metadata says so to the caller.
  void open(const std::shared_ptr<PolledStream>& self, grpc::CallbackServerContext& context) {
    const std::lock_guard lock(mutex_);
    self_ = self;
    context.AddInitialMetadata("presentia-stream", "open");
    this->StartSendInitialMetadata();
    next();
  }
  void end(const grpc::Status& status) {
    const std::lock_guard lock(mutex_);
    finish(status);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) return finish(grpc::Status::CANCELLED);
    next();
  }
  void OnCancel() override { end(grpc::Status::CANCELLED); }
  void OnDone() override {
    const auto done = done_;  // ends this stream
    done(this);
  }

 private:
  static constexpr std::int64_t kPauseMs = 100;

  void next() {
    if (finished_) return;
    gather();
    if (!writing_ && !queue_.empty()) write();
    if (!writing_ && ending_) return finish(*ending_);
    if (gather_) come_again();  // during a write too: what gathers may end by itself
  }

  void gather() {
    if (!gather_) return;
    ending_ = gather_(queue_, queue_.empty() && !writing_);
    if (ending_) gather_ = nullptr;
  }

  void come_again() {
    if (std::exchange(coming_, true)) return;
    // A new one each time: the old one may be what calls this.
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(kPauseMs, GPR_TIMESPAN)),
                [weak = self_](bool /*due*/) {
                  if (const auto stream = weak.lock()) stream->look();
                });
  }

  void look() {
    const std::lock_guard lock(mutex_);
    coming_ = false;
    next();
  }

  void write() {
    in_flight_ = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    this->StartWrite(&in_flight_);
  }

  void finish(const grpc::Status& status) {
    if (std::exchange(finished_, true)) return;
    alarm_.reset();
    this->Finish(status);
  }

  Gather gather_;  // empty once it ended
  const std::function<void(PolledStream*)> done_;
  std::mutex mutex_;
  std::weak_ptr<PolledStream> self_;
  std::unique_ptr<grpc::Alarm> alarm_;
  std::deque<Event> queue_;
  std::optional<grpc::Status> ending_;
  Event in_flight_;
  bool coming_ = false;  // the alarm is set
  bool writing_ = false;
  bool finished_ = false;
};

// All streams of one method. Any thread.
template <class Event>
class PolledStreams {
 public:
  using Stream = PolledStream<Event>;

  // A stream that gathers from there, or one that ends at once.
  Stream* add(grpc::CallbackServerContext& context, base::Result<typename Stream::Gather, grpc::Status> gather) {
    const bool good = gather.has_value();
    const auto stream = std::make_shared<Stream>(good ? *gather : typename Stream::Gather(),
                                                 [this](Stream* ended) { streams_.forget(ended); });
    const bool open = streams_.add(stream);
    if (good && open) {
      stream->open(stream, context);
    } else {
      stream->end(open ? gather.error() : stopping());
    }
    return stream.get();
  }

  void end_all() { streams_.end_all(stopping()); }

 private:
  OpenStreams<Stream> streams_;
};

}  // namespace presentia::mgmt
