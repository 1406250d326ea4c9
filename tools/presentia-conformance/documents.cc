#include "tools/presentia-conformance/documents.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Timespan.h>
#include <Poco/URI.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "tools/presentia-conformance/matcher.h"

namespace presentia::conformance {
namespace {

constexpr std::size_t kLargestAnswer = 65536;
constexpr std::string_view kNodeSeparator = "/~~/";  // between a document and a part of it [RFC4825 6.2]

// application usage -> content type of its documents
const std::map<std::string, std::string, std::less<>> kTypes{
    {"pres-rules", "application/auth-policy+xml"},
    {"org.openmobilealliance.pres-rules", "application/auth-policy+xml"},
    {"resource-lists", "application/resource-lists+xml"},
    {"rls-services", "application/rls-services+xml"},
    {"pidf-manipulation", "application/pidf+xml"}};

bool allowed_in_path(unsigned char c) {
  return std::isalnum(c) != 0 ||
         std::string_view("-._~!$&'()*+,;=:@/%?").find(static_cast<char>(c)) != std::string::npos;
}

template <typename Message>
std::string head_of(const Message& message) {
  std::ostringstream text;
  message.write(text);
  return text.str();
}

std::string limited(std::istream& in) {
  std::string text(kLargestAnswer, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

std::string xcap_path(const std::string& selector) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string path;
  for (const char one : selector) {
    const auto c = static_cast<unsigned char>(one);
    if (allowed_in_path(c)) {
      path += one;
    } else {
      path += {'%', kDigits[c >> 4U], kDigits[c & 0xFU]};
    }
  }
  return path;
}

std::string xcap_type(const std::string& selector) {
  if (selector.find(kNodeSeparator) != std::string::npos) {
    return selector[selector.rfind('/') + 1] == '@' ? "application/xcap-att+xml" : "application/xcap-el+xml";
  }
  const auto type = kTypes.find(selector.substr(0, selector.find('/')));
  return type == kTypes.end() ? "" : type->second;
}

Documents::Answer Documents::ask(const Role& me, const Request& request) {
  const auto& xdm = play_.target().xdm;
  if (!xdm) throw ScenarioError("the target file names no XDM server (xdm); the scenario needs the feature rules");
  try {
    const Poco::URI root(xdm->root);
    Poco::Net::HTTPClientSession session(root.getHost(), root.getPort());
    session.setTimeout(Poco::Timespan(static_cast<Poco::Timespan::TimeDiff>(play_.target().answer_s * 1e6)));
    Poco::Net::HTTPRequest message(request.method, root.getPath() + "/" + xcap_path(request.selector), "HTTP/1.1");
    if (!xdm->identity.empty()) message.set(xdm->identity, "\"" + me.uri() + "\"");
    if (!request.type.empty()) message.setContentType(request.type);
    // also of none: servers that speak SIP at the same port need it
    message.setContentLength64(static_cast<Poco::Int64>(request.body.size()));
    session.sendRequest(message) << request.body;
    play_.note(me, true, head_of(message) + request.body, "to the XDM server");
    Poco::Net::HTTPResponse answer;
    const std::string body = limited(session.receiveResponse(answer));
    const Answer result{answer.getStatus(), head_of(answer) + body};
    play_.note(me, false, result.text, "from the XDM server");
    return result;
  } catch (const Poco::Exception& error) {
    throw NetworkError("the XDM server at " + xdm->root + " gives no answer: " + error.displayText());
  }
}

void Documents::remember(const Role& me, const Request& request) {
  const std::string document = request.selector.substr(0, request.selector.find(kNodeSeparator));
  const auto same = [&](const Written& one) { return one.document == document; };
  if (request.method == "PUT" && std::none_of(written_.begin(), written_.end(), same)) {
    written_.push_back({me.name, document});
  } else if (request.method == "DELETE" && document == request.selector) {
    std::erase_if(written_, same);
  }
}

void Documents::act(const Step& step, const std::string& body) {
  const Lookup words = play_.lookup();
  const Role& me = play_.role(expanded(step.option("by"), words));
  const bool put = step.verb == "put";
  Request request{put ? "PUT" : "DELETE", expanded(step.subject, words), "", body};
  if (put) request.type = step.has_option("type") ? expanded(step.option("type"), words) : xcap_type(request.selector);
  if (put && request.type.empty()) throw ScenarioError("the type of " + request.selector + " is not known; say type:");
  const std::string wanted = expanded(step.option("status", put ? "[200, 201]" : "[200, 204]"), words);
  const Answer answer = ask(me, request);
  if (answer.status / 100 == 2) remember(me, request);
  if (status_fits(wanted, answer.status)) return;
  throw Unmet("the XDM server answers " + std::to_string(answer.status) + " to the " + request.method + " of " +
                  request.selector + ", should be " + wanted,
              answer.text);
}

void Documents::remove_all() {
  while (!written_.empty()) {
    const Written one = written_.back();
    written_.pop_back();
    ask(play_.role(one.role), {"DELETE", one.document, "", ""});
  }
}

}  // namespace presentia::conformance
