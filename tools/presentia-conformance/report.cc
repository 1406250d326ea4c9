#include "tools/presentia-conformance/report.h"

#include <algorithm>
#include <cstdio>
#include <iomanip>
#include <ostream>
#include <vector>

namespace presentia::conformance {
namespace {

struct Tally {
  std::map<Verdict, int> counts;
  int of(Verdict verdict) const {
    const auto found = counts.find(verdict);
    return found == counts.end() ? 0 : found->second;
  }
};

const Row& row_of(const Library& library, const Result& result) {
  return library.rows.at(result.scenario.rows.front());
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return text;
}

// Bytes that XML does not allow, as a text shows them.
bool printable(unsigned char c) { return c >= 0x20 || c == '\n' || c == '\t'; }

void write_failures(std::ostream& out, const Report& report) {
  for (const Result& result : report.run.results) {
    if (result.verdict == Verdict::pass || result.verdict == Verdict::not_applicable) continue;
    const Row& row = row_of(report.library, result);
    out << '\n' << word(result.verdict) << "  " << result.scenario.id << "  " << result.scenario.title << '\n';
    out << "  " << row.document << ' ' << row.clause << " (" << row.level << "): " << row.requirement << '\n';
    out << "  " << result.why << '\n';
    if (!result.place.empty()) out << "  at " << result.place << ": " << result.step << '\n';
    if (!result.message.empty()) out << "  in: " << result.message.substr(0, result.message.find("\r\n")) << '\n';
  }
}

}  // namespace

std::map<Verdict, int> totals(const Run& run) {
  std::map<Verdict, int> counts;
  for (const Result& result : run.results) ++counts[result.verdict];
  return counts;
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else if (c == '\r') {
      continue;
    } else if (!printable(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(c));
      result += hex;
    } else {
      result += c;
    }
  }
  return result;
}

void write_line(std::ostream& out, const Library& library, const Result& result) {
  const Row& row = row_of(library, result);
  out << std::left << std::setw(13) << word(result.verdict) << std::right << std::fixed << std::setprecision(1)
      << std::setw(5) << result.seconds << " s  " << std::left << std::setw(28) << result.scenario.id << ' '
      << row.document << ' ' << row.clause << "  " << result.scenario.title << std::endl;
}

void write_table(std::ostream& out, const Report& report) {
  std::map<std::string, Tally> documents;
  Tally all;
  for (const Result& result : report.run.results) {
    ++documents[row_of(report.library, result).document].counts[result.verdict];
    ++all.counts[result.verdict];
  }
  write_failures(out, report);
  const std::vector<Verdict> columns{Verdict::pass,         Verdict::fail,           Verdict::quirk,
                                     Verdict::inconclusive, Verdict::not_applicable, Verdict::broken};
  out << '\n' << std::left << std::setw(26) << "document" << std::right;
  for (const Verdict column : columns) out << std::setw(16) << word(column);
  out << '\n';
  documents["in all"] = all;
  for (const auto& [document, tally] : documents) {
    if (document == "in all") continue;
    out << std::left << std::setw(26) << document << std::right;
    for (const Verdict column : columns) out << std::setw(16) << tally.of(column);
    out << '\n';
  }
  out << std::left << std::setw(26) << "in all" << std::right;
  for (const Verdict column : columns) out << std::setw(16) << all.of(column);
  out << '\n';
  out << "\nfeatures of " << report.target.name << ':';
  for (const auto& [name, there] : report.run.features) out << ' ' << name << '=' << there;
  out << '\n';
  if (!report.run.gone.empty()) {
    out << "\nThe server stopped answering while these were played:";
    for (const std::string& id : report.run.gone) out << ' ' << id;
    out << '\n';
  }
}

void write_tsv(std::ostream& out, const Report& report) {
  out << "id\tverdict\trows\tdocument\tclause\tlevel\ttier\tseconds\ttitle\twhy\n";
  for (const Result& result : report.run.results) {
    const Row& row = row_of(report.library, result);
    std::string rows;
    for (const std::string& one : result.scenario.rows) rows += (rows.empty() ? "" : ",") + one;
    out << result.scenario.id << '\t' << word(result.verdict) << '\t' << rows << '\t' << row.document << '\t'
        << row.clause << '\t' << row.level << '\t' << row.tier << '\t' << std::fixed << std::setprecision(1)
        << result.seconds << '\t' << on_one_line(result.scenario.title) << '\t' << on_one_line(result.why) << '\n';
  }
}

void write_junit(std::ostream& out, const Report& report) {
  std::map<std::string, std::vector<const Result*>> suites;
  for (const Result& result : report.run.results) suites[row_of(report.library, result).document].push_back(&result);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"presentia-conformance\">\n";
  for (const auto& [document, results] : suites) {
    const auto count = [&](Verdict verdict) {
      return std::count_if(results.begin(), results.end(), [&](const Result* one) { return one->verdict == verdict; });
    };
    out << "<testsuite name=\"" << escaped(document) << "\" tests=\"" << results.size() << "\" failures=\""
        << count(Verdict::fail) << "\" errors=\"" << count(Verdict::inconclusive) + count(Verdict::broken)
        << "\" skipped=\"" << count(Verdict::not_applicable) + count(Verdict::quirk) << "\">\n";
    for (const Result* result : results) {
      out << "<testcase classname=\"" << escaped(document) << "\" name=\"" << escaped(result->scenario.id)
          << "\" time=\"" << std::fixed << std::setprecision(3) << result->seconds << "\">";
      const std::string why = escaped(result->why);
      switch (result->verdict) {
        case Verdict::pass:
          break;
        case Verdict::fail:
          out << "<failure message=\"" << why << "\">" << escaped(result->place + "\n" + result->message)
              << "</failure>";
          break;
        case Verdict::inconclusive:
        case Verdict::broken:
          out << "<error message=\"" << why << "\"/>";
          break;
        case Verdict::not_applicable:
        case Verdict::quirk:
          out << "<skipped message=\"" << why << "\"/>";
          break;
      }
      out << "</testcase>\n";
    }
    out << "</testsuite>\n";
  }
  out << "</testsuites>\n";
}

}  // namespace presentia::conformance
