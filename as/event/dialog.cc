#include "as/event/dialog.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "as/base/find_any.h"
#include "as/base/mutants.h"
#include "as/event/admission.h"

namespace presentia::event {
namespace {

constexpr std::string_view kCrlf = "\r\n";

// The URI of a Route value: what stands between the angle brackets, or the whole value without its parameters.
std::string_view route_uri(std::string_view value) {
  const std::size_t open = value.find('<');
  if (open == std::string_view::npos) return value.substr(0, value.find(';'));
  const std::size_t close = value.find('>', open);
  return value.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
}

// Users and parameters of a Record-Route often name a single dialog. No full parse: see is_loose().
std::string_view host_port(std::string_view uri) {
  const std::size_t at = uri.find('@');
  uri.remove_prefix(at == std::string_view::npos ? 0 : at + 1);
  return uri.substr(0, base::find_any(uri, ";?>"));
}

// Looked at for each NOTIFY: no full parse for one parameter.
bool is_loose(std::string_view route) {
  std::string_view rest = route_uri(route);
  rest.remove_prefix(rest.find('@') == std::string_view::npos ? 0 : rest.find('@'));
  for (std::size_t at = rest.find(';'); at != std::string_view::npos; at = rest.find(';', at + 1)) {
    const std::string_view name = rest.substr(at + 1, rest.find_first_of(";=?", at + 1) - at - 1);
    if (name == "lr" || name == "LR") return true;
  }
  return false;
}

bool strict(const ports::DialogInfo& dialog) {
  return !dialog.route_set.empty() && !is_loose(dialog.route_set.front()) && !PS_MUTANT("strict-route-ignored");
}

void append_line(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append(kCrlf);
}

// What is before the first parameter of a P-Charging-Vector; in quotes it may have semicolons itself [RFC7315 5.6].
std::string icid_of(std::string_view vector) {
  bool quoted = false;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    if (quoted && vector[i] == '\\') {
      ++i;
    } else if (vector[i] == '"') {
      quoted = !quoted;
    } else if (vector[i] == ';' && !quoted) {
      return std::string(vector.substr(0, i));
    }
  }
  return std::string(vector);
}

// [TS24.229 5.7.1.1] a request of ours keeps the icid of the dialog and says where it comes from.
void append_charging(std::string& text, const ports::Charging& charging, const std::string& ioi) {
  if (!charging.vector.empty()) {
    std::string value = PS_MUTANT("orig-ioi-passed-on") ? charging.vector : icid_of(charging.vector);
    if (!ioi.empty()) value += ";orig-ioi=" + ioi;
    append_line(text, "P-Charging-Vector", value);
  }
  if (!charging.addresses.empty()) append_line(text, "P-Charging-Function-Addresses", charging.addresses);
}

}  // namespace

ports::DialogInfoPtr make_dialog(const ports::SipRequest& subscribe, ports::DialogTag tag) {
  auto info = std::make_shared<ports::DialogInfo>();
  info->call_id = subscribe.call_id;
  info->local_tag = std::move(tag);
  info->remote_tag = subscribe.from_tag;
  info->local_text = subscribe.to_text;
  info->remote_text = subscribe.from_text;
  info->route_set = subscribe.record_route;  // NOTIFYs go back by way of the S-CSCF [TS24.229 5.7.2]
  if (PS_MUTANT("route-set-reversed")) std::ranges::reverse(info->route_set);
  info->remote_target = subscribe.contact.empty() ? subscribe.from.uri : subscribe.contact;
  info->own_contact = subscribe.own_contact;
  info->charging = subscribe.charging;  // the icid for all requests of ours in it [TS24.229 5.7.1.2]
  return info;
}

ports::DialogInfoPtr with_target(const ports::DialogInfoPtr& dialog, const std::string& target) {
  if (target.empty() || target == dialog->remote_target || PS_MUTANT("target-not-refreshed")) return dialog;
  auto moved = std::make_shared<ports::DialogInfo>(*dialog);
  moved->remote_target = target;
  return moved;
}

bool belongs_to(const ports::SipRequest& request, const ports::DialogInfo& dialog) {
  return request.call_id == dialog.call_id && request.from_tag == dialog.remote_tag &&
         request.to_tag == dialog.local_tag;
}

ports::SharedText fixed_headers(const ports::DialogInfo& dialog) {
  auto text = std::make_shared<std::string>();
  const bool is_strict = strict(dialog);
  for (std::size_t i = is_strict ? 1 : 0; i < dialog.route_set.size(); ++i)
    append_line(*text, "Route", dialog.route_set[i]);
  if (is_strict) append_line(*text, "Route", "<" + dialog.remote_target + ">");
  append_line(*text, "From", dialog.local_text + ";tag=" + dialog.local_tag);
  append_line(*text, "To", dialog.remote_text);
  append_line(*text, "Call-ID", dialog.call_id);
  return text;
}

ports::SipOutgoing make_request(const ports::DialogInfo& dialog, std::string method, ports::SharedText fixed,
                                std::uint32_t cseq) {
  ports::SipOutgoing request;
  request.method = std::move(method);
  request.next_hop = dialog.route_set.empty() ? dialog.remote_target : std::string(route_uri(dialog.route_set.front()));
  request.request_uri = strict(dialog) ? request.next_hop : dialog.remote_target;
  request.cseq = cseq;
  request.fixed = fixed ? std::move(fixed) : fixed_headers(dialog);
  return request;
}

ports::SipOutgoing make_notify(const ports::DialogInfo& dialog, ports::SharedText fixed, std::uint32_t cseq,
                               const mgmt::Snapshot& settings) {
  const config::Subscription& subscription = settings.config().event().subscription();
  ports::SipOutgoing notify = make_request(dialog, "NOTIFY", std::move(fixed), cseq);
  notify.max_forwards = static_cast<int>(subscription.max_forwards());
  append_line(notify.varying, "Contact", contact_value(subscription.contact_display_name(), dialog.own_contact));
  append_charging(notify.varying, dialog.charging, subscription.charging_ioi());
  return notify;
}

std::uint64_t hop_of(const ports::DialogInfo& dialog) {
  const std::hash<std::string_view> hash;
  const std::uint64_t next = dialog.route_set.empty() ? 0 : hash(host_port(route_uri(dialog.route_set.front())));
  return next * 0x9E3779B97F4A7C15ULL ^ hash(host_port(dialog.remote_target));
}

}  // namespace presentia::event
