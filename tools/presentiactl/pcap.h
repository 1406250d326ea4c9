// Traced messages as a capture file, for tcpdump and wireshark. The packets are made up: each message, over whatever
// transport it came, is shown as one UDP datagram between the addresses that it had.
#pragma once

#include <fstream>
#include <string>

#include "proto/presentities.pb.h"

namespace presentia::ctl {

class Pcap {
 public:
  // Makes the file, for its owner only, over an earlier one; good() says whether that worked.
  explicit Pcap(const std::string& file);
  [[nodiscard]] bool good() const { return out_.good(); }

  // False if the message has no addresses that could be written. A body that was cut is a packet that was not captured
  // whole; a message larger than a datagram can be is one too.
  bool add(const management::TraceEvent& event);

 private:
  std::ofstream out_;
};

}  // namespace presentia::ctl
