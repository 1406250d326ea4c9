// The server under test, as a target file describes it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace presentia::conformance {

struct Address {
  std::string host;  // an IP address, without brackets
  int port = 0;
  [[nodiscard]] bool v6() const { return host.find(':') != std::string::npos; }
  [[nodiscard]] std::string text() const;  // host:port, IPv6 in brackets
};

// Reads HOST:PORT or [IPv6]:PORT; localhost is 127.0.0.1. Throws std::invalid_argument saying what is wrong.
Address read_address(const std::string& text);

struct Quirk {
  std::string scenario;  // id of a scenario, or of a row
  std::string reason;
};

struct Commands {  // of the shell; empty: none
  std::string start;
  std::string reset;  // before the first scenario
  std::string stop;
};

struct Xdm {               // an XDM server that the target takes documents from
  std::string root;        // http URI, without a slash at its end
  std::string identity{};  // name of the header field that says who writes; empty: none
};

// Of the target's HSS: where it takes orders.
using HssControl = Address;

struct DigestLogin {  // somebody who may log in
  std::string name, password;
  std::string uri;  // who that is
};

struct Target {
  std::string name;
  std::map<std::string, Address> reach;        // by udp, tcp, tls, udp6, tcp6, tls6
  std::string domain;                          // of the users
  std::map<std::string, std::string> domains;  // by name, domains with another policy
  std::string identity = "from";               // from | asserted: how the server learns who asks
  std::set<std::string> profiles{"ietf"};
  std::map<std::string, std::string> features;  // by name: yes, no or probe
  std::string source;                           // IPv4 address that the suite sends from; empty: the system's choice
  std::string untrusted;                        // an address outside the server's trust domain; empty: none
  std::optional<Xdm> xdm;                       // none: scenarios cannot write documents
  std::optional<HssControl> hss;                // none: scenarios cannot change users
  std::optional<DigestLogin> login;             // none: scenarios cannot answer challenges
  double answer_s = 5;                          // how long an answer may take
  double notify_s = 7;                          // and a NOTIFY (servers pace them)
  double ready_s = 30;                          // after the start command
  std::vector<Quirk> quirks;
  Commands commands;
};

// Reads an XCAP root, http://HOST:PORT/PATH. Throws std::invalid_argument saying what is wrong.
Xdm read_xcap_root(const std::string& text);

// A target file. Throws yaml::FileError with file and line.
Target read_target(const std::string& file);

}  // namespace presentia::conformance
