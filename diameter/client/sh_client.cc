#include "diameter/client/sh_client.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>

#include "as/base/check.h"
#include "as/base/inbox.h"
#include "as/base/log.h"
#include "diameter/client/exchanges.h"
#include "diameter/client/log_limit.h"
#include "diameter/client/pushes.h"
#include "diameter/client/questions.h"
#include "diameter/client/sh_settings.h"
#include "diameter/message/sh_push.h"
#include "diameter/stack/stack.h"

namespace presentia::diameter {
namespace {

constexpr base::Millis kSettling{20};

template <class Question, class Answer>
struct Asked {
  Question question;
  base::Instant deadline;
  std::function<void(Answer)> done;
};
using Read = Asked<ports::ReadQuestion, ports::ReadResult>;
using Update = Asked<ports::UpdateQuestion, ports::UpdateResult>;
using Subscribe = Asked<ports::SubscribeQuestion, ports::SubscribeResult>;
using Unsubscribe = Asked<ports::ReadQuestion, ports::UnsubscribeResult>;
struct Answered {
  std::uint64_t ticket;
  Avps avps;
  std::string from;
};
struct Unreadable {
  std::uint64_t ticket;
  std::string why;
};
struct Pushed {
  std::uint64_t key;
  Avps avps;
};
struct Judged {
  std::uint64_t key;
  ports::PushVerdict verdict;
};
struct SettingsChanged {};
using Work = std::variant<Read, Update, Subscribe, Unsubscribe, Answered, Unreadable, Pushed, Judged, PeerReport,
                          SettingsChanged>;
// One lane, so that the order stays; bounded by sh.max_in_flight and by what the core asks.
using Works = base::Inbox<Work>;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

PushOutcome outcome_of(ports::PushVerdict verdict) {
  switch (verdict) {
    case ports::PushVerdict::taken:
      return PushOutcome::taken;
    case ports::PushVerdict::unknown_user:
      return PushOutcome::unknown_user;
    case ports::PushVerdict::not_subscribed:
      return PushOutcome::not_subscribed;
    case ports::PushVerdict::cannot_now:
      break;
  }
  return PushOutcome::cannot_now;
}

}  // namespace

class ShClient::Worker final : private Exchanges::Outside, private StackObserver {
 public:
  Worker(const mgmt::Live& live, const base::Clock& clock, base::Metrics& metrics)
      : live_(live),
        clock_(clock),
        works_(std::make_shared<Works>(std::numeric_limits<std::size_t>::max())),
        metrics_(metrics),
        settings_(std::make_shared<const ShSettings>(sh_settings_of(*live.snapshot()))),
        log_lines_(settings_->log_lines),
        exchanges_(*this, metrics_, peers_, hosts_, settings_, seed(clock.now()), clock.now()),
        questions_(exchanges_, hosts_, metrics_, settings_) {}
  ~Worker() override { stop(); }

  base::Result<base::Done> start(ports::SubscriberObserver& observer) {
    auto started = try_start(observer);
    if (!started) stop();
    return started;
  }
  base::Result<base::Done> try_start(ports::SubscriberObserver& observer) {
    observer_ = &observer;
    const mgmt::SnapshotPtr snapshot = live_.snapshot();
    take_settings(*snapshot);
    publish();
    auto stack = Stack::start(stack_settings_of(*snapshot), *this);
    if (!stack) return base::Unexpected{std::move(stack.error())};
    stack_ = std::move(*stack);
    thread_ = std::thread([this] {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_BLOCK, &all, nullptr);
      run();
    });
    return base::Done{};
  }

  void stop() {
    stopping_ = true;
    works_->close();
    if (thread_.joinable()) thread_.join();
    finish();                    // for a client that never ran
    if (stack_) stack_->stop();  // its threads post to a closed inbox until then
  }

  template <class Question, class Answer>
  void ask(Question question, base::Millis within, std::function<void(Answer)> done) {
    auto answer = done;
    const base::Instant deadline = clock_.now() + within;
    if (post(Asked<Question, Answer>{std::move(question), deadline, std::move(done)})) return;
    answer(base::Unexpected{ports::SubscriberError{ports::SubscriberFault::stopped, 0, "the client has stopped"}});
  }
  bool post(Work work) { return works_->post(base::Lane::completion, std::move(work)); }

  [[nodiscard]] std::vector<ports::PeerView> views() const {
    const std::lock_guard lock(views_mutex_);
    return views_;
  }
  [[nodiscard]] const base::Heartbeat& heartbeat() const { return heartbeat_; }

 private:
  static std::uint32_t seed(base::Instant now) {
    return static_cast<std::uint32_t>(std::chrono::floor<base::Seconds>(now).time_since_epoch().count());
  }

  void run() {
    std::vector<Work> taken;
    while (!stopping_) {
      works_->wait_and_drain(taken, std::chrono::steady_clock::now() + pause());
      for (Work& work : taken) perform(work);
      taken.clear();
      turn();
    }
    finish();
  }

  // What was asked before the inbox closed gets its answer, too.
  void finish() {
    std::vector<Work> taken;
    works_->drain(taken);
    for (Work& work : taken) perform(work);
    questions_.stop();
  }

  [[nodiscard]] base::Millis pause() const {
    const base::Instant now = clock_.now();
    base::Millis pause = look_every(now);
    if (const auto next = exchanges_.next()) pause = std::min(pause, *next - now);
    if (const auto next = pushes_.next()) pause = std::min(pause, *next - now);
    return std::max(pause, base::Millis(0));
  }

  void turn() {
    const base::Instant now = clock_.now();
    exchanges_.advance(now);
    deliver(now);
    for (const std::uint64_t key : pushes_.take_due(now)) {
      metrics_.pushed(PushOutcome::late);
      stack_->answer(key, push_answer(settings_->identity, settings_->realm, ports::PushVerdict::cannot_now));
    }
    if (now - last_look_ >= look_every(now)) look(now);
    heartbeat_.beat(now);
  }

  void deliver(base::Instant now) {
    while (auto finished = exchanges_.take_finished()) questions_.finished(std::move(*finished), now);
  }

  // Of a new connection it is soon decided whether it is used.
  [[nodiscard]] base::Millis look_every(base::Instant now) const {
    return now < settles_until_ ? kSettling : base::Millis(base::kBeatEvery);
  }

  // The library tells of connections, but neither of suspicion nor of when they may be used.
  void look(base::Instant now) {
    last_look_ = now;
    for (const PeerReport& report : stack_->peers()) peer_changed(report, now);
    publish();
  }

  void publish() {
    std::vector<ports::PeerView> views = peers_.views(clock_.now());
    metrics_.peers(views);
    const std::lock_guard lock(views_mutex_);
    views_ = std::move(views);
  }

  void perform(Work& work) noexcept {
    try {
      const base::Instant now = clock_.now();
      std::visit(
          Overloaded{
              [&](Read& it) { questions_.read(std::move(it.question), it.deadline, std::move(it.done), now); },
              [&](Update& it) { questions_.update(std::move(it.question), it.deadline, std::move(it.done), now); },
              [&](Subscribe& it) {
                questions_.subscribe(std::move(it.question), it.deadline, std::move(it.done), now);
              },
              [&](Unsubscribe& it) {
                questions_.unsubscribe(std::move(it.question), it.deadline, std::move(it.done), now);
              },
              [&](Answered& it) { exchanges_.answered(it.ticket, it.avps, it.from, now); },
              [&](Unreadable& it) { exchanges_.unreadable(it.ticket, it.why, now); },
              [&](Pushed& it) { pushed(it.key, it.avps, now); }, [&](Judged& it) { judged(it.key, it.verdict); },
              [&](PeerReport& it) {
                peer_changed(it, now);
                last_look_ = now;  // the library tells before it is so
                settles_until_ = now + base::kBeatEvery;
                publish();
              },
              [&](SettingsChanged&) { take_settings(*live_.snapshot()); }},
          work);
      deliver(now);
    } catch (const std::exception& error) {
      PS_BUG(true, error.what());
    }
  }

  void take_settings(const mgmt::Snapshot& snapshot) {
    const base::Instant now = clock_.now();
    auto taken = sh_settings_of(snapshot);
    if (stack_) {  // what the stack has, it has
      taken.identity = settings_->identity;
      taken.realm = settings_->realm;
    }
    settings_ = std::make_shared<const ShSettings>(std::move(taken));
    log_lines_ = settings_->log_lines;
    exchanges_.settings_changed(settings_);
    questions_.settings_changed(settings_);
    for (const ShPeer& peer : settings_->peers) {
      if (peers_.find(peer.where.identity) != nullptr) continue;
      if (!stack_ || stack_->connect(peer.where)) {
        peers_.add(peer, now);
        continue;
      }
      base::log(base::Module::diameter, base::Level::warn, "peer.not_added",
                {{"peer", peer.name}, {"why", "it cannot be while the server runs: sh.certificate needs a restart"}});
    }
  }

  void peer_changed(const PeerReport& report, base::Instant now) {
    if (!peers_.report(report, now)) return;
    const PeerBook::Entry& entry = *peers_.find(report.identity);
    const ports::PeerView view = PeerBook::view(entry, now);
    const bool is_open = report.phase == ports::PeerPhase::open;
    base::log(base::Module::diameter, is_open ? base::Level::info : base::Level::warn, "peer.changed",
              {{"peer", view.name}, {"identity", view.identity}, {"state", word(view.phase)}, {"why", view.trouble}});
    if (is_open) {
      metrics_.connected(view.name);
      exchanges_.peer_opened(report.identity, now);
    }
    observer_->on_peer(view, peers_.any_open());
  }

  void pushed(std::uint64_t key, const Avps& avps, base::Instant now) {
    const auto push = read_push(avps);
    const auto refuse = [&](std::uint32_t code, const std::string& why) {
      metrics_.pushed(PushOutcome::malformed);
      base::log(base::Module::diameter, base::Level::warn, "push.malformed", {{"why", why}});
      stack_->answer(key, push_refusal(settings_->identity, settings_->realm, code));
    };
    if (!push) return refuse(push.error().result_code, push.error().text);
    auto record = read_sh_data(reader_, push->user_data, settings_->limits);
    if (!record) {
      metrics_.refused(record.error().reason);
      return refuse(kUnableToComply, record.error().text);
    }
    record->documents.push_back(std::make_shared<const std::string>(push->user_data));
    pushes_.add(key, now + settings_->push_answer_within);
    // not `this`: the verdict may be later than the client
    observer_->on_push({push->user, std::move(*record), push->origin_host},
                       [works = works_, key](ports::PushVerdict verdict) {
                         works->post(base::Lane::completion, Judged{key, verdict});
                       });
  }

  void judged(std::uint64_t key, ports::PushVerdict verdict) {
    if (!pushes_.take(key)) return;
    metrics_.pushed(outcome_of(verdict));
    stack_->answer(key, push_answer(settings_->identity, settings_->realm, verdict));
  }

  // On this thread.
  bool send(OutgoingRequest request) override { return stack_ && stack_->send(std::move(request)); }
  void forget(std::uint32_t end_to_end) override {
    if (stack_) stack_->forget(end_to_end);
  }
  bool connect(const StackPeer& peer) override { return stack_ && stack_->connect(peer); }

  // On threads of the stack.
  void on_answer(std::uint64_t ticket, Avps avps, std::string from) noexcept override {
    post(Answered{ticket, std::move(avps), std::move(from)});
  }
  void on_unreadable(std::uint64_t ticket, std::string why) noexcept override {
    post(Unreadable{ticket, std::move(why)});
  }
  void on_request(std::uint64_t key, Command /*command*/, Avps avps) noexcept override {
    post(Pushed{key, std::move(avps)});
  }
  void on_peer(PeerReport report) noexcept override { post(std::move(report)); }
  void on_log(StackLevel level, std::string_view line) noexcept override {
    const base::Level at = level == StackLevel::fatal   ? base::Level::error
                           : level == StackLevel::error ? base::Level::warn
                                                        : base::Level::debug;
    if (!base::logs(base::Module::diameter, at)) return;
    // the library has ended itself, or is about to
    const bool is_last = level == StackLevel::fatal;
    if (!is_last && !log_limit_.admit(clock_.now(), log_lines_)) return metrics_.suppressed();
    base::log(base::Module::diameter, at, "library.says", {{"line", line}});
  }

  const mgmt::Live& live_;
  const base::Clock& clock_;
  const std::shared_ptr<Works> works_;
  ShMetrics metrics_;
  std::shared_ptr<const ShSettings> settings_;
  std::atomic<std::uint32_t> log_lines_;
  LogLimit log_limit_;
  PeerBook peers_;
  HostBook hosts_;
  Exchanges exchanges_;
  Questions questions_;
  Pushes pushes_;
  xml::Reader reader_;
  ports::SubscriberObserver* observer_ = nullptr;  // from start() on
  base::Instant last_look_{}, settles_until_{};
  mutable std::mutex views_mutex_;
  std::vector<ports::PeerView> views_;  // guarded by views_mutex_
  base::Heartbeat heartbeat_;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<Stack> stack_;
  std::thread thread_;
};

ShClient::ShClient(const mgmt::Live& settings, const base::Clock& clock, base::Metrics& metrics)
    : worker_(std::make_unique<Worker>(settings, clock, metrics)) {}
ShClient::~ShClient() = default;

base::Result<base::Done> ShClient::start(ports::SubscriberObserver& observer) { return worker_->start(observer); }
void ShClient::stop() { worker_->stop(); }

void ShClient::read(ports::ReadQuestion question, base::Millis within, std::function<void(ports::ReadResult)> done) {
  worker_->ask(std::move(question), within, std::move(done));
}
void ShClient::update(ports::UpdateQuestion question, base::Millis within,
                      std::function<void(ports::UpdateResult)> done) {
  worker_->ask(std::move(question), within, std::move(done));
}
void ShClient::subscribe(ports::SubscribeQuestion question, base::Millis within,
                         std::function<void(ports::SubscribeResult)> done) {
  worker_->ask(std::move(question), within, std::move(done));
}
void ShClient::unsubscribe(ports::ReadQuestion question, base::Millis within,
                           std::function<void(ports::UnsubscribeResult)> done) {
  worker_->ask(std::move(question), within, std::move(done));
}
std::vector<ports::PeerView> ShClient::peers() const { return worker_->views(); }
void ShClient::settings_changed() { worker_->post(SettingsChanged{}); }
const base::Heartbeat& ShClient::heartbeat() const { return worker_->heartbeat(); }

}  // namespace presentia::diameter
