// The headers of freeDiameter, in the order that they force, without the macros that would change other code. The only
// place that includes them; for the sources of diameter/dictionary and diameter/stack only.
#pragma once

// clang-format off
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>
#include <freeDiameter/libfdcore.h>
// clang-format on

#undef ASCII
#undef ASSERT
#undef LOG
#undef LOG_D
#undef LOG_E
#undef LOG_F
#undef LOG_N
#undef PAD4
#undef __PRETTY_FUNCTION__
#undef __func__
