// One resource, its state machine and a toy package, without anything around them. Time moves only when told.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "as/event/machine.h"
#include "as/packages/winfo/winfo_package.h"
#include "tests/support/spec.h"

namespace presentia::event::test {

using namespace std::chrono_literals;

inline constexpr const char* kAlice = "sip:alice@example.com";
inline constexpr const char* kBob = "sip:bob@example.com";

class ToyDocument final : public Document {
 public:
  explicit ToyDocument(std::string_view body) : text(body) {}
  std::string text;
};

// Documents are words; composition joins them with '+'. Who may watch is decided by `handling` of the fixture.
class ToyPackage final : public Package {
 public:
  explicit ToyPackage(const SubHandling& handling) : handling_(&handling) {}
  [[nodiscard]] std::string_view name() const override { return "toy"; }
  [[nodiscard]] std::span<const std::string_view> publication_types() const override { return kTypes; }
  [[nodiscard]] std::span<const std::string_view> notification_types() const override { return kNotified; }
  [[nodiscard]] base::Result<Parsed, Rejection> parse(const ParseInput& input) const override {
    if (input.body == "bad") return base::Unexpected{Rejection{400, "toy.bad", "a bad word"}};
    return Parsed{std::make_shared<ToyDocument>(input.body), {}};
  }
  [[nodiscard]] Verdict decide_watcher(const WatcherQuestion&) const override {
    return {.view = {*handling_, {}}, .until = {}};
  }
  [[nodiscard]] Body render(const RenderInput& input) const override {
    ++rendered;
    auto text = std::make_shared<std::string>();
    for (const PublicationView& publication : input.publications)
      *text += (text->empty() ? "" : "+") + static_cast<const ToyDocument*>(publication.document)->text;
    if (input.view.handling == SubHandling::polite_block || text->empty()) *text = input.lost ? "lost" : "nothing";
    return {std::string(input.content_type), std::move(text)};
  }
  mutable int rendered = 0;

 private:
  static constexpr std::array<std::string_view, 1> kTypes{"text/toy"};
  static constexpr std::array<std::string_view, 2> kNotified{"text/toy", "text/loud"};
  const SubHandling* handling_;
};

class CountingTokens final : public base::Tokens {
 public:
  std::string tag(base::Partition home) override {
    return base::partition_prefix(home) + "t" + std::to_string(++count_);
  }
  std::uint64_t number() override { return ++count_; }

 private:
  std::uint64_t count_ = 0;
};

class Machine : public testing::Test {
 protected:
  Machine() {
    config::Config& config = settings_;
    auto* publication = config.mutable_event()->mutable_publication();
    publication->set_default_expires_s(3600);
    publication->set_min_expires_s(60);
    publication->set_max_expires_s(7200);
    auto* subscription = config.mutable_event()->mutable_subscription();
    subscription->set_default_expires_s(3600);
    subscription->set_min_expires_s(60);
    subscription->set_max_expires_s(7200);
    subscription->set_waiting_expires_s(86400);
    subscription->set_max_forwards(70);
    config.mutable_notify()->set_min_interval_s(5);
    config.mutable_notify()->set_remove_on_timeout(true);
    config.mutable_notify()->set_retry_after_s(10);
    config.mutable_notify()->set_max_retry_after_s(300);
    config.mutable_sip()->add_domains()->set_name("example.com");
    auto toy = std::make_unique<ToyPackage>(handling);
    package = toy.get();
    packages.add(std::move(toy));
    packages.add(std::make_unique<winfo::WinfoPackage>());
    state.resource = kAlice;
  }

  [[nodiscard]] static ports::SipRequest request(const std::string& method, const std::string& identity) {
    static std::uint32_t slot = 0;
    ports::SipRequest made;
    made.key = {0, ++slot, 1};
    made.method = method;
    made.request_uri = kAlice;
    made.trusted = true;
    made.asserted = {{"", identity}};
    made.from = {"", identity};
    made.from_tag = "f-" + identity;
    made.from_text = "<" + identity + ">;tag=f-" + identity;
    made.to_text = std::string("<") + kAlice + ">";
    made.call_id = "call-" + identity;
    made.cseq = 1;
    made.event = ports::EventHeader{"toy", {}};
    made.contact = "sip:ua@192.0.2.1";
    made.own_contact = "sip:as.example.com";
    return made;
  }
  [[nodiscard]] static ports::SipRequest publish(const std::string& word, const std::string& etag = {}) {
    ports::SipRequest made = request("PUBLISH", kAlice);
    if (!word.empty()) {
      made.body = std::make_shared<const std::string>(word);
      made.content_type = "text/toy";
    }
    if (!etag.empty()) made.if_match = {etag};
    made.has_if_match = !etag.empty();
    return made;
  }
  [[nodiscard]] static ports::SipRequest subscribe(const std::string& watcher = kBob) {
    return request("SUBSCRIBE", watcher);
  }

  // The same watcher's next request in the dialog that `answer` opened.
  [[nodiscard]] static ports::SipRequest in_dialog(ports::SipRequest first, const ports::SipResponse& answer) {
    first.key.slot += 100'000;
    first.to_tag = answer.to_tag;
    first.cseq += 1;
    return first;
  }

  struct Outcome {
    std::vector<ports::SipResponse> responses;
    std::vector<Notify> notifies;
    std::vector<Abandon> abandoned;
    std::vector<Deliver> delivered;
    std::vector<Arm> armed;
    std::vector<ports::RecordChange> records;
  };

  Outcome feed(const Event& event) {
    const mgmt::Snapshot snapshot(settings_, 1);
    const Context context{now, snapshot, packages, tokens, base::partition_of(state.resource)};
    Decision decision = step(state, event, context);
    Outcome outcome;
    for (Change& change : decision.changes)
      if (auto* record = std::get_if<ports::RecordChange>(&change)) outcome.records.push_back(std::move(*record));
    for (Action& action : decision.actions) {
      if (auto* respond = std::get_if<Respond>(&action)) outcome.responses.push_back(std::move(respond->response));
      if (auto* notify = std::get_if<Notify>(&action)) outcome.notifies.push_back(std::move(*notify));
      if (auto* abandon = std::get_if<Abandon>(&action)) outcome.abandoned.push_back(*abandon);
      if (auto* deliver = std::get_if<Deliver>(&action)) outcome.delivered.push_back(std::move(*deliver));
      if (auto* arm = std::get_if<Arm>(&action)) outcome.armed.push_back(*arm);
    }
    return outcome;
  }
  Outcome feed_publish(ports::SipRequest made) { return feed(PublishArrived{std::move(made)}); }
  Outcome feed_subscribe(ports::SipRequest made) { return feed(SubscribeArrived{std::move(made)}); }
  // The watcher answers a NOTIFY.
  Outcome answer(const Notify& notify, int status = 200, std::optional<base::Seconds> retry_after = {}) {
    return feed(NotifyFinished{notify.dialog, notify.cseq, {0, ports::OutcomeKind::response, status, retry_after, {}}});
  }
  Outcome silence(const Notify& notify) {
    return feed(NotifyFinished{notify.dialog, notify.cseq, {0, ports::OutcomeKind::timeout, 408, {}, {}}});
  }

  [[nodiscard]] static std::string header(const ports::SipResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers)
      if (key == name) return value;
    return "(absent)";
  }
  [[nodiscard]] static std::string header(const Notify& notify, const std::string& name) {
    const std::string text = "\r\n" + *notify.request.fixed + notify.request.varying;
    const std::size_t at = text.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "(absent)";
    const std::size_t start = at + 2 + name.size() + 2;
    return text.substr(start, text.find("\r\n", start) - start);
  }
  [[nodiscard]] static std::string body(const Notify& notify) {
    return notify.request.body ? *notify.request.body : "(none)";
  }

  base::Instant now{1'000'000s};
  SubHandling handling = SubHandling::allow;
  config::Config settings_;
  Packages packages;
  CountingTokens tokens;
  ToyPackage* package = nullptr;
  ResourceState state;
};

}  // namespace presentia::event::test
