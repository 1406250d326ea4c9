// What waits to be written to a stream, and for how long it has. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "as/base/time.h"

namespace presentia::sip {

class WriteQueue {
 public:
  void push(std::string_view bytes, base::Instant now);
  // The first `size` bytes are gone.
  void pop(std::size_t size, base::Instant now);
  [[nodiscard]] std::string_view waiting() const { return std::string_view(bytes_).substr(gone_); }
  [[nodiscard]] std::size_t size() const { return bytes_.size() - gone_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  // What waited then, waits still. A reader that takes a little now and then does not move it. Only if not empty.
  [[nodiscard]] base::Instant stuck_since() const { return since_; }

 private:
  std::string bytes_;
  std::size_t gone_ = 0;
  std::size_t marked_ = 0;  // so many of the waiting bytes have waited since_
  base::Instant since_{};
};

}  // namespace presentia::sip
