// The text of the requests of the load generator, with the headers that an S-CSCF adds on ISC, and of its answers.
// The generator stands where the S-CSCF stands: topmost Via, Record-Route and the original dialog identifier are its
// own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/presentia-bench/message.h"

namespace presentia::bench {

// What all requests of a run share.
struct Setting {
  std::string local;      // our ADDRESS:PORT
  std::string server;     // the server's ADDRESS:PORT
  std::string transport;  // UDP or TCP
  std::string run;        // tells this run from all others
  std::string domain;     // of presentities and watchers
  std::uint32_t expires_s = 3600;
};

struct PublishRequest {
  Key transaction;
  std::uint32_t presentity = 0;
  std::uint32_t cseq = 1;
  std::uint32_t expires_s = 3600;
  std::string_view if_match;  // empty: initial
  std::string_view body;      // empty: refresh or removal
};

struct SubscribeRequest {
  Key transaction;
  Key dialog;
  std::uint32_t presentity = 0;
  std::uint32_t cseq = 1;
  std::uint32_t expires_s = 3600;  // 0: fetch or end
  std::string_view remote_tag;     // empty: outside a dialog
  std::string_view remote_target;  // of the dialog
  bool deaf = false;               // will not answer: has a Contact of its own, behind us
};

class Requests {
 public:
  explicit Requests(Setting setting);

  [[nodiscard]] const Setting& setting() const { return setting_; }
  [[nodiscard]] std::string presentity_uri(std::uint32_t presentity) const;
  [[nodiscard]] std::string publish(const PublishRequest& request) const;
  // Initial: as it reaches a terminating presence server. In a dialog: without the headers that an S-CSCF adds only to
  // initial requests.
  [[nodiscard]] std::string subscribe(const SubscribeRequest& request) const;
  // Answer to a request of the server [RFC3261 8.2.6.2].
  [[nodiscard]] static std::string answer(const Message& request, int status, std::string_view reason);

 private:
  class Text;
  [[nodiscard]] std::string top_via(Key transaction) const;
  [[nodiscard]] std::string route(std::string_view mark, std::string_view presentity) const;
  void add_identity(Text& text, std::string_view identity, std::string_view served, std::string_view session_case,
                    std::string_view key) const;

  Setting setting_;
  std::string uri_parameter_;  // ;transport=tcp where it is
};

// What we put before the key in a branch [RFC3261 8.1.1.7].
inline constexpr std::string_view kBranchCookie = "z9hG4bK";

}  // namespace presentia::bench
