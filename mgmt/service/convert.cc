#include "mgmt/service/convert.h"

#include <grpcpp/support/status.h>

#include <algorithm>

namespace presentia::mgmt {
namespace {

management::Description::Kind kind(Kind of) {
  switch (of) {
    case Kind::number:
      return management::Description::NUMBER;
    case Kind::boolean:
      return management::Description::BOOLEAN;
    case Kind::choice:
      return management::Description::CHOICE;
    case Kind::text:
      return management::Description::TEXT;
    case Kind::texts:
      return management::Description::TEXTS;
  }
  return management::Description::KIND_UNSPECIFIED;
}

grpc::StatusCode code(Refusal::Reason reason) {
  switch (reason) {
    case Refusal::Reason::unknown:
      return grpc::StatusCode::NOT_FOUND;
    case Refusal::Reason::invalid:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case Refusal::Reason::conflict:
      return grpc::StatusCode::ABORTED;
    case Refusal::Reason::no_file:
    case Refusal::Reason::not_written:
      return grpc::StatusCode::FAILED_PRECONDITION;
  }
  return grpc::StatusCode::INTERNAL;
}

// Bytes of the UTF-8 character at the front; 0: there is none [RFC3629 4].
std::size_t character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (second < least || second > most) return 0;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  for (std::size_t i = 2; i < size; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  return size;
}

}  // namespace

void to_message(const AttributeInfo& info, management::Description& out) {
  out.set_name(info.name);
  out.set_kind(kind(info.kind));
  out.set_doc(info.doc);
  out.set_spec(info.spec);
  out.set_by_default(info.by_default);
  out.set_min(info.min);
  out.set_max(info.max);
  for (const std::string& choice : info.choices) out.add_choices(choice);
  out.set_pattern(info.pattern);
  out.set_unit(info.unit);
  out.set_restart(info.restart);
  out.set_optional(info.optional);
  out.set_mobicents(info.mobicents);
  out.set_allowed(allowed(info));
}

void to_message(const Change& change, management::Change& out) {
  out.set_name(change.name);
  if (change.old_value) out.set_old_value(*change.old_value);
  if (change.new_value) out.set_new_value(*change.new_value);
}

void to_message(base::Instant at, google::protobuf::Timestamp& out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  out.set_seconds(seconds.time_since_epoch().count());
  out.set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(at - seconds).count()));
}

void to_message(const ChangeEvent& event, management::WatchEvent& out) {
  out.set_version(event.version);
  out.set_who(event.who);
  to_message(event.at, *out.mutable_at());
  for (const Change& change : event.changes) to_message(change, *out.add_changes());
  out.set_persisted(event.persisted);
}

void to_message(const Applied& applied, management::ChangeResponse& out) {
  out.set_version(applied.version);
  for (const Change& change : applied.changes) to_message(change, *out.add_changes());
  for (const std::string& name : applied.needs_restart) out.add_needs_restart(name);
}

void to_message(const ports::DrainState& drain, management::DrainProgress& out) {
  const bool keep = drain.mode == ports::DrainMode::keep;
  out.set_mode(keep ? management::DrainProgress::KEEP : management::DrainProgress::HANDOVER);
  out.set_subscriptions(drain.subscriptions);
  out.set_notifies(drain.notifies);
}

std::string readable(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t size = character(bytes);
    text.append(size == 0 ? std::string_view("\xEF\xBF\xBD") : bytes.substr(0, size));
    bytes.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return text;
}

CallError to_error(const Refusal& refusal) {
  CallError error{code(refusal.reason), refusal.text, {}};
  management::Refusal why;
  for (const Violation& violation : refusal.violations) {
    management::Refusal::Violation& out = *why.add_violations();
    out.set_attribute(violation.attribute);
    out.set_value(violation.value);
    out.set_allowed(violation.allowed);
    out.set_text(violation.text);
  }
  management::StatusDetails details;
  details.set_code(error.code);
  details.set_message(error.message);
  details.add_details()->PackFrom(why);
  error.details = details.SerializeAsString();
  return error;
}

}  // namespace presentia::mgmt
