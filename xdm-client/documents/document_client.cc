#include "xdm-client/documents/document_client.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "as/base/check.h"
#include "as/base/inbox.h"
#include "xdm-client/documents/follower.h"
#include "xdm-client/http/worker_thread.h"

namespace presentia::xdm {
namespace {

struct Follow {
  ports::DocumentKey key;
};
struct Unfollow {
  ports::DocumentKey key;
};
struct LookAgain {
  std::string path;
};
struct SettingsChanged {};
struct Covered {
  std::string document;
  bool is_covered;
};
struct Missed {
  std::string document;
};
struct Reported {
  xcap::DocumentChange change;
};
struct Answered {
  std::uint64_t ticket;
  HttpResult result;
};
struct AskStandings {
  std::vector<std::string> documents;
  std::function<void(std::vector<ports::DocumentStanding>)> told;
};
using Command =
    std::variant<Follow, Unfollow, LookAgain, SettingsChanged, Covered, Missed, Reported, Answered, AskStandings>;
// One lane, so that the order stays; bounded by what the core follows and by the requests under way.
using Commands = base::Inbox<Command>;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace

class DocumentClient::Worker final : private Follower::Outside {
 public:
  Worker(const mgmt::Live& settings, const base::Clock& clock, base::Metrics& metrics, Ask ask, std::uint64_t seed)
      : settings_(settings),
        clock_(clock),
        ask_(std::move(ask)),
        commands_(std::make_shared<Commands>(std::numeric_limits<std::size_t>::max())),
        follower_(*this, metrics, settings.snapshot(), seed, clock.now()) {}
  ~Worker() override { stop(); }

  void start(ports::DocumentsHandler& handler, DocumentSetObserver* observer) {
    handler_ = &handler;
    observer_ = observer;
    follower_.settings_changed(settings_.snapshot(), clock_.now());
    thread_ = worker_thread([this] { run(); });
  }
  void stop() {
    stopping_ = true;
    commands_->close();
    if (thread_.joinable()) thread_.join();
  }
  void post(Command command) { commands_->post(base::Lane::completion, std::move(command)); }

  const Follower& follower() const { return follower_; }
  const base::Heartbeat& heartbeat() const { return heartbeat_; }

 private:
  void run() {
    std::vector<Command> taken;
    while (!stopping_) {
      commands_->wait_and_drain(taken, std::chrono::steady_clock::now() + pause());
      for (Command& command : taken) {
        if (!stopping_) perform(command);
      }
      taken.clear();
      const base::Instant now = clock_.now();
      follower_.advance(now);
      heartbeat_.beat(now);
    }
  }

  [[nodiscard]] base::Millis pause() const {
    const auto next = follower_.next();
    if (!next) return base::kBeatEvery;
    return std::clamp(*next - clock_.now(), base::Millis(0), base::Millis(base::kBeatEvery));
  }

  void perform(Command& command) {
    const base::Instant now = clock_.now();
    std::visit(Overloaded{[&](Follow& it) { follower_.follow(it.key, now); },
                          [&](Unfollow& it) { follower_.unfollow(it.key, now); },
                          [&](LookAgain& it) { follower_.look_again(it.path, now); },
                          [&](SettingsChanged&) { follower_.settings_changed(settings_.snapshot(), now); },
                          [&](Covered& it) { follower_.covered(it.document, it.is_covered, now); },
                          [&](Missed& it) { follower_.missed(it.document, now); },
                          [&](Reported& it) { follower_.reported(it.change, now); },
                          [&](AskStandings& it) { it.told(follower_.standings(it.documents)); },
                          [&](Answered& it) { follower_.answered(it.ticket, std::move(it.result), now); }},
               command);
  }

  void ask(std::uint64_t ticket, HttpRequest request) override {
    // not `this`: the answer may be later than the client
    ask_(std::move(request), [commands = commands_, ticket](HttpResult result) {
      commands->post(base::Lane::completion, Answered{ticket, std::move(result)});
    });
  }
  void tell(ports::DocumentReading reading) override { handler_->on_document(std::move(reading)); }
  void on_followed(const std::string& document) override {
    if (observer_ != nullptr) observer_->on_followed(document);
  }
  void on_unfollowed(const std::string& document) override {
    if (observer_ != nullptr) observer_->on_unfollowed(document);
  }
  void on_patch_failed(const std::string& document) override {
    if (observer_ != nullptr) observer_->on_patch_failed(document);
  }

  const mgmt::Live& settings_;
  const base::Clock& clock_;
  const Ask ask_;
  const std::shared_ptr<Commands> commands_;
  Follower follower_;
  ports::DocumentsHandler* handler_ = nullptr;  // this and the next from start() on
  DocumentSetObserver* observer_ = nullptr;
  base::Heartbeat heartbeat_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

DocumentClient::DocumentClient(const mgmt::Live& settings, const base::Clock& clock, base::Metrics& metrics, Ask ask,
                               std::uint64_t seed)
    : worker_(std::make_unique<Worker>(settings, clock, metrics, std::move(ask), seed)) {}
DocumentClient::~DocumentClient() = default;

void DocumentClient::start(ports::DocumentsHandler& handler, DocumentSetObserver* observer) {
  worker_->start(handler, observer);
}
void DocumentClient::stop() { worker_->stop(); }
void DocumentClient::follow(const ports::DocumentKey& key) { worker_->post(Follow{key}); }
void DocumentClient::unfollow(const ports::DocumentKey& key) { worker_->post(Unfollow{key}); }
std::size_t DocumentClient::look_again(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  worker_->post(LookAgain{std::string(path)});
  return worker_->follower().count(path);
}
void DocumentClient::standings(std::vector<std::string> documents,
                               std::function<void(std::vector<ports::DocumentStanding>)> told) {
  worker_->post(AskStandings{std::move(documents), std::move(told)});
}
void DocumentClient::settings_changed() { worker_->post(SettingsChanged{}); }
void DocumentClient::covered(const std::string& document, bool is_covered) {
  worker_->post(Covered{document, is_covered});
}
void DocumentClient::missed(const std::string& document) { worker_->post(Missed{document}); }
void DocumentClient::reported(const xcap::DocumentChange& change) { worker_->post(Reported{change}); }
std::vector<std::string> DocumentClient::followed() const { return worker_->follower().followed(); }
const base::Heartbeat& DocumentClient::heartbeat() const { return worker_->heartbeat(); }

}  // namespace presentia::xdm
