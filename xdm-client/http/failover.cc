#include "xdm-client/http/failover.h"

#include <algorithm>
#include <exception>
#include <set>
#include <string>
#include <utility>

namespace presentia::xdm {
namespace {

HttpFailure failure(FailureKind kind, std::string text) { return {kind, std::move(text), false, {}}; }

// Says nothing that another root could better.
bool is_final(const HttpResult& result) {
  if (result) return result->status < 500;
  const FailureKind kind = result.error().kind;
  return kind == FailureKind::stopped || kind == FailureKind::body_too_large || kind == FailureKind::redirected;
}

bool says_unavailable(int status) { return status == 502 || status == 503 || status == 504; }

HttpFailure all_failed(const std::vector<HttpFailure>& failures) {
  HttpFailure all = failure(FailureKind::every_root_failed, "");
  for (const HttpFailure& one : failures) {
    all.text.append(all.text.empty() ? "" : "; ").append(word(one.kind)).append(" ").append(one.text);
    all.maybe_sent = all.maybe_sent || one.maybe_sent;
  }
  return all;
}

}  // namespace

Failover::Failover(base::Metrics& metrics, RootExchange& exchange, RootBook::Now now)
    : exchange_(exchange),
      book_(metrics, std::move(now)),
      failovers_(metrics.counter("presentia_xcap_failovers_total")) {}

HttpResult Failover::run(const HttpRequest& request, const HttpSettings& settings, Moment whole) {
  Course course;
  std::set<std::string> tried;
  while (std::chrono::steady_clock::now() < whole) {
    const auto choice = book_.choose(settings, tried);
    if (!choice) break;
    tried.insert(choice->root.text);
    if (tried.size() > 1) failovers_.add();
    HttpResult result = ask(*choice, request, settings, whole);
    if (result) result->repeated = result->repeated || (course.sent && request.method != Method::get);
    if (is_final(result)) return result;
    const bool sent = result || result.error().maybe_sent;
    if (result) {
      course.answer = std::move(result).value();
    } else {
      course.failures.push_back(std::move(result).error());
    }
    const bool again = !sent || (repeatable(request) && !course.sent);
    course.sent = course.sent || sent;
    if (!again) break;
  }
  return settle(std::move(course), settings, whole);
}

HttpResult Failover::ask(const RootChoice& choice, const HttpRequest& request, const HttpSettings& settings,
                         Moment whole) {
  const auto granted = std::chrono::floor<base::Millis>(whole - std::chrono::steady_clock::now());
  HttpResult result = base::Unexpected{failure(FailureKind::malformed, "")};
  try {
    result = exchange_.ask(choice.root, request, settings, whole);
  } catch (const std::exception& error) {  // memory, or one of Poco's that nobody expected
    result = base::Unexpected{HttpFailure{FailureKind::malformed, error.what(), true, {}}};
  }
  if (!result) result.error().text = choice.root.text + ": " + result.error().text;
  judge(choice, result, settings, granted);
  return result;
}

void Failover::judge(const RootChoice& choice, const HttpResult& result, const HttpSettings& settings,
                     base::Millis granted) {
  if (result) {
    // a 500 is about one document: real servers give it for a bad one
    if (!says_unavailable(result->status)) return book_.alive(choice);
    const std::string why = std::to_string(result->status);
    const base::Seconds asked = std::min(result->retry_after.value_or(base::Seconds(0)), settings.max_retry_after);
    if (result->status != 503 || asked.count() == 0) return book_.failed(choice, settings, why);
    return book_.leave(choice, asked, why + " with Retry-After");
  }
  switch (result.error().kind) {
    case FailureKind::body_too_large:
    case FailureKind::redirected:
      return book_.alive(choice);
    case FailureKind::stopped:
      return book_.undecided(choice);
    case FailureKind::whole_deadline:  // proves nothing if there was hardly any time
      if (granted < settings.connect_timeout) return book_.undecided(choice);
      [[fallthrough]];
    case FailureKind::first_byte_deadline:
    case FailureKind::connection_lost:
    case FailureKind::malformed:
      return book_.doubted(choice, settings, result.error().text);
    default:
      return book_.failed(choice, settings, result.error().text);
  }
}

HttpResult Failover::settle(Course course, const HttpSettings& settings, Moment whole) {
  if (course.answer) return *std::move(course.answer);
  if (course.failures.size() == 1) return base::Unexpected{std::move(course.failures.front())};
  if (!course.failures.empty()) {
    HttpFailure all = all_failed(course.failures);
    all.ready_in = book_.ready_in(settings);
    return base::Unexpected{std::move(all)};
  }
  if (std::chrono::steady_clock::now() >= whole) {
    return base::Unexpected{failure(FailureKind::whole_deadline, "before its turn came")};
  }
  HttpFailure none = failure(FailureKind::every_root_failed,
                             settings.roots.empty() ? "there is no XCAP root" : "every root is left alone for now");
  none.ready_in = book_.ready_in(settings);
  return base::Unexpected{std::move(none)};
}

}  // namespace presentia::xdm
