#include "tests/scenario/core/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace presentia::test {
namespace {

std::string event_of(const ports::SipRequest& request) {
  return request.event->id ? request.event->package + ";id=" + *request.event->id : request.event->package;
}

std::string header(const ports::SipResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

std::map<std::string, int> Ledger::serials(const std::string& body) {
  static const std::regex pattern("<note[^>]*>([a-z]+)-([0-9]+)</note>");
  std::map<std::string, int> found;
  for (std::sregex_iterator match(body.begin(), body.end(), pattern), end; match != end; ++match) {
    found[(*match)[1]] = std::stoi((*match)[2]);
  }
  return found;
}

void Ledger::requested(std::uint32_t slot, const ports::SipRequest& request) { requests_[slot].request = request; }

void Ledger::answered(std::uint32_t slot, const ports::SipResponse& response, base::Instant now) {
  const auto found = requests_.find(slot);
  if (found == requests_.end()) return;  // a copy that the test sent by hand
  Request& request = found->second;
  EXPECT_EQ(++request.answers, 1) << request.request.method << " answered twice";
  heard_.insert(request.request.call_id);
  if (response.status / 100 == 5) {
    doubtful_ = true;
    return doubt(request.request);
  }
  if (request.request.method == "PUBLISH") publish_answered(request.request, response, now);
  if (request.request.method == "SUBSCRIBE") subscribe_answered(request.request, response, now);
  if (request.request.method == "REGISTER" && response.status == 200) {
    const int interval = std::stoi(header(response, "Expires"));
    registrations_[request.request.to.uri] = {interval > 0 ? now + base::Seconds(interval) : base::Instant{}, true};
  }
}

void Ledger::publish_answered(const ports::SipRequest& request, const ports::SipResponse& response, base::Instant now) {
  if (request.has_if_match && response.status == 412) {
    const auto known = publications_.find(request.if_match.front());
    if (known == publications_.end()) return;
    EXPECT_FALSE(known->second.certain && known->second.expires_at > now) << "an acknowledged publication is gone";
    publications_.erase(known);
    return;
  }
  if (response.status != 200) return;
  Publication publication;
  if (request.has_if_match) {
    auto before = publications_.extract(request.if_match.front());
    if (!before.empty()) publication = before.mapped();
  }
  publication.etag = header(response, "SIP-ETag");
  EXPECT_FALSE(publication.etag.empty());
  EXPECT_TRUE(etags_.insert(publication.etag).second) << "an entity-tag was given twice";  // [RFC3903 6 step 6]
  const int expires = std::stoi(header(response, "Expires"));
  if (expires == 0) return;
  publication.resource = request.to.uri;
  publication.as = request.asserted.empty() ? "" : request.asserted.front().uri;
  publication.package = request.event->package;
  publication.expires_at = now + base::Seconds(expires);
  publication.certain = true;
  if (request.body) publication.serials = serials(*request.body);
  publications_[publication.etag] = publication;
}

void Ledger::subscribe_answered(const ports::SipRequest& request, const ports::SipResponse& response,
                                base::Instant now) {
  const std::string& tag = request.to_tag.empty() ? response.to_tag : request.to_tag;
  Subscription* known = find(request.call_id, tag, event_of(request));
  if (response.status == 481 && known != nullptr) {
    EXPECT_FALSE(known->alive && known->certain && known->expires_at > now) << "an acknowledged subscription is gone";
    known->alive = false;
  }
  if (response.status / 100 != 2) return;
  const int expires = std::stoi(header(response, "Expires"));
  if (known == nullptr) {
    if (expires == 0) return;  // a fetch leaves nothing behind
    known = &subscriptions_[request.call_id + " " + tag + " " + event_of(request)];
    known->call_id = request.call_id;
    known->from_tag = request.from_tag;
    known->event = event_of(request);
    known->to_tag = tag;
    known->resource = request.to.uri;
  }
  known->expires_at = now + base::Seconds(expires);
  known->alive = expires > 0;
  known->certain = true;
}

void Ledger::sent(const Notified& notify) {
  const std::string name = notify.call_id + " " + notify.local_tag;
  Dialog& dialog = dialogs_[name];
  EXPECT_GT(notify.cseq, dialog.last_cseq) << "CSeq must rise in " << name;  // [RFC3261 12.2.1.1]
  dialog.last_cseq = std::max(dialog.last_cseq, notify.cseq);
  EXPECT_TRUE(dialog.open.empty()) << "a second NOTIFY is outstanding in " << name;
  dialog.open.insert(notify.key);
  dialog_of_[notify.key] = name;
  open_[notify.key] = notify;
  check_order(notify);
  EXPECT_TRUE(heard_.contains(notify.call_id)) << "a NOTIFY came before the answer to its SUBSCRIBE";
}

void Ledger::check_order(const Notified& notify) {
  Dialog& dialog = dialogs_[notify.call_id + " " + notify.local_tag];
  const auto shown = serials(notify.body);
  for (const auto& [label, serial] : shown) {
    EXPECT_GE(serial, dialog.highest[label]) << "older state after newer";
    dialog.highest[label] = std::max(serial, dialog.highest[label]);
  }
  Subscription* known = find(notify.call_id, notify.local_tag, notify.event);
  if (known == nullptr) return;
  EXPECT_TRUE(known->alive || !known->certain || notify.state == "terminated") << "a NOTIFY after the last one";
  if (notify.state == "terminated") known->alive = false;
  known->shown = shown;
  known->state = notify.state;
}

void Ledger::abandoned(ports::SendKey key) {
  if (dialog_of_.contains(key)) dialogs_[dialog_of_[key]].open.erase(key);
}

void Ledger::finished(ports::SendKey key, bool success) {
  abandoned(key);
  if (success || !open_.contains(key)) return;
  for (auto& [name, subscription] : subscriptions_) {  // the server may have ended what could not be notified
    const Notified& notify = open_[key];
    if (subscription.call_id == notify.call_id && subscription.to_tag == notify.local_tag) subscription.certain = false;
  }
}

void Ledger::crashed(bool comes_again) {
  for (auto& [slot, request] : requests_) {
    if (request.answers > 0 || request.lost) continue;
    heard_.insert(request.request.call_id);
    if (comes_again) continue;
    request.lost = true;
    doubtful_ = true;
    doubt(request.request);
  }
  for (auto& [name, dialog] : dialogs_) dialog.open.clear();
}

std::optional<Ledger::State> Ledger::certain_state(base::Instant now) const {
  if (doubtful_) return std::nullopt;
  State state;
  for (const auto& [etag, publication] : publications_) {
    if (!publication.certain) return std::nullopt;
    if (publication.expires_at > now) ++state.publications;
  }
  for (const auto& [name, subscription] : subscriptions_) {
    if (!subscription.certain) return std::nullopt;
    if (subscription.alive && subscription.expires_at > now) ++state.subscriptions;
  }
  return state;
}

void Ledger::rules_failed() {
  doubtful_ = true;
  for (auto& [name, subscription] : subscriptions_) subscription.certain = false;
}

void Ledger::dropped(const std::string& etag) {
  const auto known = publications_.find(etag);
  if (known != publications_.end()) known->second.certain = false;
}

void Ledger::check_answers() const {
  for (const auto& [slot, request] : requests_) {
    EXPECT_TRUE(request.answers == 1 || request.lost) << request.request.method << " without an answer";
  }
}

void Ledger::doubt(const ports::SipRequest& request) {
  if (request.method == "PUBLISH" && request.has_if_match) {
    const auto known = publications_.find(request.if_match.front());
    if (known != publications_.end()) known->second.certain = false;
  }
  if (request.method == "PUBLISH" && !request.has_if_match && request.body) {  // its label may be shown, or not
    for (auto& [etag, publication] : publications_) {
      for (const auto& [label, serial] : serials(*request.body)) publication.serials.erase(label);
    }
  }
  if (request.method == "REGISTER") registrations_[request.to.uri].certain = false;
  if (request.method != "SUBSCRIBE") return;
  if (Subscription* known = find(request.call_id, request.to_tag, event_of(request))) known->certain = false;
}

Ledger::Subscription* Ledger::find(const std::string& call_id, const std::string& tag, const std::string& event) {
  const auto found = subscriptions_.find(call_id + " " + tag + " " + event);
  return found == subscriptions_.end() ? nullptr : &found->second;
}

}  // namespace presentia::test
