#include "tests/scenario/core/fake_hss.h"

#include <algorithm>
#include <utility>

namespace presentia::test {

void FakeHss::put(const User& user) {
  for (const std::string& identity : user.identities) users_[identity] = user;
}

void FakeHss::tell(const std::string& identity, ports::ImsUserState state) {
  for (const std::string& own : std::vector<std::string>(users_[identity].identities)) {
    users_[own].state = state;
    if (!followed.contains(own)) continue;
    ports::PushedData& push = pushes_.emplace_back();
    push.user.public_identity = own;
    push.record.ims_user_state = state;
  }
}

void FakeHss::tell_identities(const std::string& identity, const std::vector<std::string>& identities) {
  users_[identity].identities = identities;
  ports::PushedData& push = pushes_.emplace_back();
  push.user.public_identity = identity;
  push.record.alias_identities = identities;
}

void FakeHss::tell_profile(const std::string& identity, const std::string& profile, std::uint16_t number) {
  users_[identity].profile = profile;
  ports::PushedData& push = pushes_.emplace_back();
  push.user.public_identity = identity;
  push.record.repository_data = {{"presence", number, profile}};
}

void FakeHss::read(ports::ReadQuestion question, base::Millis within, std::function<void(ports::ReadResult)> done) {
  answer(question.user, within, [done = std::move(done)](ports::SubscribeResult result) {
    if (!result) return done(base::Unexpected{result.error()});
    done(ports::ReadAnswer{std::move(result->record), {}});
  });
}

void FakeHss::update(ports::UpdateQuestion /*question*/, base::Millis /*within*/,
                     std::function<void(ports::UpdateResult)> done) {
  done(base::Unexpected{ports::SubscriberError{ports::SubscriberFault::cannot_be_modified, 5103, "not here"}});
}

void FakeHss::subscribe(ports::SubscribeQuestion question, base::Millis within,
                        std::function<void(ports::SubscribeResult)> done) {
  const std::string identity = question.user.public_identity;
  if (only_reading) {
    due_.emplace(clock_.now(), [done] {
      done(base::Unexpected{
          ports::SubscriberError{ports::SubscriberFault::operation_not_allowed, 5101, "by order of the test"}});
    });
    return;
  }
  answer(question.user, within, [this, identity, done = std::move(done)](ports::SubscribeResult result) {
    if (result) {
      followed.insert(identity);
      if (lifetime) {
        result->expires_at = clock_.now() + *lifetime;
        result->renew_at = clock_.now() + *lifetime * 8 / 10;
      }
    }
    done(std::move(result));
  });
}

void FakeHss::unsubscribe(ports::ReadQuestion question, base::Millis /*within*/,
                          std::function<void(ports::UnsubscribeResult)> done) {
  followed.erase(question.user.public_identity);
  done(base::Done{});
}

void FakeHss::answer(const ports::UserIdentity& user, base::Millis within,
                     std::function<void(ports::SubscribeResult)> done) {
  asked.push_back(user.public_identity);
  const bool fails = ++answers == failing_answer;
  const auto fault = [done](ports::SubscriberFault what) {
    done(base::Unexpected{ports::SubscriberError{what, 0, "by order of the test"}});
  };
  if (away || (fails && !fails_late)) {
    due_.emplace(clock_.now(), [fault] { fault(ports::SubscriberFault::peer_away); });
  } else if (silent || after >= within) {
    due_.emplace(clock_.now() + within, [fault] { fault(ports::SubscriberFault::timed_out); });
  } else {
    const base::Millis pause = fails ? within - base::Millis(1) : after;
    due_.emplace(clock_.now() + pause,
                 [this, done = std::move(done), identity = user.public_identity] { done(result_for(identity)); });
  }
}

ports::SubscribeResult FakeHss::result_for(const std::string& identity) {
  const auto found = users_.find(identity);
  if (found == users_.end())
    return base::Unexpected{ports::SubscriberError{ports::SubscriberFault::unknown_user, 5001, "no such user"}};
  ports::SubscribeAnswer answer;
  answer.record = record_of(found->second);
  return answer;
}

ports::SubscriberRecord FakeHss::record_of(const User& user) {
  ports::SubscriberRecord record;
  record.alias_identities = user.identities;
  record.ims_user_state = user.state;
  if (!user.s_cscf.empty()) record.scscf_name = user.s_cscf;
  if (!user.ccf.empty()) record.charging.emplace().primary_collection_function = user.ccf;
  if (!user.profile.empty()) record.repository_data = {{"presence", 1, user.profile}};
  return record;
}

bool FakeHss::deliver(ports::SubscriberObserver& observer) {
  bool any = false;
  while (!due_.empty() && due_.begin()->first <= clock_.now()) {
    const auto call = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    call();
    any = true;
  }
  for (ports::PushedData& push : std::exchange(pushes_, {})) {
    observer.on_push(std::move(push), [this](ports::PushVerdict verdict) { verdicts.push_back(verdict); });
    any = true;
  }
  return any;
}

std::optional<base::Instant> FakeHss::next() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

void FakeHss::forget() {
  followed.clear();
  due_.clear();
  pushes_.clear();
}

}  // namespace presentia::test
