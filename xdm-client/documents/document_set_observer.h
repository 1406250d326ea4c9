// Who wants to know which documents are followed, to subscribe to their changes. Called on the thread of the document
// client; must not block.
#pragma once

#include <string>

namespace presentia::xdm {

class DocumentSetObserver {
 public:
  virtual ~DocumentSetObserver() = default;
  // `document` is relative to the XCAP root, as in ports::DocumentKey.
  virtual void on_followed(const std::string& document) = 0;
  virtual void on_unfollowed(const std::string& document) = 0;
  // A reported patch did not apply: the document is fetched, and its subscription should ask for no patches
  // [RFC5875 4.8].
  virtual void on_patch_failed(const std::string& document) { static_cast<void>(document); }
};

}  // namespace presentia::xdm
