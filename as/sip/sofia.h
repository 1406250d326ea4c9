// The part of Sofia-SIP that this folder uses (message parser, su_root), with owners for its
// objects. Internal to as/sip: no other folder sees a Sofia type.
#pragma once

#include <sofia-sip/msg.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/su_wait.h>

#include <memory>

namespace presentia::sip {

struct MsgDeleter {
  void operator()(msg_t* message) const { msg_destroy(message); }
};
using MsgPtr = std::unique_ptr<msg_t, MsgDeleter>;

}  // namespace presentia::sip
