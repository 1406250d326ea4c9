// What as/sip counts. Any thread; made once.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/sip/authenticator.h"

namespace presentia::sip {

// Why something was dropped without an answer.
enum class Drop : std::uint8_t {
  unreadable,        // no SIP message
  no_via,            // a request nobody could be answered about
  stray_response,    // matches no request of ours
  ack,               // ends an INVITE that we refused
  late_answer,       // the core answered twice, or too late
  unanswered,        // the core gave no answer in time
  connection_limit,  // a connection too many
  send_failed        // a message that could not be sent
};
inline constexpr std::size_t kDrops = 8;

// Why a connection ended.
enum class StreamEnd : std::uint8_t {
  peer,    // the peer closed it
  failed,  // refused, or broken
  ours,    // after bytes that are no SIP
  idle,    // no traffic for sip.idle_connection_s
  late,    // no whole message, or no handshake, in time
  stuck,   // the peer does not read
  tls      // the handshake failed, or what came after it
};
inline constexpr std::size_t kStreamEnds = 7;

class Counters {
 public:
  // `io`: number of the SIP thread.
  explicit Counters(base::Metrics& metrics, std::uint32_t io = 0);

  void request(std::string_view method);  // received and readable
  void response(int status);              // sent
  void dropped(Drop why);
  void retransmission_absorbed();
  void retransmission_sent();
  void sent_request();
  void outcome(std::string_view kind);  // "response", "timeout", "unreachable"
  void forwarded();
  void connections(std::size_t open);
  void connection_ended(StreamEnd why);
  void accept_paused();
  void login(Login outcome);
  void digest_users(std::size_t known);
  void loop_lag(base::Millis late);  // of the SIP thread
  void transactions(std::size_t server, std::size_t client);

 private:
  using Table = std::map<std::string, base::Counter, std::less<>>;

  std::array<base::Counter, kDrops> drops_;
  Table requests_, outcomes_;
  std::array<base::Counter, 7> responses_;  // by hundreds
  std::array<base::Counter, kStreamEnds> ends_;
  std::array<base::Counter, kLogins> logins_;
  base::Counter absorbed_, resent_, sent_, forwarded_, pauses_;
  base::Gauge connections_, server_, client_, digest_users_;
  base::Histogram loop_lag_;
};

[[nodiscard]] std::string_view drop_name(Drop why);
[[nodiscard]] std::string_view end_name(StreamEnd why);

}  // namespace presentia::sip
