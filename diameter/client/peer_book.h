// The peers as the client knows them: connected or not, worth asking or not, and which come next. Pure: it is told the
// time. One thread; a view for others is made by views().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/time.h"
#include "as/ports/subscriber_data.h"
#include "diameter/client/circuit.h"
#include "diameter/client/sh_settings.h"
#include "diameter/stack/stack_values.h"

namespace presentia::diameter {

class PeerBook {
 public:
  struct Entry {
    ShPeer peer;
    ports::PeerPhase phase = ports::PeerPhase::closed;  // of the connection
    base::Instant since{};
    std::uint64_t connects = 0, under_way = 0;
    std::string realm, trouble;
    Circuit circuit;
  };

  // Adds what is new; what is there stays.
  void add(const ShPeer& peer, base::Instant now);
  [[nodiscard]] Entry* find(std::string_view identity);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  // True if the peer is known and its phase is another than before.
  bool report(const PeerReport& report, base::Instant now);

  // Identities of connected peers that are worth asking and not among `tried`, in the order of the attributes, but
  // `preferred` first if it is one of them.
  [[nodiscard]] std::vector<std::string> usable(base::Instant now, const std::vector<std::string>& tried,
                                                std::string_view preferred) const;
  [[nodiscard]] bool any_open() const;
  [[nodiscard]] std::vector<ports::PeerView> views(base::Instant now) const;
  [[nodiscard]] static ports::PeerView view(const Entry& entry, base::Instant now);

 private:
  std::vector<Entry> entries_;
};

}  // namespace presentia::diameter
