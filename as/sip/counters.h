// What as/sip counts. Any thread; made once.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "as/base/metrics.h"

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

class Counters {
 public:
  explicit Counters(base::Metrics& metrics);

  void request(std::string_view method);  // received and readable
  void response(int status);              // sent
  void dropped(Drop why);
  void retransmission_absorbed();
  void retransmission_sent();
  void sent_request();
  void outcome(std::string_view kind);  // "response", "timeout", "unreachable"
  void forwarded();
  void connections(std::size_t open);
  void transactions(std::size_t server, std::size_t client);

 private:
  using Table = std::map<std::string, base::Counter, std::less<>>;

  std::array<base::Counter, kDrops> drops_;
  Table requests_, outcomes_;
  std::array<base::Counter, 7> responses_;  // by hundreds
  base::Counter absorbed_, resent_, sent_, forwarded_;
  base::Gauge connections_, server_, client_;
};

[[nodiscard]] std::string_view drop_name(Drop why);

}  // namespace presentia::sip
