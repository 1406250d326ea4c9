// A follower in virtual time, with the HTTP side and the handler played by the test.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "mgmt/attributes/snapshot.h"
#include "mgmt/attributes/values.h"
#include "xdm-client/documents/follower.h"

namespace presentia::test {

using namespace std::chrono_literals;

inline constexpr const char* kRules = "pres-rules/users/sip:alice@example.org/index";
inline constexpr const char* kList = "resource-lists/users/sip:bob@example.org/index";
inline constexpr const char* kRulesType = "application/auth-policy+xml";
inline constexpr const char* kListType = "application/resource-lists+xml";

struct Asked {
  std::uint64_t ticket = 0;
  xdm::HttpRequest request;
};

class Following : public testing::Test, protected xdm::Follower::Outside {
 protected:
  Following() {
    config.mutable_xdm()->add_root()->set_uri("http://xdm.example.org/xcap");
    config.mutable_xdm()->set_poll_s(0);
  }

  xdm::Follower& follower() {
    if (!follower_) follower_.emplace(static_cast<xdm::Follower::Outside&>(*this), metrics, snapshot(), 1, now);
    return *follower_;
  }
  void settings_changed() { follower().settings_changed(snapshot(), now); }

  void follow(const std::string& document, const std::string& node = "") { follower().follow({document, node}, now); }
  void unfollow(const std::string& document, const std::string& node = "") {
    follower().unfollow({document, node}, now);
  }
  // All that is due meanwhile happens at its time.
  void pass(base::Millis time) {
    const base::Instant end = now + time;
    while (follower().next() && *follower().next() <= end) {
      now = std::max(now, *follower().next());
      follower().advance(now);
    }
    now = end;
    follower().advance(now);
  }

  // Answers the oldest open request.
  void answer(xdm::HttpResult result) {
    ASSERT_FALSE(asked.empty());
    const Asked open = asked.front();
    asked.pop_front();
    follower().answered(open.ticket, std::move(result), now);
  }
  static xdm::HttpAnswer status(int status) {
    xdm::HttpAnswer answer;
    answer.status = status;
    return answer;
  }
  static xdm::HttpAnswer document(const std::string& text, const std::optional<std::string>& etag,
                                  const std::string& type = kRulesType) {
    xdm::HttpAnswer answer = status(200);
    answer.body = text;
    answer.etag = etag;
    answer.content_type = type;
    return answer;
  }
  static xdm::HttpResult failure(xdm::FailureKind kind) {
    return base::Unexpected{xdm::HttpFailure{kind, "the reason", false, {}}};
  }
  static xcap::DocumentChange change(std::optional<std::string> previous, std::optional<std::string> next,
                                     const std::string& sel = kRules) {
    return {.sel = sel, .previous_etag = std::move(previous), .new_etag = std::move(next), .operations = {}};
  }
  void report(const xcap::DocumentChange& change) { follower().reported(change, now); }

  // What was told since the last call: "present TAG TEXT", "absent", "unavailable WHY".
  std::vector<std::string> told() {
    std::vector<std::string> lines;
    for (const ports::DocumentReading& reading : std::exchange(readings, {})) {
      std::string line(ports::word(reading.status));
      if (reading.status == ports::DocumentStatus::present) line += ' ' + reading.etag + ' ' + *reading.text;
      if (!reading.why.empty()) line += ' ' + reading.why;
      lines.push_back(std::move(line));
    }
    return lines;
  }

  void ask(std::uint64_t ticket, xdm::HttpRequest request) override { asked.push_back({ticket, std::move(request)}); }
  void tell(ports::DocumentReading reading) override {
    last = reading;
    readings.push_back(std::move(reading));
  }
  void on_followed(const std::string& document) override { set.push_back('+' + document); }
  void on_unfollowed(const std::string& document) override { set.push_back('-' + document); }
  void on_patch_failed(const std::string& document) override { set.push_back('!' + document); }

  [[nodiscard]] double gauge(const std::string& status) {
    return metrics.gauge("presentia_xdm_documents", {{"status", status}}).value();
  }
  [[nodiscard]] double count(const std::string& name, const std::string& label, const std::string& value) {
    return metrics.counter(name, {{label, value}}).value();
  }

  base::Metrics metrics;
  config::Config config = mgmt::defaults();
  base::Instant now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
  std::deque<Asked> asked;
  std::vector<ports::DocumentReading> readings;
  ports::DocumentReading last;
  std::vector<std::string> set;

 private:
  mgmt::SnapshotPtr snapshot() { return std::make_shared<const mgmt::Snapshot>(config, ++version_); }

  std::uint64_t version_ = 0;
  std::optional<xdm::Follower> follower_;
};

}  // namespace presentia::test
