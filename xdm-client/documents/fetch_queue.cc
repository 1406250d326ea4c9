#include "xdm-client/documents/fetch_queue.h"

namespace presentia::xdm {

void FetchQueue::put(Document& document, Urgency urgency) {
  if (document.place && document.place->first <= urgency) return;
  remove(document);
  document.place = {urgency, ++last_};
  places_.emplace(*document.place, &document);
}

void FetchQueue::remove(Document& document) {
  if (document.place) places_.erase(*document.place);
  document.place.reset();
}

Document* FetchQueue::take(std::size_t under_way, const Window& window) {
  if (places_.empty()) return nullptr;
  const auto next = places_.begin();
  const bool is_waited_for = next->first.first == Urgency::first;
  if (under_way >= (is_waited_for ? window.all : window.patient)) return nullptr;
  Document* const document = next->second;
  remove(*document);
  return document;
}

}  // namespace presentia::xdm
