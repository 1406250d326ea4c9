// The part of Sofia-SIP that this folder uses (message parser, tport, su_root), with owners for its objects.
// Internal to as/sip: no other folder sees a Sofia type.
#pragma once

#include <sofia-sip/msg.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport.h>

#include <memory>
#include <utility>

namespace presentia::sip {

struct MsgDeleter {
  void operator()(msg_t* message) const { msg_destroy(message); }
};
using MsgPtr = std::unique_ptr<msg_t, MsgDeleter>;

// A counted reference to a tport: keeps the object (not the connection) alive. SIP thread only.
class TportRef {
 public:
  TportRef() = default;
  explicit TportRef(tport_t* held) : held_(held == nullptr ? nullptr : tport_ref(held)) {}
  TportRef(TportRef&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  TportRef& operator=(TportRef&& other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  TportRef(const TportRef&) = delete;
  TportRef& operator=(const TportRef&) = delete;
  ~TportRef() {
    if (held_ != nullptr) tport_unref(held_);
  }
  [[nodiscard]] tport_t* get() const { return held_; }

 private:
  tport_t* held_ = nullptr;
};

}  // namespace presentia::sip
