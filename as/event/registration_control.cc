#include "as/event/registration_control.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/event/publication_control.h"

namespace presentia::event {
namespace {

using base::Instant;
using base::Seconds;
using ports::RegistrationRecord;
using ports::RegistrationSource;
using ports::RegistrationStatement;

constexpr std::size_t kMostInstances = 16;
constexpr std::size_t kLongestInstance = 256;
constexpr std::size_t kLongestServiceInfo = 8192;

Instant closed_until(const RegistrationStatement& statement, const Context& context) {
  return statement.since + Seconds(context.settings.config().registration().closed_for_s());
}

RegistrationStatement* find(RegistrationRecord& record, RegistrationSource source) {
  const auto found = std::ranges::find(record.statements, source, &RegistrationStatement::source);
  return found == record.statements.end() ? nullptr : &*found;
}

// What time has made of it. An S-CSCF that says no more has lost the user's registration; of the other sources only the
// knowledge is lost.
void age(RegistrationRecord& record, const Context& context) {
  for (RegistrationStatement& statement : record.statements) {
    const bool ends = statement.source == RegistrationSource::third_party_register;
    if (statement.registered && statement.until <= context.now && ends && !PS_MUTANT("registration-never-ends")) {
      statement.registered = false;
      statement.since = statement.until;
    }
  }
  std::erase_if(record.statements, [&](const RegistrationStatement& statement) {
    return statement.registered && statement.until <= context.now &&
           statement.source != RegistrationSource::third_party_register;
  });
  const bool contested = std::ranges::any_of(record.statements, &RegistrationStatement::registered);
  std::erase_if(record.statements, [&](const RegistrationStatement& statement) {
    return !statement.registered && !contested && closed_until(statement, context) <= context.now;
  });
}

std::optional<Instant> next_change(const RegistrationRecord& record, const Context& context) {
  std::optional<Instant> next;
  for (const RegistrationStatement& statement : record.statements) {
    const Instant at = statement.registered ? statement.until : closed_until(statement, context);
    if (at > context.now && (!next || at < *next)) next = at;
  }
  return next;
}

// --- The publication of the network ---------------------------------------------------------------------------------

struct Shown {
  Body body;
  Instant until;
};

std::optional<Shown> shown_by(const Package& package, const ResourceState& state, const RegistrationRecord& record,
                              const Context& context) {
  const RegistrationStatement* statement = in_force(record, context.settings);
  if (statement == nullptr) return std::nullopt;
  const Instant until = statement->registered ? statement->until : closed_until(*statement, context);
  if (until <= context.now) return std::nullopt;
  auto body = package.network_publication(
      {state.resource, statement->registered, statement->since, record.instances, context.settings});
  if (!body || !body->bytes) return std::nullopt;
  return Shown{*std::move(body), until};
}

const Publication* published_by_network(const ResourceState& state, std::string_view package) {
  const auto published = state.published.find(package);
  if (published == state.published.end()) return nullptr;
  const auto found = std::ranges::find_if(published->second.publications, [](const Publication& publication) {
    return publication.record.source == ports::Source::network;
  });
  return found == published->second.publications.end() ? nullptr : &*found;
}

void drop(Draft& draft, const Publication& publication) {
  const ports::PublicationRecord& record = publication.record;
  draft.store(ports::DropPublication{record.package, record.arrival, record.etag});
}

void put(Draft& draft, const ResourceState& state, const Package& package, Shown shown, const Context& context) {
  auto parsed = package.parse({state.resource, shown.body.content_type, *shown.body.bytes, context.settings});
  if (!parsed) {  // without schemas, where they are asked for
    base::log(base::Module::event, base::Level::error, "registration.unpublished",
              {{"resource", state.resource}, {"reason", parsed.error().reason}, {"text", parsed.error().why}});
    return draft.count("registration", "unpublished");
  }
  if (const Publication* held = published_by_network(state, package.name())) drop(draft, *held);
  ports::PublicationRecord record;
  record.package = package.name();
  record.etag = context.tokens.tag(context.partition);
  record.expires_at = shown.until;
  record.arrival = change_published(draft, state, record.package, false);
  record.source = ports::Source::network;
  record.content_type = std::move(shown.body.content_type);
  record.body = std::move(shown.body.bytes);
  const ports::EntityTag etag = record.etag;
  draft.store(ports::PutPublication{std::move(record)});
  draft.change(PublicationParsed{etag, std::move(parsed->document)});
}

void publish(Draft& draft, const ResourceState& state, const Package& package, const RegistrationRecord& record,
             const Context& context) {
  auto shown = shown_by(package, state, record, context);
  const Publication* held = published_by_network(state, package.name());
  if (!shown) {
    if (held == nullptr) return;
    drop(draft, *held);
    change_published(draft, state, std::string(package.name()), false);
  } else if (held == nullptr || held->digest != network_digest(*shown->body.bytes)) {
    put(draft, state, package, *std::move(shown), context);
  } else if (held->record.expires_at != shown->until) {
    draft.store(ports::RetagPublication{held->record.package,
                                        held->record.arrival,
                                        held->record.etag,
                                        held->record.etag,
                                        shown->until,
                                        ports::Source::network,
                                        {}});
  }
}

// `record`: what is known now.
void settle(Draft& draft, const ResourceState& state, RegistrationRecord record, const Context& context) {
  age(record, context);
  for (const auto& package : context.packages.all()) publish(draft, state, *package, record, context);
  if (record.statements.empty()) {
    if (state.registration) draft.store(ports::DropRegistration{});
    return draft.act(Disarm{RegistrationKey{}});
  }
  if (const auto next = next_change(record, context)) {
    draft.act(Arm{RegistrationKey{}, *next});
  } else {
    draft.act(Disarm{RegistrationKey{}});
  }
  if (state.registration != record) draft.store(ports::PutRegistration{std::move(record)});
}

void say(RegistrationRecord& record, RegistrationSource source, bool registered, Instant until,
         const Context& context) {
  RegistrationStatement* held = find(record, source);
  if (held == nullptr) held = &record.statements.emplace_back(RegistrationStatement{source, !registered, {}, {}});
  if (held->registered != registered) held->since = context.now;
  held->registered = registered;
  held->until = registered ? until : held->since;
}

// --- Third-party REGISTER -------------------------------------------------------------------------------------------

// What comes with it is welcome, and nothing depends on it.
void take_bodies(Draft& draft, RegistrationRecord& record, const ports::SipRequest& request, const Context& context) {
  record.service_info.clear();
  record.instances.clear();
  if (!request.registration) return;
  std::vector<std::string> faults = request.registration->faults;
  for (const std::string& body : request.registration->service_info) {
    const RegisterBodies* reader = context.packages.register_bodies();
    if (reader == nullptr) break;
    auto info = reader->service_info(body);
    if (!info) {
      faults.push_back(std::move(info).error());
    } else if (info->size() > kLongestServiceInfo) {
      faults.emplace_back("service-info.too-long");
    } else {
      record.service_info = *std::move(info);
    }
  }
  for (const auto& message : request.registration->messages) {
    if (message.method != "REGISTER") continue;
    for (const std::string& instance : message.instances) {
      const bool known = std::ranges::find(record.instances, instance) != record.instances.end();
      if (instance.size() > kLongestInstance || record.instances.size() >= kMostInstances || known) continue;
      record.instances.push_back(instance);
    }
  }
  for (std::string& fault : faults) {
    base::log(base::Module::event, base::Level::info, "register.body",
              {{"call_id", request.call_id}, {"peer", request.peer}, {"reason", fault}});
    draft.count("register.body", std::move(fault));
  }
}

// [TS24.229 5.7.1.1] The interval is repeated as it is, so one that is out of range can only be refused [RFC3261 10.3].
bool refuse_interval(Draft& draft, const ports::SipRequest& request, Seconds asked, const Context& context) {
  const config::Registration& limits = context.settings.config().registration();
  if (asked == Seconds{0}) return false;
  if (asked < Seconds(limits.min_expires_s())) {
    draft.refuse(request.key, 423, "interval", "Expires is below the minimum",
                 {{"Min-Expires", std::to_string(limits.min_expires_s())}});
    return true;
  }
  if (asked <= Seconds(limits.max_expires_s())) return false;
  draft.refuse(request.key, 400, "interval", "Expires is above " + std::to_string(limits.max_expires_s()));
  return true;
}

void answer(Draft& draft, const ports::SipRequest& request, Seconds interval, const Context& context) {
  ports::SipResponse response;
  response.status = 200;
  const std::string seconds = std::to_string((PS_MUTANT("register-shortened") ? interval / 2 : interval).count());
  const bool bound = interval > Seconds{0} && !request.contact.empty();  // [RFC3261 10.3 step 8]
  if (bound) response.headers.emplace_back("Contact", "<" + request.contact + ">;expires=" + seconds);
  response.headers.emplace_back("Expires", seconds);
  add_charging(response.headers, request.charging, context.settings.config().registration().terminating_ioi());
  draft.act(Respond{request.key, std::move(response)});
  draft.count("register", interval > Seconds{0} ? "registered" : "deregistered");
}

}  // namespace

void decide_register(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                     const Context& context) {
  const config::Registration& settings = context.settings.config().registration();
  const auto own = request.registration ? request.registration->contact_expires : std::nullopt;
  const auto asked = own ? own : request.expires;  // [RFC3261 10.3 step 6]
  const Seconds interval{asked.value_or(settings.default_expires_s())};
  if (request.registration && request.registration->all_contacts && interval != Seconds{0})
    return draft.refuse(request.key, 400, "contact", "Contact: * goes with Expires: 0 only");
  if (refuse_interval(draft, request, interval, context)) return;
  answer(draft, request, interval, context);
  RegistrationRecord record = state.registration.value_or(RegistrationRecord{});
  if (interval > Seconds{0}) {
    take_bodies(draft, record, request, context);
    record.s_cscf = request.contact;
    record.charging = request.charging;
  }
  if (interval == Seconds{0} && PS_MUTANT("deregistration-ignored")) return;
  say(record, RegistrationSource::third_party_register, interval > Seconds{0}, context.now + interval, context);
  base::log(base::Module::event, base::Level::info, "register.accepted",
            {{"resource", state.resource},
             {"expires_s", interval.count()},
             {"s_cscf", request.contact},
             {"call_id", request.call_id}});
  settle(draft, state, std::move(record), context);
}

void decide_registration_reported(Draft& draft, const ResourceState& state, const ports::RegistrationReport& report,
                                  const Context& context) {
  RegistrationRecord record = state.registration.value_or(RegistrationRecord{});
  if (report.registered) {
    say(record, report.source, *report.registered, report.until, context);
  } else {
    std::erase_if(record.statements, [&](const auto& statement) { return statement.source == report.source; });
  }
  draft.count("registration", !report.registered ? "unknown" : *report.registered ? "registered" : "deregistered");
  settle(draft, state, std::move(record), context);
}

void decide_registration_again(Draft& draft, const ResourceState& state, const Context& context) {
  if (state.registration) settle(draft, state, *state.registration, context);
}

const RegistrationStatement* in_force(const RegistrationRecord& record, const mgmt::Snapshot& settings) {
  for (const std::string& name : settings.config().registration().sources()) {
    for (const RegistrationStatement& statement : record.statements)
      if (word(statement.source) == name) return &statement;
  }
  return nullptr;
}

std::uint64_t network_digest(std::string_view body) { return std::hash<std::string_view>{}(body); }

}  // namespace presentia::event
