// What xcap-diff reports mean for the document that they are about [RFC5874 3; RFC5875 4.8].
#include <memory>
#include <utility>

#include "as/base/log.h"
#include "xdm-client/documents/follower.h"
#include "xdm-client/xcap/selector.h"

namespace presentia::xdm {
namespace {

std::optional<xcap::EntityTag> tag_of(const std::optional<std::string>& attribute) {
  auto tag = attribute ? xcap::parse_etag(*attribute) : std::nullopt;
  if (tag && tag->opaque.size() > kLongestTag) tag.reset();
  return tag;
}

}  // namespace

void Follower::reported(const xcap::DocumentChange& change, base::Instant now) {
  now_ = now;
  const auto selector = xcap::parse_selector(change.sel, {});
  if (!selector || selector->node) return metrics_.reported(ReportFault::malformed);
  Document* const document = documents_.find(xcap::to_uri(selector->document));
  if (document == nullptr || !has_roots()) return metrics_.reported(ReportFault::unknown);
  metrics_.reported(change.kind());
  if (change.kind() == xcap::DocumentChange::Kind::removed) {
    removed(*document, tag_of(change.previous_etag));
  } else {
    changed(*document, change);
  }
  set_timer(*document);
  account(*document);
  dispatch();
}

// Believed at once, but not where it is about another version than ours: it may be older than ours, and a document that
// is wrongly taken for absent can give rights away.
void Follower::removed(Document& document, const std::optional<xcap::EntityTag>& previous) {
  if (document.known == Known::absent && document.ticket == 0) return;
  const bool is_ours =
      document.known == Known::present && document.tag && previous && xcap::weakly_equal(*document.tag, *previous);
  if (!is_ours) return ask_once_more(document);
  const bool was_asked = document.ticket != 0;  // the answer may be from before
  forget_request(document);
  gone(document);
  if (was_asked || document.place) ask_once_more(document);
}

void Follower::changed(Document& document, const xcap::DocumentChange& change) {
  const auto tag = tag_of(change.new_etag);
  if (document.ticket != 0) {
    if (!tag) document.again = true;
    document.expected = tag;
    return;
  }
  const bool is_held = tag && document.known == Known::present && document.tag && !document.whole &&
                       document.failures == 0 && xcap::strongly_equal(*tag, *document.tag);
  if (is_held) return confirmed(document);
  if (patch(document, change)) return;
  ask_once_more(document);
}

// The server has what we have: there is nothing to look at.
void Follower::confirmed(Document& document) {
  if (document.place && !document.owes_text()) queue_.remove(document);
  good(document, Known::present);
}

// Whether the copy, if there is one, is what the server has now.
bool Follower::patch(Document& document, const xcap::DocumentChange& change) {
  if (!document.text || !document.tag || document.place || document.failures > 0) return false;
  const xcap::CachedCopy copy{*document.text, *document.tag, document.patches};
  const xcap::CopyLimits limits{
      .max_patches = xdm().diff().max_patches(),
      .patch = {.max_bytes = static_cast<std::size_t>(xdm().max_document_bytes()), .xml = xml_limits()}};
  xcap::CopyUpdate update = xcap::update_copy(reader_, &copy, {&change, 1}, limits);
  if (update.failure) {
    metrics_.reported(ReportFault::patch_failed);
    base::log(base::Module::xdm, base::Level::warn, "document.patch_failed",
              {{"document", *document.name}, {"why", xml::error_name(update.failure->fault)}});
    outside_.on_patch_failed(*document.name);
  }
  if (update.action == xcap::CopyUpdate::Action::keep) return true;
  if (update.action != xcap::CopyUpdate::Action::replace || !update.copy) return false;
  good(document, Known::present);
  document.tag = update.copy->etag;
  document.patches = update.copy->patches;
  document.text = std::make_shared<const std::string>(std::move(update.copy->document));
  show(document, document.text);
  return true;
}

}  // namespace presentia::xdm
