#include "mgmt/service/presentities_operations.h"

#include <google/protobuf/util/time_util.h>
#include <grpcpp/support/status.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "as/base/log.h"
#include "as/base/uri.h"
#include "mgmt/service/presentities_convert.h"

namespace presentia::mgmt {
namespace {

using google::protobuf::util::TimeUtil;
using ports::InspectTrouble;
using ports::WatcherEvent;

// Those that end a subscription and that a watcher may be told [RFC6665 4.1.3].
constexpr std::array kReasons{WatcherEvent::deactivated, WatcherEvent::probation, WatcherEvent::rejected,
                              WatcherEvent::timeout,     WatcherEvent::giveup,    WatcherEvent::noresource};
constexpr std::int64_t kLongestRetryAfter = 7 * 24 * 3600;

CallError invalid(std::string text) { return {grpc::StatusCode::INVALID_ARGUMENT, std::move(text), {}}; }

grpc::StatusCode code(InspectTrouble trouble) {
  switch (trouble) {
    case InspectTrouble::unknown:
      return grpc::StatusCode::NOT_FOUND;
    case InspectTrouble::invalid:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case InspectTrouble::impossible:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case InspectTrouble::busy:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case InspectTrouble::late:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case InspectTrouble::unserved:
      return grpc::StatusCode::UNAVAILABLE;
  }
  return grpc::StatusCode::INTERNAL;
}

// A pattern in itself, or a URI in normal form.
base::Result<std::string, CallError> pattern_of(const std::string& text) {
  if (text.empty() || text.find('*') != std::string::npos) return text;
  return presentity_of(text);
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<WatcherEvent> reason_of(const std::string& word) {
  if (word.empty()) return WatcherEvent::deactivated;
  const auto* const found =
      std::ranges::find_if(kReasons, [&](WatcherEvent reason) { return ports::word(reason) == word; });
  return found == kReasons.end() ? std::nullopt : std::optional(*found);
}

template <class Values>
std::string words_of(const Values& values) {
  std::string text;
  for (const auto value : values) text.append(text.empty() ? "" : ", ").append(ports::word(value));
  return text;
}

// Of a page.
std::size_t limit_of(std::uint32_t asked) {
  return asked == 0 ? ports::kMostShown : std::min<std::size_t>(asked, ports::kMostShown);
}

std::optional<ports::FollowedState> state_of(const std::string& word) {
  for (const ports::FollowedState state : ports::kFollowedStates)
    if (ports::word(state) == word) return state;
  return std::nullopt;
}

base::Result<ports::TerminateOrder, CallError> order_of(const management::TerminateRequest& request) {
  auto presentity = presentity_of(request.presentity());
  if (!presentity) return base::Unexpected{std::move(presentity).error()};
  const auto reason = reason_of(request.reason());
  if (!reason)
    return base::Unexpected{invalid("no reason is called " + request.reason() + "; there are: " + words_of(kReasons))};
  ports::TerminateOrder order{*std::move(presentity), request.id(), *reason, {}};
  if (!request.has_retry_after()) return order;
  // [RFC6665 4.1.3] it says nothing with the others
  if (*reason != WatcherEvent::probation && *reason != WatcherEvent::giveup)
    return base::Unexpected{invalid("retry-after goes with probation and giveup only")};
  const std::int64_t seconds = request.retry_after().seconds();
  if (seconds < 0 || seconds > kLongestRetryAfter)
    return base::Unexpected{invalid("retry-after is from 0 to " + std::to_string(kLongestRetryAfter) + " s")};
  order.retry_after = base::Seconds(seconds);
  return order;
}

// As the type has it.
bool is_time(const google::protobuf::Timestamp& time) {
  return time.seconds() >= TimeUtil::kTimestampMinSeconds && time.seconds() <= TimeUtil::kTimestampMaxSeconds &&
         time.nanos() >= 0 && time.nanos() < 1'000'000'000;
}

// To the millisecond.
base::Instant instant_of(const google::protobuf::Timestamp& time) {
  return base::Instant(base::Seconds(time.seconds()) + base::Millis(time.nanos() / 1'000'000));
}

base::Result<ports::ExplainQuestion, CallError> question_of(const management::ExplainRequest& request) {
  auto presentity = presentity_of(request.presentity());
  if (!presentity) return base::Unexpected{std::move(presentity).error()};
  ports::ExplainQuestion question{*std::move(presentity), std::string(ports::kAnonymousWatcher)};
  if (request.watcher() != ports::kAnonymousWatcher) {
    auto watcher = presentity_of(request.watcher());
    if (!watcher) return base::Unexpected{invalid("watcher: " + watcher.error().message + ", nor \"anonymous\"")};
    question.watcher = *std::move(watcher);
  }
  if (request.has_at()) {
    if (!is_time(request.at())) return base::Unexpected{invalid("at: not a time between the years 1 and 9999")};
    question.at = instant_of(request.at());
  }
  if (request.has_rules()) question.rules = request.rules();
  if (!request.package().empty()) question.package = request.package();
  return question;
}

// What an operator did, and what came of it.
PresentitiesOperations::Outcome acted(const char* act, const PresentitiesOperations::Call& call,
                                      const std::string& presentity, std::string_view about,
                                      const ports::Inspected<std::size_t>& done, management::ActResponse& response) {
  base::log(base::Module::management, base::Level::info, act,
            {{"who", call.who},
             {"presentity", presentity},
             {"about", about},
             {"result", done ? std::string_view("done") : std::string_view(done.error().text)}});
  if (!done) return to_error(done.error());
  response.set_presentity(presentity);
  response.set_subscriptions(static_cast<std::uint32_t>(*done));
  return std::nullopt;
}

}  // namespace

CallError to_error(const ports::InspectError& error) { return {code(error.trouble), error.text, {}}; }

base::Result<std::string, CallError> presentity_of(const std::string& uri) {
  auto normal = base::normal_form(uri);
  if (!normal) return base::Unexpected{invalid("\"" + uri + "\" is no sip, sips, pres or tel URI")};
  return *std::move(normal);
}

PresentitiesOperations::Outcome PresentitiesOperations::list(const management::ListRequest& request, const Call& call,
                                                             management::ListResponse& response) const {
  auto presentity = pattern_of(request.presentity());
  if (!presentity) return std::move(presentity).error();
  auto watcher = pattern_of(request.watcher());
  if (!watcher) return std::move(watcher).error();
  ports::ListQuestion question{*std::move(presentity), *std::move(watcher), request.package(), lower(request.domain())};
  question.publications = request.publications() || !request.subscriptions();
  question.subscriptions = request.subscriptions() || !request.publications();
  question.limit = limit_of(request.limit());
  question.cursor = request.cursor();
  const auto page = inspection_.list(question, call.within);
  if (!page) return to_error(page.error());
  const base::Instant now = clock_.now();
  for (const auto& info : page->publications) to_message(info, now, *response.add_publications());
  for (const auto& info : page->subscriptions) to_message(info, now, *response.add_subscriptions());
  response.set_cursor(page->cursor);
  response.set_unserved(static_cast<std::uint32_t>(page->unserved));
  return std::nullopt;
}

PresentitiesOperations::Outcome PresentitiesOperations::show(const management::ShowRequest& request, const Call& call,
                                                             management::ShowResponse& response) const {
  const auto presentity = presentity_of(request.presentity());
  if (!presentity) return presentity.error();
  const auto info = inspection_.show(*presentity, call.within);
  if (!info) return to_error(info.error());
  const base::Instant now = clock_.now();
  response.set_presentity(info->presentity);
  for (const auto& publication : info->publications) to_message(publication, now, *response.add_publications());
  for (const auto& subscription : info->subscriptions) to_message(subscription, now, *response.add_subscriptions());
  response.set_subscriptions_held(info->subscriptions_held);
  for (const auto& document : info->documents) to_message(document, *response.add_documents());
  if (info->registration) to_message(*info->registration, now, *response.mutable_registration());
  if (info->user) to_message(*info->user, *response.mutable_user());
  return std::nullopt;
}

PresentitiesOperations::Outcome PresentitiesOperations::terminate(const management::TerminateRequest& request,
                                                                  const Call& call,
                                                                  management::ActResponse& response) const {
  const auto order = order_of(request);
  if (!order) return order.error();
  const std::string about = std::to_string(order->id) + " " + std::string(ports::word(order->reason));
  return acted("presentity.terminate", call, order->presentity, about, inspection_.terminate(*order, call.within),
               response);
}

PresentitiesOperations::Outcome PresentitiesOperations::drop(const management::DropRequest& request, const Call& call,
                                                             management::ActResponse& response) const {
  const auto presentity = presentity_of(request.presentity());
  if (!presentity) return presentity.error();
  const ports::DropOrder order{*presentity, request.etag()};
  return acted("presentity.drop", call, *presentity, order.etag, inspection_.drop(order, call.within), response);
}

PresentitiesOperations::Outcome PresentitiesOperations::renotify(const management::RenotifyRequest& request,
                                                                 const Call& call,
                                                                 management::ActResponse& response) const {
  const auto presentity = presentity_of(request.presentity());
  if (!presentity) return presentity.error();
  const ports::RenotifyOrder order{*presentity, request.id()};
  const std::string about = request.id() == 0 ? "all" : std::to_string(request.id());
  return acted("presentity.renotify", call, *presentity, about, inspection_.renotify(order, call.within), response);
}

PresentitiesOperations::Outcome PresentitiesOperations::explain(const management::ExplainRequest& request,
                                                                const Call& call,
                                                                management::ExplainResponse& response) const {
  const auto question = question_of(request);
  if (!question) return question.error();
  const auto info = inspection_.explain(*question, call.within);
  if (!info) return to_error(info.error());
  to_message(*info, clock_.now(), response);
  return std::nullopt;
}

PresentitiesOperations::Outcome PresentitiesOperations::list_documents(
    const management::ListDocumentsRequest& request, const Call& call,
    management::ListDocumentsResponse& response) const {
  ports::DocumentsQuestion question;
  question.prefix = request.prefix().substr(request.prefix().starts_with('/') ? 1 : 0);
  if (!request.state().empty()) {
    question.state = state_of(request.state());
    if (!question.state)
      return invalid("no state of a document is called " + request.state() +
                     "; there are: " + words_of(ports::kFollowedStates));
  }
  question.limit = limit_of(request.limit());
  question.cursor = request.cursor();
  const auto page = inspection_.documents(question, call.within);
  if (!page) return to_error(page.error());
  const base::Instant now = clock_.now();
  for (const auto& info : page->documents) to_message(info, now, *response.add_documents());
  response.set_cursor(page->cursor);
  return std::nullopt;
}

PresentitiesOperations::Outcome PresentitiesOperations::invalidate(const management::InvalidateRequest& request,
                                                                   const Call& call,
                                                                   management::InvalidateResponse& response) const {
  const std::size_t documents = documents_.look_again(request.path());
  base::log(base::Module::management, base::Level::info, "documents.invalidate",
            {{"who", call.who}, {"path", request.path()}, {"documents", documents}});
  response.set_documents(documents);
  return std::nullopt;
}

}  // namespace presentia::mgmt
