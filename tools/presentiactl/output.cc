#include "tools/presentiactl/output.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>

namespace presentia::ctl {
namespace {

using google::protobuf::util::TimeUtil;

std::string shown(const std::string& value) { return value.empty() ? "\"\"" : value; }

std::string kind(management::Description::Kind of) {
  switch (of) {
    case management::Description::NUMBER:
      return "number";
    case management::Description::BOOLEAN:
      return "boolean";
    case management::Description::CHOICE:
      return "choice";
    case management::Description::TEXTS:
      return "list of texts";
    default:
      return "text";
  }
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    text += line + "\n";
  }
  return text;
}

std::string json(const google::protobuf::Message& message, bool compact) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !compact;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) text = "{}";
  if (text.empty() || text.back() != '\n') text += "\n";
  return text;
}

std::string describe_text(const management::Description& description) {
  std::string text = description.name() + "\n  " + description.doc() + "\n";
  const auto line = [&text](const std::string& label, const std::string& value) {
    if (!value.empty()) text += "  " + label + std::string(10 - label.size(), ' ') + value + "\n";
  };
  line("kind", kind(description.kind()));
  line("allowed", description.allowed());
  line("default",
       description.by_default().empty() ? (description.optional() ? "unset" : "empty") : description.by_default());
  line("effect", description.restart() ? "at the next start" : "at once");
  line("clause", description.spec());
  line("Mobicents", description.mobicents());
  return text;
}

std::string change_text(const management::ChangeResponse& response, bool dry_run, bool persist) {
  std::string text;
  if (response.changes().empty()) {
    text = "nothing to change: these values are in force already\n";
  } else {
    std::vector<std::vector<std::string>> rows{{"ATTRIBUTE", "OLD", "NEW"}};
    for (const management::Change& change : response.changes()) {
      rows.push_back({change.name(), change.has_old_value() ? shown(change.old_value()) : "(none)",
                      change.has_new_value() ? shown(change.new_value()) : "(removed)"});
    }
    text = table(rows);
  }
  for (const std::string& name : response.needs_restart()) {
    text += name + " takes effect at the next start" + (persist ? "" : " only if persisted (--persist)") + "\n";
  }
  if (dry_run) {
    text += "dry run: nothing was changed; version " + std::to_string(response.version()) + " is in force\n";
  } else {
    text += "version " + std::to_string(response.version()) + (persist ? ", persisted\n" : "\n");
  }
  return text;
}

std::string event_text(const management::WatchEvent& event) {
  std::string text;
  for (const management::Change& change : event.changes()) {
    text += TimeUtil::ToString(event.at()) + " version=" + std::to_string(event.version());
    if (!event.who().empty()) text += " who=" + event.who();
    text += " " + change.name() + " ";
    if (change.has_old_value()) text += shown(change.old_value()) + " -> ";
    text += change.has_new_value() ? shown(change.new_value()) : "(removed)";
    text += event.persisted() ? " persisted\n" : "\n";
  }
  return text;
}

std::string drain_text(const management::DrainProgress& drain) {
  const bool handover = drain.mode() == management::DrainProgress::HANDOVER;
  return std::string("draining (") + (handover ? "handover" : "keep") + "): " + std::to_string(drain.subscriptions()) +
         " subscriptions held, " + std::to_string(drain.notifies()) + " NOTIFYs without an answer\n";
}

std::string status_text(const management::StatusResponse& response) {
  std::vector<std::vector<std::string>> rows{
      {"server", response.server()},
      {"started", TimeUtil::ToString(response.started_at())},
      {"version of the attributes", std::to_string(response.version())},
      {"configuration", response.configuration().empty() ? "none" : response.configuration()}};
  for (const std::string& address : response.listening()) rows.push_back({"listening", address});
  rows.push_back({"ready", response.not_ready().empty() ? "yes" : "no"});
  for (const std::string& reason : response.not_ready()) rows.push_back({"", reason});
  for (const std::string& reason : response.degraded()) rows.push_back({"degraded", reason});
  if (response.has_drain()) {
    rows.push_back({"subscriptions", std::to_string(response.drain().subscriptions())});
    rows.push_back({"NOTIFYs without an answer", std::to_string(response.drain().notifies())});
  }
  return table(rows);
}

std::string failure_text(const CallFailure& failure) {
  return failure.text.ends_with('\n') ? failure.text : failure.text + "\n";
}

}  // namespace presentia::ctl
