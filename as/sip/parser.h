// Sofia's message parser, set up to cut messages into header fields: it finds lines, names and the body; the values are
// read by grammar.h, so that each mistake has its own answer. SIP thread, or a test's.
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

  // The message cut; the views live as long as `message`. Folded values are unfolded in place.
  [[nodiscard]] RawMessage cut(msg_t* message) const;
  // The bytes of a datagram, or what stream_framer.h made of a stream, as a message. Null: no memory.
  [[nodiscard]] MsgPtr parse(std::string_view bytes) const;

 private:
  struct Class;
  std::unique_ptr<Class> class_;
};

}  // namespace presentia::sip
