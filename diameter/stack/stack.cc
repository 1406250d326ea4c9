#include "diameter/stack/stack.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "diameter/dictionary/codec.h"
#include "diameter/dictionary/freediameter.h"
#include "diameter/stack/endpoints.h"
#include "diameter/stack/harmless.h"
#include "diameter/stack/library_config.h"
#include "diameter/stack/library_values.h"
#include "diameter/stack/log_line.h"
#include "diameter/stack/routes.h"
#include "diameter/stack/thread_guards.h"

namespace presentia::diameter {
namespace {

// Above what the library gives to a destination (100), below what it takes to refuse one.
constexpr int kFirstChoice = 1000, kStep = 10;
constexpr int kMostRanks = 50;
// The library forgets a request so much later than we do, so that it is never the one to decide.
constexpr base::Millis kLater{500};
constexpr std::chrono::milliseconds kThreadsRun{50};

base::Error failure(const char* what, int error) {
  return {"diameter", std::string(what) + ": " + std::strerror(error)};
}

}  // namespace

class Stack::Impl {
 public:
  Impl(const StackSettings& settings, StackObserver& observer) : settings_(settings), observer_(observer) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(); }

  base::Result<base::Done> start();
  bool send(OutgoingRequest request);
  void forget(std::uint32_t end_to_end) { routes_.erase(end_to_end); }
  void answer(std::uint64_t key, const Avps& avps);
  bool connect(const StackPeer& peer);
  [[nodiscard]] std::vector<PeerReport> peers() const;
  void stop();

 private:
  std::optional<base::Error> configure();
  [[nodiscard]] bool has_tls() const { return !settings_.tls.certificate.empty(); }
  std::optional<base::Error> listen_on();
  std::optional<base::Error> take_part();

  // Called by the library. Nothing may leave them: there is C above.
  static void on_log(int level, const char* format, va_list arguments);
  static void on_answer(void* ticket, msg** answer);
  static void on_expiry(void* ticket, DiamId_t peer, size_t length, msg** request);
  static int on_request(msg** request, avp* each, session* session, void* command, disp_action* action);
  static int on_route(void* self, msg** request, fd_list* candidates);
  static void on_hook(fd_hook_type type, msg* message, peer_hdr* peer, void* other, fd_hook_permsgdata* data,
                      void* self);
  static int on_unknown_peer(peer_info* info, int* takes, int (**later)(peer_info*));

  void report(peer_hdr* peer, ports::PeerPhase phase, const char* trouble);
  void dropped(msg* message, const char* why);
  static void send_at_once(peer_hdr* peer);

  // The library has one state for a process, and its log and answers come without a word of whose they are.
  static std::atomic<Impl*> current;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

  const StackSettings settings_;
  StackObserver& observer_;
  std::optional<Dictionary> dictionary_;
  Routes routes_;
  fd_hook_hdl* hook_ = nullptr;
  bool is_initialized_ = false, is_running_ = false;
  std::mutex mutex_;  // guards what follows
  std::unordered_map<std::uint64_t, MessagePtr> requests_;
  std::uint64_t last_key_ = 0;
};

std::atomic<Stack::Impl*> Stack::Impl::current = nullptr;  // NOLINT

base::Result<base::Done> Stack::Impl::start() {
  Impl* nobody = nullptr;
  if (!current.compare_exchange_strong(nobody, this)) {
    return base::Unexpected{base::Error{"diameter", "there is a Diameter stack in this process already"}};
  }
  const SignalsBlocked blocked;
  fd_log_handler_register(&Impl::on_log);  // fails where a stack was before, which the next line finds, too
  if (const int error = fd_core_initialize(); error != 0) {
    return base::Unexpected{failure("freeDiameter cannot start (it does once in a process)", error)};
  }
  is_initialized_ = true;
  auto made = Dictionary::make(*fd_g_config->cnf_dict, settings_.more_avps, settings_.more_applications);
  if (!made) return base::Unexpected{std::move(made.error())};
  dictionary_.emplace(std::move(*made));
  if (auto error = configure()) return base::Unexpected{std::move(*error)};
  if (auto error = listen_on()) return base::Unexpected{std::move(*error)};
  if (auto error = take_part()) return base::Unexpected{std::move(*error)};
  // Peers whose threads run by then are connected to at once, others after up to 4 s [measured].
  if (!settings_.peers.empty()) std::this_thread::sleep_for(kThreadsRun);
  if (fd_core_start() != 0) {  // its number names the last of several troubles, not the first
    const std::string place = settings_.address + " port " + std::to_string(settings_.port);
    return base::Unexpected{base::Error{
        "diameter", "it cannot start, or not listen at " + place + ": the Diameter library has said why before this"}};
  }
  if (const int error = fd_core_waitstartcomplete(); error != 0) {
    return base::Unexpected{failure("fd_core_waitstartcomplete", error)};
  }
  is_running_ = true;
  return base::Done{};
}

// What its configuration file would say; it reads an empty one, which also checks.
std::optional<base::Error> Stack::Impl::configure() {
  std::string realm = settings_.realm;
  if (realm.empty()) realm = settings_.identity.substr(settings_.identity.find('.') + 1);
  fd_config& config = *fd_g_config;
  config.cnf_diamid = strdup(settings_.identity.c_str());  // the library frees both
  config.cnf_diamid_len = settings_.identity.size();
  config.cnf_diamrlm = strdup(realm.c_str());
  config.cnf_diamrlm_len = realm.size();
  config.cnf_port = settings_.listens_with_tls ? 0 : settings_.port;
  config.cnf_port_tls = settings_.listens_with_tls ? settings_.port : 0;  // unless 0 the library wants a certificate
  config.cnf_timer_tc = settings_.reconnect_s;
  config.cnf_timer_tw = settings_.watchdog_s;
  config.cnf_dispthr = settings_.threads;
  config.cnf_flags.no_fwd = 1;
  config.cnf_flags.pr_tcp = 1;
  config.cnf_flags.no_sctp = std::none_of(settings_.peers.begin(), settings_.peers.end(),
                                          [](const StackPeer& peer) { return peer.transport == Transport::sctp; })
                                 ? 1
                                 : 0;
  return read_library_config(settings_.tls);
}

// After parseconf, which drops loopback addresses, and without any the library listens on all [measured]. Needed
// without a listener, too: it is Host-IP-Address.
std::optional<base::Error> Stack::Impl::listen_on() {
  const auto address = socket_address(settings_.address, settings_.port);
  if (!address) return base::Error{"diameter", settings_.address + " is no IP address"};
  SocketAddress copy = *address;
  const int error = fd_ep_add_merge(&fd_g_config->cnf_endpoints, reinterpret_cast<sSA*>(&copy.storage),  // NOLINT
                                    copy.length, EP_FL_CONF | EP_ACCEPTALL);
  if (error != 0) return failure("fd_ep_add_merge", error);
  return std::nullopt;
}

std::optional<base::Error> Stack::Impl::take_part() {
  const std::uint32_t events = HOOK_MASK(HOOK_MESSAGE_RECEIVED, HOOK_PEER_CONNECT_SUCCESS, HOOK_PEER_CONNECT_FAILED,
                                         HOOK_MESSAGE_DROPPED, HOOK_MESSAGE_PARSING_ERROR);
  if (const int error = fd_hook_register(events, &Impl::on_hook, this, nullptr, &hook_); error != 0) {
    return failure("fd_hook_register", error);
  }
  fd_rt_out_hdl* route = nullptr;
  if (const int error = fd_rt_out_register(&Impl::on_route, this, 10, &route); error != 0) {
    return failure("fd_rt_out_register", error);
  }
  for (const Command each : settings_.serves) {
    disp_when when{dictionary_->application(each), dictionary_->request(each), nullptr, nullptr};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the library hands a pointer through
    void* const command = reinterpret_cast<void*>(static_cast<std::uintptr_t>(each));
    if (const int error = fd_disp_register(&Impl::on_request, DISP_HOW_CC, &when, command, nullptr); error != 0) {
      return failure("fd_disp_register", error);
    }
  }
  if (settings_.takes_unknown_peers) fd_peer_validate_register(&Impl::on_unknown_peer);
  for (dict_object* const each : dictionary_->applications()) {
    if (const int error = fd_disp_app_support(each, dictionary_->vendor(), 1, 0); error != 0) {
      return failure("fd_disp_app_support", error);
    }
  }
  for (const StackPeer& peer : settings_.peers) {
    if (!connect(peer)) return base::Error{"diameter", "peer " + peer.identity + " cannot be added"};
  }
  return std::nullopt;
}

bool Stack::Impl::connect(const StackPeer& peer) {
  if (peer.with_tls && !has_tls()) return false;  // the library would give it up for good
  peer_info info{};
  fd_list_init(&info.pi_endpoints, nullptr);
  info.pi_diamid = text(peer.identity);
  info.pi_diamidlen = peer.identity.size();
  // where TLS is off it would wait for it for ever [measured]
  info.config.pic_flags.sec = peer.with_tls ? PI_SEC_DEFAULT : PI_SEC_NONE;
  info.config.pic_flags.pro4 = peer.transport == Transport::sctp ? PI_P4_SCTP : PI_P4_TCP;
  info.config.pic_flags.persist = PI_PRST_ALWAYS;
  info.config.pic_realm = peer.realm.empty() ? nullptr : text(peer.realm);
  info.config.pic_port = peer.port;
  if (!peer.address.empty()) {
    auto address = socket_address(peer.address, peer.port);
    if (!address) return false;
    if (fd_ep_add_merge(&info.pi_endpoints, reinterpret_cast<sSA*>(&address->storage), address->length,  // NOLINT
                        EP_FL_CONF | EP_ACCEPTALL) != 0) {
      return false;
    }
  }
  const int error = fd_peer_add(&info, "presentia", nullptr, nullptr);
  return error == 0 || error == EEXIST;
}

bool Stack::Impl::send(OutgoingRequest request) {
  MessagePtr message =
      encode_request(*dictionary_, request.command, request.avps, {request.end_to_end, request.is_retransmission});
  if (!message) return false;
  routes_.put(request.end_to_end, std::move(request.peers));
  const timespec at = deadline(request.within + kLater);
  msg* handed = message.release();
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a number needs no owner, whichever callback comes, or none
  void* const ticket = reinterpret_cast<void*>(static_cast<std::uintptr_t>(request.ticket));
  if (fd_msg_send_timeout(&handed, &Impl::on_answer, ticket, &Impl::on_expiry, &at) == 0) return true;
  message.reset(handed);
  return false;
}

void Stack::Impl::answer(std::uint64_t key, const Avps& avps) {
  MessagePtr request;
  {
    const std::lock_guard lock(mutex_);
    const auto found = requests_.find(key);
    if (found == requests_.end()) return;
    request = std::move(found->second);
    requests_.erase(found);
  }
  if (avps.empty()) return;
  MessagePtr answer = encode_answer(*dictionary_, std::move(request), avps);
  if (!answer) return;
  msg* handed = answer.release();
  if (fd_msg_send(&handed, nullptr, nullptr) != 0) answer.reset(handed);
}

std::vector<PeerReport> Stack::Impl::peers() const {
  std::vector<PeerReport> reports;
  if (!is_running_ || pthread_rwlock_rdlock(&fd_g_peers_rw) != 0) return reports;
  for (const fd_list* at = fd_g_peers.next; at != &fd_g_peers; at = at->next) {
    auto* const peer = static_cast<peer_hdr*>(at->o);
    const std::string realm = identity_of(peer->info.runtime.pir_realm, peer->info.runtime.pir_realmlen);
    reports.push_back(
        {identity_of(peer->info.pi_diamid, peer->info.pi_diamidlen), phase_of(fd_peer_get_state(peer)), realm, ""});
  }
  pthread_rwlock_unlock(&fd_g_peers_rw);
  return reports;
}

void Stack::Impl::stop() {
  if (is_initialized_) {
    is_running_ = false;
    is_initialized_ = false;
    fd_core_shutdown();
    fd_core_wait_shutdown_complete();
  }
  {
    const std::lock_guard lock(mutex_);
    requests_.clear();
  }
  if (current != this) return;  // the library is another one's, or nobody's any more
  fd_log_handler_unregister();
  current = nullptr;
}

void Stack::Impl::on_log(int level, const char* format, va_list arguments) {
  const CancelOff kept;
  Impl* const self = current;
  if (self == nullptr || level < FD_LOG_NOTICE) return;
  const StackLevel mattering = level >= FD_LOG_FATAL   ? StackLevel::fatal
                               : level >= FD_LOG_ERROR ? StackLevel::error
                                                       : StackLevel::notice;
  self->observer_.on_log(mattering, log_line(format, arguments));
}

void Stack::Impl::on_answer(void* ticket, msg** answer) {
  const CancelOff kept;
  const MessagePtr message(std::exchange(*answer, nullptr));
  Impl* const self = current;
  if (self == nullptr) return;
  DiamId_t from = nullptr;
  std::size_t length = 0;
  fd_msg_source_get(message.get(), &from, &length);
  self->observer_.on_answer(reinterpret_cast<std::uintptr_t>(ticket), decode(*message),  // NOLINT
                            identity_of(from, length));
}

// The table of who asked has its own deadlines; here the request is only given up.
void Stack::Impl::on_expiry(void* /*ticket*/, DiamId_t /*peer*/, size_t /*length*/, msg** request) {
  const CancelOff kept;
  const MessagePtr message(std::exchange(*request, nullptr));
}

int Stack::Impl::on_request(msg** request, avp* /*each*/, session* /*session*/, void* command, disp_action* action) {
  const CancelOff kept;
  Impl* const self = current;
  if (self == nullptr) return 0;
  MessagePtr message(std::exchange(*request, nullptr));
  Avps avps = decode(*message);
  std::uint64_t key = 0;
  {
    const std::lock_guard lock(self->mutex_);
    key = ++self->last_key_;
    self->requests_.emplace(key, std::move(message));
  }
  self->observer_.on_request(key, static_cast<Command>(reinterpret_cast<std::uintptr_t>(command)),  // NOLINT
                             std::move(avps));
  *action = DISP_ACT_CONT;
  return 0;
}

int Stack::Impl::on_route(void* self, msg** request, fd_list* candidates) {
  const CancelOff kept;
  msg_hdr* header = nullptr;
  if (fd_msg_hdr(*request, &header) != 0) return 0;
  const Routes& routes = static_cast<Impl*>(self)->routes_;
  for (fd_list* at = candidates->next; at != candidates; at = at->next) {
    auto* const candidate = reinterpret_cast<rtd_candidate*>(at);  // NOLINT: the list's link is its first member
    const std::string peer = identity_of(candidate->diamid, candidate->diamidlen);
    const int rank = routes.rank(header->msg_eteid, peer);
    if (rank == Routes::kNever) candidate->score += FD_SCORE_NO_DELIVERY - kFirstChoice;
    if (rank >= 0) candidate->score += kFirstChoice - std::min(rank, kMostRanks) * kStep;
  }
  return 0;
}

void Stack::Impl::on_hook(fd_hook_type type, msg* message, peer_hdr* peer, void* other, fd_hook_permsgdata* /*data*/,
                          void* self) {
  const CancelOff kept;
  auto& impl = *static_cast<Impl*>(self);
  const auto* const why = static_cast<const char*>(other);
  switch (type) {
    case HOOK_MESSAGE_RECEIVED:
      return make_harmless(message);
    case HOOK_PEER_CONNECT_SUCCESS:
      send_at_once(peer);
      // It is told before the library decides: after a loss it wants three watchdog answers first [RFC3539 3.4.1].
      return impl.report(peer, ports::PeerPhase::connecting, nullptr);
    case HOOK_PEER_CONNECT_FAILED:
      return impl.report(peer, ports::PeerPhase::closed, why);
    case HOOK_MESSAGE_DROPPED:
    case HOOK_MESSAGE_PARSING_ERROR:
      // without a message, `other` is no text
      return impl.dropped(message, why);
    default:
      return;
  }
}

void Stack::Impl::report(peer_hdr* peer, ports::PeerPhase phase, const char* trouble) {
  if (peer == nullptr) return;
  observer_.on_peer({identity_of(peer->info.pi_diamid, peer->info.pi_diamidlen), phase,
                     identity_of(peer->info.runtime.pir_realm, peer->info.runtime.pir_realmlen),
                     trouble == nullptr ? "" : trouble});
}

// The library drops an answer with an AVP that it must understand and does not, and tells nobody else [measured].
void Stack::Impl::dropped(msg* message, const char* why) {
  msg* request = nullptr;
  if (message == nullptr || fd_msg_answ_getq(message, &request) != 0 || request == nullptr) return;
  void (*answered)(void*, msg**) = nullptr;
  void* ticket = nullptr;
  if (fd_msg_anscb_get(request, &answered, nullptr, &ticket) != 0 || answered != &Impl::on_answer) return;
  observer_.on_unreadable(reinterpret_cast<std::uintptr_t>(ticket), why == nullptr ? "" : why);  // NOLINT
}

// Otherwise a message that follows another waits for the acknowledgement of that, 40 ms [measured].
void Stack::Impl::send_at_once(peer_hdr* peer) {
  std::array<char, 128> connection{};
  if (peer == nullptr || fd_peer_cnx_proto_info(peer, connection.data(), connection.size() - 1) != 0) return;
  const auto descriptor = tcp_descriptor(connection.data());
  const int on = 1;
  if (descriptor) setsockopt(*descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int Stack::Impl::on_unknown_peer(peer_info* info, int* takes, int (** /*later*/)(peer_info*)) {
  Impl* const self = current;
  info->config.pic_flags.sec = self != nullptr && self->settings_.listens_with_tls ? PI_SEC_DEFAULT : PI_SEC_NONE;
  *takes = 1;
  return 0;
}

base::Result<std::unique_ptr<Stack>> Stack::start(const StackSettings& settings, StackObserver& observer) {
  auto impl = std::make_unique<Impl>(settings, observer);
  if (auto started = impl->start(); !started) return base::Unexpected{std::move(started.error())};
  return std::unique_ptr<Stack>(new Stack(std::move(impl)));
}

Stack::Stack(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Stack::~Stack() = default;
bool Stack::send(OutgoingRequest request) { return impl_->send(std::move(request)); }
void Stack::forget(std::uint32_t end_to_end) { impl_->forget(end_to_end); }
void Stack::answer(std::uint64_t key, const Avps& avps) { impl_->answer(key, avps); }
bool Stack::connect(const StackPeer& peer) { return impl_->connect(peer); }
std::vector<PeerReport> Stack::peers() const { return impl_->peers(); }
void Stack::stop() { impl_->stop(); }

}  // namespace presentia::diameter

#ifdef __SANITIZE_ADDRESS__
// What the library and GnuTLS do not give back at their end [measured]: words and texts of the configuration, the
// certificates, and questions that were never answered.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT
  return "leak:fd_conf_\nleak:fddlex\nleak:fd_p_sr_store\nleak:gnutls_x509_crt_list_import2\n";
}
// Two threads of the library end one TLS session at once, and one may send what the other has freed [measured].
extern "C" const char* __asan_default_suppressions() {  // NOLINT
  return "interceptor_via_fun:gnutls_bye\n";
}
#endif
