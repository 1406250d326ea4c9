#include "as/main/subscribers.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "as/base/log.h"

namespace presentia {
namespace {

constexpr std::chrono::seconds kQuick{2};  // a stop that takes longer is worth a line

ports::SubscriberError unasked(bool stops) {
  if (stops) return {ports::SubscriberFault::stopped, 0, "the server stops"};
  return {ports::SubscriberFault::off, 0, "Sh is off: sh.peer names no peer, or the client could not start"};
}

}  // namespace

base::Result<base::Done> Subscribers::start() {
  const std::lock_guard lock(mutex_);
  return start_client();
}

// Under the mutex.
base::Result<base::Done> Subscribers::start_client() {
  if (state_ != State::off || !has_peers()) return base::Done{};
  auto started = client_.start(observer_);
  state_ = started ? State::on : State::failed;
  if (!started) trouble_ = started.error().text;
  return started;
}

void Subscribers::settings_changed() {
  const std::lock_guard lock(mutex_);
  if (state_ == State::on) return client_.settings_changed();
  if (const auto started = start_client(); !started)
    base::log(base::Module::diameter, base::Level::error, "sh.not_started", {{"why", started.error().text}});
}

void Subscribers::begin_stop() {
  const std::lock_guard lock(mutex_);
  if (state_.exchange(State::stopping) == State::stopping) return;
  closing_ = std::thread([this] {
    const auto began = std::chrono::steady_clock::now();
    client_.stop();
    const auto took = std::chrono::steady_clock::now() - began;
    if (took < kQuick) return;
    base::log(base::Module::diameter, base::Level::warn, "sh.stopped_slowly",
              {{"ms", std::chrono::duration_cast<base::Millis>(took).count()},
               {"why", "a peer did not answer when told that this server leaves"}});
  });
}

void Subscribers::stop() {
  begin_stop();
  if (closing_.joinable()) closing_.join();
}

template <class Question, class Result>
void Subscribers::ask(void (diameter::ShClient::*how)(Question, base::Millis, std::function<void(Result)>),
                      Question question, base::Millis within, const std::function<void(Result)>& done) {
  const State state = state_;
  if (state == State::on) return (client_.*how)(std::move(question), within, done);
  done(base::Unexpected{unasked(state == State::stopping)});
}

void Subscribers::read(ports::ReadQuestion question, base::Millis within, std::function<void(ports::ReadResult)> done) {
  ask(&diameter::ShClient::read, std::move(question), within, done);
}
void Subscribers::update(ports::UpdateQuestion question, base::Millis within,
                         std::function<void(ports::UpdateResult)> done) {
  ask(&diameter::ShClient::update, std::move(question), within, done);
}
void Subscribers::subscribe(ports::SubscribeQuestion question, base::Millis within,
                            std::function<void(ports::SubscribeResult)> done) {
  ask(&diameter::ShClient::subscribe, std::move(question), within, done);
}
void Subscribers::unsubscribe(ports::ReadQuestion question, base::Millis within,
                              std::function<void(ports::UnsubscribeResult)> done) {
  ask(&diameter::ShClient::unsubscribe, std::move(question), within, done);
}

std::vector<std::string> Subscribers::stalled(base::Instant now) const {
  if (state_ == State::on && client_.heartbeat().silent(now)) return {"Sh"};
  return {};
}

std::vector<std::string> Subscribers::degraded() const {
  const std::lock_guard lock(mutex_);
  if (state_ == State::failed) return {"Sh has not started: " + trouble_};
  if (state_ != State::on) return {};
  std::string peers;
  for (const ports::PeerView& peer : client_.peers()) {
    if (peer.phase == ports::PeerPhase::open) return {};
    peers.append(peers.empty() ? "" : ", ").append(peer.name).append(" ").append(word(peer.phase));
  }
  return {"no peer of Sh is in use: " + peers};
}

}  // namespace presentia
