// What a run came to, for people and machines.
#pragma once

#include <iosfwd>
#include <map>
#include <string>

#include "tools/presentia-conformance/library.h"
#include "tools/presentia-conformance/suite.h"
#include "tools/presentia-conformance/target.h"

namespace presentia::conformance {

struct Report {
  const Library& library;
  const Target& target;
  const Run& run;
};

std::map<Verdict, int> totals(const Run& run);

// The terminal's table: documents with their counts, then each scenario that did not pass, with its reason.
void write_table(std::ostream& out, const Report& report);
// One scenario in one line, as it ends.
void write_line(std::ostream& out, const Library& library, const Result& result);
// id, verdict, rows, document, clause, level, tier, seconds, title, why: one line each, a title line first.
void write_tsv(std::ostream& out, const Report& report);
// As Jenkins, GitLab and others read it: a suite for each document, a case for each scenario.
void write_junit(std::ostream& out, const Report& report);
// One self-contained page with the exchanged messages as a ladder per scenario.
void write_html(std::ostream& out, const Report& report);

// Text for XML and HTML.
std::string escaped(const std::string& text);

}  // namespace presentia::conformance
