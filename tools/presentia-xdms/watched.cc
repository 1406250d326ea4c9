#include "tools/presentia-xdms/watched.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "as/xml/edit.h"
#include "tools/presentia-xdms/patch_writer.h"
#include "tools/presentia-xdms/usages.h"
#include "tools/presentia-xdms/xcap_service.h"
#include "xdm-client/xcap/node_match.h"
#include "xdm-client/xcap/percent.h"

namespace presentia::xdms {
namespace {

using Terminal = xcap::NodeSelector::Terminal;

constexpr std::string_view kLists = "urn:ietf:params:xml:ns:resource-lists";
constexpr std::size_t kLongestHistory = 256;  // changes that wait; beyond, changes are told without patches
constexpr std::size_t kAround = 64;           // bytes of markup for one entry

// Segment by segment as in keys.
std::optional<std::string> collection_key(std::string_view path) {
  std::string key;
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const auto segment = xcap::percent_decoded(path.substr(0, end));
    if (!segment || segment->empty() || *segment == "..") return std::nullopt;
    key.append(xcap::percent_encoded(*segment)).append("/");
    path.remove_prefix(end + 1);
  }
  return key;
}

std::optional<Entry> read_entry(std::string_view uri, std::string_view root_uri) {
  if (uri.starts_with(root_uri)) uri.remove_prefix(root_uri.size());
  while (uri.starts_with('/')) uri.remove_prefix(1);
  Entry entry;
  entry.sel = uri;
  if (uri.ends_with('/')) {
    auto key = collection_key(uri);
    if (!key) return std::nullopt;
    entry.kind = Entry::Kind::collection;
    entry.key = std::move(*key);
    return entry;
  }
  const Usage* usage = find_usage(xcap::auid_of(uri));
  const auto selector = xcap::parse_selector(uri, usage == nullptr ? std::string_view() : usage->ns);
  if (!selector || (selector->node && selector->node->terminal == Terminal::namespaces)) return std::nullopt;
  entry.kind = selector->node ? Entry::Kind::node : Entry::Kind::document;
  entry.key = xcap::to_uri(selector->document);
  entry.selector = *selector;
  return entry;
}

// The user in whose home all of a collection is; nullopt: not in one home.
std::optional<std::string> home_of(const std::string& collection) {
  constexpr std::string_view kUsers = "/users/";
  const std::size_t at = collection.find(kUsers);
  if (at == std::string::npos || at + kUsers.size() == collection.size()) return std::nullopt;
  const std::size_t from = at + kUsers.size();
  return xcap::percent_decoded(std::string_view(collection).substr(from, collection.find('/', from) - from));
}

bool may_learn(const Access& access, const Identities& who, const Entry& entry) {
  if (entry.kind != Entry::Kind::collection) return may_read(access, who, entry.selector.document);
  const auto home = home_of(entry.key);
  return !home || may_read(access, who, {entry.key.substr(0, entry.key.find('/')), *home, {""}});
}

// Of many nodes most are in one document: it is read once.
class LastRead {
 public:
  // The element or the value of the attribute; nullopt: there is none.
  std::optional<std::string> content_of(xml::Reader& reader, const Stored& stored, const xcap::NodeSelector& node) {
    if (text_ != stored.text) {
      auto read = xml::EditableDocument::read(reader, *stored.text, kDocumentLimits);
      document_.reset();
      if (read) document_.emplace(std::move(*read));
      text_ = stored.text;
    }
    if (!document_ || !xcap::selects(*document_, node)) return std::nullopt;
    const xml::NodeId element = xcap::find_element(*document_, node.steps);
    if (node.terminal == Terminal::element) return document_->standalone(element);
    return std::string(document_->attribute(element, node.attribute.ns, node.attribute.local)->value);
  }

 private:
  std::shared_ptr<const std::string> text_;
  std::optional<xml::EditableDocument> document_;
};

}  // namespace

Processing processing_of(std::string_view value) {
  if (value == "xcap-patching") return Processing::xcap_patching;
  return value == "aggregate" ? Processing::aggregate : Processing::no_patching;
}

std::optional<std::vector<Entry>> read_entries(xml::Reader& reader, std::string_view body, std::string_view root_uri) {
  const auto document = reader.parse(body, {.max_depth = 16, .max_elements = 2 * kMostEntries, .max_attributes = 16});
  if (!document || !(*document)->root().is(kLists, "resource-lists")) return std::nullopt;
  std::vector<Entry> entries;
  std::set<std::string> seen;
  std::size_t nodes = 0;
  for (const xml::Element list : (*document)->root().children()) {
    if (!list.is(kLists, "list")) continue;
    for (const xml::Element child : list.children()) {
      const auto uri = child.is(kLists, "entry") ? child.attribute("uri") : std::nullopt;
      auto entry = uri ? read_entry(*uri, root_uri) : std::nullopt;
      if (!entry || !seen.insert(entry->sel).second) continue;
      if (entry->kind == Entry::Kind::node) ++nodes;
      if (entries.size() == kMostEntries || nodes > kMostNodes) return std::nullopt;
      entries.push_back(std::move(*entry));
    }
  }
  return entries;
}

bool may_watch(const Access& access, const Identities& who, const std::vector<Entry>& entries) {
  return std::ranges::any_of(entries, [&](const Entry& entry) { return may_learn(access, who, entry); });
}

void Watched::restart(std::optional<std::vector<Entry>> entries, Processing processing) {
  if (entries) entries_ = std::move(*entries);
  processing_ = processing;
  told_.clear();
  nodes_.clear();
  history_.clear();
}

void Watched::changed(const Change& change) {
  const Stored& one = change.after ? *change.after : *change.before;
  if (processing_ != Processing::xcap_patching || covering(change.key, one.where) == nullptr) return;
  if (history_.size() == kLongestHistory) history_.clear();
  history_.push_back(change);
}

Watched::Told Watched::take(xml::Reader& reader, const Documents& documents, std::size_t most_bytes) {
  used_ = 0;
  most_ = most_bytes;
  Told out;
  take_history(reader, out);
  take_documents(reader, documents, out);
  take_nodes(reader, documents, out);
  return out;
}

// The first that names it, so that it is told once; documents that the subscriber may not read are watched by nobody.
const Entry* Watched::covering(const std::string& key, const xcap::DocumentSelector& where) const {
  if (!may_read(access_, who_, where)) return nullptr;
  const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) {
    if (entry.kind == Entry::Kind::document) return entry.key == key;
    return entry.kind == Entry::Kind::collection && key.starts_with(entry.key);
  });
  return found == entries_.end() ? nullptr : &*found;
}

// [RFC5875 4.3] Change by change. One that does not continue what was told is in the state that comes after.
void Watched::take_history(xml::Reader& reader, Told& out) {
  for (; !history_.empty() && !full(); history_.pop_front()) {
    const Change& change = history_.front();
    const auto known = told_.find(change.key);
    const bool fits = known == told_.end() ? false : change.before && change.before->etag == known->second.etag;
    if (!fits) continue;
    const Stored before = known->second;
    if (const Entry* entry = covering(change.key, before.where))
      tell(reader, *entry, &before, change.after ? &*change.after : nullptr, out, true);
  }
}

void Watched::take_documents(xml::Reader& reader, const Documents& documents, Told& out) {
  if (!history_.empty()) return;  // its turn is first
  const bool patches = processing_ == Processing::aggregate;
  const auto known = told_;
  for (const auto& [key, before] : known) {
    if (full()) return;
    const auto now = documents.find(key);
    if (now != documents.end() && now->second.etag == before.etag) continue;
    if (const Entry* entry = covering(key, before.where))
      tell(reader, *entry, &before, now == documents.end() ? nullptr : &now->second, out, patches);
  }
  for (const auto& [key, stored] : documents) {
    if (full()) return;
    if (told_.contains(key)) continue;
    if (const Entry* entry = covering(key, stored.where)) tell(reader, *entry, nullptr, &stored, out, false);
  }
}

void Watched::tell(xml::Reader& reader, const Entry& entry, const Stored* before, const Stored* after, Told& out,
                   bool patches) {
  const std::string key = xcap::to_uri((after != nullptr ? after : before)->where);
  xcap::DocumentChange change;
  change.sel = entry.kind == Entry::Kind::document ? entry.sel : key;
  if (before != nullptr) change.previous_etag = before->etag;
  if (after != nullptr) change.new_etag = after->etag;
  if (patches && before != nullptr && after != nullptr)
    change.operations = make_patch(reader, *before->text, *after->text).value_or(std::vector<std::string>());
  std::size_t bytes = kAround + change.sel.size();
  for (const std::string& operation : change.operations) bytes += operation.size();
  if (used_ + bytes > most_) change.operations.clear();  // it has to be fetched then [RFC5875 4.7]
  used_ += std::min(bytes, most_);
  if (after == nullptr) {
    told_.erase(key);
  } else {
    told_.insert_or_assign(key, *after);
  }
  out.emplace_back(std::move(change));
}

// Only the newest state, whatever the mode [RFC5875 4.7].
void Watched::take_nodes(xml::Reader& reader, const Documents& documents, Told& out) {
  LastRead last;
  for (std::size_t i = 0; i < entries_.size() && !full(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.kind != Entry::Kind::node || !may_read(access_, who_, entry.selector.document)) continue;
    const auto stored = documents.find(entry.key);
    const std::string etag = stored == documents.end() ? std::string() : stored->second.etag;
    NodeTold& told = nodes_[i];
    if (told.etag == etag) continue;
    auto now = etag.empty() ? std::nullopt : last.content_of(reader, stored->second, *entry.selector.node);
    told.etag = etag;
    if (now == told.content) continue;
    told.content = now;
    const bool is_shown = now && used_ + now->size() + entry.sel.size() + kAround <= most_;
    used_ += kAround + entry.sel.size() + (is_shown ? now->size() : 0);
    if (entry.selector.node->terminal == Terminal::attribute) {
      out.emplace_back(xcap::AttributeState{entry.sel, now.has_value(), now.value_or("")});
    } else {
      out.emplace_back(xcap::ElementState{entry.sel, now.has_value(), is_shown ? now : std::nullopt});
    }
  }
}

}  // namespace presentia::xdms
