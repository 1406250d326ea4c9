#include "mgmt/service/subscribers_operations.h"

#include <grpcpp/support/status.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "as/base/log.h"
#include "as/base/uri.h"
#include "mgmt/service/subscribers_convert.h"

namespace presentia::mgmt {
namespace {

using ports::DataReference;

constexpr std::size_t kLongestMsisdn = 15;  // [E.164]

CallError invalid(std::string text) { return {grpc::StatusCode::INVALID_ARGUMENT, std::move(text), {}}; }

bool is_msisdn(const std::string& text) {
  return !text.empty() && text.size() <= kLongestMsisdn &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

base::Result<ports::UserIdentity, CallError> user_of(const std::string& identity) {
  if (is_msisdn(identity)) return ports::UserIdentity{"", identity};
  auto normal = base::normal_form(identity);
  if (!normal) {
    return base::Unexpected{invalid("\"" + identity + "\" is no SIP or tel URI, nor an MSISDN (digits, without +)")};
  }
  return ports::UserIdentity{*std::move(normal)};
}

// What a newer client may ask for, but this server cannot name.
bool is_known(int reference) { return management::DataReference_IsValid(reference); }

base::Result<std::optional<std::uint16_t>, CallError> sequence_of(bool given, std::uint32_t number) {
  if (!given) return std::optional<std::uint16_t>();
  if (number > std::numeric_limits<std::uint16_t>::max())
    return base::Unexpected{invalid("a sequence number is from 0 to 65535")};
  return std::optional(static_cast<std::uint16_t>(number));
}

ports::UpdateQuestion question_of(ports::UserIdentity user, std::string service, std::optional<std::string> data,
                                  std::optional<std::uint16_t> expected) {
  ports::UpdateQuestion question{std::move(user), std::move(service), std::move(data), expected};
  question.only_if_current = expected.has_value();
  return question;
}

std::string shown(const ports::UserIdentity& user) {
  return user.public_identity.empty() ? user.msisdn : user.public_identity;
}

base::Result<ports::ReadQuestion, CallError> question_of(const management::ReadSubscriberRequest& request,
                                                         const std::string& service) {
  auto user = user_of(request.identity());
  if (!user) return base::Unexpected{std::move(user).error()};
  ports::ReadQuestion question{*std::move(user), {}};
  for (const int reference : request.references()) {
    if (!is_known(reference))
      return base::Unexpected{invalid("no data reference has the number " + std::to_string(reference))};
    question.keys.references.push_back(static_cast<DataReference>(reference));
  }
  if (question.keys.references.empty()) {
    question.keys.references = {DataReference::ims_public_identity, DataReference::ims_user_state,
                                DataReference::scscf_name};
  }
  question.keys.service_indications.assign(request.service_indications().begin(), request.service_indications().end());
  if (question.keys.service_indications.empty()) question.keys.service_indications = {service};
  question.keys.server_name = request.server_name();
  question.keys.dsai_tags.assign(request.dsai_tags().begin(), request.dsai_tags().end());
  if (request.domain() == management::ReadSubscriberRequest::CS)
    question.keys.domain = ports::AccessDomain::circuit_switched;
  if (request.domain() == management::ReadSubscriberRequest::PS)
    question.keys.domain = ports::AccessDomain::packet_switched;
  return question;
}

}  // namespace

std::string SubscribersOperations::service_of(const std::string& asked) const {
  return asked.empty() ? live_.snapshot()->config().sh().service_indication() : asked;
}

void SubscribersOperations::list_peers(const management::ListShPeersRequest& /*request*/, const Call& /*call*/,
                                       management::ListShPeersResponse& response, const Done& done) const {
  for (const ports::PeerView& peer : data_.peers()) to_message(peer, *response.add_peers());
  done(std::nullopt);
}

void SubscribersOperations::read(const management::ReadSubscriberRequest& request, const Call& call,
                                 management::ReadSubscriberResponse& response, const Done& done) const {
  auto question = question_of(request, service_of(""));
  if (!question) return done(std::move(question).error());
  data_.read(*std::move(question), call.within, [&response, done](const ports::ReadResult& result) {
    if (!result) return done(to_error(result.error()));
    to_message(*result, response);
    done(std::nullopt);
  });
}

void SubscribersOperations::get_profile(const management::GetProfileRequest& request, const Call& call,
                                        management::Profile& response, const Done& done) const {
  auto user = user_of(request.identity());
  if (!user) return done(std::move(user).error());
  const std::string service = service_of(request.service_indication());
  ports::ReadQuestion question{*std::move(user), {{DataReference::repository_data}, {service}}};
  data_.read(std::move(question), call.within, [&response, service, done](const ports::ReadResult& result) {
    if (!result) return done(to_error(result.error()));
    const auto& all = result->record.repository_data;
    const auto found = std::ranges::find(all, service, &ports::RepositoryData::service_indication);
    if (found == all.end() || !found->service_data) {
      return done(to_error(ports::SubscriberError{ports::SubscriberFault::data_absent, 0, "service " + service}));
    }
    to_message(*found, response);
    done(std::nullopt);
  });
}

// What an operator changed, and what came of it.
void SubscribersOperations::update(const char* act, const Call& call, ports::UpdateQuestion question,
                                   std::function<void(const ports::UpdateAnswer&)> on_done, const Done& done) const {
  auto told = [who = call.who, act, identity = shown(question.user), service = question.service_indication,
               on_done = std::move(on_done), done](const ports::UpdateResult& result) {
    base::log(base::Module::management, base::Level::info, act,
              {{"who", who},
               {"identity", identity},
               {"service", service},
               {"result", result ? std::string_view("done") : ports::word(result.error().fault)}});
    if (!result) return done(to_error(result.error()));
    on_done(*result);
    done(std::nullopt);
  };
  data_.update(std::move(question), call.within, std::move(told));
}

void SubscribersOperations::set_profile(const management::SetProfileRequest& request, const Call& call,
                                        management::SetProfileResponse& response, const Done& done) const {
  auto user = user_of(request.identity());
  if (!user) return done(std::move(user).error());
  const auto expected = sequence_of(request.has_expected_sequence(), request.expected_sequence());
  if (!expected) return done(expected.error());
  update(
      "profile.set", call,
      question_of(*std::move(user), service_of(request.service_indication()), request.service_data(), *expected),
      [&response](const ports::UpdateAnswer& answer) { response.set_sequence_number(answer.sequence_number); }, done);
}

void SubscribersOperations::delete_profile(const management::DeleteProfileRequest& request, const Call& call,
                                           management::DeleteProfileResponse& /*response*/, const Done& done) const {
  auto user = user_of(request.identity());
  if (!user) return done(std::move(user).error());
  const auto expected = sequence_of(request.has_expected_sequence(), request.expected_sequence());
  if (!expected) return done(expected.error());
  update(
      "profile.delete", call,
      question_of(*std::move(user), service_of(request.service_indication()), std::nullopt, *expected),
      [](const ports::UpdateAnswer&) {}, done);
}

}  // namespace presentia::mgmt
