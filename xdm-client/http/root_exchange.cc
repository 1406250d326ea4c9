#include "xdm-client/http/root_exchange.h"

#include <utility>

namespace presentia::xdm {
namespace {

constexpr int kMostAuthentications = 3;

base::Unexpected<HttpFailure> failure(FailureKind kind, std::string text, bool maybe_sent) {
  return base::Unexpected{HttpFailure{kind, std::move(text), maybe_sent, {}}};
}

bool is_redirect(int status) { return status >= 300 && status < 400 && status != 304; }

}  // namespace

RootExchange::RootExchange(base::Metrics& metrics, Lookup lookup, const StopSignal& stop)
    : stop_(stop), open_(metrics.gauge("presentia_xcap_connections")), resolver_(std::move(lookup)) {}

HttpResult RootExchange::ask(const RootUri& root, const HttpRequest& request, const HttpSettings& settings,
                             Moment whole) {
  Task task{.root = root, .request = request, .settings = settings, .whole = whole, .tls = {}};
  if (root.tls) {
    auto context = contexts_.current(settings.tls);
    if (!context) return failure(FailureKind::tls_failed, context.error().text, false);
    task.tls = *std::move(context);
  }
  auto response = ask_authenticated(task);
  if (!response) return base::Unexpected{std::move(response).error()};
  if (is_redirect(response->status)) {
    return failure(FailureKind::redirected,
                   std::to_string(response->status) + " to " + response->head.get("Location", "nowhere"), true);
  }
  HttpAnswer answer = answer_of(*std::move(response), root.text);
  answer.repeated = task.repeated;
  return answer;
}

// [RFC7616 3.3] A known challenge is used from the start; a new one, or a stale nonce, once more.
RootExchange::Asked RootExchange::ask_authenticated(Task& task) {
  if (task.settings.identity != IdentityMode::digest) return ask_once(task, std::nullopt);
  const std::string uri = task.root.path + task.request.path;
  for (int round = 1;; ++round) {
    auto known = digests_.answer(task.root.text, task.settings, word(task.request.method), uri);
    auto response = ask_once(task, known ? std::optional(known->header) : std::nullopt);
    if (!response || response->status != 401 || round == kMostAuthentications) return response;
    auto challenge = find_challenge(response->head);
    if (!challenge || (known && !challenge->stale && challenge->nonce == known->nonce)) return response;
    const bool refused = known && !challenge->stale && round > 1;
    digests_.learn(task.root.text, *std::move(challenge));
    if (refused) return response;
  }
}

RootExchange::Asked RootExchange::ask_once(Task& task, const std::optional<std::string>& authorization) {
  const std::string bytes = request_bytes(task.request, task.root, task.settings, authorization);
  // A server may close a kept connection at any moment: only what may be sent twice is sent on one.
  if (repeatable(task.request)) {
    if (SessionPtr kept = pool_.take(task.root.text, task.tls, task.settings)) {
      bool begun = false;
      auto response = talk(task, std::move(kept), bytes, begun);
      if (response || response.error().kind != FailureKind::connection_lost || begun) return response;
      task.repeated = task.request.method != Method::get;
    }
  }
  auto fresh = connect(task);
  if (!fresh) {
    HttpFailure why = std::move(fresh).error();
    why.maybe_sent = task.repeated;
    return base::Unexpected{std::move(why)};
  }
  bool begun = false;
  return talk(task, *std::move(fresh), bytes, begun);
}

RootExchange::Asked RootExchange::talk(const Task& task, SessionPtr session, const std::string& bytes, bool& begun) {
  const Limit sending = limit(task.settings.send_timeout, FailureKind::send_deadline, task.whole);
  if (auto sent = session->connection().send(bytes, sending.at); !sent) {
    return base::Unexpected{failure_of(sent.error(), sending.kind, true)};
  }
  auto response = read_response(session->connection(), task.settings, task.whole, begun);
  if (response && response->reusable) pool_.keep(task.root.text, std::move(session), task.settings);
  return response;
}

base::Result<SessionPtr, HttpFailure> RootExchange::connect(const Task& task) {
  const Limit naming = limit(task.settings.connect_timeout, FailureKind::connect_deadline, task.whole);
  auto addresses = resolver_.resolve(task.root.host, task.settings.name_lifetime, naming.at);
  if (!addresses) {
    HttpFailure why = std::move(addresses).error();
    if (why.kind == FailureKind::connect_deadline) why.kind = naming.kind;
    return base::Unexpected{std::move(why)};
  }
  base::Result<SessionPtr, HttpFailure> session = failure(FailureKind::name_not_found, task.root.host, false);
  for (const auto& address : *addresses) {
    session = connect_to(task, address);
    if (session) {
      resolver_.prefer(task.root.host, address);
      break;
    }
    const FailureKind why = session.error().kind;
    if (why == FailureKind::stopped || why == FailureKind::whole_deadline) break;
  }
  return session;
}

base::Result<SessionPtr, HttpFailure> RootExchange::connect_to(const Task& task, const Poco::Net::IPAddress& address) {
  const Limit connecting = limit(task.settings.connect_timeout, FailureKind::connect_deadline, task.whole);
  const Poco::Net::SocketAddress to(address, task.root.port);
  auto connection = Connection::open(to, stop_, connecting.at);
  if (!connection) return base::Unexpected{failure_of(connection.error(), connecting.kind, false)};
  if (task.tls) {
    auto secured =
        (*connection)->secure(task.tls.get(), task.root.host, task.settings.tls.check_host_name, connecting.at);
    if (!secured) return base::Unexpected{failure_of(secured.error(), connecting.kind, false)};
  }
  return std::make_unique<Session>(*std::move(connection), task.tls, open_);
}

}  // namespace presentia::xdm
