#include "tools/presentiactl/presentities_output.h"

#include <google/protobuf/util/time_util.h>

#include <string_view>
#include <vector>

#include "tools/presentiactl/output.h"

namespace presentia::ctl {
namespace {

using google::protobuf::util::TimeUtil;

// Rounded up, as Expires would be.
std::string left(const google::protobuf::Duration& time) {
  return std::to_string(time.seconds() + (time.nanos() > 0 ? 1 : 0)) + " s";
}

std::string watcher(const management::Subscription& subscription) {
  return subscription.watcher().empty() ? "(anonymous)" : subscription.watcher();
}

std::string package(const management::Subscription& subscription) {
  return subscription.has_event_id() ? subscription.package() + ";id=" + subscription.event_id()
                                     : subscription.package();
}

std::string last_notify(const management::Subscription& subscription) {
  if (!subscription.has_last_notify()) return "none";
  const auto& last = subscription.last_notify();
  const std::string outcome = last.outcome() == "response" ? std::to_string(last.status()) : last.outcome();
  return TimeUtil::ToString(last.at()) + " CSeq " + std::to_string(last.cseq()) + " " + outcome;
}

std::string next_notify(const management::Subscription& subscription) {
  return subscription.has_next_notify_at() ? TimeUtil::ToString(subscription.next_notify_at()) : "-";
}

void add(std::string& text, std::string_view name, const std::string& value) {
  if (!value.empty()) text.append(" ").append(name).append("=").append(value);
}

void add(std::string& text, std::string_view name, std::uint64_t value) {
  if (value != 0) add(text, name, std::to_string(value));
}

std::string registration_text(const management::Registration& registration) {
  std::vector<std::vector<std::string>> rows{{"REGISTRATION", "SAYS", "SINCE", "EXPIRES", "COUNTS"}};
  for (const auto& one : registration.statements()) {
    rows.push_back({one.source(), one.registered() ? "registered" : "not registered", TimeUtil::ToString(one.since()),
                    one.has_expires_in() ? left(one.expires_in()) : "-", one.counts() ? "yes" : "no"});
  }
  std::string text = table(rows);
  if (!registration.s_cscf().empty()) text += "S-CSCF: " + registration.s_cscf() + "\n";
  if (!registration.service_info().empty()) text += "service info: " + registration.service_info() + "\n";
  for (const std::string& instance : registration.instances()) text += "device: " + instance + "\n";
  return text;
}

std::string user_text(const management::KnownUser& user) {
  if (user.unknown()) return "the HSS knows no such user\n";
  std::string identities;
  for (const std::string& one : user.identities()) identities.append(identities.empty() ? "" : " ").append(one);
  std::string text = "identities: " + identities + "\n";
  if (!user.state().empty()) text += "HSS: " + user.state() + "\n";
  if (!user.s_cscf().empty()) text += "S-CSCF of the HSS: " + user.s_cscf() + "\n";
  if (user.barred()) text += "its service profile bars presence\n";
  return text;
}

}  // namespace

std::string publications_text(const google::protobuf::RepeatedPtrField<management::Publication>& all) {
  std::vector<std::vector<std::string>> rows{{"PUBLICATION", "ETAG", "PACKAGE", "SOURCE", "EXPIRES", "TYPE", "BYTES"}};
  for (const management::Publication& one : all) {
    rows.push_back({one.presentity(), one.etag(), one.package(), one.source(), left(one.expires_in()),
                    one.content_type(), std::to_string(one.size())});
  }
  return table(rows);
}

std::string subscriptions_text(const google::protobuf::RepeatedPtrField<management::Subscription>& all) {
  std::vector<std::vector<std::string>> rows{
      {"SUBSCRIPTION", "ID", "PACKAGE", "WATCHER", "STATE", "EXPIRES", "LAST NOTIFY", "NEXT"}};
  for (const management::Subscription& one : all) {
    rows.push_back({one.presentity(), std::to_string(one.id()), package(one), watcher(one), one.state(),
                    left(one.expires_in()), last_notify(one), next_notify(one)});
  }
  return table(rows);
}

std::string show_text(const management::ShowResponse& response) {
  std::string text = response.presentity() + "\n";
  if (response.has_user()) text += user_text(response.user());
  if (response.has_registration()) text += "\n" + registration_text(response.registration());
  if (!response.publications().empty()) text += "\n" + publications_text(response.publications());
  if (!response.subscriptions().empty()) text += "\n" + subscriptions_text(response.subscriptions());
  if (const auto more = response.subscriptions_held() - static_cast<std::uint64_t>(response.subscriptions_size());
      more > 0) {
    text += "and " + std::to_string(more) + " more: presentiactl presentities list\n";
  }
  for (const auto& document : response.documents()) {
    std::vector<std::vector<std::string>> rows{{"ELEMENT", "ID", "FROM PUBLICATION"}};
    for (const auto& element : document.elements()) {
      std::string etags;
      for (const std::string& etag : element.etags()) etags.append(etags.empty() ? "" : " ").append(etag);
      rows.push_back({element.element(), element.id(), etags});
    }
    text += "\n" + document.package() + " as " + document.content_type() + "\n";
    if (rows.size() > 1) text += table(rows);
    text += document.body() + (document.body().ends_with('\n') ? "" : "\n");
  }
  return text;
}

std::string tail_text(const management::TailEvent& event) {
  if (event.missed() > 0) return "missed " + std::to_string(event.missed()) + " events\n";
  std::string text = TimeUtil::ToString(event.at()) + " " + event.event() + " " + event.presentity();
  add(text, "package", event.package());
  add(text, "watcher", event.watcher());
  add(text, "subscription", event.subscription());
  add(text, "etag", event.etag());
  add(text, "method", event.method());
  add(text, "status", event.status());
  add(text, "cseq", event.cseq());
  add(text, "call_id", event.call_id());
  if (!event.detail().empty()) text += " " + event.detail();
  return text + "\n";
}

std::string trace_text(const management::TraceEvent& event) {
  if (event.missed() > 0) return "missed " + std::to_string(event.missed()) + " messages\n\n";
  if (!event.ended().empty()) return "the trace ends: " + event.ended() + "\n";
  std::string text =
      TimeUtil::ToString(event.at()) + (event.sent() ? " sent " : " received ") + event.transport() + " " +
      (event.sent() ? event.local() + " -> " + event.remote() : event.remote() + " -> " + event.local()) + "\n";
  for (const char c : event.text()) {
    if (c != '\r') text += c;
  }
  if (!text.ends_with('\n')) text += "\n";
  if (event.cut_bytes() > 0) text += "[" + std::to_string(event.cut_bytes()) + " bytes of body]\n";
  return text + "\n";
}

}  // namespace presentia::ctl
