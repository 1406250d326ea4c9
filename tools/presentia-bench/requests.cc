#include "tools/presentia-bench/requests.h"

namespace presentia::bench {
namespace {

constexpr std::string_view kEnd = "\r\n";

}  // namespace

// A message being written, line by line.
class Requests::Text {
 public:
  Text() { text_.reserve(4096); }
  template <typename... Parts>
  Text& line(const Parts&... parts) {
    (text_.append(parts), ...);
    text_.append(kEnd);
    return *this;
  }
  std::string finish(std::string_view content_type, std::string_view body) {
    if (!body.empty()) line("Content-Type: ", content_type);
    line("Content-Length: ", std::to_string(body.size())).line();
    text_.append(body);
    return std::move(text_);
  }

 private:
  std::string text_;
};

namespace {

std::string hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  for (const char c : text) {
    result += kDigits[static_cast<unsigned char>(c) >> 4];
    result += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return result;
}

}  // namespace

Requests::Requests(Setting setting)
    : setting_(std::move(setting)), uri_parameter_(setting_.transport == "TCP" ? ";transport=tcp" : "") {}

std::string Requests::presentity_uri(std::uint32_t presentity) const {
  return "sip:p" + std::to_string(presentity) + "-" + setting_.run + "@" + setting_.domain;
}

std::string Requests::top_via(Key transaction) const {
  return "Via: SIP/2.0/" + setting_.transport + " " + setting_.local + ";branch=" + std::string(kBranchCookie) +
         to_text(transaction, setting_.run);
}

std::string Requests::route(std::string_view mark, std::string_view presentity) const {
  return "Route: <sip:" + setting_.server + uri_parameter_ + ";lr>, <sip:iscmark@" + setting_.local + uri_parameter_ +
         ";lr;" + std::string(mark) + ";a=" + hex(presentity) + ">";
}

void Requests::add_identity(Text& text, std::string_view identity, std::string_view served,
                            std::string_view session_case, std::string_view key) const {
  text.line("P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2340151D0FCE11");
  text.line("P-Asserted-Identity: <", identity, ">");
  text.line("P-Charging-Vector: icid-value=\"pcscf-1-", key,
            "\";icid-generated-at=127.0.0.2;orig-ioi=", setting_.domain);
  text.line("P-Charging-Function-Addresses: ccf=\"aaa://ccf1.", setting_.domain, "\"; ccf=\"aaa://ccf2.",
            setting_.domain, "\"; ecf=\"aaa://ecf1.", setting_.domain, "\"");
  text.line("P-Served-User: <", served, ">;sescase=", session_case, ";regstate=reg");
}

std::string Requests::publish(const PublishRequest& request) const {
  const std::string uri = presentity_uri(request.presentity);
  const std::string key = to_text(request.transaction, setting_.run);
  Text text;
  text.line("PUBLISH ", uri, " SIP/2.0").line(route("s=2;h=1;d=0", uri)).line(top_via(request.transaction));
  text.line("Via: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKp", key);
  text.line("Via: SIP/2.0/UDP 127.0.0.11:5060;branch=z9hG4bKu", key).line("Max-Forwards: 68");
  text.line("From: <", uri, ">;tag=", key).line("To: <", uri, ">");
  text.line("Call-ID: p", std::to_string(request.presentity), ".", setting_.run, "@127.0.0.11");
  text.line("CSeq: ", std::to_string(request.cseq), " PUBLISH").line("Event: presence");
  text.line("Expires: ", std::to_string(request.expires_s));
  if (!request.if_match.empty()) text.line("SIP-If-Match: ", request.if_match);
  add_identity(text, uri, uri, "orig", key);
  return text.finish("application/pidf+xml", request.body);
}

std::string Requests::subscribe(const SubscribeRequest& request) const {
  const bool initial = request.remote_tag.empty();
  const std::string uri = presentity_uri(request.presentity);
  const std::string user = "w" + std::to_string(request.dialog.slot) + "-" + setting_.run;
  const std::string watcher = "sip:" + user + "@" + setting_.domain;
  const std::string key = to_text(request.transaction, setting_.run);
  const std::string dialog = to_text(request.dialog, setting_.run);
  Text text;
  text.line("SUBSCRIBE ", initial ? std::string_view(uri) : request.remote_target, " SIP/2.0");
  if (initial) text.line(route("s=3;h=1;d=1", uri));
  text.line(top_via(request.transaction)).line("Via: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKp", key);
  text.line("Via: SIP/2.0/UDP 127.0.0.12:5060;branch=z9hG4bKu", key);
  if (initial) {
    for (const std::string_view hop : {"mt@", "mo@", "pcscf@"}) {
      text.line("Record-Route: <sip:", hop, setting_.local, uri_parameter_, ";lr=on;ftag=", dialog, ">");
    }
  }
  text.line("Max-Forwards: 67").line("From: <", watcher, ">;tag=", dialog);
  text.line("To: <", uri, ">", initial ? "" : ";tag=", request.remote_tag).line("Call-ID: ", dialog, "@127.0.0.12");
  text.line("CSeq: ", std::to_string(request.cseq), " SUBSCRIBE");
  const std::string host = request.deaf ? dialog + ".invalid" : setting_.local;
  text.line("Contact: <sip:", user, "@", host, uri_parameter_, ">");
  text.line("Event: presence").line("Accept: application/pidf+xml");
  text.line("Expires: ", std::to_string(request.expires_s));
  if (initial) add_identity(text, watcher, uri, "term", key);
  return text.finish({}, {});
}

std::string Requests::answer(const Message& request, int status, std::string_view reason) {
  Text text;
  text.line("SIP/2.0 ", std::to_string(status), " ", reason);
  for (std::size_t i = 0; i < request.via_count; ++i) text.line("Via: ", request.vias[i]);
  text.line("From: ", request.from).line("To: ", request.to).line("Call-ID: ", request.call_id);
  text.line("CSeq: ", request.cseq_line);
  return text.finish({}, {});
}

}  // namespace presentia::bench
