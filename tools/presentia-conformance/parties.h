// What is known in the course of a scenario: roles, requests sent and received, dialogs.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/presentia-conformance/endpoint.h"
#include "tools/presentia-conformance/scenario.h"
#include "tools/presentia-conformance/sip_message.h"

namespace presentia::conformance {

using Clock = std::chrono::steady_clock;

struct Role {
  std::string name;
  std::string user;
  std::string domain;
  RoleSpec spec;
  std::unique_ptr<Endpoint> endpoint;  // opened when it is first needed
  std::string keep_alives;             // CRLFs received and not waited for
  bool malformed = false;              // it has sent bytes that may be no message
  bool closed = false;                 // the server has closed a stream of it

  [[nodiscard]] std::string uri() const { return "sip:" + user + "@" + domain; }
};

// A dialog as its subscriber sees it [RFC3261 12.1.2].
struct Dialog {
  std::string name;
  std::string role;
  std::string call_id;
  std::string local_tag;
  std::string remote_tag;  // empty: not yet known
  std::string peer;        // the URI subscribed to
  std::string target;      // remote target; empty: not yet known
  std::vector<std::string> routes;
  unsigned cseq = 0;
  std::string event;
  bool ended = false;
};

struct Sent {
  std::string name;
  std::string role;
  std::string method;
  std::string bytes;
  std::string branch;
  std::string call_id;
  std::string cseq;
  std::string dialog;  // it makes or belongs to; empty: none
  std::vector<Message> provisional;
  std::vector<Message> finals;
  std::size_t looked_at = 0;  // finals that an answer step has had
  bool resend = false;        // by timer E
  Clock::time_point resend_at;
  Clock::duration interval{};
};

struct Received {
  std::string role;
  Message message;
  Peer from;
  std::string reply;  // what it was answered; empty: not yet
  bool waited_for = false;
  std::vector<Clock::time_point> times;  // of it and its copies
};

}  // namespace presentia::conformance
