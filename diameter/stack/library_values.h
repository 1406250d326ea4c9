// Values as freeDiameter wants or has them.
#pragma once

#include <time.h>

#include <cstddef>
#include <string>

#include "as/base/time.h"
#include "as/ports/subscriber_data.h"
#include "diameter/dictionary/freediameter.h"

namespace presentia::diameter {

// The library has no const, and copies.
[[nodiscard]] char* text(const std::string& held);
[[nodiscard]] std::string identity_of(DiamId_t identity, std::size_t length);
// So much from now, by the wall clock, which the library counts by.
[[nodiscard]] timespec deadline(base::Millis within);
// Of a state of the library's peers.
[[nodiscard]] ports::PeerPhase phase_of(int state);

}  // namespace presentia::diameter
