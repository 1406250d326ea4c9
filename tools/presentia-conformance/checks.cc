#include "tools/presentia-conformance/checks.h"

#include <map>
#include <optional>

#include "tools/presentia-conformance/matcher.h"
#include "tools/presentia-conformance/xml_body.h"

namespace presentia::conformance {
namespace {

const std::map<std::string, std::string> kSchemaFiles{{"pidf", "pidf-and-extensions.xsd"},
                                                      {"watcherinfo", "watcherinfo.xsd"}};

// What an expression finds in a message without a body: nothing, as in a document without elements of interest.
const std::string kNothing = "<none/>";

std::string compared(const std::string& name, const Check& check, const std::vector<std::string>& values,
                     const Lookup& lookup) {
  for (const std::string& matcher : check.matchers) {
    const std::string wrong = mismatch(expanded(matcher, lookup), values);
    if (!wrong.empty()) return name + " " + wrong;
  }
  return "";
}

std::string validity(const XmlBody& body, const Check& check, const std::string& schemas) {
  const auto file = kSchemaFiles.find(check.matchers.front());
  if (file == kSchemaFiles.end()) throw ScenarioError("valid: is pidf or watcherinfo, not " + check.matchers.front());
  const std::string wrong = body.invalid(schemas + "/" + file->second);
  return wrong.empty() ? "" : "the body is not valid by the schema: " + wrong;
}

std::string body_difference(const Message& message, const Step& step, const Lookup& lookup,
                            const std::string& schemas) {
  std::optional<XmlBody> body;
  for (const Check& check : step.body) {
    std::string wrong;
    if (check.of == "empty") {
      const bool empty = message.body.empty();
      if (empty != (check.matchers.front() == "yes")) wrong = empty ? "there is no body" : "there is a body";
    } else if (check.of == "type") {
      wrong = compared("Content-Type", check, message.values("Content-Type"), lookup);
    } else if (check.of == "text") {
      wrong = compared("the body", check, {message.body}, lookup);
    } else {
      if (!body) {
        if (message.body.empty() && check.of == "valid") return "there is no body";
        auto read = XmlBody::read(message.body.empty() ? kNothing : message.body);
        if (const auto* const why = std::get_if<std::string>(&read)) return *why;
        body.emplace(std::get<XmlBody>(std::move(read)));
      }
      if (check.of == "valid") {
        wrong = validity(*body, check, schemas);
      } else {
        const auto value = body->evaluate(expanded(check.of, lookup));
        if (const auto* const why = std::get_if<std::string>(&value)) throw ScenarioError(*why);
        const auto& found = std::get<XmlBody::Value>(value);
        wrong = compared(check.of, check, found.empty ? std::vector<std::string>{} : std::vector{found.text}, lookup);
      }
    }
    if (!wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace

std::vector<std::string> named_values(const Message& message, const std::string& of) {
  if (of == "Request-URI") return {message.uri};
  if (of == "Reason-Phrase") return {message.reason};
  if (of == "Start-Line") return {message.start_line};
  if (of == "Source") return {message.source};
  if (of[0] == '#') return {std::to_string(message.values(of.substr(1)).size())};
  const std::size_t semicolon = of.find(';');
  if (semicolon == std::string::npos) return message.lines(of);
  const std::vector<std::string> values = message.values(of.substr(0, semicolon));
  const auto value = values.empty() ? std::nullopt : parameter(values.front(), of.substr(semicolon + 1));
  return value ? std::vector<std::string>{*value} : std::vector<std::string>{};
}

std::string first_difference(const Message& message, const Step& step, const Lookup& lookup,
                             const std::string& schemas) {
  if (step.has_option("state")) {
    const std::string state = without_parameters(message.text("Subscription-State"));
    const std::string wanted = expanded(step.option("state"), lookup);
    if (state != wanted) return "Subscription-State is \"" + state + "\", should be \"" + wanted + "\"";
  }
  if (step.has_option("reason")) {
    const std::string wrong = mismatch(expanded(step.option("reason"), lookup), {message.reason});
    if (!wrong.empty()) return "the reason phrase " + wrong;
  }
  for (const Check& check : step.has) {
    const std::string wrong = compared(check.of, check, named_values(message, check.of), lookup);
    if (!wrong.empty()) return wrong;
  }
  return body_difference(message, step, lookup, schemas);
}

std::optional<std::string> kept_value(const Message& message, const std::string& what, const Lookup& lookup) {
  if (what.rfind("xpath: ", 0) == 0) {
    auto read = XmlBody::read(message.body);
    if (std::holds_alternative<std::string>(read)) return std::nullopt;
    const auto value = std::get<XmlBody>(read).evaluate(expanded(what.substr(7), lookup));
    if (const auto* const why = std::get_if<std::string>(&value)) throw ScenarioError(*why);
    const auto& found = std::get<XmlBody::Value>(value);
    if (found.empty) return std::nullopt;
    return found.text;
  }
  if (what == "body") return message.body;
  const std::size_t blank = what.find(" /");
  const std::vector<std::string> values = named_values(message, what.substr(0, blank));
  if (values.empty()) return std::nullopt;
  if (blank == std::string::npos) return values.front();
  return extract(what.substr(blank + 1), values.front());
}

}  // namespace presentia::conformance
