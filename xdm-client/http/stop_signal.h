// Ends every wait of the client's threads at once.
#pragma once

#include <atomic>

namespace presentia::xdm {

class StopSignal {
 public:
  StopSignal();  // throws std::system_error without a descriptor for it
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void raise();  // any thread
  [[nodiscard]] bool raised() const { return raised_.load(); }
  [[nodiscard]] int descriptor() const { return descriptor_; }  // readable from then on

 private:
  const int descriptor_;
  std::atomic<bool> raised_ = false;
};

}  // namespace presentia::xdm
