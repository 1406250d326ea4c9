#include "mgmt/attributes/startup.h"

#include "mgmt/attributes/validate.h"
#include "mgmt/attributes/values.h"
#include "mgmt/attributes/xml_load.h"

namespace presentia::mgmt {
namespace {

Violation about_set(Violation violation) {
  violation.file = "--set";
  return violation;
}

std::optional<Violation> apply_set(config::Config& config, const std::string& set) {
  // The first = that is not inside the key of an entry ends the path.
  const std::size_t bracket = set.find('[');
  std::size_t equals = set.find('=');
  if (bracket < equals) equals = set.find('=', set.find(']', bracket));
  if (equals == std::string::npos) {
    Violation violation;
    violation.value = set;
    violation.text = "not an assignment";
    violation.allowed = "object.attribute=value";
    return about_set(std::move(violation));
  }
  auto path = resolve(set.substr(0, equals));
  if (!path) return about_set(std::move(path).error());
  auto done = write(config, *path, set.substr(equals + 1));
  if (!done) return about_set(std::move(done).error());
  return std::nullopt;
}

void check_usable(Violations& out, const config::Sip& sip) {
  const auto missing = [&out](const char* object, const char* text, const char* allowed) {
    Violation violation;
    violation.attribute = object;
    violation.text = text;
    violation.allowed = allowed;
    out.push_back(std::move(violation));
  };
  if (sip.transport().empty()) {
    missing("sip.transport", "no listen address", R"(<transport name="udp" bind="udp:127.0.0.1:5060"/>)");
  }
  if (sip.domains().empty()) missing("sip.domains", "no served domain", "<domains name=\"example.com\"/>");
}

}  // namespace

base::Result<Initial, Violations> load(const Startup& startup) {
  Initial initial;
  initial.file = startup.file;
  initial.insecure_lab = startup.insecure_lab;
  initial.stored = defaults();
  if (!startup.file.empty()) {
    auto loaded = load_xml_file(startup.file);
    if (!loaded) return base::Unexpected{std::move(loaded).error()};
    initial.stored = *std::move(loaded);
  }
  initial.config = initial.stored;
  Violations violations;
  for (const std::string& set : startup.sets) {
    if (auto violation = apply_set(initial.config, set)) violations.push_back(*std::move(violation));
  }
  if (violations.empty()) {
    violations = validate(initial.config, {.insecure_lab = startup.insecure_lab, .in_force = nullptr});
    check_usable(violations, initial.config.sip());
    for (Violation& violation : violations) violation.file = startup.file;
  }
  if (!violations.empty()) return base::Unexpected{std::move(violations)};
  return initial;
}

}  // namespace presentia::mgmt
