// Traces of single identities: who traces what, and the messages that are his. The filters are replaced as a whole by
// other threads; without any, a message costs one atomic load.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "as/base/dropping_ring.h"
#include "as/base/shared_view.h"
#include "as/ports/tracing.h"
#include "as/sip/listener.h"
#include "as/sip/parser.h"
#include "as/sip/raw_message.h"

namespace presentia::sip {

// Where the messages of one trace go, and which they are.
class TraceFilter {
 public:
  explicit TraceFilter(ports::TraceOrder order);

  // True for a request that bears the identity, and for all that has the Call-ID of one before. SIP thread.
  [[nodiscard]] bool wants(const RawMessage& message);
  // The message cut as was ordered. SIP thread.
  void add(ports::TracedMessage message);

  // Messages for a reader that is behind.
  static constexpr std::size_t kKept = 512;
  base::DroppingRing<ports::TracedMessage> ring{kKept};

 private:
  void remember(std::string call_id);

  const ports::TraceOrder order_;
  std::unordered_set<std::string> calls_;
  std::deque<std::string> oldest_;  // of calls_
};

using TraceFilters = std::vector<std::shared_ptr<TraceFilter>>;

// The traces that run. Any thread.
class Traces {
 public:
  static constexpr std::size_t kMost = 4;
  // Must not outlive this.
  [[nodiscard]] ports::Inspected<std::unique_ptr<ports::MessageTrace>> open(const ports::TraceOrder& order);
  [[nodiscard]] const base::Shared<TraceFilters>& filters() const { return filters_; }

 private:
  class Trace;
  base::Shared<TraceFilters> filters_;
};

// Shown every message that is received or sent. SIP thread.
class Tracer {
 public:
  explicit Tracer(const Traces& traces) : filters_(traces.filters()) {}

  [[nodiscard]] bool on() {
    const TraceFilters* filters = filters_.get();
    return filters != nullptr && !filters->empty();
  }
  struct Where {
    const Listener& listener;
    std::string remote;  // "192.0.2.1:5060"
    base::Instant at{};
  };
  // As it was read: `message` was cut, and its bytes have been changed by that.
  void received(const RawMessage& message, const Where& where);
  void sent(std::string_view bytes, const Where& where);

 private:
  void show(const RawMessage& message, std::string_view text, bool sent, const Where& where);

  base::SharedView<TraceFilters> filters_;
  Parser parser_;
};

}  // namespace presentia::sip
