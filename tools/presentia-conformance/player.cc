#include "tools/presentia-conformance/player.h"

#include <exception>
#include <functional>

#include "tools/presentia-conformance/actor.h"
#include "tools/presentia-conformance/play.h"

namespace presentia::conformance {
namespace {

struct Judged {
  Verdict unmet;  // of an expectation in this part of the scenario
  const std::vector<Step>& steps;
};

void judge(Result& result, Verdict verdict, const Step& step, const std::string& why, const std::string& message = "") {
  result.verdict = verdict;
  result.why = why;
  result.place = step.place;
  result.step = step.text;
  result.message = message;
}

// False: the scenario is over.
bool play_part(Result& result, Actor& actor, const Judged& part) {
  for (const Step& step : part.steps) {
    try {
      actor.act(step);
      continue;
    } catch (const Unmet& unmet) {
      judge(result, part.unmet, step, unmet.what(), unmet.message);
    } catch (const NetworkError& error) {
      judge(result, part.unmet, step, error.what());
    } catch (const std::exception& error) {
      judge(result, Verdict::broken, step, error.what());
    }
    return false;
  }
  return true;
}

// The server may be gone, or answer garbage: the verdict stands.
void leave(const std::function<void()>& part) {
  try {
    part();
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace

Result play(const Library& library, const Target& target, const Scenario& scenario, const std::string& token) {
  Result result;
  result.scenario = scenario;
  Play play(library, target, scenario, token);
  Actor actor(play, library.folder + "/schemas");
  const auto began = Clock::now();
  if (play_part(result, actor, {Verdict::inconclusive, scenario.given})) {
    play_part(result, actor, {Verdict::fail, scenario.steps});
  }
  result.ladder = play.ladder();
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  if (scenario.cleanup) leave([&] { actor.clean_up(); });
  leave([&] { actor.delete_documents(); });
  leave([&] { actor.remove_users(); });
  return result;
}

}  // namespace presentia::conformance
