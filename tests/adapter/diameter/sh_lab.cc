#include "tests/adapter/diameter/sh_lab.h"

#include <future>
#include <thread>

#include "as/xml/reader.h"
#include "mgmt/attributes/values.h"

namespace presentia::test {
namespace {

config::Config with_peers(std::uint16_t first, std::uint16_t second) {
  config::Config config = mgmt::defaults();
  config::Sh& sh = *config.mutable_sh();
  sh.set_identity("presentia.ims.test");
  sh.set_reconnect_s(1);
  sh.set_log_lines(1000);
  sh.set_attempt_timeout_ms(3000);  // the machine may be slow
  for (const auto& [name, port] : {std::pair("first", first), std::pair("second", second)}) {
    config::ShPeer& peer = *sh.add_peer();
    peer.set_name(name);
    peer.set_identity(std::string(name) + ".ims.test");
    peer.set_address("127.0.0.1");
    peer.set_port(port);
  }
  return config;
}

testing::Environment* const registered = testing::AddGlobalTestEnvironment(&ShLab::instance());

}  // namespace

ShLab& ShLab::instance() {
  static ShLab* const lab = new ShLab;  // GoogleTest deletes it
  return *lab;
}

void ShLab::SetUp() {
  ASSERT_TRUE(xml::initialize());
  first_ = std::make_unique<HssProcess>("first.ims.test");
  second_ = std::make_unique<HssProcess>("second.ims.test");
  live_ =
      std::make_unique<mgmt::Live>(std::make_shared<mgmt::Snapshot>(with_peers(first_->port(), second_->port()), 1));
  client_ = std::make_unique<diameter::ShClient>(*live_, clock_, metrics_);
  const auto started = client_->start(*this);
  ASSERT_TRUE(started) << started.error().text;
  ASSERT_TRUE(wait_for_phase("first", ports::PeerPhase::open));
  ASSERT_TRUE(wait_for_phase("second", ports::PeerPhase::open));
}

void ShLab::TearDown() {
  client_.reset();
  first_.reset();
  second_.reset();
  others_.clear();
}

HssProcess& ShLab::other(const std::string& name, const std::string& program) {
  auto& held = others_[name];
  if (held) return *held;
  held = std::make_unique<HssProcess>(name + ".ims.test", 0,
                                      std::string(PS_SOURCE_DIR) + "/tests/adapter/diameter/" + program);
  set([&](config::Sh& sh) {
    config::ShPeer& peer = *sh.add_peer();
    peer.set_name(name);
    peer.set_identity(name + ".ims.test");
    peer.set_address("127.0.0.1");
    peer.set_port(held->port());
  });
  EXPECT_TRUE(wait_for_phase(name, ports::PeerPhase::open));
  return *held;
}

void ShLab::restart_first() {
  const std::uint16_t port = first_->port();
  first_.reset();
  first_ = std::make_unique<HssProcess>("first.ims.test", port);
}

bool ShLab::wait_for(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + 15s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

ports::PeerView ShLab::peer(const std::string& name) const {
  for (const ports::PeerView& view : client_->peers()) {
    if (view.name == name) return view;
  }
  return {};
}

bool ShLab::wait_for_phase(const std::string& name, ports::PeerPhase phase) {
  return wait_for([&] { return peer(name).phase == phase; });
}

void ShLab::set(const std::function<void(config::Sh&)>& change) {
  config::Config config = live_->snapshot()->config();
  change(*config.mutable_sh());
  live_->swap(std::make_shared<mgmt::Snapshot>(std::move(config), live_->version() + 1));
  client_->settings_changed();
}

template <class Result, class Question>
Result ShLab::wait(Question question, base::Millis within,
                   void (diameter::ShClient::*ask)(Question, base::Millis, std::function<void(Result)>)) {
  const auto promise = std::make_shared<std::promise<Result>>();
  auto future = promise->get_future();
  (*client_.*ask)(std::move(question), within, [promise](Result result) { promise->set_value(std::move(result)); });
  if (future.wait_for(within + 5s) != std::future_status::ready) {
    return base::Unexpected{ports::SubscriberError{ports::SubscriberFault::refused, 0, "the test saw no answer"}};
  }
  return future.get();
}

ports::ReadResult ShLab::read(ports::ReadQuestion question, base::Millis within) {
  return wait<ports::ReadResult>(std::move(question), within, &diameter::ShClient::read);
}
ports::UpdateResult ShLab::update(ports::UpdateQuestion question, base::Millis within) {
  return wait<ports::UpdateResult>(std::move(question), within, &diameter::ShClient::update);
}
ports::SubscribeResult ShLab::subscribe(ports::SubscribeQuestion question, base::Millis within) {
  return wait<ports::SubscribeResult>(std::move(question), within, &diameter::ShClient::subscribe);
}
ports::UnsubscribeResult ShLab::unsubscribe(ports::ReadQuestion question, base::Millis within) {
  return wait<ports::UnsubscribeResult>(std::move(question), within, &diameter::ShClient::unsubscribe);
}

std::vector<ports::PushedData> ShLab::take_pushed() {
  const std::lock_guard lock(mutex_);
  return std::exchange(pushed_, {});
}
void ShLab::answer_pushes(std::optional<ports::PushVerdict> verdict) {
  const std::lock_guard lock(mutex_);
  verdict_ = verdict;
}

void ShLab::on_push(ports::PushedData data, Answer answer) {
  const std::lock_guard lock(mutex_);
  pushed_.push_back(std::move(data));
  if (verdict_) answer(*verdict_);
}
void ShLab::on_peer(const ports::PeerView& /*peer*/, bool /*any_open*/) {}

ports::ReadQuestion question(std::vector<ports::DataReference> references, const std::string& user) {
  ports::ReadQuestion made{{user}, {}};
  made.keys.references = std::move(references);
  made.keys.service_indications = {"presence"};
  made.keys.server_name = "sip:presence.example.com";
  made.keys.dsai_tags = {"presence"};
  made.keys.domain = ports::AccessDomain::circuit_switched;
  return made;
}

}  // namespace presentia::test
