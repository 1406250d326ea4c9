// Documents that are to be asked for, and how many requests may be under way, so that what is routine never makes those
// wait who need an answer, and no request spends its time in a queue. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "xdm-client/documents/document.h"

namespace presentia::xdm {

class FetchQueue {
 public:
  struct Window {
    std::size_t all = 0;      // requests under way
    std::size_t patient = 0;  // beyond, only for documents that someone waits for
  };

  // Behind the others that are as urgent. One that is in it only becomes more urgent.
  void put(Document& document, Urgency urgency);
  void remove(Document& document);
  // The next one, taken out; nullptr for none, or while so many requests are under way that it has to wait.
  [[nodiscard]] Document* take(std::size_t under_way, const Window& window);

 private:
  std::map<std::pair<Urgency, std::uint64_t>, Document*> places_;
  std::uint64_t last_ = 0;
};

}  // namespace presentia::xdm
