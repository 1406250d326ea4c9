#include "as/sip/tracer.h"

#include <algorithm>
#include <utility>

#include "as/base/uri.h"
#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

constexpr std::size_t kMostCalls = 10'000;  // remembered for one trace

// What is left of a message after it was read.
std::string text_of(const RawMessage& message) {
  std::string text;
  if (message.request) {
    text.append(message.method).append(" ").append(message.request_uri).append(" ").append(message.version);
  } else {
    text.append("SIP/2.0 ").append(std::to_string(message.status)).append(" ").append(message.reason);
  }
  text += "\r\n";
  for (const HeaderField& field : message.fields)
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  text.append("Content-Length: ").append(std::to_string(message.body.size())).append("\r\n\r\n");
  return text.append(message.body);
}

bool is(std::string_view uri, const std::string& identity) { return base::normal_form(uri) == identity; }

bool names(std::string_view value, const std::string& identity) {
  const auto address = parse_address(value);
  return address && is(address->name.uri, identity);
}

bool bears(const RawMessage& request, const std::string& identity) {
  if (is(request.request_uri, identity)) return true;
  for (const HeaderName header : {HeaderName::from, HeaderName::to}) {
    if (names(request.value(header), identity)) return true;
  }
  if (std::ranges::any_of(request.list(HeaderName::p_asserted_identity),
                          [&](std::string_view value) { return names(value, identity); }))
    return true;
  const auto served = parse_served_user(request.value(HeaderName::p_served_user));
  return served && is(served->uri, identity);
}

}  // namespace

TraceFilter::TraceFilter(ports::TraceOrder order) : order_(std::move(order)) {}

bool TraceFilter::wants(const RawMessage& message) {
  const std::string call_id(message.value(HeaderName::call_id));
  if (calls_.contains(call_id)) return true;
  if (!message.request || !bears(message, order_.identity)) return false;
  remember(call_id);
  return true;
}

void TraceFilter::remember(std::string call_id) {
  if (call_id.empty()) return;
  if (calls_.size() == kMostCalls) {
    calls_.erase(oldest_.front());
    oldest_.pop_front();
  }
  oldest_.push_back(call_id);
  calls_.insert(std::move(call_id));
}

void TraceFilter::add(ports::TracedMessage message) {
  const std::size_t end = message.text.find("\r\n\r\n");
  if (!order_.bodies && end != std::string::npos) {
    message.cut_bytes = message.text.size() - (end + 4);
    message.text.resize(end + 4);
  }
  ring.push(std::move(message));
}

class Traces::Trace final : public ports::MessageTrace {
 public:
  Trace(Traces& owner, std::shared_ptr<TraceFilter> filter) : owner_(owner), filter_(std::move(filter)) {}
  ~Trace() override {
    owner_.filters_.replace([this](const std::shared_ptr<const TraceFilters>& held) {
      auto next = std::make_shared<TraceFilters>(*held);
      std::erase(*next, filter_);
      return std::pair{std::shared_ptr<const TraceFilters>(std::move(next)), true};
    });
  }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  std::uint64_t take(std::vector<ports::TracedMessage>& out) override { return filter_->ring.take(out); }

 private:
  Traces& owner_;
  std::shared_ptr<TraceFilter> filter_;
};

ports::Inspected<std::unique_ptr<ports::MessageTrace>> Traces::open(const ports::TraceOrder& order) {
  auto filter = std::make_shared<TraceFilter>(order);
  const bool room = filters_.replace([&](const std::shared_ptr<const TraceFilters>& held) {
    auto next = held ? std::make_shared<TraceFilters>(*held) : std::make_shared<TraceFilters>();
    const bool free = next->size() < kMost;
    if (free) next->push_back(filter);
    return std::pair{std::shared_ptr<const TraceFilters>(std::move(next)), free};
  });
  if (!room) {
    return base::Unexpected{
        ports::InspectError{ports::InspectTrouble::busy, std::to_string(kMost) + " traces run already"}};
  }
  return std::unique_ptr<ports::MessageTrace>(std::make_unique<Trace>(*this, std::move(filter)));
}

void Tracer::received(const RawMessage& message, const Where& where) { show(message, text_of(message), false, where); }

void Tracer::sent(std::string_view bytes, const Where& where) {
  const MsgPtr parsed = parser_.parse(bytes);
  if (parsed) show(parser_.cut(parsed.get()), bytes, true, where);
}

void Tracer::show(const RawMessage& message, std::string_view text, bool sent, const Where& where) {
  const TraceFilters* filters = filters_.get();
  if (filters == nullptr) return;
  for (const auto& filter : *filters) {
    if (!filter->wants(message)) continue;
    const std::string local = where.listener.address.host() + ':' + where.listener.port;
    filter->add({where.at, sent, std::string(transport_name(where.listener.transport)), local, where.remote,
                 std::string(text), 0});
  }
}

}  // namespace presentia::sip
