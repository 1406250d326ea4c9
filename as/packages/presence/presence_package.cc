#include "as/packages/presence/presence_package.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "as/base/mutants.h"
#include "as/packages/presence/composition.h"
#include "as/packages/presence/explain.h"
#include "as/packages/presence/external_documents.h"
#include "as/packages/presence/filter.h"
#include "as/packages/presence/network_state.h"
#include "as/packages/presence/pidf_reader.h"
#include "as/packages/presence/pidf_writer.h"
#include "as/packages/presence/watcher_rules.h"
#include "as/xml/reader.h"

namespace presentia::presence {
namespace {

// Also without Accept [RFC3856 6.5].
constexpr std::array<std::string_view, 1> kTypes{"application/pidf+xml"};

// The readers of one thread: they are dear to make and not to be shared.
class ThreadReaders {
 public:
  xml::Reader& wellformed() { return wellformed_; }
  xml::Reader& strict(const xml::SchemaSetPtr& schemas) {
    if (!strict_ || schemas != strict_schemas_) strict_.emplace(schemas);
    strict_schemas_ = schemas;
    return *strict_;
  }

 private:
  xml::Reader wellformed_;
  std::optional<xml::Reader> strict_;
  xml::SchemaSetPtr strict_schemas_;
};

ThreadReaders& readers() {
  thread_local ThreadReaders held;
  return held;
}

// What is too deep or has too much of something may be well-formed, but is too large for us [RFC3261 21.4.11].
event::Rejection rejection(xml::ParseError error) {
  const int status = error.reason.starts_with("xml.too-") ? 413 : 400;
  return {status, std::move(error.reason), "line " + std::to_string(error.line) + ": " + std::move(error.text)};
}

event::Body body(std::string text) {
  return {std::string(kTypes[0]), std::make_shared<const std::string>(std::move(text))};
}

template <class T>
void add_origins(std::vector<ports::ElementOrigin>& to, const char* element, const std::vector<T>& components,
                 const Origins& origins, std::span<const event::PublicationView> publications) {
  for (std::size_t i = 0; i < components.size(); ++i) {
    ports::ElementOrigin& origin = to.emplace_back(ports::ElementOrigin{element, components[i].id, {}});
    for (const std::size_t place : origins[i]) origin.etags.push_back(publications[place].record->etag);
  }
}

event::Body without_state(const event::RenderInput& input) {
  switch (input.settings.config().presence().without_state()) {
    case config::Presence::EMPTY_PIDF:
      return body(write_pidf(input.resource, {}, input.now));
    case config::Presence::NO_BODY:
      return {};
    default:
      return body(write_closed(input.resource));
  }
}

}  // namespace

std::span<const std::string_view> PresencePackage::publication_types() const { return kTypes; }
std::span<const std::string_view> PresencePackage::notification_types() const { return kTypes; }

base::Result<event::Parsed, event::Rejection> PresencePackage::parse(const event::ParseInput& input) const {
  const config::Presence& settings = input.settings.config().presence();
  // Unless the operator is strict: from what is not valid is taken what can be read [RFC4479 5].
  const bool strict = settings.validation() == config::Presence::STRICT;
  const xml::SchemaSetPtr schemas = strict ? schemas_->current() : nullptr;
  if (strict && !schemas) {
    return base::Unexpected{event::Rejection{500, "presence.no-schemas", "no schemas to validate against"}};
  }
  const xml::Limits limits{settings.max_xml_depth(), settings.max_xml_elements(), settings.max_xml_attributes()};
  xml::Reader& reader = strict ? readers().strict(schemas) : readers().wellformed();
  auto tree = reader.parse(input.body, limits);
  if (!tree) return base::Unexpected{rejection(std::move(tree).error())};
  const bool refuse_entity = settings.entity_mismatch() == config::Presence::REFUSE;
  return read_pidf(*std::move(tree), input.resource,
                   {.strict = strict, .refuse_entity = refuse_entity, .identities = input.identities});
}

event::Verdict PresencePackage::decide_watcher(const event::WatcherQuestion& question) const {
  return judge_watcher(question);
}

std::vector<ports::DocumentKey> PresencePackage::needed_documents(const event::DocumentsQuestion& question) const {
  return presence::needed_documents(question);
}

bool PresencePackage::reads(std::string_view auid) const { return presence::reads(auid); }

base::Result<event::Parsed, event::Rejection> PresencePackage::read_document(const ports::DocumentReading& reading,
                                                                             const mgmt::Snapshot& settings) const {
  return presence::read_document(reading, readers().wellformed(), settings);
}

std::optional<event::PublicationView> PresencePackage::hard_state(const event::DocumentsQuestion& question,
                                                                  bool published) const {
  return presence::hard_state(question, published);
}

std::optional<event::Body> PresencePackage::network_publication(const event::NetworkView& view) const {
  return body(write_network_state(view));
}

event::Body PresencePackage::render(const event::RenderInput& input) const {
  // Who is politely blocked sees what could be true [RFC6665 6.2].
  const bool leaks = PS_MUTANT("polite-block-shows-state") || PS_MUTANT("pending-shows-state");
  if (input.view.handling != event::SubHandling::allow && !leaks) return without_state(input);
  if (input.publications.empty()) {
    const bool alternative = input.lost && input.settings.config().event().publication().use_alternative_value();
    return alternative ? body(write_closed(input.resource)) : without_state(input);
  }
  Composition composition = compose(input.publications, persons_of(input.settings));
  if (!input.view.key.empty()) {
    const auto permissions = rules::Permissions::from_key(input.view.key);
    if (!permissions) return without_state(input);
    composition = filtered(std::move(composition), *permissions);
  }
  return body(write_pidf(input.resource, composition, input.now));
}

std::vector<ports::ElementOrigin> PresencePackage::origins(const event::RenderInput& input) const {
  std::vector<ports::ElementOrigin> all;
  if (input.view.handling != event::SubHandling::allow) return all;
  const Composition made = compose(input.publications, persons_of(input.settings), Tracking::on);
  add_origins(all, "tuple", made.tuples, made.tuple_origins, input.publications);
  add_origins(all, "person", made.persons, made.person_origins, input.publications);
  add_origins(all, "device", made.devices, made.device_origins, input.publications);
  return all;
}

base::Result<event::Parsed, event::Rejection> PresencePackage::read_candidate(std::string_view text,
                                                                              const mgmt::Snapshot& settings) const {
  return presence::read_candidate(text, readers().wellformed(), settings);
}

std::optional<ports::ExplainInfo> PresencePackage::explain(const event::ExplainInput& input) const {
  return presence::explain(input, *this);
}

}  // namespace presentia::presence
