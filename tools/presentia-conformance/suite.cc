#include "tools/presentia-conformance/suite.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "tools/presentia-conformance/player.h"

namespace presentia::conformance {
namespace {

constexpr double kAliveS = 3;

std::string squeezed(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  return text;
}

bool begins(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }

bool fits(const Library& library, const Scenario& scenario, const std::string& word) {
  if (begins(scenario.id, word)) return true;
  return std::any_of(scenario.rows.begin(), scenario.rows.end(), [&](const std::string& row) {
    return row == word || begins(squeezed(library.rows.at(row).document), squeezed(word));
  });
}

int lowest_tier(const Library& library, const Scenario& scenario) {
  int tier = 3;
  for (const std::string& row : scenario.rows) tier = std::min(tier, library.rows.at(row).tier);
  return tier;
}

// The runner's shared state.
class Runner {
 public:
  Runner(const Library& library, const Target& target, const std::function<void(const Result&)>& played, Run& run)
      : library_(library), target_(target), played_(played), run_(run) {}

  void probe() {
    std::vector<const Scenario*> probes;
    for (const auto& [name, feature] : library_.features) {
      const auto said = target_.features.find(name);
      const std::string word = said == target_.features.end() ? "probe" : said->second;
      run_.features[name] = word;
      if (word == "probe") probes.push_back(&feature.probe);
    }
    std::vector<Result> results(probes.size());
    each(probes.size(), 16, [&](std::size_t i) {
      results[i] = play(library_, target_, *probes[i], run_.token + "p" + std::to_string(i));
    });
    for (const Result& result : results) {
      run_.features[result.scenario.id] = result.verdict == Verdict::pass ? "yes" : "no";
    }
  }

  void all(const std::vector<const Scenario*>& scenarios, unsigned jobs) {
    run_.results.resize(scenarios.size());
    each(scenarios.size(), jobs, [&](std::size_t i) {
      Result result = one(*scenarios[i], run_.token + std::to_string(i));
      const std::lock_guard lock(mutex_);
      played_(result);
      run_.results[i] = std::move(result);
    });
  }

 private:
  static void each(std::size_t count, unsigned jobs, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(1U, jobs); ++i) {
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < count; at = next++) work(at);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  Result unplayed(const Scenario& scenario, Verdict verdict, const std::string& why) const {
    Result result;
    result.scenario = scenario;
    result.verdict = verdict;
    result.why = why;
    return result;
  }

  // Empty: all is there that the scenario needs.
  std::string missing(const Scenario& scenario) const {
    if (target_.profiles.count(scenario.profile) == 0)
      return "the target does not claim the profile " + scenario.profile;
    for (const std::string& need : scenario.needs) {
      if (run_.features.at(need) == "no") return "needs " + need + ": " + library_.features.at(need).what;
    }
    return "";
  }

  Result one(const Scenario& scenario, const std::string& token) {
    const std::string why = missing(scenario);
    if (!why.empty()) return unplayed(scenario, Verdict::not_applicable, why);
    if (gone_) return unplayed(scenario, Verdict::inconclusive, "not played: the server no longer answers");
    Result result = play(library_, target_, scenario, token);
    if (result.verdict == Verdict::fail || result.verdict == Verdict::inconclusive) doubt(result, token);
    if (result.verdict == Verdict::fail) excuse(result);
    return result;
  }

  // A verdict about a server that is dead says nothing about the row.
  void doubt(Result& result, const std::string& token) {
    if (!gone_ && alive(library_, target_, token + "a", kAliveS)) return;
    gone_ = true;
    result.verdict = Verdict::inconclusive;
    result.why += "; the server no longer answers";
    const std::lock_guard lock(mutex_);
    run_.gone.push_back(result.scenario.id);
  }

  void excuse(Result& result) const {
    for (const Quirk& quirk : target_.quirks) {
      const auto& rows = result.scenario.rows;
      const bool row = std::find(rows.begin(), rows.end(), quirk.scenario) != rows.end();
      if (!row && quirk.scenario != result.scenario.id) continue;
      result.verdict = Verdict::quirk;
      result.why += " (quirk: " + quirk.reason + ")";
      return;
    }
  }

  const Library& library_;
  const Target& target_;
  const std::function<void(const Result&)>& played_;
  Run& run_;
  std::mutex mutex_;
  std::atomic<bool> gone_{false};
};

Scenario options_scenario(const std::string& way, double seconds) {
  Scenario scenario;
  scenario.cleanup = false;
  RoleSpec role;
  role.v6 = way.back() == '6';
  role.over = role.v6 ? way.substr(0, way.size() - 1) : way;
  scenario.roles["probe"] = role;
  Step send;
  send.verb = "send";
  send.subject = "OPTIONS";
  send.options = {{"by", "probe"}};
  Step answer;
  answer.verb = "answer";
  answer.subject = "any";
  answer.options = {{"within", std::to_string(seconds)}};
  scenario.steps = {send, answer};
  return scenario;
}

}  // namespace

std::vector<const Scenario*> selected(const Library& library, const Selection& selection) {
  std::set<std::string> used;
  std::vector<const Scenario*> result;
  for (const Scenario& scenario : library.scenarios) {
    bool wanted = selection.only.empty();
    for (const std::string& word : selection.only) {
      if (!fits(library, scenario, word)) continue;
      wanted = true;
      used.insert(word);
    }
    if (!selection.profile.empty() && scenario.profile != selection.profile) continue;
    if (wanted && lowest_tier(library, scenario) <= selection.tier) result.push_back(&scenario);
  }
  for (const std::string& word : selection.only) {
    if (used.count(word) == 0) throw std::invalid_argument("no scenario, row or document is called " + word);
  }
  return result;
}

bool alive(const Library& library, const Target& target, const std::string& token, double seconds) {
  return std::any_of(target.reach.begin(), target.reach.end(), [&](const auto& way) {
    return play(library, target, options_scenario(way.first, seconds), token).verdict == Verdict::pass;
  });
}

Run run_suite(const Library& library, const Target& target, const std::vector<const Scenario*>& scenarios,
              unsigned jobs, const std::string& token, const std::function<void(const Result&)>& played) {
  Run run;
  run.token = token;
  const auto began = std::chrono::steady_clock::now();
  Runner runner(library, target, played, run);
  run.answered = alive(library, target, token + "alive", kAliveS);
  if (run.answered) {
    runner.probe();
    runner.all(scenarios, jobs);
  }
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return run;
}

}  // namespace presentia::conformance
