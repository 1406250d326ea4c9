// A subscriber of ours in virtual time, and the notifier's side of its dialog as values.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "as/event/client/subscriber.h"

namespace presentia::event::client {

using namespace std::chrono_literals;

// "AAA1", "AAA2"…
class CountedTokens final : public base::Tokens {
 public:
  std::string tag(base::Partition home) override { return base::partition_prefix(home) + std::to_string(++count_); }
  std::uint64_t number() override { return ++count_; }

 private:
  std::uint64_t count_ = 0;
};

inline void PrintTo(const Send& one, std::ostream* out) { *out << one.request.method << ' ' << one.request.cseq; }

// The values of a header of a request of ours.
inline std::vector<std::string> header(const ports::SipOutgoing& request, std::string_view name) {
  std::vector<std::string> values;
  const std::string text = *request.fixed + request.varying;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find("\r\n", at);
    const std::string line = text.substr(at, end - at);
    if (line.starts_with(std::string(name) + ": ")) values.push_back(line.substr(name.size() + 2));
    at = end + 2;
  }
  return values;
}

inline std::string header_param(const std::string& value, const std::string& name) {
  const std::size_t at = value.find(";" + name + "=");
  return at == std::string::npos ? "" : value.substr(at + name.size() + 2);
}

class SubscriberTest : public testing::Test {
 protected:
  SubscriberTest() {
    wanted.subscriber = "sip:ps@ims.test";
    wanted.target = "sip:xdms@ims.test";
    wanted.package = "xcap-diff";
    wanted.content.event_parameters = {{"diff-processing", "aggregate"}};
    wanted.content.content_type = "application/resource-lists+xml";
    wanted.content.body = std::make_shared<const std::string>("<list/>");
    wanted.accept = {"application/xcap-diff+xml"};
    wanted.expires = 3600s;
    wanted.next_hop = "sip:scscf.ims.test";
    settings.jitter = 0s;
  }

  SubscriberContext context() { return {now, settings, tokens}; }
  Subscriber& sub() {
    if (!machine) machine.emplace(wanted);
    return *machine;
  }
  // Takes in what a step says.
  void take(Actions actions) {
    for (Action& action : actions) {
      if (auto* one = std::get_if<Send>(&action)) {
        sent.push_back(std::move(*one));
      } else if (auto* reply = std::get_if<Reply>(&action)) {
        replies.push_back(reply->response);
      } else if (auto* accepted_ = std::get_if<Accepted>(&action)) {
        accepted.push_back(*accepted_);
      } else if (auto* refused_ = std::get_if<Refused>(&action)) {
        refused.push_back(refused_->end);
      } else if (auto* notified_ = std::get_if<Notified>(&action)) {
        notified.push_back(notified_->notification);
      } else if (auto* ended_ = std::get_if<Ended>(&action)) {
        ended.push_back(ended_->end);
      } else {
        gone = true;
      }
    }
  }

  void start() { take(sub().start(context())); }
  // Time passes; what is due on the way is done when it is due.
  void advance(base::Millis by) {
    const base::Instant until = now + by;
    for (int turns = 0; turns < 1000; ++turns) {
      const auto at = sub().deadline();
      if (!at || *at > until || gone) break;
      now = std::max(now, *at);
      take(sub().on_time(context()));
    }
    now = until;
  }
  // The last SUBSCRIBE is answered.
  void answer(int status, std::optional<std::uint32_t> expires = {},
              const std::function<void(ports::SipOutcome&)>& edit = {}) {
    ports::SipOutcome outcome;
    outcome.kind = ports::OutcomeKind::response;
    outcome.status = status;
    outcome.expires = expires;
    outcome.to_tag = remote_tag;
    outcome.contact = "sip:notifier@192.0.2.9";
    if (edit) edit(outcome);
    take(sub().on_outcome(sent.back().number, outcome, context()));
  }
  void silence(ports::OutcomeKind kind = ports::OutcomeKind::timeout) {
    ports::SipOutcome outcome;
    outcome.kind = kind;
    outcome.status = kind == ports::OutcomeKind::timeout ? 408 : 503;
    take(sub().on_outcome(sent.back().number, outcome, context()));
  }
  ports::SipRequest notify(const std::string& state, const std::string& body = "") {
    ports::SipRequest request;
    request.method = "NOTIFY";
    request.call_id = header(sent.back().request, "Call-ID").at(0);
    request.to_tag = header_param(header(sent.back().request, "From").at(0), "tag");
    request.from_tag = remote_tag;
    request.from_text = "<sip:xdms@ims.test>;tag=" + remote_tag;
    request.cseq = ++remote_cseq;
    request.event = ports::EventHeader{"xcap-diff", {}};
    request.contact = "sip:notifier@192.0.2.1";
    request.own_contact = "sip:127.0.0.1:5060";
    ports::SubscriptionStateHeader header;
    header.state = state.substr(0, state.find(';'));
    if (const auto value = header_param(state, "expires"); !value.empty())
      header.expires = base::Seconds(std::stoi(value));
    if (const auto value = header_param(state, "retry-after"); !value.empty())
      header.retry_after = base::Seconds(std::stoi(value));
    const std::string reason = header_param(state, "reason");
    header.reason = reason.substr(0, reason.find(';'));
    request.subscription_state = header;
    if (!body.empty()) {
      request.content_type = "application/xcap-diff+xml";
      request.body = std::make_shared<const std::string>(body);
    }
    return request;
  }
  // The status it was answered with.
  int come(const ports::SipRequest& request) {
    take(sub().on_notify(request, context()));
    return replies.empty() ? 0 : replies.back().status;
  }
  // As usual: 200, then the first NOTIFY.
  void subscribed(std::uint32_t expires = 3600) {
    start();
    answer(200, expires);
    ASSERT_EQ(come(notify("active;expires=" + std::to_string(expires), "first")), 200);
    ASSERT_EQ(sub().phase(), Phase::active);
  }

  base::Instant now{1'000'000s};
  SubscriberSettings settings;
  CountedTokens tokens;
  ports::Subscribe wanted;
  std::optional<Subscriber> machine;
  std::string remote_tag = "remote";
  std::uint32_t remote_cseq = 0;

  std::vector<Send> sent;
  std::vector<ports::SipResponse> replies;
  std::vector<Accepted> accepted;
  std::vector<ports::SubscriptionEnd> refused, ended;
  std::vector<ports::Notification> notified;
  bool gone = false;
};

}  // namespace presentia::event::client
