// presentia-sh-bench: how many questions a second the Sh client has answered by one HSS of this machine, one at a time
// and several at a time, and what they cost it. tools/bench --sh starts it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/xml/reader.h"
#include "diameter/client/sh_client.h"
#include "mgmt/attributes/snapshot.h"
#include "mgmt/attributes/values.h"

namespace {

using namespace presentia;
using Time = std::chrono::steady_clock::time_point;

constexpr int kCannotStart = 2;
constexpr std::chrono::seconds kPatience{20};
constexpr base::Millis kWithin{5000};
constexpr std::size_t kWarmUp = 500;

struct Options {
  std::string address = "127.0.0.1", identity = "hss.localdomain";
  std::uint16_t port = 0;
  std::uint32_t users = 1;
  std::size_t questions = 20'000;
  double seconds = 20;
  std::vector<std::size_t> in_flight{1, 8, 64, 256};
};

config::Config settings_of(const Options& options) {
  config::Config config = mgmt::defaults();
  config::Sh& sh = *config.mutable_sh();
  config::ShPeer& peer = *sh.add_peer();
  peer.set_name("hss");
  peer.set_identity(options.identity);
  peer.set_address(options.address);
  peer.set_port(options.port);
  return config;
}

// CPU time of this process, all threads.
double cpu_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

class Connected final : public ports::SubscriberObserver {
 public:
  void on_push(ports::PushedData /*data*/, Answer answer) override { answer(ports::PushVerdict::not_subscribed); }
  void on_peer(const ports::PeerView& /*peer*/, bool any_open) override {
    const std::lock_guard lock(mutex_);
    any_open_ = any_open;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return any_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool any_open_ = false;
};

// A number of questions, `in_flight` at a time: each answer asks the next, on the thread of the client.
class Run {
 public:
  Run(diameter::ShClient& client, const Options& options, std::size_t in_flight, std::size_t questions)
      : client_(client), options_(options), in_flight_(in_flight), left_(questions) {
    latencies_.reserve(questions);
  }

  void go() {
    ends_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<long>(options_.seconds * 1000));
    const double cpu = cpu_seconds();
    began_ = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < in_flight_; ++i) ask();
    std::unique_lock lock(mutex_);
    over_.wait(lock, [this] { return out_ == 0; });
    cpu_ = cpu_seconds() - cpu;
  }

  // A JSON object.
  [[nodiscard]] std::string report() {
    std::sort(latencies_.begin(), latencies_.end());
    const std::size_t count = latencies_.size();
    const double seconds = std::chrono::duration<double>(last_ - began_).count();
    const auto at = [&](std::size_t percent) {
      return count == 0 ? 0.0 : latencies_[std::min(count - 1, count * percent / 100)];
    };
    std::array<char, 512> text{};
    std::snprintf(text.data(), text.size(),
                  R"({"in_flight": %zu, "answered": %zu, "failed": %zu, "seconds": %.3f, "per_second": %.0f, )"
                  R"("p50_us": %.0f, "p90_us": %.0f, "p99_us": %.0f, "max_us": %.0f, "client_cpu_us": %.1f})",
                  in_flight_, count, failed_, seconds, static_cast<double>(count) / seconds, at(50), at(90), at(99),
                  count == 0 ? 0.0 : latencies_.back(),
                  cpu_ * 1e6 / static_cast<double>(std::max<std::size_t>(count, 1)));
    return text.data();
  }

 private:
  void ask() {
    const Time asked = std::chrono::steady_clock::now();
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      if (left_ == 0 || asked >= ends_) return;
      number = left_--;
      ++out_;
    }
    ports::ReadQuestion question;
    question.user.public_identity = "sip:user" + std::to_string(number % options_.users) + "@example.com";
    question.keys.references = {ports::DataReference::ims_user_state};
    client_.read(std::move(question), kWithin, [this, asked](const ports::ReadResult& result) {
      const bool good = result && result->record.ims_user_state;
      ask();
      const std::lock_guard lock(mutex_);
      last_ = std::chrono::steady_clock::now();
      if (good) {
        latencies_.push_back(std::chrono::duration<double, std::micro>(last_ - asked).count());
      } else {
        ++failed_;
      }
      if (--out_ == 0) over_.notify_all();
    });
  }

  diameter::ShClient& client_;
  const Options& options_;
  const std::size_t in_flight_;
  Time began_, ends_;
  double cpu_ = 0;
  std::mutex mutex_;  // guards what follows
  std::condition_variable over_;
  std::size_t left_, out_ = 0, failed_ = 0;
  std::vector<double> latencies_;  // us
  Time last_;
};

int fail(const std::string& why) {
  std::fprintf(stderr, "presentia-sh-bench: %s\n", why.c_str());
  return kCannotStart;
}

int run(const Options& options) {
  if (!xml::initialize()) return fail("the XML library does not start");
  const base::SteadyClock clock;
  base::Metrics metrics;
  Connected connected;
  const mgmt::Live live(std::make_shared<mgmt::Snapshot>(settings_of(options), 1));
  diameter::ShClient client(live, clock, metrics);
  if (const auto started = client.start(connected); !started) return fail(started.error().text);
  if (!connected.wait()) return fail("no connection to the HSS");
  Run(client, options, 1, kWarmUp).go();
  std::string all;
  for (const std::size_t in_flight : options.in_flight) {
    Run measured(client, options, in_flight, options.questions);
    measured.go();
    all.append(all.empty() ? "[" : ",\n ").append(measured.report());
  }
  client.stop();
  std::printf("%s]\n", all.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Asks an HSS of this machine for the IMS user state of sip:user0@example.com and following, and says how "
      "fast it was answered: JSON"};
  app.add_option("--address", options.address, "Of the HSS; loopback only")
      ->check([](const std::string& text) { return text.starts_with("127.") ? "" : "not an address of 127.0.0.0/8"; })
      ->capture_default_str();
  app.add_option("--port", options.port, "Of the HSS")->required();
  app.add_option("--identity", options.identity, "Diameter identity of the HSS")->capture_default_str();
  app.add_option("--users", options.users, "How many it has")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--questions", options.questions, "For each number in flight")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  app.add_option("--max-seconds", options.seconds, "For each, no question is asked later")->capture_default_str();
  app.add_option("--in-flight", options.in_flight, "Questions at a time")->delimiter(',')->check(CLI::Range(1, 2000));
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  return run(options);
}
