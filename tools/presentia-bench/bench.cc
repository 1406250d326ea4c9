#include "tools/presentia-bench/bench.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "tools/presentia-bench/engine.h"
#include "tools/presentia-bench/server_process.h"
#include "tools/presentia-bench/steps.h"

namespace presentia::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kOpenLoopInFlight = 32768;  // more under way, and the generator itself is what is measured

// What an operation finds on the server when it is measured.
struct Scene {
  std::string name;
  bool publications;  // `presentities` of them
  bool watchers;      // `watchers` for each
  bool growth;        // memory is measured, not CPU
};

const std::vector<Scene>& scenes() {
  static const std::vector<Scene> kScenes = {
      {"publish-create", false, false, false},
      {"publish-refresh", true, false, false},
      {"publish-modify", true, false, false},
      {"subscribe", true, false, false},
      {"fetch", true, false, false},
      {"subscribe-refresh", true, true, false},
      {"publish-modify-watched", true, true, false},
      {"mix", true, true, false},
      {"grow-publications", false, false, true},
      {"grow-subscriptions", true, false, true},
  };
  return kScenes;
}

const Scene& scene_of(const std::string& name) {
  for (const Scene& scene : scenes()) {
    if (scene.name == name) return scene;
  }
  throw std::invalid_argument("unknown operation " + name);
}

microseconds own_cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) { return std::chrono::seconds(time.tv_sec) + microseconds(time.tv_usec); };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

std::string fresh_run() {
  const auto ticks = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  std::string run;
  for (std::uint64_t rest = ticks / 1000 ^ static_cast<std::uint64_t>(getpid()) << 40; rest != 0; rest >>= 5) {
    run += kDigits[rest & 31];
  }
  return run;
}

class Measurement {
 public:
  explicit Measurement(const Options& options)
      : options_(options),
        scene_(scene_of(options.operation)),
        wire_(open_wire(options.transport, options.server)),
        requests_({wire_->local(), options.server, options.transport == Transport::kUdp ? "UDP" : "TCP",
                   options.run.empty() ? fresh_run() : options.run, options.domain}),
        engine_(*wire_, requests_, population_, options.transport == Transport::kTcp, options.deaf_every),
        server_(options.server_pid, options.memory_command) {}

  Report run() {
    set_up();
    if (scene_.growth) {
      grow();
    } else {
      load();
    }
    tear_down();
    return std::move(report_);
  }

 private:
  Range all() const { return {0, static_cast<std::uint32_t>(population_.presentities.size())}; }

  // A phase around the measured one: its errors count, its figures do not.
  Tally prepare(const Source& source, std::uint64_t count) {
    Tally tally = engine_.run(phase(source, count));
    add_trouble(tally);
    return tally;
  }

  // Without what it stands on, a measurement would only be wrong.
  void require(const Source& source, std::uint64_t count) {
    const Tally tally = prepare(source, count);
    if (tally.completed == count) return;
    std::string reasons;
    for (const auto& [reason, times] : tally.unexpected) reasons += "; " + reason + " (" + std::to_string(times) + ")";
    throw WireError("only " + std::to_string(tally.completed) + " of " + std::to_string(count) +
                    " operations succeeded before the measurement" + reasons);
  }

  Phase phase(const Source& source, std::uint64_t count) const {
    Phase phase;
    phase.next = source;
    phase.count = count;
    phase.in_flight = options_.in_flight;
    return phase;
  }

  void add_trouble(const Tally& tally) {
    for (const auto& [reason, count] : tally.unexpected) {
      report_.trouble[reason] += count;
      report_.errors += count;
    }
  }

  void set_up() {
    if (scene_.publications) require(creations(population_), options_.presentities);
    if (!scene_.watchers) return;
    // The mix refreshes the publications of the first half and has watchers on the second.
    watched_ = options_.operation == "mix" ? Range{all().count / 2, all().count - all().count / 2} : all();
    require(on_presentities(population_, Action::kSubscribe, watched_),
            std::uint64_t{watched_.count} * options_.watchers);
  }

  Source source() {
    const std::string& name = options_.operation;
    if (name == "publish-create" || name == "grow-publications") return creations(population_);
    if (name == "publish-refresh") return on_presentities(population_, Action::kRefresh, all());
    if (name.starts_with("publish-modify")) return on_presentities(population_, Action::kModify, all());
    if (name == "fetch") return on_presentities(population_, Action::kFetch, all());
    if (name == "subscribe-refresh") return on_dialogs(population_, Action::kResubscribe);
    if (name == "mix") return mixture(population_, {0, watched_.first}, watched_);
    return on_presentities(population_, Action::kSubscribe, all());
  }

  void load() {
    const Source steps = source();
    if (options_.warm_up > 0) prepare(steps, options_.warm_up);
    Phase measured = phase(steps, options_.count);
    measured.lasts = options_.lasts;
    measured.rate = options_.rate;
    measured.open_loop = options_.open_loop;
    measured.deaf_leave = true;
    if (options_.open_loop) measured.in_flight = std::max(options_.in_flight, kOpenLoopInFlight);
    measured.sample_every = options_.sample_every;
    const Clock::time_point begun = Clock::now();
    measured.sample = [this, begun] {
      const std::chrono::duration<double> since = Clock::now() - begun;
      report_.samples.push_back({since.count(), server_.memory(), server_.cpu()});
    };
    const microseconds server_before = server_.cpu();
    const microseconds own_before = own_cpu();
    report_.tally = engine_.run(measured);
    report_.server_cpu = server_.cpu() - server_before;
    report_.own_cpu = own_cpu() - own_before;
    report_.memory = server_.memory();
    add_trouble(report_.tally);
  }

  // The memory of transactions, which the server holds for a while and may keep in its heap afterwards, is taken out by
  // growing twice by the same number: the second time finds what the first left behind.
  void grow() {
    const Source steps = source();
    const auto each = [this](std::uint64_t from, std::uint64_t to) {
      return (static_cast<double>(to) - static_cast<double>(from)) / static_cast<double>(options_.count);
    };
    const std::uint64_t before = server_.memory();
    prepare(steps, options_.count);
    report_.bytes_each_fresh = each(before, server_.memory());
    settle();
    const std::uint64_t halfway = server_.memory();
    report_.tally = engine_.run(phase(steps, options_.count));
    add_trouble(report_.tally);
    settle();
    report_.memory = server_.memory();
    report_.bytes_each = each(halfway, report_.memory);
  }

  void settle() {
    Phase pause;
    pause.lasts = options_.settle;
    add_trouble(engine_.run(pause));
  }

  // The server has ended the subscriptions of those who left without a word.
  void forget_deaf() {
    for (std::uint32_t place = 0; place < population_.dialogs.size(); ++place) {
      if (!engine_.deaf(place) || population_.dialogs[place].presentity == kNone) continue;
      std::erase(population_.presentities[population_.dialogs[place].presentity].dialogs, place);
      population_.end_dialog(place);
    }
  }

  void tear_down() {
    forget_deaf();
    const auto dialogs =
        std::count_if(population_.dialogs.begin(), population_.dialogs.end(),
                      [](const Dialog& dialog) { return dialog.presentity != kNone && !dialog.remote_tag.empty(); });
    prepare(on_dialogs(population_, Action::kUnsubscribe), static_cast<std::uint64_t>(dialogs));
    prepare(on_presentities(population_, Action::kRemove, all()), all().count);
  }

  const Options& options_;
  const Scene& scene_;
  std::unique_ptr<Wire> wire_;
  Population population_;
  Requests requests_;
  Engine engine_;
  ServerProcess server_;
  Range watched_;
  Report report_;
};

}  // namespace

const std::vector<std::string>& operation_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Scene& scene : scenes()) names.push_back(scene.name);
    return names;
  }();
  return kNames;
}

Report measure(const Options& options) { return Measurement(options).run(); }

}  // namespace presentia::bench
