#include "tools/presentia-conformance/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>

#include "tools/presentia-conformance/yaml.h"

namespace presentia::conformance {
namespace {

constexpr int kMostPorts = 9;

// A port that is free now on 127.0.0.1, for datagrams and streams; both sockets stay open in `held` until all are
// found.
int free_port(std::vector<int>& held) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int stream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int datagram = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    held.insert(held.end(), {stream, datagram});
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(stream, any, size) == 0 && getsockname(stream, any, &size) == 0 && bind(datagram, any, size) == 0) {
      return ntohs(address.sin_port);
    }
  }
  throw std::runtime_error("no free port");
}

// ${port1} to ${port9}: ports that are free when the file is read, the same wherever they stand.
std::string with_free_ports(std::string text) {
  std::vector<int> held;
  for (int i = 1; i <= kMostPorts; ++i) {
    const std::string mark = "${port" + std::to_string(i) + "}";
    if (text.find(mark) == std::string::npos) continue;
    const std::string port = std::to_string(free_port(held));
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.replace(at, mark.size(), port);
  }
  for (const int socket : held) close(socket);
  return text;
}

void read_reach(Target& target, const yaml::Place& place, const YAML::Node& node) {
  yaml::only(place, node, "reach", "udp tcp tls udp6 tcp6 tls6");
  for (const auto& [transport, address] : yaml::pairs(place, node, "reach")) {
    try {
      target.reach[transport] = read_address(address);
    } catch (const std::invalid_argument& error) {
      throw place.error(node[transport], error.what());
    }
  }
}

void read_quirks(Target& target, const yaml::Place& place, const YAML::Node& node) {
  for (const YAML::Node& one : node) {
    yaml::only(place, one, "a quirk", "scenario reason");
    if (!one["scenario"] || !one["reason"]) throw place.error(one, "a quirk needs scenario and reason");
    target.quirks.push_back(
        {yaml::scalar(place, one["scenario"], "scenario"), yaml::scalar(place, one["reason"], "reason")});
  }
}

void read_commands(Target& target, const yaml::Place& place, const YAML::Node& node) {
  yaml::only(place, node, "commands", "start reset stop ready");
  if (node["start"]) target.commands.start = yaml::scalar(place, node["start"], "start");
  if (node["reset"]) target.commands.reset = yaml::scalar(place, node["reset"], "reset");
  if (node["stop"]) target.commands.stop = yaml::scalar(place, node["stop"], "stop");
  if (node["ready"]) target.ready_s = yaml::number(place, node["ready"], "ready");
}

void read_identity(Target& target, const yaml::Place& place, const YAML::Node& root) {
  if (root["identity"]) target.identity = yaml::scalar(place, root["identity"], "identity");
  if (target.identity != "from" && target.identity != "asserted") {
    throw place.error(root["identity"], "identity should be from or asserted, is " + target.identity);
  }
  if (root["source"]) target.source = yaml::scalar(place, root["source"], "source");
  if (root["untrusted"]) target.untrusted = yaml::scalar(place, root["untrusted"], "untrusted");
}

void read_xdm(Target& target, const yaml::Place& place, const YAML::Node& node) {
  yaml::only(place, node, "xdm", "root identity");
  if (!node["root"]) throw place.error(node, "xdm needs root");
  try {
    target.xdm = read_xcap_root(yaml::scalar(place, node["root"], "root"));
  } catch (const std::invalid_argument& error) {
    throw place.error(node["root"], error.what());
  }
  if (node["identity"]) target.xdm->identity = yaml::scalar(place, node["identity"], "identity");
}

void read_hss(Target& target, const yaml::Place& place, const YAML::Node& node) {
  try {
    target.hss = read_address(yaml::scalar(place, node, "hss"));
  } catch (const std::invalid_argument& error) {
    throw place.error(node, error.what());
  }
}

void read_login(Target& target, const yaml::Place& place, const YAML::Node& node) {
  yaml::only(place, node, "login", "name password uri");
  if (!node["name"] || !node["password"] || !node["uri"]) throw place.error(node, "login needs name, password and uri");
  target.login = {yaml::scalar(place, node["name"], "name"), yaml::scalar(place, node["password"], "password"),
                  yaml::scalar(place, node["uri"], "uri")};
}

void read_claims(Target& target, const yaml::Place& place, const YAML::Node& root) {
  if (root["profiles"]) {
    target.profiles.clear();
    for (const std::string& profile : yaml::scalars(place, root["profiles"], "profiles")) {
      if (std::string(" ietf oma ims rcs ").find(" " + profile + " ") == std::string::npos) {
        throw place.error(root["profiles"], "profiles are ietf, oma, ims and rcs, not " + profile);
      }
      target.profiles.insert(profile);
    }
  }
  if (!root["features"]) return;
  for (const auto& [name, value] : yaml::pairs(place, root["features"], "features")) {
    if (value != "yes" && value != "no" && value != "probe") {
      throw place.error(root["features"][name], name + " should be yes, no or probe, is " + value);
    }
    target.features[name] = value;
  }
}

}  // namespace

std::string Address::text() const { return (v6() ? "[" + host + "]" : host) + ":" + std::to_string(port); }

Address read_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw std::invalid_argument("\"" + text + "\" is no HOST:PORT");
  Address address;
  address.host = text.substr(0, colon);
  if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host == "localhost") address.host = "127.0.0.1";
  const std::string port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc{} || end != port.data() + port.size() || address.port < 1 || address.port > 65535) {
    throw std::invalid_argument("\"" + text + "\" has no port of 1 to 65535");
  }
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(address.v6() ? AF_INET6 : AF_INET, address.host.c_str(), bytes.data()) != 1) {
    throw std::invalid_argument("\"" + address.host + "\" is no IP address (IPv6 in brackets)");
  }
  return address;
}

Xdm read_xcap_root(const std::string& text) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme) || text.size() == kScheme.size() || text.back() == '/') {
    throw std::invalid_argument("\"" + text + "\" is no http://HOST:PORT/PATH without a slash at its end");
  }
  return {text, ""};
}

Target read_target(const std::string& file) {
  const yaml::Place place{file};
  const YAML::Node root = yaml::load_text(file, with_free_ports(yaml::text_of(file)));
  yaml::only(
      place, root, "a target",
      "name reach domain domains identity source untrusted login xdm hss profiles features within quirks commands");
  if (!root["reach"] || !root["domain"]) throw place.error(root, "a target needs reach and domain");
  Target target;
  target.name = root["name"] ? yaml::scalar(place, root["name"], "name") : file;
  read_reach(target, place, root["reach"]);
  target.domain = yaml::scalar(place, root["domain"], "domain");
  if (root["domains"]) {
    for (const auto& [name, domain] : yaml::pairs(place, root["domains"], "domains")) target.domains[name] = domain;
  }
  read_identity(target, place, root);
  if (root["login"]) read_login(target, place, root["login"]);
  if (root["xdm"]) read_xdm(target, place, root["xdm"]);
  if (root["hss"]) read_hss(target, place, root["hss"]);
  read_claims(target, place, root);
  if (const YAML::Node within = root["within"]) {
    yaml::only(place, within, "within", "answer notify");
    if (within["answer"]) target.answer_s = yaml::number(place, within["answer"], "answer");
    if (within["notify"]) target.notify_s = yaml::number(place, within["notify"], "notify");
  }
  if (root["quirks"]) read_quirks(target, place, root["quirks"]);
  if (root["commands"]) read_commands(target, place, root["commands"]);
  return target;
}

}  // namespace presentia::conformance
