#include "tools/presentia-conformance/play.h"

#include <poll.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace presentia::conformance {
namespace {

constexpr std::size_t kFlood = 3000;  // messages in one scenario
constexpr std::chrono::milliseconds kT1{500};
constexpr std::chrono::milliseconds kT2{4000};
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

// Fifteen digits at most [E.164], from all of the user's name.
std::string number_of(const std::string& user) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : user) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  constexpr std::uint64_t kNumbers = 100'000'000'000U;
  return "999" + std::to_string(kNumbers / 10 + hash % (kNumbers - kNumbers / 10));
}

}  // namespace

Play::Play(const Library& library, const Target& target, const Scenario& scenario, const std::string& token)
    : library_(library), target_(target), scenario_(scenario), token_(token) {
  std::seed_seq seed(token.begin(), token.end());
  random_.seed(seed);
  for (const auto& [name, value] : scenario.variables) variables_[name] = value;
}

// --- Parties
// ----------------------------------------------------------------------------------------------------------

Role& Play::role(const std::string& name) {
  const auto known = roles_.find(name);
  if (known != roles_.end()) return known->second;
  if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
    throw ScenarioError("\"" + name + "\" is no name of a role (small letters, digits and -)");
  }
  Role role;
  role.name = name;
  const auto spec = scenario_.roles.find(name);
  if (spec != scenario_.roles.end()) role.spec = spec->second;
  const std::string owner = role.spec.user.empty() ? name : role.spec.user;
  role.user = owner + "-" + token_;
  std::string domain = role.spec.domain;
  if (domain.empty() && owner != name)
    domain = scenario_.roles.count(owner) != 0 ? scenario_.roles.at(owner).domain : "";
  role.domain = target_.domain;
  if (!domain.empty()) {
    const auto named = target_.domains.find(domain);
    if (named == target_.domains.end()) throw ScenarioError("the target file names no domain \"" + domain + "\"");
    role.domain = named->second;
  }
  return roles_.emplace(name, std::move(role)).first->second;
}

Endpoint& Play::endpoint(Role& role) {
  if (role.endpoint) return *role.endpoint;
  const std::string way = role.spec.over + (role.spec.v6 ? "6" : "");
  const auto server = target_.reach.find(way);
  if (server == target_.reach.end()) throw ScenarioError("the target file has no address for " + way);
  std::string local = role.spec.source == "untrusted" ? target_.untrusted : role.spec.source;
  if (!role.spec.source.empty() && local.empty())
    throw NetworkError("the target file has no address that is untrusted");
  if (local.empty() && !server->second.v6()) local = target_.source;
  if (local.empty()) local = address_towards(server->second);
  role.endpoint = std::make_unique<Endpoint>(role.spec.over, local, server->second, role.spec.also_tcp);
  return *role.endpoint;
}

Sent& Play::sent(const std::string& name) {
  const auto found = sent_.find(name);
  if (found == sent_.end()) throw ScenarioError("no request \"" + name + "\" was sent");
  return found->second;
}

Dialog& Play::dialog(const std::string& name) {
  const auto found = dialogs_.find(name);
  if (found == dialogs_.end()) throw ScenarioError("there is no dialog \"" + name + "\"");
  return found->second;
}

std::vector<std::pair<const std::string, Dialog>*> Play::dialogs() {
  std::vector<std::pair<const std::string, Dialog>*> all;
  for (auto& one : dialogs_) all.push_back(&one);
  return all;
}

// --- Words
// ------------------------------------------------------------------------------------------------------------

std::string Play::new_token() {
  std::string token;
  for (int i = 0; i < 10; ++i) token += kLetters[random_() % kLetters.size()];
  return token;
}

std::string Play::contact(Role& role) {
  const Endpoint& here = endpoint(role);
  const std::string transport = role.spec.over == "udp" ? "" : ";transport=" + role.spec.over;
  return "sip:" + role.user + "@" + here.local().text() + transport;
}

std::optional<std::string> Play::role_word(Role& role, const std::string& member) {
  if (member.empty()) return role.uri();
  if (member == "user") return role.user;
  if (member == "domain") return role.domain;
  if (member == "number") return number_of(role.user);
  if (member == "contact") return contact(role);
  if (member == "host") return bracketed(endpoint(role).local().host);
  if (member == "port") return std::to_string(endpoint(role).local().port);
  if (member == "via") return upper(role.spec.over);
  if (member == "USER") return upper(role.user);
  if (member == "DOMAIN") return upper(role.domain);
  if (member == "server") return endpoint(role).server().text();
  if (member == "target") {
    const std::string transport = role.spec.over == "udp" ? "" : ";transport=" + role.spec.over;
    return "sip:" + endpoint(role).server().text() + transport;
  }
  return std::nullopt;
}

std::optional<std::string> Play::word(const std::string& name, const Role* me) {
  const auto kept = variables_.find(name);
  if (kept != variables_.end()) return kept->second;
  if (name == "new") return new_token();
  if (name == "domain") return target_.domain;
  if (name == "xdm" && target_.xdm) return target_.xdm->root;
  if (name == "login" && target_.login) return target_.login->uri;
  if (auto time = time_word(name, std::chrono::system_clock::now())) return time;
  const std::size_t dot = name.find('.');
  const std::string first = name.substr(0, dot);
  const std::string member = dot == std::string::npos ? "" : name.substr(dot + 1);
  if (first == "domain") {
    const auto found = target_.domains.find(member);
    return found == target_.domains.end() ? std::nullopt : std::optional<std::string>(found->second);
  }
  if (first == "target") {
    const Address& server = target_.reach.begin()->second;
    if (member == "host") return bracketed(server.host);
    if (member == "port") return std::to_string(server.port);
  }
  if (first == "me" && me != nullptr) return role_word(role(me->name), member);
  if (roles_.count(first) != 0 || scenario_.roles.count(first) != 0) return role_word(role(first), member);
  return std::nullopt;
}

Lookup Play::lookup(const Role* me, const std::map<std::string, std::string>& more) {
  return [this, me, more](const std::string& name) -> std::optional<std::string> {
    const auto found = more.find(name);
    if (found != more.end()) return found->second;
    return word(name, me);
  };
}

// --- Messages
// ---------------------------------------------------------------------------------------------------------

void Play::note(const Role& role, bool out, const std::string& bytes, const std::string& remark) {
  ladder_.push_back({seconds(Clock::now() - began_), role.name, out, bytes, remark});
}

void Play::send(Sent request, std::size_t pieces, bool hold) {
  Role& from = role(request.role);
  Endpoint& out = endpoint(from);
  note(from, true, request.bytes, hold ? "written together with the next" : "");
  held_[from.name] += request.bytes;
  request.resend = request.resend && from.spec.over == "udp" && !hold;
  request.interval = kT1;
  request.resend_at = Clock::now() + request.interval;
  last = request.name;
  order_.push_back(request.name);
  sent_[request.name] = std::move(request);
  if (hold) return;
  out.send(std::exchange(held_[from.name], {}), pieces);
}

void Play::reply(Received& request, const std::string& bytes) {
  Role& from = role(request.role);
  note(from, true, bytes);
  request.reply = bytes;
  endpoint(from).reply(request.from, bytes);
}

void Play::resend_due() {
  const auto now = Clock::now();
  for (auto& [name, request] : sent_) {
    if (!request.resend || !request.finals.empty() || request.resend_at > now) continue;
    request.interval = std::min<Clock::duration>(request.interval * 2, kT2);
    request.resend_at = now + request.interval;
    note(role(request.role), true, request.bytes, "again, by timer E");
    endpoint(role(request.role)).send(request.bytes);
  }
}

Clock::time_point Play::next_resend() const {
  auto next = Clock::time_point::max();
  for (const auto& [name, request] : sent_) {
    if (request.resend && request.finals.empty()) next = std::min(next, request.resend_at);
  }
  return next;
}

bool Play::wait(const std::function<bool()>& done, double limit) {
  const auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limit));
  for (;;) {
    std::vector<pollfd> set;
    for (auto& [name, role] : roles_) {
      if (role.endpoint) role.endpoint->add_to(set);
    }
    const auto now = Clock::now();
    const bool finished = unreadable_ || done() || now >= deadline;
    const auto until = std::min(deadline, next_resend());
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    poll(set.data(), set.size(), finished || wait < 0 ? 0 : static_cast<int>(std::min<long>(wait, 1000)));
    for (auto& [name, role] : roles_) {
      if (!role.endpoint) continue;
      for (Arrival& arrival : role.endpoint->receive()) take(role, std::move(arrival));
    }
    resend_due();
    if (unreadable_) throw Unmet(*std::exchange(unreadable_, std::nullopt));
    if (done()) return true;
    if (Clock::now() >= deadline) return false;
  }
}

void Play::take(Role& role, Arrival arrival) {
  if (++arrived_ > kFlood) {
    unreadable_.emplace("the server floods: more than " + std::to_string(kFlood) + " messages", arrival.bytes);
    return;
  }
  if (arrival.kind == Arrival::Kind::closed) {
    role.closed = true;
    return note(role, false, "", "the server has closed the stream");
  }
  if (arrival.kind == Arrival::Kind::keep_alive) {
    role.keep_alives += arrival.bytes;
    return note(role, false, arrival.bytes, "keep-alive");
  }
  auto read = arrival.kind == Arrival::Kind::message ? read_message(arrival.bytes, role.malformed)
                                                     : std::variant<Message, Unreadable>(Unreadable{arrival.why});
  if (const auto* const wrong = std::get_if<Unreadable>(&read)) {
    note(role, false, arrival.bytes, "no SIP message: " + wrong->why);
    unreadable_.emplace("the server sent what is no SIP message: " + wrong->why, arrival.bytes);
    return;
  }
  Message& message = std::get<Message>(read);
  message.source = role.endpoint->name_of(arrival.from);
  if (message.is_request()) return take_request(role, std::move(message), arrival.from);
  take_answer(role, std::move(message));
}

Sent* Play::sent_of(const Role& role, const Message& answer) {
  const std::vector<std::string> vias = answer.values("Via");
  const std::string branch = vias.empty() ? "" : parameter(vias.front(), "branch").value_or("");
  const std::string cseq = answer.text("CSeq");
  const std::string method = cseq.substr(cseq.find(' ') + 1);
  for (auto name = order_.rbegin(); name != order_.rend(); ++name) {
    Sent& request = sent_.at(*name);
    if (request.role == role.name && request.branch == branch && request.method == method) return &request;
  }
  for (auto name = order_.rbegin(); name != order_.rend(); ++name) {
    Sent& request = sent_.at(*name);
    if (request.role == role.name && request.branch.empty()) return &request;  // raw, without a branch of its own
  }
  return nullptr;
}

void Play::take_answer(Role& role, Message message) {
  Sent* const request = sent_of(role, message);
  if (request == nullptr) return note(role, false, message.raw, "an answer to nothing that was sent");
  note(role, false, message.raw);
  if (message.status < 200) {
    request->provisional.push_back(std::move(message));
    return;
  }
  learn(*request, message);
  request->finals.push_back(std::move(message));
}

// What a 2xx tells about the dialog that the request made or belongs to.
void Play::learn(const Sent& request, const Message& answer) {
  const auto found = dialogs_.find(request.dialog);
  if (found == dialogs_.end() || answer.status >= 300) return;
  Dialog& dialog = found->second;
  const bool fresh = dialog.remote_tag.empty() || dialog.routes.empty();
  if (dialog.remote_tag.empty()) dialog.remote_tag = parameter(answer.text("To"), "tag").value_or("");
  const std::vector<std::string> contacts = answer.values("Contact");
  if (!contacts.empty()) dialog.target = uri_of(contacts.front());
  if (!fresh) return;
  dialog.routes = answer.values("Record-Route");
  std::reverse(dialog.routes.begin(), dialog.routes.end());
}

void Play::take_request(Role& role, Message message, const Peer& from) {
  const std::string branch = parameter(message.values("Via").front(), "branch").value_or("");
  for (Received& known : received_) {
    const bool same = known.role == role.name && known.message.text("CSeq") == message.text("CSeq") &&
                      parameter(known.message.values("Via").front(), "branch").value_or("") == branch;
    if (!same) continue;
    known.times.push_back(Clock::now());
    note(role, false, message.raw, "a copy");
    if (known.reply.empty()) return;
    note(role, true, known.reply, "again");
    endpoint(role).reply(from, known.reply);
    return;
  }
  note(role, false, message.raw);
  received_.push_back({role.name, std::move(message), from, "", false, {Clock::now()}});
}

}  // namespace presentia::conformance
