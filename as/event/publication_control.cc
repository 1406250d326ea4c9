#include "as/event/publication_control.h"

#include <algorithm>

#include "as/base/log.h"
#include "as/base/mutants.h"
#include "as/base/uri.h"
#include "as/event/identity.h"
#include "as/event/mark.h"
#include "as/event/quota.h"

namespace presentia::event {
namespace {

using base::Seconds;

struct Found {
  const Publication* publication = nullptr;
  const PublishedState* published = nullptr;
};

Found find(const ResourceState& state, std::string_view package, const ports::EntityTag& etag) {
  const auto published = state.published.find(package);
  if (published == state.published.end()) return {};
  for (const Publication& publication : published->second.publications)
    if (publication.record.etag == etag) return {&publication, &published->second};
  return {};
}

// [RFC3903 14.1] The resource itself, as the network or a login says who it is, or an agent of the network.
bool may_publish(const ports::SipRequest& request, const ResourceState& state, const mgmt::Snapshot& settings) {
  if (PS_MUTANT("anyone-publishes")) return true;
  const std::string& package = request.event->package;
  return std::ranges::any_of(identities(request, settings), [&](const std::string& identity) {
    return state.is_own(identity) || settings.is_publisher(package, identity);
  });
}

// What a PUBLISH that passed all checks is.
struct Accepted {
  const Publication* replaced = nullptr;  // SIP-If-Match's
  Seconds lifetime{};
  DocumentPtr document;  // null: refresh or removal
  [[nodiscard]] bool removal() const { return lifetime == Seconds{0}; }
};

// No dialog comes of it: neither Record-Route nor Contact of the request counts [RFC3903 6].
void answer(Draft& draft, const ports::SipRequest& request, const Context& context, const ports::EntityTag& etag,
            Seconds lifetime) {
  ports::SipResponse response;
  response.status = 200;
  if (!PS_MUTANT("publish-without-expires"))  // [RFC3903 6 step 6]
    response.headers.emplace_back("Expires", std::to_string(lifetime.count()));
  response.headers.emplace_back("SIP-ETag", etag);
  if (PS_MUTANT("publish-record-routed")) response.headers.emplace_back("Record-Route", "<sip:presentia.invalid;lr>");
  add_charging(response.headers, request.charging, context.settings.config().event().publication().terminating_ioi());
  draft.act(Respond{request.key, std::move(response)});
  draft.count("publish", "200");
}

void drop(Draft& draft, const Publication& publication) {
  const ports::PublicationRecord& record = publication.record;
  draft.store(ports::DropPublication{record.package, record.arrival, record.etag});
  draft.act(Disarm{record.etag});
}

void remove(Draft& draft, const ResourceState& state, const Publication& publication, bool expired) {
  const std::string& package = publication.record.package;
  const bool last = state.published.find(package)->second.publications.size() == 1;
  drop(draft, publication);
  change_published(draft, state, package, last && expired);
}

void replace(Draft& draft, const ResourceState& state, const ports::SipRequest& request, const Accepted& accepted,
             const ports::EntityTag& etag, base::Instant expires_at, const ports::RequestMark& mark) {
  const std::string& package = request.event->package;
  if (accepted.replaced != nullptr && !PS_MUTANT("modification-adds")) drop(draft, *accepted.replaced);
  ports::PublicationRecord record;
  record.package = package;
  record.etag = etag;
  record.expires_at = expires_at;
  record.arrival = change_published(draft, state, package, false);
  record.mark = mark;
  record.content_type = request.content_type;
  record.body = request.body;
  draft.store(ports::PutPublication{std::move(record)});
  draft.change(PublicationParsed{etag, accepted.document});
}

void log_accepted(const ports::SipRequest& request, const ResourceState& state, const Accepted& accepted,
                  const ports::EntityTag& etag) {
  if (!base::logs(base::Module::event, base::Level::info)) return;
  const char* what = accepted.removal()   ? "publish.removed"
                     : !accepted.document ? "publish.refreshed"
                     : accepted.replaced  ? "publish.modified"
                                          : "publish.created";
  base::log(base::Module::event, base::Level::info, what,
            {{"resource", state.resource},
             {"package", request.event->package},
             {"call_id", request.call_id},
             {"etag", etag},
             {"expires_s", accepted.lifetime.count()}});
}

// [RFC3903 6 step 6] A new one on every success, on removal too.
ports::EntityTag next_tag(const Accepted& accepted, const Context& context) {
  if (PS_MUTANT("etag-kept") && accepted.replaced != nullptr) return accepted.replaced->record.etag;
  if (PS_MUTANT("etag-repeated")) return base::partition_prefix(context.partition) + "again";
  return context.tokens.tag(context.partition);
}

base::Instant expiry(const Accepted& accepted, base::Instant now) {
  if (PS_MUTANT("refresh-prolongs-nothing") && accepted.replaced != nullptr)
    return accepted.replaced->record.expires_at;
  if (PS_MUTANT("publication-expires-late")) return now + accepted.lifetime + Seconds{5};
  if (PS_MUTANT("initial-zero-stored") && accepted.removal()) return now + Seconds{60};
  return now + accepted.lifetime;
}

void carry_out(Draft& draft, const ResourceState& state, const ports::SipRequest& request, const Accepted& accepted,
               const Context& context) {
  const ports::EntityTag etag = next_tag(accepted, context);
  answer(draft, request, context, etag, accepted.lifetime);
  log_accepted(request, state, accepted, etag);
  const base::Instant expires_at = expiry(accepted, context.now);
  const ports::RequestMark mark = mark_of(request, accepted.lifetime, context);
  if (accepted.removal()) {
    if (accepted.replaced != nullptr && !PS_MUTANT("removal-keeps")) {
      remove(draft, state, *accepted.replaced, false);
      remember_answer(draft, {mark, etag});
    }
    if (accepted.replaced != nullptr || !PS_MUTANT("initial-zero-stored")) return;
  }
  if (accepted.document) {
    replace(draft, state, request, accepted, etag, expires_at, mark);
  } else {
    const ports::PublicationRecord& held = accepted.replaced->record;
    draft.store(ports::RetagPublication{held.package, held.arrival, held.etag, etag, expires_at, held.source, mark});
    draft.act(Disarm{accepted.replaced->record.etag});
  }
  if (!PS_MUTANT("publication-never-expires")) draft.act(Arm{etag, expires_at});
}

// What the entity of a document may be.
std::span<const ports::Resource> own_identities(const ResourceState& state) {
  if (!state.subscriber || state.subscriber->canonical != state.resource) return {};
  return state.subscriber->identities;
}

// [RFC3903 6 step 5] nullptr if refused (and answered); a removal's body is not looked at. What is signed from end to
// end, and so must not be changed, is of no type that is understood [RFC3903 14.4].
DocumentPtr read_body(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                      const Context& context) {
  const Package& package = *context.packages.find(request.event->package)->package;
  const auto types = package.publication_types();
  if (std::ranges::find(types, request.content_type) == types.end()) {
    std::string accept;
    for (const std::string_view type : types) accept.append(accept.empty() ? "" : ", ").append(type);
    const std::string why = request.content_type.empty()
                                ? "a body without Content-Type"
                                : "Content-Type " + request.content_type + " is not understood";
    draft.refuse(request.key, 415, "content-type", why,
                 PS_MUTANT("415-without-accept") ? ports::Headers() : ports::Headers{{"Accept", accept}});
    draft.count("document.refused", "content-type");
    return nullptr;
  }
  auto parsed =
      package.parse({state.resource, request.content_type, *request.body, context.settings, own_identities(state)});
  if (!parsed) {
    draft.refuse(request.key, parsed.error().status, parsed.error().reason, parsed.error().why);
    draft.count("document.refused", parsed.error().reason);
    return nullptr;
  }
  for (std::string& remark : parsed->remarks) draft.count("tolerated", std::move(remark));
  return std::move(parsed->document);
}

// The copy of a PUBLISH that was carried out before a restart gets its answer, and does nothing.
bool answered_again(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                    const Context& context) {
  if (!may_be_copies(context)) return false;
  const std::uint64_t hash = mark_hash(request);
  const auto again = [&](const ports::RequestMark& mark, const ports::EntityTag& etag) {
    answer(draft, request, context, etag, Seconds{mark.granted});
    draft.count("publish", "again");
    return true;
  };
  if (const auto published = state.published.find(request.event->package); published != state.published.end()) {
    for (const Publication& publication : published->second.publications) {
      const ports::PublicationRecord& record = publication.record;
      if (record.mark.hash == hash && context.now < record.mark.until) return again(record.mark, record.etag);
    }
  }
  const auto removed = state.answered.find(hash);
  return removed != state.answered.end() && again(removed->second.mark, removed->second.tag);
}

}  // namespace

void decide_publish(Draft& draft, const ResourceState& state, const ports::SipRequest& request,
                    const Context& context) {
  const std::string& package = request.event->package;
  if (!may_publish(request, state, context.settings))
    return draft.refuse(request.key, 403, "publisher", "the asserted identity may not publish for this resource");
  if (state.subscriber && !state.subscriber->profile.allowed)
    return draft.refuse(request.key, 403, "profile", "the service profile of the presentity bars presence");
  if (answered_again(draft, state, request, context)) return;
  const bool first_counts = PS_MUTANT("if-match-list-accepted") && request.if_match.size() > 1;
  if (request.has_if_match && request.if_match.size() != 1 && !first_counts)  // [RFC3903 6 step 3]
    return draft.refuse(request.key, 400, "if-match", "SIP-If-Match must hold one entity-tag");
  Accepted accepted;
  if (request.has_if_match) {
    accepted.replaced = find(state, package, request.if_match.front()).publication;
    if (accepted.replaced != nullptr && accepted.replaced->record.source != ports::Source::pua)
      accepted.replaced = nullptr;  // what the network says is nobody's to modify
    if (accepted.replaced == nullptr && !(PS_MUTANT("unknown-tag-accepted") && request.body))
      return draft.refuse(request.key, 412, "entity-tag", "the entity-tag names no publication of this resource");
  }
  // [RFC3903 6 step 4] the server may shorten what was asked, and refuses what is shorter than its minimum
  const mgmt::ExpiresPolicy policy = context.settings.publication_expires(package, base::domain_of(state.resource));
  const Seconds asked = request.expires ? Seconds{*request.expires} : policy.by_default;
  accepted.lifetime = std::min(PS_MUTANT("publication-lengthened") ? 2 * asked : asked, policy.max);
  if (!accepted.removal() && accepted.lifetime < policy.min) {
    return draft.refuse(request.key, 423, "interval", "Expires is below the minimum",
                        {{"Min-Expires", std::to_string(policy.min.count())}});
  }
  const bool body = request.body && !request.body->empty();
  if (!body && !request.has_if_match)  // [RFC3903 6 step 5]
    return draft.refuse(request.key, 400, "no-body", "an initial PUBLISH needs a body");
  if (accepted.replaced == nullptr && !accepted.removal() && refuse_publication(draft, state, request, context)) return;
  if (body && !(accepted.removal() && accepted.replaced)) {
    accepted.document = read_body(draft, state, request, context);
    if (!accepted.document) return;
  }
  carry_out(draft, state, request, accepted, context);
}

void decide_publication_due(Draft& draft, const ResourceState& state, const ports::EntityTag& etag,
                            const Context& context) {
  for (const auto& [package, published] : state.published) {
    const Publication* publication = find(state, package, etag).publication;
    if (!publication) continue;
    if (publication->record.expires_at > context.now) return draft.act(Arm{etag, publication->record.expires_at});
    base::log(base::Module::event, base::Level::info, "publish.expired",
              {{"resource", state.resource}, {"package", package}, {"etag", etag}});
    draft.count("publish", "expired");
    return remove(draft, state, *publication, true);
  }
}

void decide_publication_end(Draft& draft, const ResourceState& state, const ports::EntityTag& etag) {
  for (const auto& [package, published] : state.published) {
    const Publication* publication = find(state, package, etag).publication;
    if (!publication) continue;
    base::log(base::Module::event, base::Level::info, "publish.dropped",
              {{"resource", state.resource}, {"package", package}, {"etag", etag}});
    draft.count("publish", "dropped");
    // The network has to say it anew.
    if (publication->record.source == ports::Source::network && state.registration)
      draft.store(ports::DropRegistration{});
    return remove(draft, state, *publication, false);
  }
}

std::uint64_t change_published(Draft& draft, const ResourceState& state, const std::string& package, bool lost) {
  const auto published = state.published.find(package);
  const std::uint64_t number = published == state.published.end() ? 1 : published->second.record.changes + 1;
  draft.store(ports::PutPublished{{package, number, lost}});
  mark_watchers(draft, state, package);
  return number;
}

void mark_watchers(Draft& draft, const ResourceState& state, std::string_view package) {
  if (PS_MUTANT("change-not-notified")) return;
  for (const auto& [id, subscription] : state.subscriptions) {
    if (subscription.view.handling == SubHandling::allow && subscription.record.package == package &&
        subscription.record.state == ports::SubscriptionState::active)
      draft.change(SubscriptionDirty{id});
  }
}

}  // namespace presentia::event
