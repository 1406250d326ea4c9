// Records of presence state for tests of stores: one of each kind with every field set, and any of them as text.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "as/ports/state_store.h"

namespace presentia::tests {

inline base::Instant at(std::int64_t utc_ms) { return base::Instant(base::Millis(utc_ms)); }

inline ports::RequestMark mark(std::uint64_t hash) {
  return {.hash = hash, .until = at(1'700'000'032'123), .granted = 3600};
}

inline ports::PublicationRecord publication(std::uint64_t arrival, std::string etag = "0aBq7Zk2mP9x") {
  return {.package = "presence",
          .etag = std::move(etag),
          .expires_at = at(1'700'003'600'001),
          .arrival = arrival,
          .source = ports::Source::network,
          .mark = mark(0xFEDCBA9876543210),
          .content_type = "application/pidf+xml",
          .body = std::make_shared<const std::string>("<presence entity=\"sip:alice@example.com\"/>\xFF")};
}

inline ports::DialogRecord dialog(std::string tag) {
  ports::DialogInfo info;
  info.call_id = "a84b4c76e66710@pc33.example.com";
  info.local_tag = std::move(tag);
  info.remote_tag = "xfg9";
  info.local_text = "<sip:alice@example.com>";
  info.remote_text =
      "\"B\xF6"
      "b\" <sip:bob@example.com>;tag=xfg9";  // Latin-1, as it happens
  info.route_set = {"<sip:orig@scscf1.example.com;lr>", "<sip:pcscf1.example.com;lr>"};
  info.remote_target = "sip:bob@192.0.2.4:5062";
  info.own_contact = "sip:ps.example.com:5060";
  info.charging = {"icid-value=1234", "ccf=192.0.2.9", "3GPP-UTRAN-TDD"};
  return {std::make_shared<const ports::DialogInfo>(std::move(info)), 4'294'967'295, 512, mark(7)};
}

inline ports::SubscriptionRecord subscription(ports::SubscriptionId id) {
  return {.id = id,
          .package = "presence.winfo",
          .event_id = "e17",
          .dialog = "0aBdialog",
          .feed = {},
          .watcher = {"sip:bob@example.com", "Bob \"B\""},
          .state = ports::SubscriptionState::waiting,
          .subscribed_at = at(1'700'000'000'002),
          .expires_at = at(1'700'000'000'003),
          .body_type = "application/watcherinfo+xml",
          .last_event = ports::WatcherEvent::noresource};
}

inline ports::RegistrationRecord registration() {
  return {.statements = {{ports::RegistrationSource::third_party_register, true, at(1'700'000'000'004),
                          at(1'700'000'720'004)},
                         {ports::RegistrationSource::reg_event, false, at(1'700'000'000'005), at(1'700'000'000'006)}},
          .s_cscf = "sip:scscf1.example.com:5060",
          .charging = {"icid-value=5678", "ccf=192.0.2.10", "3GPP-E-UTRAN-FDD"},
          .service_info = "presence-profile=alice",
          .instances = {"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "urn:gsma:imei:90420156-025763-0"}};
}

// One change of each kind that puts, in the order in which a load gives them.
inline std::vector<ports::RecordChange> one_of_each() {
  return {ports::PutPublished{{.package = "presence", .changes = 42, .lost = true}},
          ports::PutPublication{publication(3)},
          ports::PutDialog{dialog("0aBdialog")},
          ports::PutSubscription{subscription(9)},
          ports::PutSent{{.id = 9, .basis = 41, .digest = 0xFFFFFFFFFFFFFFFF, .not_before = at(1'700'000'005'000)}},
          ports::PutAnswered{{mark(11), "0aBgone"}},
          ports::PutRegistration{registration()},
          ports::PutLink{{"sip:alice@example.com"}}};
}

// Every field of it, so that equal texts mean equal records.
class AsText {
 public:
  std::string operator()(const ports::PutPublication& put) {
    const ports::PublicationRecord& of = put.record;
    text("publication").text(of.package).text(of.etag).when(of.expires_at).number(of.arrival);
    number(static_cast<int>(of.source)).add(of.mark).text(of.content_type);
    return text(of.body ? *of.body : "no body").out_;
  }
  std::string operator()(const ports::PutPublished& put) {
    return text("published").text(put.record.package).number(put.record.changes).number(put.record.lost).out_;
  }
  std::string operator()(const ports::PutDialog& put) {
    const ports::DialogInfo& of = *put.record.info;
    text("dialog").number(put.record.remote_cseq).number(put.record.local_cseq_ceiling).add(put.record.mark);
    text(of.call_id).text(of.local_tag).text(of.remote_tag).text(of.local_text).text(of.remote_text);
    for (const std::string& route : of.route_set) text(route);
    text(of.remote_target).text(of.own_contact);
    return text(of.charging.vector).text(of.charging.addresses).text(of.charging.access_network).out_;
  }
  std::string operator()(const ports::PutSubscription& put) {
    const ports::SubscriptionRecord& of = put.record;
    text("subscription").number(of.id).text(of.package).text(of.event_id ? "id " + *of.event_id : "no id");
    text(of.dialog).text(of.watcher.uri).text(of.watcher.display).number(static_cast<int>(of.state));
    when(of.subscribed_at).when(of.expires_at).text(of.body_type);
    return number(static_cast<int>(of.last_event)).out_;
  }
  std::string operator()(const ports::PutSent& put) {
    const ports::SentRecord& of = put.record;
    return text("sent").number(of.id).number(of.basis).number(of.digest).when(of.not_before).out_;
  }
  std::string operator()(const ports::PutAnswered& put) {
    return text("answered").add(put.record.mark).text(put.record.tag).out_;
  }
  std::string operator()(const ports::PutLink& put) { return text("link").text(put.record.canonical).out_; }
  std::string operator()(const ports::PutRegistration& put) {
    const ports::RegistrationRecord& of = put.record;
    text("registration");
    for (const ports::RegistrationStatement& one : of.statements)
      text(ports::word(one.source)).number(one.registered).when(one.since).when(one.until);
    text(of.s_cscf).text(of.charging.vector).text(of.charging.addresses).text(of.charging.access_network);
    for (const std::string& instance : of.instances) text(instance);
    return text(of.service_info).out_;
  }
  template <class Other>
  std::string operator()(const Other&) {
    return "not a put";
  }

 private:
  AsText& text(std::string_view field) {
    out_.append(field).append("|");
    return *this;
  }
  template <class N>
  AsText& number(N field) {
    return text(std::to_string(field));
  }
  AsText& when(base::Instant field) { return number(field.time_since_epoch().count()); }
  AsText& add(const ports::RequestMark& of) { return number(of.hash).when(of.until).number(of.granted); }

  std::string out_;
};

inline std::string as_text(const ports::RecordChange& change) { return std::visit(AsText{}, change); }
inline std::string as_text(const ports::ResourceChange& change) {
  return change.resource + ": " + as_text(change.change);
}

}  // namespace presentia::tests
