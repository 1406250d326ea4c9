// The streams of one method, kept until gRPC is done with them. Includes gRPC: for .cc files of this folder only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace presentia::mgmt {

// Any thread. `Stream` has end(status), which may come more than once.
template <class Stream>
class OpenStreams {
 public:
  // False: the server stops, and the stream is to be ended at once. It is kept all the same.
  [[nodiscard]] bool add(const std::shared_ptr<Stream>& stream) {
    const std::lock_guard lock(mutex_);
    streams_.emplace(stream.get(), stream);
    return !closed_;
  }
  void end_all(const grpc::Status& status) {
    decltype(streams_) open;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      open = streams_;
    }
    for (const auto& [key, stream] : open) stream->end(status);
  }
  // gRPC is done with it.
  void forget(Stream* ended) {
    std::shared_ptr<Stream> last;  // destroyed after the lock is released
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(ended);
    if (found == streams_.end()) return;
    last = std::move(found->second);
    streams_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::map<Stream*, std::shared_ptr<Stream>> streams_;
  bool closed_ = false;
};

}  // namespace presentia::mgmt
