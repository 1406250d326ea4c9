#include "as/packages/presence/external_documents.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <utility>

#include "as/packages/presence/pidf_reader.h"
#include "as/rules/document_places.h"

namespace presentia::presence {
namespace {

using Kind = InForce::Kind;
using Places = google::protobuf::RepeatedPtrField<std::string>;

// [RFC5025 9.1], [OMA-PRS 5.4.4]
constexpr std::array<std::string_view, 2> kRulesAuids{"pres-rules", "org.openmobilealliance.pres-rules"};
constexpr std::array<std::string_view, 3> kListAuids{"resource-lists", "org.openmobilealliance.group-usage-list",
                                                     "org.openmobilealliance.groups"};
constexpr std::string_view kHardStateAuid = "pidf-manipulation";  // [RFC4827 4]

template <std::size_t N>
bool among(const std::array<std::string_view, N>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

event::Rejection rejection(rules::ReadError error) {
  std::string where = error.line > 0 ? "line " + std::to_string(error.line) + ": " : std::string();
  return {500, std::move(error.reason), where + error.text};
}

// A text that cannot be read leaves the one before it in force, where the operator wants that.
bool is_usable(const event::DocumentState& state, const mgmt::Snapshot& settings) {
  const bool keep = settings.config().rules().bad_document() == config::Rules::KEEP_LAST;
  return state.status == ports::DocumentStatus::present && state.parsed != nullptr &&
         (state.bad_reason.empty() || keep);
}

InForce judge(ports::DocumentKey key, const event::DocumentsQuestion& question) {
  const auto held = question.documents.find(key);
  if (held == question.documents.end() || held->second == nullptr) return {Kind::unknown, std::move(key), nullptr};
  const event::DocumentState& state = *held->second;
  if (state.status == ports::DocumentStatus::absent) return {Kind::none, std::move(key), nullptr};
  if (!is_usable(state, question.settings)) return {Kind::unavailable, std::move(key), nullptr};
  return {Kind::document, std::move(key), state.parsed.get()};
}

// Collects in order, each once, and goes on only as far as the answer of those before tells.
class Needs {
 public:
  explicit Needs(const event::DocumentsQuestion& question)
      : question_(question), roots_(known_roots(question.settings)) {}

  void add_first_of(const Places& places) {
    for (const std::string& place : places) {
      ports::DocumentKey key = rules::document_of(place, question_.resource);
      add(key);
      if (judge(std::move(key), question_).kind != Kind::none) return;
    }
  }

  // The lists that the rules in force name, and those that these refer to.
  void add_lists() {
    const InForce rules = rules_in_force(question_);
    const auto* document = dynamic_cast<const RulesDocument*>(rules.document);
    if (document == nullptr) return;
    std::vector<std::string> anchors;
    for (const auto& list : document->rules().lists()) anchors.emplace_back(document->rules().text(list));
    std::size_t left = question_.settings.config().rules().max_lists();
    for (std::size_t next = 0; next < anchors.size() && left > 0; ++next) {
      auto key = rules::list_at(anchors[next], roots_);
      if (!key || seen_.contains(*key)) continue;
      --left;
      add(*key);
      const InForce list = judge(*std::move(key), question_);
      if (const auto* users = dynamic_cast<const UsersList*>(list.document))
        anchors.insert(anchors.end(), users->references.begin(), users->references.end());
    }
  }

  [[nodiscard]] std::vector<ports::DocumentKey> take() { return std::move(keys_); }

 private:
  void add(const ports::DocumentKey& key) {
    if (seen_.insert(key).second) keys_.push_back(key);
  }

  const event::DocumentsQuestion& question_;
  const std::vector<std::string> roots_;
  std::vector<ports::DocumentKey> keys_;
  std::set<ports::DocumentKey> seen_;
};

base::Result<event::Parsed, event::Rejection> read_rules_document(std::string_view text, xml::Reader& reader,
                                                                  const config::Rules& settings) {
  rules::RuleLimits limits;
  limits.max_rules = settings.max_rules();
  auto read = rules::read_rules(text, reader, limits);
  if (!read) return base::Unexpected{rejection(std::move(read).error())};
  return event::Parsed{std::make_shared<const RulesDocument>(read->rules), std::move(read->remarks)};
}

base::Result<event::Parsed, event::Rejection> read_users_list(std::string_view text, xml::Reader& reader,
                                                              const config::Rules& settings) {
  rules::ListLimits limits;
  limits.max_entries = settings.max_list_entries();
  limits.xml.max_elements = std::max(limits.xml.max_elements, 5 * limits.max_entries);
  auto read = rules::read_list(text, reader, limits);
  if (!read) return base::Unexpected{rejection(std::move(read).error())};
  return event::Parsed{std::make_shared<const UsersList>(*read), {}};
}

base::Result<event::Parsed, event::Rejection> read_hard_state(const ports::DocumentReading& reading,
                                                              xml::Reader& reader, const mgmt::Snapshot& settings) {
  const config::Presence& presence = settings.config().presence();
  auto tree = reader.parse(*reading.text,
                           {presence.max_xml_depth(), presence.max_xml_elements(), presence.max_xml_attributes()});
  if (!tree) {
    const xml::ParseError& error = tree.error();
    return base::Unexpected{
        event::Rejection{500, error.reason, "line " + std::to_string(error.line) + ": " + error.text}};
  }
  const std::string user = rules::user_of(reading.key.document).value_or(std::string());
  const bool refuse_entity = presence.entity_mismatch() == config::Presence::REFUSE;
  auto parsed = read_pidf(*std::move(tree), user, {.strict = false, .refuse_entity = refuse_entity});
  if (!parsed) return parsed;
  auto made = std::make_shared<HardState>();
  made->record.package = "presence";
  made->record.etag = reading.etag;
  made->record.expires_at = base::Instant::max();
  made->record.source = ports::Source::hard;
  made->record.content_type = reading.content_type;
  made->document = std::move(parsed->document);
  return event::Parsed{std::move(made), std::move(parsed->remarks)};
}

}  // namespace

UsersList::UsersList(const rules::ListDocument& list) : members(list.members), references(list.externals) {
  references.insert(references.end(), list.entry_refs.begin(), list.entry_refs.end());
}

InForce in_force(const Places& places, const event::DocumentsQuestion& question) {
  for (const std::string& place : places) {
    InForce found = judge(rules::document_of(place, question.resource), question);
    if (found.kind != Kind::none) return found;
  }
  return {};
}

InForce rules_in_force(const event::DocumentsQuestion& question) {
  if (question.candidate != nullptr) return {Kind::document, {}, question.candidate};
  return in_force(question.settings.config().rules().documents(), question);
}

std::vector<std::string> known_roots(const mgmt::Snapshot& settings) {
  std::vector<std::string> roots;
  for (const config::XdmRoot& root : settings.config().xdm().root()) {
    roots.push_back(root.uri());
    roots.insert(roots.end(), root.known_as().begin(), root.known_as().end());
  }
  return roots;
}

std::vector<ports::DocumentKey> needed_documents(const event::DocumentsQuestion& question) {
  const config::Config& config = question.settings.config();
  if (config.xdm().root().empty()) return {};
  Needs needs(question);
  if (question.candidate == nullptr) needs.add_first_of(config.rules().documents());  // [RFC5025 9.7], [OMA-PRS 5.4.4]
  needs.add_lists();
  needs.add_first_of(config.hard_state().documents());  // [RFC4827 9]
  return needs.take();
}

bool reads(std::string_view auid) {
  return among(kRulesAuids, auid) || among(kListAuids, auid) || auid == kHardStateAuid;
}

base::Result<event::Parsed, event::Rejection> read_document(const ports::DocumentReading& reading, xml::Reader& reader,
                                                            const mgmt::Snapshot& settings) {
  const std::string_view auid = reading.key.auid();
  if (auid == kHardStateAuid) return read_hard_state(reading, reader, settings);
  if (among(kListAuids, auid)) return read_users_list(*reading.text, reader, settings.config().rules());
  return read_rules_document(*reading.text, reader, settings.config().rules());
}

// One more source of what is composed [RFC4827 3].
std::optional<event::PublicationView> hard_state(const event::DocumentsQuestion& question, bool published) {
  const config::HardState& settings = question.settings.config().hard_state();
  if (published && settings.precedence() == config::HardState::ONLY_WITHOUT_SOFT) return std::nullopt;
  const InForce found = in_force(settings.documents(), question);
  const auto* hard = dynamic_cast<const HardState*>(found.document);
  if (hard == nullptr) return std::nullopt;
  return event::PublicationView{&hard->record, hard->document.get()};
}

base::Result<event::Parsed, event::Rejection> read_candidate(std::string_view text, xml::Reader& reader,
                                                             const mgmt::Snapshot& settings) {
  return read_rules_document(text, reader, settings.config().rules());
}

}  // namespace presentia::presence
