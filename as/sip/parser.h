// Sofia's message parser, set up to cut messages into header fields: it frames (Content-Length), finds lines and names;
// the values are read by grammar.h, so that each mistake has its own answer. SIP thread, or a test's.
#pragma once

#include <memory>
#include <string_view>

#include "as/sip/raw_message.h"
#include "as/sip/sofia.h"

namespace presentia::sip {

class Parser {
 public:
  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // An empty message to be filled by tport; larger ones than `max_bytes` are marked, not taken.
  [[nodiscard]] msg_t* create(int flags, std::size_t max_bytes) const;
  // The message cut; the views live as long as `message`. Folded values are unfolded in place. `stream`: it came over
  // TCP or TLS.
  [[nodiscard]] RawMessage cut(msg_t* message, bool stream) const;
  // A datagram's bytes as a message.
  [[nodiscard]] MsgPtr parse(std::string_view datagram) const;
  // A message of exactly these bytes, to be sent. `copy`: the bytes may be gone before it is sent (streams queue).
  [[nodiscard]] MsgPtr to_send(std::string_view bytes, bool copy) const;

 private:
  struct Class;
  std::unique_ptr<Class> class_;
};

}  // namespace presentia::sip
