#include "as/store/record_codec.h"

#include <utility>
#include <variant>

#include "proto/state.pb.h"

namespace presentia::store {
namespace {

std::int64_t millis(base::Instant instant) { return instant.time_since_epoch().count(); }
base::Instant instant(std::int64_t utc_ms) { return base::Instant(base::Millis(utc_ms)); }

template <class M>
void set_mark(const ports::RequestMark& mark, M& message) {
  if (mark == ports::RequestMark{}) return message.clear_mark();
  message.mutable_mark()->set_hash(mark.hash);
  message.mutable_mark()->set_until_ms(millis(mark.until));
  message.mutable_mark()->set_granted_s(mark.granted);
}

template <class M>
ports::RequestMark mark_of(const M& message) {
  if (!message.has_mark()) return {};
  const state::Mark& mark = message.mark();
  return {.hash = mark.hash(), .until = instant(mark.until_ms()), .granted = mark.granted_s()};
}

// False if the number names none of the values up to `last`.
template <class E>
bool to_enum(std::uint32_t number, E last, E& out) {
  if (number > static_cast<std::uint32_t>(last)) return false;
  out = static_cast<E>(number);
  return true;
}

bool parse(std::string_view value, google::protobuf::MessageLite& message) {
  return message.ParseFromArray(value.data(), static_cast<int>(value.size()));
}

// Where the keys of a change belong.
struct Home {
  base::Partition partition;
  std::string_view resource;
};

RecordKey named_key(const Home& home, Kind kind, std::string_view name, std::uint64_t number = 0) {
  return {.partition = home.partition, .resource = home.resource, .kind = kind, .name = name, .number = number};
}
RecordKey numbered_key(const Home& home, Kind kind, std::uint64_t number) { return named_key(home, kind, {}, number); }
RecordKey cold(RecordKey key) {
  key.part = Part::cold;
  return key;
}

template <class M>
void set_charging(const ports::Charging& charging, M& message) {
  if (charging == ports::Charging{}) return message.clear_charging();
  message.mutable_charging()->set_vector(charging.vector);
  message.mutable_charging()->set_addresses(charging.addresses);
  message.mutable_charging()->set_access_network(charging.access_network);
}

template <class M>
ports::Charging charging_of(M& message) {
  if (!message.has_charging()) return {};
  state::Charging& charging = *message.mutable_charging();
  return {std::move(*charging.mutable_vector()), std::move(*charging.mutable_addresses()),
          std::move(*charging.mutable_access_network())};
}

void fill(const ports::DialogInfo& from, state::DialogInfo& to) {
  to.Clear();
  to.set_call_id(from.call_id);
  to.set_remote_tag(from.remote_tag);
  to.set_local_text(from.local_text);
  to.set_remote_text(from.remote_text);
  for (const std::string& route : from.route_set) to.add_route_set(route);
  to.set_remote_target(from.remote_target);
  to.set_own_contact(from.own_contact);
  set_charging(from.charging, to);
}

ports::DialogInfo info_of(state::DialogInfo& from, ports::DialogTag local_tag) {
  ports::DialogInfo to;
  to.local_tag = std::move(local_tag);
  to.call_id = std::move(*from.mutable_call_id());
  to.remote_tag = std::move(*from.mutable_remote_tag());
  to.local_text = std::move(*from.mutable_local_text());
  to.remote_text = std::move(*from.mutable_remote_text());
  to.route_set.reserve(static_cast<std::size_t>(from.route_set_size()));
  for (std::string& route : *from.mutable_route_set()) to.route_set.push_back(std::move(route));
  to.remote_target = std::move(*from.mutable_remote_target());
  to.own_contact = std::move(*from.mutable_own_contact());
  to.charging = charging_of(from);
  return to;
}

void fill(const ports::SubscriptionRecord& from, state::Subscription& to) {
  to.Clear();
  to.set_package(from.package);
  if (from.event_id) to.set_event_id(*from.event_id);
  to.set_dialog(from.dialog);
  to.set_watcher_uri(from.watcher.uri);
  to.set_watcher_display(from.watcher.display);
  for (const std::string& identity : from.watcher.also) to.add_watcher_also(identity);
  to.set_state(static_cast<std::uint32_t>(from.state));
  to.set_subscribed_at_ms(millis(from.subscribed_at));
  to.set_expires_at_ms(millis(from.expires_at));
  to.set_body_type(from.body_type);
  to.set_last_event(static_cast<std::uint32_t>(from.last_event));
}

std::optional<ports::SubscriptionRecord> subscription_of(state::Subscription& from, ports::SubscriptionId id) {
  ports::SubscriptionRecord to;
  to.id = id;
  if (!to_enum(from.state(), ports::SubscriptionState::terminated, to.state)) return std::nullopt;
  if (!to_enum(from.last_event(), ports::WatcherEvent::noresource, to.last_event)) return std::nullopt;
  to.package = std::move(*from.mutable_package());
  if (from.has_event_id()) to.event_id = std::move(*from.mutable_event_id());
  to.dialog = std::move(*from.mutable_dialog());
  to.watcher = {std::move(*from.mutable_watcher_uri()), std::move(*from.mutable_watcher_display()), {}};
  for (std::string& identity : *from.mutable_watcher_also()) to.watcher.also.push_back(std::move(identity));
  to.subscribed_at = instant(from.subscribed_at_ms());
  to.expires_at = instant(from.expires_at_ms());
  to.body_type = std::move(*from.mutable_body_type());
  return to;
}

void fill(const ports::RegistrationRecord& from, state::Registration& to) {
  to.Clear();
  for (const ports::RegistrationStatement& statement : from.statements) {
    state::Registration::Statement& out = *to.add_statements();
    out.set_source(static_cast<std::uint32_t>(statement.source));
    out.set_registered(statement.registered);
    out.set_since_ms(millis(statement.since));
    out.set_until_ms(millis(statement.until));
  }
  to.set_s_cscf(from.s_cscf);
  set_charging(from.charging, to);
  to.set_service_info(from.service_info);
  for (const std::string& instance : from.instances) to.add_instances(instance);
}

std::optional<ports::RegistrationRecord> registration_of(state::Registration& from) {
  ports::RegistrationRecord to;
  for (const state::Registration::Statement& statement : from.statements()) {
    ports::RegistrationStatement& read = to.statements.emplace_back();
    if (!to_enum(statement.source(), ports::kLastRegistrationSource, read.source)) return std::nullopt;
    read.registered = statement.registered();
    read.since = instant(statement.since_ms());
    read.until = instant(statement.until_ms());
  }
  to.s_cscf = std::move(*from.mutable_s_cscf());
  to.charging = charging_of(from);
  to.service_info = std::move(*from.mutable_service_info());
  for (std::string& one : *from.mutable_instances()) to.instances.push_back(std::move(one));
  return to;
}

base::Unexpected<base::Error> unfit() {
  return {{"store.name", "a change names something with a NUL in it, which cannot be stored"}};
}

base::Unexpected<base::Error> damaged(std::string_view key, std::string_view what) {
  return {{"store.damaged", "the record of " + readable_key(key) + " " + std::string(what)}};
}

}  // namespace

struct RecordEncoder::Buffers {
  std::string key, value;
  state::PublicationHead head;
  state::PublicationBody body;
  state::Published published;
  state::DialogProgress progress;
  state::DialogInfo info;
  state::Subscription subscription;
  state::Sent sent;
  state::Answered answered;
  state::Registration registration;
  state::Link link;
};

namespace {

// The changes of one resource, one after the other.
template <class Buffers>
class Encoding {
 public:
  Encoding(const Home& home, Buffers& buffers, RecordSink& sink) : home_(home), to_(buffers), sink_(sink) {}

  bool operator()(const ports::PutPublication& put) {
    const ports::PublicationRecord& record = put.record;
    if (!fits_key(record.package)) return false;
    const RecordKey key = named_key(home_, Kind::publication, record.package, record.arrival);
    put_head(key, record);
    to_.body.set_content_type(record.content_type);
    to_.body.clear_body();
    if (record.body) to_.body.set_body(*record.body);
    this->put(cold(key), to_.body);
    return true;
  }
  bool operator()(const ports::RetagPublication& retag) {
    if (!fits_key(retag.package)) return false;
    put_head(named_key(home_, Kind::publication, retag.package, retag.arrival), retag);
    return true;
  }
  bool operator()(const ports::DropPublication& dropped) {
    if (!fits_key(dropped.package)) return false;
    const RecordKey key = named_key(home_, Kind::publication, dropped.package, dropped.arrival);
    drop(key);
    drop(cold(key));
    return true;
  }
  bool operator()(const ports::PutPublished& put) {
    if (!fits_key(put.record.package)) return false;
    to_.published.set_changes(put.record.changes);
    to_.published.set_lost(put.record.lost);
    this->put(named_key(home_, Kind::published, put.record.package), to_.published);
    return true;
  }
  bool operator()(const ports::DropPublished& dropped) {
    if (!fits_key(dropped.package)) return false;
    drop(named_key(home_, Kind::published, dropped.package));
    return true;
  }
  bool operator()(const ports::PutDialog& put) {
    const ports::DialogRecord& record = put.record;
    if (!fits_key(record.info->local_tag)) return false;
    const RecordKey key = named_key(home_, Kind::dialog, record.info->local_tag);
    to_.progress.set_remote_cseq(record.remote_cseq);
    to_.progress.set_local_cseq_ceiling(record.local_cseq_ceiling);
    set_mark(record.mark, to_.progress);
    this->put(key, to_.progress);
    if (!put.with_info) return true;
    fill(*record.info, to_.info);
    this->put(cold(key), to_.info);
    return true;
  }
  bool operator()(const ports::DropDialog& dropped) {
    if (!fits_key(dropped.tag)) return false;
    const RecordKey key = named_key(home_, Kind::dialog, dropped.tag);
    drop(key);
    drop(cold(key));
    return true;
  }
  bool operator()(const ports::PutSubscription& put) {
    fill(put.record, to_.subscription);
    this->put(numbered_key(home_, Kind::subscription, put.record.id), to_.subscription);
    drop(numbered_key(home_, Kind::sent, put.record.id));
    return true;
  }
  bool operator()(const ports::DropSubscription& dropped) {
    drop(numbered_key(home_, Kind::subscription, dropped.id));
    drop(numbered_key(home_, Kind::sent, dropped.id));
    return true;
  }
  bool operator()(const ports::PutSent& put) {
    to_.sent.set_basis(put.record.basis);
    to_.sent.set_digest(put.record.digest);
    to_.sent.set_not_before_ms(millis(put.record.not_before));
    this->put(numbered_key(home_, Kind::sent, put.record.id), to_.sent);
    return true;
  }
  bool operator()(const ports::PutAnswered& put) {
    set_mark(put.record.mark, to_.answered);
    to_.answered.set_tag(put.record.tag);
    this->put(numbered_key(home_, Kind::answered, put.record.mark.hash), to_.answered);
    return true;
  }
  bool operator()(const ports::DropAnswered& dropped) {
    drop(numbered_key(home_, Kind::answered, dropped.hash));
    return true;
  }
  bool operator()(const ports::PutRegistration& put) {
    fill(put.record, to_.registration);
    this->put(named_key(home_, Kind::registration, {}), to_.registration);
    return true;
  }
  bool operator()(const ports::DropRegistration& /*dropped*/) {
    drop(named_key(home_, Kind::registration, {}));
    return true;
  }
  bool operator()(const ports::PutLink& put) {
    to_.link.set_canonical(put.record.canonical);
    this->put(named_key(home_, Kind::link, {}), to_.link);
    return true;
  }
  bool operator()(const ports::DropLink& /*dropped*/) {
    drop(named_key(home_, Kind::link, {}));
    return true;
  }

 private:
  template <class R>  // PublicationRecord or RetagPublication
  void put_head(const RecordKey& key, const R& record) {
    to_.head.set_etag(record.etag);
    to_.head.set_expires_at_ms(millis(record.expires_at));
    to_.head.set_source(static_cast<std::uint32_t>(record.source));
    set_mark(record.mark, to_.head);
    put(key, to_.head);
  }
  void put(const RecordKey& key, const google::protobuf::MessageLite& message) {
    write_key(key, to_.key);
    message.SerializeToString(&to_.value);
    sink_.put(to_.key, to_.value);
  }
  void drop(const RecordKey& key) {
    write_key(key, to_.key);
    sink_.drop(to_.key);
  }

  const Home home_;
  Buffers& to_;
  RecordSink& sink_;
};

}  // namespace

RecordEncoder::RecordEncoder() : buffers_(std::make_unique<Buffers>()) {}
RecordEncoder::~RecordEncoder() = default;

base::Result<base::Done> RecordEncoder::encode(base::Partition partition, const ports::ResourceChange& change,
                                               RecordSink& sink) {
  if (!fits_key(change.resource)) return unfit();
  Encoding encoding(Home{partition, change.resource}, *buffers_, sink);
  if (!std::visit(encoding, change.change)) return unfit();
  return base::Done{};
}

struct RecordDecoder::Buffers {
  state::PublicationHead head;
  state::PublicationBody body;
  state::Published published;
  state::DialogProgress progress;
  state::DialogInfo info;
  state::Subscription subscription;
  state::Sent sent;
  state::Answered answered;
  state::Registration registration;
  state::Link link;
};

RecordDecoder::RecordDecoder(const ports::StateStore::Sink& sink)
    : sink_(sink), buffers_(std::make_unique<Buffers>()) {}
RecordDecoder::~RecordDecoder() = default;

base::Result<base::Done> RecordDecoder::take(std::string_view bytes, std::string_view value) {
  if (awaited_) return take_cold(bytes, value);
  const auto key = read_key(bytes);
  if (!key) return damaged(bytes, "has a key that is none");
  if (key->part == Part::cold) return damaged(bytes, "stands alone: its other part is missing");
  return take_hot(*key, bytes, value);
}

base::Result<base::Done> RecordDecoder::finish() {
  if (awaited_) return damaged(awaited_->other, "is missing");
  return base::Done{};
}

base::Result<base::Done> RecordDecoder::take_hot(const RecordKey& key, std::string_view bytes, std::string_view value) {
  Buffers& from = *buffers_;
  const auto unreadable = [&] { return damaged(bytes, "cannot be read"); };
  const auto await = [&](ports::RecordChange change) {
    awaited_ = Awaited{{}, std::move(change)};
    write_key(cold(key), awaited_->other);
  };
  switch (key.kind) {
    case Kind::published:
      if (!parse(value, from.published)) return unreadable();
      give(key.resource, ports::PutPublished{{std::string(key.name), from.published.changes(), from.published.lost()}});
      break;
    case Kind::publication: {
      ports::PublicationRecord record;
      if (!parse(value, from.head) || !to_enum(from.head.source(), ports::Source::hard, record.source))
        return unreadable();
      record.package = key.name;
      record.arrival = key.number;
      record.etag = std::move(*from.head.mutable_etag());
      record.expires_at = instant(from.head.expires_at_ms());
      record.mark = mark_of(from.head);
      await(ports::PutPublication{std::move(record)});
      break;
    }
    case Kind::dialog:
      if (!parse(value, from.progress)) return unreadable();
      await(ports::PutDialog{
          {nullptr, from.progress.remote_cseq(), from.progress.local_cseq_ceiling(), mark_of(from.progress)}});
      break;
    case Kind::subscription: {
      if (!parse(value, from.subscription)) return unreadable();
      auto record = subscription_of(from.subscription, key.number);
      if (!record) return unreadable();
      give(key.resource, ports::PutSubscription{*std::move(record)});
      break;
    }
    case Kind::sent:
      if (!parse(value, from.sent)) return unreadable();
      give(key.resource,
           ports::PutSent{{key.number, from.sent.basis(), from.sent.digest(), instant(from.sent.not_before_ms())}});
      break;
    case Kind::answered:
      if (!parse(value, from.answered) || mark_of(from.answered).hash != key.number) return unreadable();
      give(key.resource, ports::PutAnswered{{mark_of(from.answered), std::move(*from.answered.mutable_tag())}});
      break;
    case Kind::registration: {
      if (!parse(value, from.registration)) return unreadable();
      auto record = registration_of(from.registration);
      if (!record) return unreadable();
      give(key.resource, ports::PutRegistration{*std::move(record)});
      break;
    }
    case Kind::link:
      if (!parse(value, from.link)) return unreadable();
      give(key.resource, ports::PutLink{{std::move(*from.link.mutable_canonical())}});
      break;
  }
  return base::Done{};
}

base::Result<base::Done> RecordDecoder::take_cold(std::string_view bytes, std::string_view value) {
  if (bytes != awaited_->other) return finish();
  const auto key = read_key(bytes);
  if (auto* put = std::get_if<ports::PutPublication>(&awaited_->change)) {
    if (!parse(value, buffers_->body)) return damaged(bytes, "cannot be read");
    put->record.content_type = std::move(*buffers_->body.mutable_content_type());
    if (buffers_->body.has_body())
      put->record.body = std::make_shared<const std::string>(std::move(*buffers_->body.mutable_body()));
  } else if (auto* dialog = std::get_if<ports::PutDialog>(&awaited_->change)) {
    if (!parse(value, buffers_->info)) return damaged(bytes, "cannot be read");
    dialog->record.info = std::make_shared<const ports::DialogInfo>(info_of(buffers_->info, std::string(key->name)));
  }
  give(key->resource, std::move(awaited_->change));
  awaited_.reset();
  return base::Done{};
}

void RecordDecoder::give(std::string_view resource, ports::RecordChange change) const {
  sink_({ports::Resource(resource), std::move(change)});
}

std::string encode_format(std::uint32_t version) {
  state::Format format;
  format.set_version(version);
  return format.SerializeAsString();
}

std::optional<std::uint32_t> decode_format(std::string_view value) {
  state::Format format;
  if (!parse(value, format)) return std::nullopt;
  return format.version();
}

std::string encode_epoch(std::uint64_t epoch) {
  state::Epoch record;
  record.set_epoch(epoch);
  return record.SerializeAsString();
}

std::optional<std::uint64_t> decode_epoch(std::string_view value) {
  state::Epoch record;
  if (!parse(value, record)) return std::nullopt;
  return record.epoch();
}

}  // namespace presentia::store
