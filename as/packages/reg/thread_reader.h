// The XML reader of one thread: dear to make and not to be shared. Not for other folders.
#pragma once

#include "as/xml/reader.h"

namespace presentia::reg {

[[nodiscard]] inline xml::Reader& thread_reader() {
  thread_local xml::Reader held;
  return held;
}

}  // namespace presentia::reg
