// Whether one root is worth asking: used while it answers, left alone for a growing time after it failed, then probed
// by one request. Pure: it is told the time. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "xdm-client/http/http_settings.h"
#include "xdm-client/http/http_values.h"

namespace presentia::xdm {

enum class RootState : std::uint8_t { used, probed, left };

class RootHealth {
 public:
  // Names the request that was let through; a report with a ticket of an earlier state changes nothing.
  using Ticket = std::uint64_t;

  // Absent: leave it alone. A root that was left and is due again lets one request through.
  [[nodiscard]] std::optional<Ticket> admit(Moment now);

  void alive(Ticket ticket);
  // `chance`, within [0, 1), decides how much of the jitter is taken off.
  void failed(Ticket ticket, Moment now, const HttpSettings& settings, double chance);
  // It took the request and gave no proper answer, which may be about one document: a failure only if it is a probe or
  // one of kMostDoubts in a row.
  void doubted(Ticket ticket, Moment now, const HttpSettings& settings, double chance);
  static constexpr int kMostDoubts = 3;
  // The server itself asked for it.
  void leave(Ticket ticket, Moment until);
  // Neither: a probe that proved nothing lets the next one through at once.
  void undecided(Ticket ticket, Moment now);

  [[nodiscard]] RootState state() const { return state_; }
  [[nodiscard]] Moment due() const { return due_; }  // of a root that is left

 private:
  void enter(RootState state);

  RootState state_ = RootState::used;
  Ticket ticket_ = 0;
  int failures_ = 0;  // in a row
  int doubts_ = 0;    // in a row, while used
  Moment due_{};
};

}  // namespace presentia::xdm
