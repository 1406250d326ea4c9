#include "as/packages/presence/explain.h"

#include <algorithm>
#include <utility>

#include "as/packages/presence/composition.h"
#include "as/packages/presence/external_documents.h"
#include "as/packages/presence/filter.h"
#include "as/packages/presence/pidf_names.h"
#include "as/packages/presence/sphere.h"
#include "as/packages/presence/watcher_rules.h"
#include "as/rules/document_places.h"

namespace presentia::presence {
namespace {

using event::SubHandling;
using ports::ExplainedDocument;
using Kind = InForce::Kind;
using Places = google::protobuf::RepeatedPtrField<std::string>;

std::string_view word(SubHandling handling) {
  switch (handling) {
    case SubHandling::block:
      return "block";
    case SubHandling::confirm:
      return "confirm";
    case SubHandling::polite_block:
      return "polite-block";
    case SubHandling::allow:
      return "allow";
  }
  return "block";
}

// --- What was removed -----------------------------------------------------------------------------------------------

std::string name_of(xml::Element element) {
  if (element.ns() == kPidf) return std::string(element.local());
  for (const xml::UsualPrefix& usual : kUsualPrefixes)
    if (usual.ns == element.ns()) return std::string(usual.prefix) + ":" + std::string(element.local());
  return "{" + std::string(element.ns()) + "}" + std::string(element.local());
}

void add_once(std::vector<std::string>& names, std::string name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
}

// The filter takes elements away and keeps the order of the others.
void add_missing(std::vector<std::string>& names, const Elements& all, const Elements& shown) {
  auto next = shown.begin();
  for (const xml::Element element : all) {
    if (next != shown.end() && *next == element) {
      ++next;
    } else {
      add_once(names, name_of(element));
    }
  }
}

std::vector<std::string> missing(const Component& all, const Component& shown) {
  std::vector<std::string> names;
  add_missing(names, all.extensions, shown.extensions);
  add_missing(names, all.notes, shown.notes);
  return names;
}

std::vector<std::string> missing(const Tuple& all, const Tuple& shown) {
  std::vector<std::string> names;
  add_missing(names, all.status, shown.status);
  std::ranges::move(missing(static_cast<const Component&>(all), shown), std::back_inserter(names));
  return names;
}

bool has_user_input(const Component& component) {
  return std::ranges::any_of(component.extensions, [](xml::Element e) { return e.is(kRpid, "user-input"); });
}

// `level`: of user input that is shown.
template <class T>
void add_removed(std::vector<ports::ExplainedRemoval>& to, const char* element, const std::vector<T>& all,
                 const std::vector<T>& shown, rules::UserInput level) {
  for (const T& component : all) {
    const auto same = std::ranges::find(shown, component.id, &T::id);
    ports::ExplainedRemoval removal{element, component.id, same == shown.end(), {}};
    if (!removal.whole) {
      removal.children = missing(component, *same);
      if (level != rules::UserInput::full && has_user_input(*same))
        removal.children.push_back("rpid:user-input beyond " + std::string(rules::name_of(level)));
    }
    if (removal.whole || !removal.children.empty()) to.push_back(std::move(removal));
  }
}

std::vector<ports::ExplainedRemoval> removed(const event::ExplainInput& input, const event::View& view) {
  std::vector<ports::ExplainedRemoval> all;
  const auto permissions = rules::Permissions::from_key(view.key);
  if (view.handling != SubHandling::allow || view.key.empty() || !permissions) return all;
  const Composition before = compose(input.publications, persons_of(input.settings));
  const Composition after = filtered(before, *permissions);
  add_removed(all, "tuple", before.tuples, after.tuples, after.user_input);
  add_removed(all, "person", before.persons, after.persons, after.user_input);
  add_removed(all, "device", before.devices, after.devices, after.user_input);
  ports::ExplainedRemoval beside{"presence", input.asked.presentity, false, {}};
  add_missing(beside.children, before.notes, after.notes);
  add_missing(beside.children, before.others, after.others);
  if (!beside.children.empty()) all.push_back(std::move(beside));
  return all;
}

// --- What decided ---------------------------------------------------------------------------------------------------

class Explainer {
 public:
  Explainer(const event::ExplainInput& input, const event::Package& package)
      : input_(input),
        package_(package),
        at_(input.asked.at.value_or(input.now)),
        candidate_(input.candidate == nullptr ? nullptr : input.candidate->document.get()),
        documents_{input.asked.presentity, input.documents, input.settings, candidate_},
        rules_(rules_in_force(documents_)) {
    if (input.asked.watcher != ports::kAnonymousWatcher) watcher_.uri = input.asked.watcher;
  }

  ports::ExplainInfo run() {
    info_.presentity = input_.asked.presentity;
    info_.watcher = input_.asked.watcher;
    info_.package = package_.name();
    info_.at = at_;
    add_documents();
    decide();
    info_.sphere = sphere_of(input_.publications);
    for (const event::PublicationView& publication : input_.publications) add_source(*publication.record);
    return std::move(info_);
  }

 private:
  [[nodiscard]] bool is_itself() const { return !watcher_.anonymous() && watcher_.uri == input_.asked.presentity; }
  [[nodiscard]] const config::Config& config() const { return input_.settings.config(); }

  void decide() {
    const event::WatcherQuestion question{input_.asked.presentity, watcher_, input_.settings, input_.documents,
                                          input_.publications,     at_,      candidate_,      input_.without_rules};
    const event::Verdict verdict = input_.overruled ? event::Verdict{.view = input_.overruled->view, .until = {}}
                                                    : package_.decide_watcher(question);
    info_.decided = verdict.decided;
    info_.next_change = verdict.until;
    info_.depends_on_sphere = verdict.by_state;
    const event::View view = verdict.decided ? verdict.view : event::View{SubHandling::confirm, {}};
    info_.handling = word(view.handling);
    const auto* document = dynamic_cast<const RulesDocument*>(rules_.document);
    if (document != nullptr && !is_itself() && !input_.overruled) add_rules(question, document->rules());
    info_.decided_by = decided_by();
    if (view.handling != SubHandling::allow && view.handling != SubHandling::polite_block) return;
    event::Body body = package_.render({input_.asked.presentity, view, input_.publications,
                                        package_.notification_types().front(), at_, input_.settings, input_.lost});
    info_.content_type = std::move(body.content_type);
    info_.body = std::move(body.bytes);
    info_.removed = removed(input_, view);
  }

  void add_rules(const event::WatcherQuestion& question, const rules::RuleSet& set) {
    rules::Explanation explanation;
    const rules::Evaluation found = evaluate_for(question, set, &explanation);
    for (rules::RuleReport& report : explanation) {
      ports::ExplainedRule& rule = info_.rules.emplace_back();
      rule = {std::move(report.id), report.line, report.matches, {}, std::move(report.grants)};
      for (rules::ConditionReport& one : report.conditions)
        rule.conditions.push_back({std::move(one.condition), one.line, one.holds, std::move(one.why)});
    }
    if (info_.decided) info_.grants = rules::text_of(found.permissions);
  }

  [[nodiscard]] std::string decided_by() const {
    if (input_.overruled) return std::string(input_.overruled->why);
    if (is_itself()) return "the watcher is the presentity itself";
    if (!info_.decided) return "not all documents that matter are known: a SUBSCRIBE is pending until they are";
    switch (rules_.kind) {
      case Kind::document:
        return by_rules();
      case Kind::unavailable:
        return "rules.when_unavailable: " + rules_.key.document + (is_bad() ? " cannot be read" : " cannot be had");
      default:
        break;
    }
    if (input_.without_rules) return "without-rules of the presentity's service profile: it has no rules";
    const bool server = !config().xdm().root().empty();
    return std::string("rules.no_document: ") +
           (server ? "there is no rules document" : "no XDM server is configured (xdm.root)");
  }

  // It is there, but what decides is not what it says (rules.bad_document).
  [[nodiscard]] bool is_bad() const {
    const auto held = input_.documents.find(rules_.key);
    return held != input_.documents.end() && held->second != nullptr && !held->second->bad.empty();
  }

  [[nodiscard]] std::string by_rules() const {
    std::string text;
    for (const ports::ExplainedRule& rule : info_.rules)
      if (rule.matches) text.append(text.empty() ? "rule " : ", ").append(rule.id.empty() ? "(without id)" : rule.id);
    return text.empty() ? "no rule matches" : text;  // [RFC4745 10.2] nothing is granted
  }

  void add_documents() {
    if (candidate_ != nullptr) {
      ExplainedDocument& tried = info_.documents.emplace_back();
      tried.use = "rules";
      tried.status = ExplainedDocument::Status::candidate;
      tried.in_force = true;
      tried.remarks = input_.candidate->remarks;
    }
    for (const ports::DocumentKey& key : package_.needed_documents(documents_)) add_document(key);
  }

  [[nodiscard]] bool is_at(const ports::DocumentKey& key, const Places& places) const {
    return std::ranges::any_of(
        places, [&](const std::string& place) { return rules::document_of(place, input_.asked.presentity) == key; });
  }

  void add_document(const ports::DocumentKey& key) {
    ExplainedDocument& one = info_.documents.emplace_back();
    one.key = key;
    const auto held = input_.documents.find(key);
    const event::DocumentState* state = held == input_.documents.end() ? nullptr : held->second.get();
    one.in_force = state != nullptr && state->parsed != nullptr && state->status == ports::DocumentStatus::present;
    one.use = "list";
    if (is_at(key, config().rules().documents())) {
      one.use = "rules";
      one.in_force = candidate_ == nullptr && rules_.kind == Kind::document && rules_.key == key;
    } else if (is_at(key, config().hard_state().documents())) {
      one.use = "hard state";
      one.in_force = state != nullptr && is_composed(state->parsed.get());
    }
    one.why = "no answer yet";
    if (state == nullptr) return;
    one.status = status_of(state->status);
    one.etag = state->etag;
    if (state->fetched_at != base::Instant{}) one.fetched_at = state->fetched_at;
    one.why = state->why;
    one.bad = state->bad;
  }

  static ExplainedDocument::Status status_of(ports::DocumentStatus status) {
    switch (status) {
      case ports::DocumentStatus::present:
        return ExplainedDocument::Status::present;
      case ports::DocumentStatus::absent:
        return ExplainedDocument::Status::absent;
      case ports::DocumentStatus::unavailable:
        break;
    }
    return ExplainedDocument::Status::unavailable;
  }

  [[nodiscard]] bool is_composed(const event::Document* document) const {
    const auto* hard = dynamic_cast<const HardState*>(document);
    return hard != nullptr && std::ranges::any_of(input_.publications, [&](const event::PublicationView& one) {
             return one.document == hard->document.get();
           });
  }

  void add_source(const ports::PublicationRecord& record) {
    ports::ExplainedSource& source = info_.sources.emplace_back();
    source = {record.etag, record.source, record.expires_at};
    if (record.expires_at == base::Instant::max()) source.expires_at.reset();
  }

  const event::ExplainInput& input_;
  const event::Package& package_;
  const base::Instant at_;
  const event::Document* candidate_;
  const event::DocumentsQuestion documents_;
  const InForce rules_;
  ports::WatcherIdentity watcher_;
  ports::ExplainInfo info_;
};

}  // namespace

ports::ExplainInfo explain(const event::ExplainInput& input, const event::Package& package) {
  return Explainer(input, package).run();
}

}  // namespace presentia::presence
