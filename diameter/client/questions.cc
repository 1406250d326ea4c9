#include "diameter/client/questions.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "diameter/client/record_merge.h"
#include "diameter/message/data_keys.h"
#include "diameter/message/sh_request.h"
#include "diameter/sh_data/sequence_number.h"
#include "diameter/sh_data/sh_data_writer.h"

namespace presentia::diameter {
namespace {

using ports::DataKeys;
using ports::SubscriberError;
using ports::SubscriberFault;

constexpr int kMostRereads = 3;  // of one update; who loses so often had better look what the others do

SubscriberError bad(std::string why) { return {SubscriberFault::bad_question, 0, std::move(why)}; }

// It is of one reference, and others may be answered.
bool is_of_reference(SubscriberFault fault) {
  switch (fault) {
    case SubscriberFault::data_not_recognized:
    case SubscriberFault::operation_not_allowed:
    case SubscriberFault::cannot_be_read:
    case SubscriberFault::cannot_be_notified:
    case SubscriberFault::data_absent:
    case SubscriberFault::dsai_not_available:
    case SubscriberFault::data_not_available:
    case SubscriberFault::refused:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Questions::Question {
  Ask ask;  // with all keys; of an update, its Sh-Data is made anew each time
  Done done;
  bool is_over = false, is_combined = false;
  std::size_t open = 0, answered = 0;
  ports::SubscriberRecord record;
  std::vector<ports::FailedReference> failed;
  std::optional<base::Instant> expires_at;
  // of an update
  ports::UpdateQuestion update;
  std::uint16_t sequence_number = 0;
  int rereads = 0;
  bool is_rereading = false;
};

Questions::Questions(Exchanges& exchanges, HostBook& hosts, ShMetrics& metrics,
                     std::shared_ptr<const ShSettings> settings)
    : exchanges_(exchanges), hosts_(hosts), metrics_(metrics), settings_(std::move(settings)) {}
Questions::~Questions() = default;

void Questions::read(ports::ReadQuestion question, base::Instant deadline, OnRead done, base::Instant now) {
  if (auto why = complaint(question.user, question.keys, false)) return done(base::Unexpected{bad(std::move(*why))});
  auto made = std::make_shared<Question>();
  made->ask = {.command = Command::user_data,
               .user = std::move(question.user),
               .keys = std::move(question.keys),
               .deadline = deadline};
  made->done = std::move(done);
  ask_all(made, now);
}

void Questions::subscribe(ports::SubscribeQuestion question, base::Instant deadline, OnSubscribed done,
                          base::Instant now) {
  if (auto why = complaint(question.user, question.keys, true)) return done(base::Unexpected{bad(std::move(*why))});
  auto made = std::make_shared<Question>();
  made->ask = {.command = Command::subscribe_notifications,
               .user = std::move(question.user),
               .keys = std::move(question.keys),
               .send_data = question.send_data,
               .expires_at = question.expires_at,
               .deadline = deadline};
  made->done = std::move(done);
  ask_all(made, now);
}

void Questions::unsubscribe(ports::ReadQuestion question, base::Instant deadline, OnUnsubscribed done,
                            base::Instant now) {
  if (auto why = complaint(question.user, question.keys, true)) return done(base::Unexpected{bad(std::move(*why))});
  auto made = std::make_shared<Question>();
  made->ask = {.command = Command::subscribe_notifications,
               .user = std::move(question.user),
               .keys = std::move(question.keys),
               .is_unsubscription = true,
               .deadline = deadline};
  made->done = std::move(done);
  ask_all(made, now);
}

void Questions::ask(const std::shared_ptr<Question>& question, DataKeys keys, base::Instant now) {
  ++question->open;
  Ask one = question->ask;
  one.keys = keys;
  parts_.emplace(exchanges_.start(std::move(one), now), Part{question, std::move(keys)});
}

void Questions::ask_parts(const std::shared_ptr<Question>& question, const std::vector<DataKeys>& parts,
                          base::Instant now) {
  for (const DataKeys& part : parts) ask(question, part, now);
}

// [TS29.329 7.1.1] Together where the HSS of the user has said that it takes that.
void Questions::ask_all(const std::shared_ptr<Question>& question, base::Instant now) {
  const std::vector<DataKeys> parts = split(question->ask.keys);
  const std::uint32_t features = hosts_.features_of(hosts_.host_of(question->ask.user));
  question->is_combined = parts.size() > 1 && settings_->notif_eff && (features & kNotifEff) != 0;
  if (question->is_combined) return ask(question, needed(question->ask.keys), now);
  ask_parts(question, parts, now);
}

void Questions::finished(Finished finished, base::Instant now) {
  const auto found = parts_.find(finished.ticket);
  if (found == parts_.end()) return;
  const Part part = std::move(found->second);
  parts_.erase(found);
  Question& question = *part.question;
  --question.open;
  if (question.is_over) return;
  if (question.ask.command == Command::profile_update || question.is_rereading) {
    return advance_update(part.question, std::move(finished.result), now);
  }
  std::optional<SubscriberError> error;
  if (finished.result) {
    error = take(question, *finished.result);
  } else {
    error = std::move(finished.result.error());
  }
  // nothing is subscribed to, as was wanted [TS29.329 6.2.2]
  if (error && question.ask.is_unsubscription && error->fault == SubscriberFault::no_subscription) error.reset();
  if (!error) ++question.answered;
  if (error && question.is_combined && is_of_reference(error->fault)) {
    question.is_combined = false;
    return ask_parts(part.question, split(question.ask.keys), now);
  }
  if (error) {
    for (const auto reference : part.keys.references) question.failed.push_back({reference, *error});
  }
  if (question.open == 0) complete(part.question, now);
}

// What is wrong with its data; nullopt: it is in the record now.
std::optional<SubscriberError> Questions::take(Question& question, const Answer& answer) {
  if (answer.expires_at)
    question.expires_at = std::min(question.expires_at.value_or(*answer.expires_at), *answer.expires_at);
  if (!answer.user_data) return std::nullopt;  // there is none [TS29.328 6.1.1]
  auto record = read_sh_data(reader_, *answer.user_data, settings_->limits);
  if (!record) {
    metrics_.refused(record.error().reason);
    return SubscriberError{SubscriberFault::malformed_answer, answer.code, "Sh-Data: " + record.error().text};
  }
  record->documents.push_back(std::make_shared<const std::string>(*answer.user_data));
  merge(question.record, std::move(*record));
  return std::nullopt;
}

void Questions::complete(const std::shared_ptr<Question>& question, base::Instant now) {
  question->is_over = true;
  if (question->answered > 0) return deliver(*question, now, *settings_);
  const auto unknown = std::find_if(
      question->failed.begin(), question->failed.end(),
      [](const ports::FailedReference& each) { return each.error.fault == SubscriberFault::unknown_user; });
  refuse(question->done, unknown != question->failed.end() ? unknown->error : question->failed.front().error);
}

void Questions::deliver(Question& question, base::Instant now, const ShSettings& settings) {
  if (const auto* const read = std::get_if<OnRead>(&question.done)) {
    return (*read)(ports::ReadAnswer{std::move(question.record), std::move(question.failed)});
  }
  if (const auto* const subscribed = std::get_if<OnSubscribed>(&question.done)) {
    std::optional<base::Instant> renew_at;
    if (question.expires_at) {
      const base::Millis lifetime = std::max(*question.expires_at - now, base::Millis(0));
      renew_at = now + lifetime * settings.renew_percent / 100;
    }
    return (*subscribed)(
        ports::SubscribeAnswer{std::move(question.record), question.expires_at, renew_at, std::move(question.failed)});
  }
  if (const auto* const unsubscribed = std::get_if<OnUnsubscribed>(&question.done)) {
    if (!question.failed.empty()) return (*unsubscribed)(base::Unexpected{question.failed.front().error});
    (*unsubscribed)(base::Done{});
  }
}

void Questions::refuse(const Done& done, const SubscriberError& error) {
  std::visit([&](const auto& call) { call(base::Unexpected{error}); }, done);
}

void Questions::update(ports::UpdateQuestion question, base::Instant deadline, OnUpdated done, base::Instant now) {
  DataKeys keys;
  keys.references = {ports::DataReference::repository_data};
  keys.service_indications = {question.service_indication};
  if (question.service_indication.empty()) return done(base::Unexpected{bad("no service indication")});
  if (auto why = complaint(question.user, keys, false)) return done(base::Unexpected{bad(std::move(*why))});
  auto made = std::make_shared<Question>();
  made->ask = {.command = Command::profile_update, .user = question.user, .keys = keys, .deadline = deadline};
  made->done = std::move(done);
  made->sequence_number = next_sequence_number(question.based_on);
  made->update = std::move(question);
  send_update(made, now);
}

void Questions::send_update(const std::shared_ptr<Question>& question, base::Instant now) {
  const ports::UpdateQuestion& update = question->update;
  auto text = write_repository_update(
      reader_, {update.service_indication, question->sequence_number, update.service_data}, settings_->limits);
  if (!text) {
    question->is_over = true;
    return refuse(question->done, bad("service data: " + text.error().text));
  }
  question->is_rereading = false;
  question->ask.command = Command::profile_update;
  question->ask.sh_data = std::move(*text);
  ask(question, question->ask.keys, now);
}

void Questions::advance_update(const std::shared_ptr<Question>& question, ExchangeResult result, base::Instant now) {
  if (result && question->is_rereading) return use_reread(question, *result, now);
  question->is_over = true;
  if (result) {
    return std::get<OnUpdated>(question->done)(ports::UpdateAnswer{question->sequence_number});
  }
  const bool may_repair = result.error().fault == SubscriberFault::out_of_sync && !question->update.only_if_current &&
                          question->rereads < kMostRereads && !question->is_rereading;
  if (!may_repair) return refuse(question->done, result.error());
  question->is_over = false;
  ++question->rereads;
  metrics_.repaired(Repair::reread);
  question->is_rereading = true;
  question->ask.command = Command::user_data;
  ask(question, question->ask.keys, now);
}

// [TS29.328 6.1.2] On top of what the HSS has.
void Questions::use_reread(const std::shared_ptr<Question>& question, const Answer& answer, base::Instant now) {
  question->record = {};
  if (auto error = take(*question, answer)) {
    question->is_over = true;
    return refuse(question->done, *error);
  }
  std::optional<std::uint16_t> stored;
  for (const ports::RepositoryData& data : question->record.repository_data) {
    if (data.service_indication == question->update.service_indication) stored = data.sequence_number;
  }
  if (!stored && !question->update.service_data) {  // what was to go is gone
    question->is_over = true;
    return std::get<OnUpdated>(question->done)(ports::UpdateAnswer{question->sequence_number});
  }
  question->sequence_number = next_sequence_number(stored);
  send_update(question, now);
}

void Questions::stop() {
  const auto parts = std::exchange(parts_, {});
  for (const auto& [ticket, part] : parts) {
    if (std::exchange(part.question->is_over, true)) continue;
    refuse(part.question->done, {SubscriberFault::stopped, 0, "the client stops"});
  }
}

}  // namespace presentia::diameter
