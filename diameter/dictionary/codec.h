// AVPs as values to messages of freeDiameter and back. Any thread, as long as no two work on one message.
#pragma once

#include <cstdint>
#include <memory>

#include "diameter/dictionary/dictionary.h"
#include "diameter/message/avp.h"

struct msg;

namespace presentia::diameter {

struct FreeMessage {
  void operator()(msg* message) const noexcept;
};
using MessagePtr = std::unique_ptr<msg, FreeMessage>;

struct RequestHeader {
  std::uint32_t end_to_end = 0;
  bool is_retransmission = false;  // the T bit [RFC6733 3]
};

// nullptr where the library refuses, or an AVP is not in the dictionary.
[[nodiscard]] MessagePtr encode_request(const Dictionary& dictionary, Command command, const Avps& avps,
                                        const RequestHeader& header);
// Makes the answer to `request`, which is in it from then on. With the E bit if its Result-Code is of a protocol error.
[[nodiscard]] MessagePtr encode_answer(const Dictionary& dictionary, MessagePtr request, const Avps& avps);

// What the dictionary knows of a message whose AVPs the library has parsed; the rest is left out.
[[nodiscard]] Avps decode(msg& message);

}  // namespace presentia::diameter
