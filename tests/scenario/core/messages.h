// Requests by named fields, and NOTIFYs taken apart, for scenario tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "as/ports/sip_port.h"

namespace presentia::test {

struct Publish {
  std::string resource = {};  // user part: "alice" is sip:alice@example.com
  std::string body = {};      // empty: none
  std::optional<std::uint32_t> expires = {};
  std::optional<std::string> if_match = {};
  std::string as = {};  // asserted user; empty: the resource itself
  std::string package = "presence";
  std::string content_type = "application/pidf+xml";
};

// The watcher's side of a dialog, from its first SUBSCRIBE on.
struct Watcher {
  std::string user;
  std::string resource;
  std::string package = "presence";
  std::optional<std::string> event_id = {};
  // Filled by Scene:
  std::string call_id = {};
  std::string from_tag = {};
  std::string to_tag = {};  // of the 2xx
  std::uint32_t cseq = 0;
};

struct Answer {
  int status = 0;  // 0: none came
  ports::SipResponse response;
  // Value of the first header of that name, empty if there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
  [[nodiscard]] std::string etag() const { return header("SIP-ETag"); }
};

struct Notified {
  ports::SendKey key = 0;
  base::Instant at{};  // when it was sent
  std::uint32_t cseq = 0;
  std::string request_uri;
  std::string call_id, local_tag, remote_tag;  // local: ours (From)
  std::string event;                           // with parameters
  std::string state;                           // "active", "pending", "terminated"
  std::map<std::string, std::string> params;   // of Subscription-State
  std::map<std::string, std::string> headers;  // all header lines, fixed and varying
  std::string content_type, body;
  [[nodiscard]] std::string reason() const { return params.contains("reason") ? params.at("reason") : ""; }
  [[nodiscard]] int expires() const { return params.contains("expires") ? std::stoi(params.at("expires")) : -1; }
};

// "alice" → sip:alice@example.com; "tel:+15550001" as it is. And back.
[[nodiscard]] std::string uri_of(const std::string& user);
[[nodiscard]] std::string user_of(const std::string& uri);
[[nodiscard]] ports::SipRequest to_request(const Publish& publish);
// Initial if the watcher has no To tag yet. Counts CSeq up.
[[nodiscard]] ports::SipRequest to_request(Watcher& watcher, std::optional<std::uint32_t> expires);
// As an S-CSCF sends it for one of its users; each with a Call-ID of its own.
[[nodiscard]] ports::SipRequest to_register(const std::string& user, std::optional<std::uint32_t> expires);
[[nodiscard]] Notified take_apart(ports::SendKey key, const ports::SipOutgoing& request);

// A presence document with one tuple and a note "LABEL-SERIAL".
[[nodiscard]] std::string pidf(const std::string& user, const std::string& label, int serial,
                               const std::string& basic = "open");

}  // namespace presentia::test
