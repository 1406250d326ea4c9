// The notifier's side of one dialog [RFC3261 12], written for this peer: the server under test has its own, and a
// mistake in one must not hide in the other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "as/ports/sip_port.h"

namespace presentia::xdms {

class Dialog {
 public:
  // That a 2xx with this To tag to the SUBSCRIBE makes [RFC3261 12.1.1].
  Dialog(const ports::SipRequest& subscribe, std::string tag);

  [[nodiscard]] const std::string& tag() const { return tag_; }
  // Whether a request is in this dialog.
  [[nodiscard]] bool has(const ports::SipRequest& request) const;
  // Takes the new target and CSeq of a request in it. False if it is older than what came before [RFC3261 12.2.2].
  bool take(const ports::SipRequest& request);
  // The next NOTIFY; Event, Subscription-State and the body are the caller's to add.
  [[nodiscard]] ports::SipOutgoing notify();

 private:
  std::string tag_, call_id_, remote_tag_, local_, remote_;  // local and remote as whole header values
  std::string target_, contact_;
  std::vector<std::string> routes_;  // as received
  std::uint32_t cseq_ = 0, remote_cseq_;
};

}  // namespace presentia::xdms
