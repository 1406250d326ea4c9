#include "tests/scenario/core/messages.h"

#include <sstream>

namespace presentia::test {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(trimmed(part));
  return parts;
}

std::string tag_of(const std::string& name_addr) {
  const auto at = name_addr.find(";tag=");
  return at == std::string::npos ? "" : name_addr.substr(at + 5, name_addr.find(';', at + 5) - at - 5);
}

ports::SipRequest request_from(const std::string& user, const std::string& resource) {
  ports::SipRequest request;
  request.request_uri = uri_of(resource);
  request.from = {"", uri_of(user)};
  request.to = {"", uri_of(resource)};
  request.to_text = "<" + uri_of(resource) + ">";
  request.trusted = true;
  request.asserted = {{"", uri_of(user)}};
  request.own_contact = "sip:127.0.0.1:5060";
  request.peer = "udp:127.0.0.1:5070";
  return request;
}

}  // namespace

std::string uri_of(const std::string& user) { return user.starts_with("tel:") ? user : "sip:" + user + "@example.com"; }

std::string user_of(const std::string& uri) { return uri.starts_with("tel:") ? uri : uri.substr(4, uri.find('@') - 4); }

std::string Answer::header(const std::string& name) const {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

ports::SipRequest to_request(const Publish& publish) {
  const std::string publisher = publish.as.empty() ? publish.resource : publish.as;
  ports::SipRequest request = request_from(publisher, publish.resource);
  request.method = "PUBLISH";
  request.from_tag = "pua";
  request.from_text = "<" + uri_of(publisher) + ">;tag=pua";
  request.call_id = "publish-" + publish.resource;
  request.cseq = 1;
  request.event = ports::EventHeader{publish.package, {}};
  request.expires = publish.expires;
  if (publish.if_match) {
    request.has_if_match = true;
    request.if_match = {*publish.if_match};
  }
  if (!publish.body.empty()) {
    request.content_type = publish.content_type;
    request.body = std::make_shared<const std::string>(publish.body);
  }
  return request;
}

ports::SipRequest to_request(Watcher& watcher, std::optional<std::uint32_t> expires) {
  ports::SipRequest request = request_from(watcher.user, watcher.resource);
  request.method = "SUBSCRIBE";
  request.from_tag = watcher.from_tag;
  request.from_text = "<" + uri_of(watcher.user) + ">;tag=" + watcher.from_tag;
  request.to_tag = watcher.to_tag;
  if (!watcher.to_tag.empty()) {
    request.to_text += ";tag=" + watcher.to_tag;
    request.request_uri = request.own_contact;
  }
  request.call_id = watcher.call_id;
  request.cseq = ++watcher.cseq;
  request.event = ports::EventHeader{watcher.package, watcher.event_id};
  request.expires = expires;
  request.contact = "sip:" + watcher.user + "@127.0.0.1:5071";
  request.record_route = {"<sip:mt@127.0.0.1:5070;lr>"};
  return request;
}

ports::SipRequest to_register(const std::string& user, std::optional<std::uint32_t> expires) {
  static int calls = 0;
  ports::SipRequest request = request_from(user, user);
  request.method = "REGISTER";
  request.request_uri = request.own_contact;
  request.asserted.clear();
  request.from = {"", "sip:127.0.0.1:5070"};
  request.from_tag = "scscf";
  request.from_text = "<sip:127.0.0.1:5070>;tag=scscf";
  request.call_id = "register-" + std::to_string(++calls);
  request.cseq = 10;
  request.event = ports::EventHeader{"registration", {}};
  request.expires = expires;
  request.contact = "sip:127.0.0.1:5070";
  request.charging = {"icid-value=1;orig-ioi=example.com", "ccf=\"aaa://ccf1.example.com\"", "3GPP-E-UTRAN-FDD"};
  request.registration = std::make_shared<const ports::RegisterContent>();
  return request;
}

Notified take_apart(ports::SendKey key, const ports::SipOutgoing& request) {
  Notified notified;
  notified.key = key;
  notified.cseq = request.cseq;
  notified.request_uri = request.request_uri;
  notified.content_type = request.content_type;
  if (request.body) notified.body = *request.body;
  for (const std::string& line : split((request.fixed ? *request.fixed : "") + request.varying, '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string::npos) notified.headers[line.substr(0, colon)] = trimmed(line.substr(colon + 1));
  }
  notified.call_id = notified.headers["Call-ID"];
  notified.local_tag = tag_of(notified.headers["From"]);
  notified.remote_tag = tag_of(notified.headers["To"]);
  notified.event = notified.headers["Event"];
  const auto parts = split(notified.headers["Subscription-State"], ';');
  for (const std::string& part : parts) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) {
      notified.state = part;
    } else {
      notified.params[part.substr(0, equals)] = part.substr(equals + 1);
    }
  }
  return notified;
}

std::string pidf(const std::string& user, const std::string& label, int serial, const std::string& basic) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"" +
         uri_of(user) + "\"><tuple id=\"" + label + "\"><status><basic>" + basic + "</basic></status><note>" + label +
         "-" + std::to_string(serial) + "</note></tuple></presence>";
}

}  // namespace presentia::test
