#include "tools/presentiactl/explain_output.h"

#include <google/protobuf/util/time_util.h>

#include <string_view>
#include <vector>

#include "tools/presentiactl/output.h"

namespace presentia::ctl {
namespace {

using google::protobuf::util::TimeUtil;
using Response = management::ExplainResponse;

std::string seconds(const google::protobuf::Duration& time) { return std::to_string(time.seconds()) + " s"; }

std::string at_line(std::uint32_t line) { return line == 0 ? "" : " (line " + std::to_string(line) + ")"; }

std::string joined(const google::protobuf::RepeatedPtrField<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::string name_of(const Response::Document& document) {
  if (document.document().empty()) return "(the file)";
  return document.document() + (document.node().empty() ? "" : "/~~/" + document.node());
}

std::string documents_text(const Response& response) {
  std::vector<std::vector<std::string>> rows{{"DOCUMENT", "FOR", "STATUS", "IN FORCE", "ETAG", "AGE"}};
  std::string notes;
  for (const Response::Document& one : response.documents()) {
    rows.push_back({name_of(one), one.use(), one.status(), one.in_force() ? "yes" : "no",
                    one.etag().empty() ? "-" : one.etag(), one.has_age() ? seconds(one.age()) : "-"});
    if (!one.why().empty()) notes += name_of(one) + ": " + one.why() + "\n";
    if (!one.bad().empty()) notes += name_of(one) + ": its newest text cannot be read: " + one.bad() + "\n";
    if (!one.remarks().empty()) notes += name_of(one) + ": skipped: " + joined(one.remarks()) + "\n";
  }
  return rows.size() == 1 ? "no documents are asked for\n" : table(rows) + notes;
}

std::string rule_text(const Response::Rule& rule) {
  std::string text = "rule " + (rule.id().empty() ? std::string("without id") : rule.id()) + at_line(rule.line()) +
                     (rule.matches() ? " matches" : " does not match") + "\n";
  if (rule.conditions().empty()) text += "  no conditions: it is for everybody\n";
  for (const Response::Condition& one : rule.conditions()) {
    text += "  " + one.condition() + at_line(one.line()) + (one.holds() ? " holds" : " does not hold") +
            (one.why().empty() ? "" : ": " + one.why()) + "\n";
  }
  return text + (rule.matches() ? "  grants " : "  would grant ") + rule.grants() + "\n";
}

std::string decision_text(const Response& response) {
  std::string text = "decision: " + response.handling() + " (" + response.decided_by() + ")\n";
  if (!response.grants().empty()) text += "granted together: " + response.grants() + "\n";
  if (response.has_next_change()) text += "may change at " + TimeUtil::ToString(response.next_change()) + "\n";
  if (response.depends_on_sphere()) {
    text += "depends on the sphere, which is " + (response.has_sphere() ? response.sphere() : "undefined") + "\n";
  }
  return text;
}

std::string sources_text(const Response& response) {
  if (response.sources().empty()) return "nothing is published\n";
  std::vector<std::vector<std::string>> rows{{"COMPOSED OF", "ETAG", "EXPIRES"}};
  for (const Response::Source& one : response.sources()) {
    rows.push_back({one.source(), one.etag().empty() ? "-" : one.etag(),
                    one.has_expires_in() ? seconds(one.expires_in()) : "never"});
  }
  return table(rows);
}

std::string removed_text(const Response& response) {
  std::string text;
  for (const Response::Removed& one : response.removed()) {
    text += "not shown: " + one.element() + " " + one.id();
    text += one.whole() ? "\n" : ": " + joined(one.children()) + "\n";
  }
  return text;
}

std::string result_text(const Response& response) {
  if (response.content_type().empty()) return "the watcher is sent no document\n";
  return response.content_type() + "\n" + response.body() + (response.body().ends_with('\n') ? "" : "\n");
}

}  // namespace

std::string explain_text(const Response& response) {
  std::string text = response.watcher() + " watching " + response.presentity() + " at " +
                     TimeUtil::ToString(response.at()) + "\n\n" + documents_text(response) + "\n";
  for (const Response::Rule& rule : response.rules()) text += rule_text(rule);
  if (!response.rules().empty()) text += "\n";
  text += decision_text(response) + "\n" + sources_text(response);
  const std::string removed = removed_text(response);
  if (!removed.empty()) text += "\n" + removed;
  return text + "\n" + result_text(response);
}

}  // namespace presentia::ctl
