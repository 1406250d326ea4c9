#include "xdm-client/http/http_client.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "as/base/check.h"
#include "xdm-client/http/failover.h"
#include "xdm-client/http/http_message.h"
#include "xdm-client/http/http_metrics.h"
#include "xdm-client/http/root_exchange.h"
#include "xdm-client/http/stop_signal.h"
#include "xdm-client/http/worker_thread.h"

namespace presentia::xdm {
namespace {

// How often idle connections are looked at.
constexpr base::Seconds kSweep{1};

struct Job {
  HttpRequest request;
  HttpClient::OnDone done;
  Moment begun{}, whole{};
};
struct Refused {
  Job job;
  HttpFailure why;
};

}  // namespace

class HttpClient::Impl {
 public:
  Impl(SettingsSource settings, base::Metrics& metrics, Environment environment)
      : settings_(std::move(settings)),
        metrics_(metrics),
        exchange_(metrics, std::move(environment.lookup), stop_signal_),
        failover_(metrics, exchange_, std::move(environment.now)) {
    watcher_ = worker_thread([this] { watch(); });
  }

  void request(HttpRequest request, OnDone done) {
    const Moment now = std::chrono::steady_clock::now();
    const auto valid = check(request);
    const std::size_t most = settings_()->max_queue;
    const Moment whole = now + request.within;
    Job job{std::move(request), std::move(done), now, whole};
    {
      const std::lock_guard lock(mutex_);
      if (!stopping_) {
        if (!valid) {
          refuse(std::move(job), valid.error());
        } else if (queue_.size() >= most) {
          refuse(std::move(job), {FailureKind::queue_full, "too many requests wait", false, {}});
        } else {
          queue_.push_back(std::move(job));
          metrics_.waiting(queue_.size());
          if (queue_.size() > idle_) poke();
          work_.notify_one();
        }
        return;
      }
    }
    deliver(job, base::Unexpected{HttpFailure{FailureKind::stopped, "the client has stopped", false, {}}});
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      poke();
      work_.notify_all();
    }
    stop_signal_.raise();
    exchange_.stop();
    std::call_once(joined_, [this] { watcher_.join(); });
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  // With the lock: the watcher looks again.
  void poke() {
    poked_ = true;
    watch_.notify_one();
  }
  void refuse(Job job, HttpFailure why) {
    refused_.push_back({std::move(job), std::move(why)});
    poke();
  }

  void deliver(Job& job, HttpResult result) noexcept {
    const auto took = std::chrono::floor<base::Millis>(std::chrono::steady_clock::now() - job.begun);
    try {
      metrics_.answered(job.request.method, result, took);
      job.done(std::move(result));
    } catch (const std::exception& error) {
      PS_BUG(true, error.what());
    }
  }

  // The watcher: answers what nobody works on, and keeps the pool as large as is needed.
  void watch() {
    Lock lock(mutex_);
    while (!stopping_) {
      poked_ = false;
      std::vector<Refused> unserved = take_unserved();
      std::vector<std::thread> ended = take_ended();
      lock.unlock();
      const auto settings = settings_();
      for (Refused& each : unserved) deliver(each.job, base::Unexpected{std::move(each.why)});
      for (std::thread& thread : ended) thread.join();
      exchange_.sweep(*settings);
      lock.lock();
      resize(settings->workers);
      watch_.wait_until(lock, next_look(), [this] { return poked_ || stopping_; });
    }
    finish(std::move(lock));
  }

  void finish(Lock lock) {
    for (Job& job : queue_) refused_.push_back({std::move(job), {FailureKind::stopped, "the client stops", false, {}}});
    queue_.clear();
    metrics_.waiting(0);
    std::vector<Refused> unserved = std::move(refused_);
    auto threads = std::move(threads_);
    lock.unlock();
    for (Refused& each : unserved) deliver(each.job, base::Unexpected{std::move(each.why)});
    for (auto& [id, thread] : threads) thread.join();
    exchange_.close_idle();
  }

  // Refused requests, and those whose time passed in the queue.
  std::vector<Refused> take_unserved() {
    std::vector<Refused> unserved = std::exchange(refused_, {});
    const Moment now = std::chrono::steady_clock::now();
    for (Job& job : queue_) {
      if (job.whole > now) continue;
      unserved.push_back({std::move(job), {FailureKind::whole_deadline, "no thread was free", false, {}}});
      job.done = nullptr;
    }
    std::erase_if(queue_, [](const Job& job) { return !job.done; });
    metrics_.waiting(queue_.size());
    return unserved;
  }

  [[nodiscard]] Moment next_look() const {
    Moment next = std::chrono::steady_clock::now() + kSweep;
    for (const Job& job : queue_) next = std::min(next, job.whole);
    return next;
  }

  void resize(std::size_t wanted) {
    wanted_ = std::max<std::size_t>(wanted, 1);
    if (running_ > wanted_) work_.notify_all();
    std::size_t free = idle_;
    while (queue_.size() > free && running_ < wanted_) {
      try {
        std::thread thread = worker_thread([this] { work(); });
        const auto id = thread.get_id();
        threads_.emplace(id, std::move(thread));
        ++running_;
        ++free;
      } catch (const std::system_error&) {
        return;  // none to be had now: what waits is tried again with the next look
      }
    }
  }

  std::vector<std::thread> take_ended() {
    std::vector<std::thread> ended;
    for (const auto id : std::exchange(ended_, {})) {
      const auto found = threads_.find(id);
      if (found == threads_.end()) continue;
      ended.push_back(std::move(found->second));
      threads_.erase(found);
    }
    return ended;
  }

  // A thread of the pool.
  void work() {
    Lock lock(mutex_);
    while (true) {
      ++idle_;
      work_.wait(lock, [this] { return stopping_ || running_ > wanted_ || !queue_.empty(); });
      --idle_;
      if (stopping_ || running_ > wanted_) break;
      Job job = std::move(queue_.front());
      queue_.pop_front();
      metrics_.waiting(queue_.size());
      lock.unlock();
      serve(job);
      job = {};  // what the callback holds ends here, without the lock
      lock.lock();
    }
    --running_;
    work_.notify_one();  // the call may have been for a job
    ended_.push_back(std::this_thread::get_id());
    poke();
  }

  void serve(Job& job) noexcept {
    const auto settings = settings_();
    deliver(job, failover_.run(job.request, *settings, job.whole));
  }

  const SettingsSource settings_;
  HttpMetrics metrics_;
  StopSignal stop_signal_;
  RootExchange exchange_;
  Failover failover_;

  std::mutex mutex_;  // guards all below but the watcher's thread
  std::condition_variable work_, watch_;
  std::deque<Job> queue_;
  std::vector<Refused> refused_;
  std::map<std::thread::id, std::thread> threads_;
  std::vector<std::thread::id> ended_;
  std::size_t idle_ = 0, running_ = 0, wanted_ = 1;
  bool poked_ = false, stopping_ = false;
  std::once_flag joined_;
  std::thread watcher_;
};

HttpClient::HttpClient(SettingsSource settings, base::Metrics& metrics)
    : HttpClient(std::move(settings), metrics, Environment{}) {}
HttpClient::HttpClient(SettingsSource settings, base::Metrics& metrics, Environment environment)
    : impl_(std::make_unique<Impl>(std::move(settings), metrics, std::move(environment))) {}
HttpClient::~HttpClient() { stop(); }
void HttpClient::request(HttpRequest request, OnDone done) { impl_->request(std::move(request), std::move(done)); }
void HttpClient::stop() { impl_->stop(); }

}  // namespace presentia::xdm
