// Writes a report, for people or as one JSON object.
#pragma once

#include <iosfwd>

#include "tools/presentia-bench/bench.h"

namespace presentia::bench {

void write_text(std::ostream& out, const Options& options, Report& report);
// One object on one line. Percentiles reorder the latencies, hence not const.
void write_json(std::ostream& out, const Options& options, Report& report);

}  // namespace presentia::bench
