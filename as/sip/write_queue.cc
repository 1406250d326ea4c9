#include "as/sip/write_queue.h"

#include <algorithm>

namespace presentia::sip {
namespace {

constexpr std::size_t kKept = 16384;  // bytes of an empty queue that are not given back

}  // namespace

void WriteQueue::push(std::string_view bytes, base::Instant now) {
  const bool first = empty();
  if (gone_ > bytes_.size() / 2) {
    bytes_.erase(0, gone_);
    gone_ = 0;
  }
  bytes_.append(bytes);
  if (!first) return;
  marked_ = size();
  since_ = now;
}

void WriteQueue::pop(std::size_t size, base::Instant now) {
  gone_ += std::min(size, bytes_.size() - gone_);
  marked_ -= std::min(size, marked_);
  if (marked_ == 0) {
    marked_ = this->size();
    since_ = now;
  }
  if (!empty()) return;
  gone_ = 0;
  if (bytes_.capacity() > kKept) std::string().swap(bytes_);
  bytes_.clear();
}

}  // namespace presentia::sip
