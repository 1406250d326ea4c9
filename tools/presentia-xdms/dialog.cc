#include "tools/presentia-xdms/dialog.h"

#include <memory>
#include <utility>

#include "as/sip/grammar.h"

namespace presentia::xdms {
namespace {

std::string uri_of(const std::string& route) {
  const auto address = sip::parse_address(route);
  return address ? address->name.uri : route;
}

bool is_loose(const std::string& uri) {
  const std::size_t params = uri.find(';');
  const auto parsed = params == std::string::npos ? std::nullopt : sip::parse_params(uri.substr(params));
  return parsed && sip::param(*parsed, "lr");
}

std::string line(const std::string& name, const std::string& value) { return name + ": " + value + "\r\n"; }

}  // namespace

Dialog::Dialog(const ports::SipRequest& subscribe, std::string tag)
    : tag_(std::move(tag)),
      call_id_(subscribe.call_id),
      remote_tag_(subscribe.from_tag),
      local_(subscribe.to_text),
      remote_(subscribe.from_text),
      target_(subscribe.contact.empty() ? subscribe.from.uri : subscribe.contact),
      contact_(subscribe.own_contact),
      routes_(subscribe.record_route),
      remote_cseq_(subscribe.cseq) {}

bool Dialog::has(const ports::SipRequest& request) const {
  return request.call_id == call_id_ && request.from_tag == remote_tag_ && request.to_tag == tag_;
}

bool Dialog::take(const ports::SipRequest& request) {
  if (request.cseq <= remote_cseq_) return false;
  remote_cseq_ = request.cseq;
  if (!request.contact.empty()) target_ = request.contact;
  return true;
}

ports::SipOutgoing Dialog::notify() {
  ports::SipOutgoing notify;
  notify.method = "NOTIFY";
  notify.cseq = ++cseq_;
  notify.request_uri = notify.next_hop = target_;
  std::vector<std::string> routes = routes_;
  if (!routes.empty()) notify.next_hop = uri_of(routes.front());
  if (!routes.empty() && !is_loose(notify.next_hop)) {  // a strict router [RFC3261 12.2.1.1]
    notify.request_uri = notify.next_hop;
    routes.erase(routes.begin());
    routes.push_back("<" + target_ + ">");
  }
  std::string fixed = line("From", local_ + ";tag=" + tag_) + line("To", remote_) + line("Call-ID", call_id_);
  for (const std::string& route : routes) fixed += line("Route", route);
  notify.fixed = std::make_shared<const std::string>(std::move(fixed));
  notify.varying = line("Contact", "<" + contact_ + ">");
  return notify;
}

}  // namespace presentia::xdms
