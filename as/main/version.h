// The name and version of the program, as shown to administrators.
#pragma once

namespace presentia {

inline constexpr const char* kProgram = "presentia 0.1.0";

}  // namespace presentia
