#include <algorithm>
#include <iomanip>
#include <ostream>
#include <set>
#include <sstream>
#include <vector>

#include "tools/presentia-conformance/report.h"

namespace presentia::conformance {
namespace {

constexpr const char* kStyle = R"(<style>
:root{--ink:#1c2733;--soft:#5b6875;--line:#dde3e9;--paper:#fff;--back:#f4f6f8;--pass:#1a7f4b;--fail:#c02b2b;
--unsure:#a86400;--na:#7a8591;--out:#2459a8;--in:#6a3fa0}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{max-width:1180px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 10px}
p{margin:4px 0}.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%;background:var(--paper);border:1px solid var(--line);border-radius:8px}
th,td{padding:7px 12px;text-align:right;border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft)}
th:first-child,td:first-child{text-align:left}tr:last-child td{border-bottom:0;font-weight:600}td.zero{color:#b9c2cb}
.unmet td{text-align:left;font-weight:400!important;vertical-align:top}.unmet .tag{display:inline-block}
.unmet td:first-child{width:1%;white-space:nowrap}a{color:var(--out)}
.cards{display:flex;gap:12px;margin:20px 0;flex-wrap:wrap}
.card{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:10px 18px;min-width:120px}
.card b{display:block;font-size:26px;line-height:1.2}
.bar{display:flex;height:10px;border-radius:5px;overflow:hidden;background:var(--line)}
details.scenario{background:var(--paper);border:1px solid var(--line);border-radius:8px;margin:6px 0}
details.scenario>summary{padding:8px 14px;cursor:pointer;display:flex;gap:12px;align-items:baseline;list-style:none}
details.scenario>summary::-webkit-details-marker{display:none}
summary .id{font-weight:600;min-width:210px}summary .title{flex:1}summary .time{color:var(--soft);white-space:nowrap}
.tag{font-size:12px;font-weight:700;border-radius:4px;padding:1px 8px;color:#fff;white-space:nowrap;min-width:58px;
text-align:center}
.pass{background:var(--pass)}.fail,.broken{background:var(--fail)}.unsure{background:var(--unsure)}.na{background:var(--na)}
.inside{padding:4px 18px 18px;border-top:1px solid var(--line)}
.why{border-left:4px solid var(--fail);background:#fdf1f1;padding:8px 12px;margin:10px 0;overflow-wrap:anywhere}
.why.unsure-why{border-color:var(--unsure);background:#fdf6ea}.why.na-why{border-color:var(--na);background:#f3f5f7}
.ladder{margin-top:12px;border-top:1px solid var(--line)}
.msg{border-bottom:1px solid var(--line)}
.msg>summary,.msg.bare{display:grid;grid-template-columns:64px 110px 40px 1fr;gap:8px;padding:3px 4px;cursor:pointer;
font-size:13px;list-style:none}.msg>summary::-webkit-details-marker{display:none}.msg.bare{cursor:default}
.msg .at{color:var(--soft);text-align:right}.msg .arrow{font-weight:700;text-align:center}
.out .arrow,.out .line{color:var(--out)}.in .arrow,.in .line{color:var(--in)}
.msg .line{font-family:ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}.msg .remark{color:var(--unsure)}
pre{margin:0 0 8px 226px;padding:10px 12px;background:#f7f9fb;border-radius:6px;font:12px/1.45 ui-monospace,
"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere}
nav{margin:12px 0;display:flex;gap:8px;flex-wrap:wrap}nav label{cursor:pointer;background:var(--paper);
border:1px solid var(--line);border-radius:16px;padding:2px 14px}
</style>
)";

constexpr const char* kScript = R"(<script>
document.querySelectorAll('nav input').forEach(function(box){box.addEventListener('change',function(){
document.querySelectorAll('details.scenario.v-'+box.value).forEach(function(one){one.hidden=!box.checked;});});});
</script>
)";

const char* style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::broken:
      return "broken";
    case Verdict::inconclusive:
    case Verdict::quirk:
      return "unsure";
    case Verdict::not_applicable:
      return "na";
  }
  return "";
}

const std::vector<Verdict>& verdicts() {
  static const std::vector<Verdict> all{Verdict::pass,         Verdict::fail,           Verdict::quirk,
                                        Verdict::inconclusive, Verdict::not_applicable, Verdict::broken};
  return all;
}

std::string first_line(const std::string& bytes) { return bytes.substr(0, bytes.find("\r\n")); }

void write_message(std::ostream& out, const Exchanged& one) {
  const bool bare = one.bytes.find_first_not_of("\r\n") == std::string::npos;
  const char* const way = one.sent ? "out" : "in";
  out << (bare ? "<div class=\"msg bare " : "<details class=\"msg ") << way << "\">" << (bare ? "" : "<summary>")
      << "<span class=\"at\">" << std::fixed << std::setprecision(3) << one.at_s << "</span><span>" << escaped(one.role)
      << "</span><span class=\"arrow\">" << (one.sent ? "──▶" : "◀──") << "</span><span class=\"line\">"
      << escaped(first_line(one.bytes));
  if (!one.remark.empty()) out << " <span class=\"remark\">(" << escaped(one.remark) << ")</span>";
  out << "</span>";
  if (bare) {
    out << "</div>\n";
  } else {
    out << "</summary><pre>" << escaped(one.bytes) << "</pre></details>\n";
  }
}

void write_scenario(std::ostream& out, const Library& library, const Result& result) {
  const char* const style = style_of(result.verdict);
  const bool open = result.verdict == Verdict::fail;
  out << "<details class=\"scenario v-" << style << '"' << (open ? " open" : "") << " id=\""
      << escaped(result.scenario.id) << "\"><summary><span class=\"tag " << style << "\">" << word(result.verdict)
      << "</span><span class=\"id\">" << escaped(result.scenario.id) << "</span><span class=\"title\">"
      << escaped(result.scenario.title) << "</span><span class=\"time\">" << std::fixed << std::setprecision(1)
      << result.seconds << " s</span></summary><div class=\"inside\">";
  for (const std::string& id : result.scenario.rows) {
    const Row& one = library.rows.at(id);
    out << "<p class=\"soft\"><b>" << escaped(id) << "</b> " << escaped(one.document) << ' ' << escaped(one.clause)
        << " (" << escaped(one.level) << "): " << escaped(one.requirement) << "</p>";
  }
  if (!result.why.empty()) {
    out << "<div class=\"why " << style << "-why\">" << escaped(result.why);
    if (!result.place.empty()) {
      out << "<br><span class=\"soft\">" << escaped(result.place) << ": <code>" << escaped(result.step)
          << "</code></span>";
    }
    out << "</div>";
  }
  if (!result.ladder.empty()) {
    out << "<div class=\"ladder\">\n";
    for (const Exchanged& one : result.ladder) write_message(out, one);
    out << "</div>";
  }
  out << "</div></details>\n";
}

void write_documents(std::ostream& out, const Report& report) {
  std::map<std::string, std::map<Verdict, int>> documents;
  for (const Result& result : report.run.results) {
    ++documents[report.library.rows.at(result.scenario.rows.front()).document][result.verdict];
  }
  out << "<h2>Documents</h2><table><tr><th>document</th>";
  for (const Verdict verdict : verdicts()) out << "<th>" << word(verdict) << "</th>";
  out << "</tr>\n";
  const auto line = [&](const std::string& name, std::map<Verdict, int> counts) {
    out << "<tr><td>" << escaped(name) << "</td>";
    for (const Verdict verdict : verdicts()) {
      out << "<td" << (counts[verdict] == 0 ? " class=\"zero\"" : "") << '>' << counts[verdict] << "</td>";
    }
    out << "</tr>\n";
  };
  for (const auto& [name, counts] : documents) line(name, counts);
  line("in all", totals(report.run));
  out << "</table>\n";
}

void write_head(std::ostream& out, const Report& report) {
  std::map<Verdict, int> counts = totals(report.run);
  out << "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width\"><title>Presence conformance: "
      << escaped(report.target.name) << "</title>" << kStyle << "</head><body><main><h1>" << escaped(report.target.name)
      << "</h1><p class=\"soft\">presentia-conformance, " << report.run.results.size() << " scenarios in " << std::fixed
      << std::setprecision(0) << report.run.seconds << " s; profiles:";
  for (const std::string& profile : report.target.profiles) out << ' ' << escaped(profile);
  out << "</p><div class=\"cards\">";
  for (const Verdict verdict : verdicts()) {
    if (counts[verdict] > 0) out << "<div class=\"card\"><b>" << counts[verdict] << "</b>" << word(verdict) << "</div>";
  }
  out << "</div><div class=\"bar\">";
  for (const Verdict verdict : verdicts()) {
    if (counts[verdict] > 0) {
      out << "<span class=\"" << style_of(verdict) << "\" style=\"flex:" << counts[verdict] << "\"></span>";
    }
  }
  out << "</div>\n";
}

// What is not met, with links, before all scenarios.
void write_unmet(std::ostream& out, const Report& report) {
  bool any = false;
  for (const Result& result : report.run.results) {
    if (result.verdict == Verdict::pass || result.verdict == Verdict::not_applicable) continue;
    if (!any) out << "<h2>Not met</h2><table class=\"unmet\">";
    any = true;
    out << "<tr><td><span class=\"tag " << style_of(result.verdict) << "\">" << word(result.verdict)
        << "</span></td><td><a href=\"#" << escaped(result.scenario.id) << "\">" << escaped(result.scenario.id)
        << "</a></td><td>" << escaped(result.scenario.title) << "<br><span class=\"soft\">" << escaped(result.why)
        << "</span></td></tr>\n";
  }
  if (any) out << "</table>\n";
}

void write_features(std::ostream& out, const Report& report) {
  out << "<h2>Features</h2><p>";
  for (const auto& [name, there] : report.run.features) {
    out << "<span title=\"" << escaped(report.library.features.at(name).what) << "\">" << escaped(name) << ": " << there
        << "</span>&emsp;";
  }
  out << "</p>\n";
}

}  // namespace

void write_html(std::ostream& out, const Report& report) {
  write_head(out, report);
  write_documents(out, report);
  write_unmet(out, report);
  write_features(out, report);
  out << "<h2>Scenarios</h2><p class=\"soft\">Open one to see what was exchanged; open a message to read it. ──▶ goes "
         "to "
         "the server, ◀── comes from it.</p><nav>";
  for (const char* const style : {"pass", "fail", "unsure", "na"}) {
    const char* const said = style == std::string("unsure") ? "inconclusive, quirk"
                             : style == std::string("na")   ? "n/a"
                                                            : style;
    out << "<label><input type=\"checkbox\" checked value=\"" << style << "\"> " << said << "</label>";
  }
  out << "</nav>\n";
  for (const Result& result : report.run.results) write_scenario(out, report.library, result);
  out << "</main>" << kScript << "</body></html>\n";
}

}  // namespace presentia::conformance
