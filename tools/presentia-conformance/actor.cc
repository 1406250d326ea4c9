#include "tools/presentia-conformance/actor.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "tools/presentia-conformance/checks.h"
#include "tools/presentia-conformance/composer.h"
#include "tools/presentia-conformance/digest.h"
#include "tools/presentia-conformance/matcher.h"

namespace presentia::conformance {
namespace {

constexpr double kSettleS = 0.3;  // for answers while cleaning up

std::string bytes_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw ScenarioError(file + " cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

double to_number(const std::string& text, const std::string& what) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) throw ScenarioError(what + " is no number: " + text);
  return value;
}

std::string branch_in(const std::string& bytes) { return extract("/branch=([^;,\\s]+)/", bytes).value_or(""); }

std::string method_in(const std::string& bytes) {
  return extract("/[Cc][Ss][Ee][Qq]\\s*:\\s*\\d+\\s+(\\S+)/", bytes).value_or("");
}

std::vector<std::string> without(const std::vector<std::string>& routes, const std::string& own) {
  std::vector<std::string> others;
  std::copy_if(routes.begin(), routes.end(), std::back_inserter(others),
               [&](const std::string& route) { return uri_of(route).find(own) == std::string::npos; });
  return others;
}

}  // namespace

void Actor::act(const Step& step) {
  if (step.verb == "send") return send(step);
  if (step.verb == "again") return again(step);
  if (step.verb == "raw" || step.verb == "file") return raw(step);
  if (step.verb == "answer") return answer(step);
  if (step.verb == "put" || step.verb == "delete") return write(step);
  if (step.verb == "hss") return hss_.act(step);
  if (step.verb == "notify" || step.verb == "request") return expect(step);
  if (step.verb == "quiet") return quiet(step);
  if (step.verb == "resent") return resent(step);
  if (step.verb == "connect" || step.verb == "disconnect") return stream(step);
  if (step.verb == "closed") return closed(step);
  if (step.verb == "bytes" || step.verb == "receive") return bytes(step);
  if (step.verb == "check") return check(step);
  if (step.verb == "repeat") return repeat(step);
  if (step.verb == "wait") {
    play_.wait([] { return false; }, to_number(expanded(step.subject, play_.lookup()), "wait"));
    return;
  }
  throw ScenarioError("there is no step " + step.verb);
}

// --- Words
// ------------------------------------------------------------------------------------------------------------

std::string Actor::value(const Step& step, const std::string& key, const std::string& otherwise) {
  return step.has_option(key) ? expanded(step.option(key), play_.lookup()) : otherwise;
}

double Actor::seconds(const Step& step, const std::string& key, double otherwise) {
  return step.has_option(key) ? to_number(value(step, key), key) : otherwise;
}

// A role's name or a URI.
std::string Actor::uri_to(const std::string& text) {
  return text.find(':') == std::string::npos ? play_.role(text).uri() : text;
}

std::string Actor::document(const Step& step, const Role& me, const std::string& uri) {
  if (step.document.empty()) return "";
  std::map<std::string, std::string> words{{"entity", uri}, {"id", "t-" + me.name}, {"basic", "open"},
                                           {"note", ""},    {"uri", uri},           {"extra", ""}};
  const Lookup outer = play_.lookup(&me);
  for (const auto& [key, text] : step.document) {
    if (key != "text") words[key] = expanded(text, outer);
  }
  const auto file = step.document.find("file");
  if (file == step.document.end()) return expanded(step.document.at("text"), play_.lookup(&me, words));
  const std::string name = words["file"];
  const std::filesystem::path path = std::filesystem::path(play_.library().folder) / "bodies" / name;
  if (!std::filesystem::exists(path)) return bytes_of(name);  // a fixture, as it is
  return expanded(bytes_of(path.string()), play_.lookup(&me, words));
}

// --- Sending
// ----------------------------------------------------------------------------------------------------------

void Actor::begin_dialog(const Step& step, const Role& me, std::map<std::string, std::string>& words) {
  if (!step.has_option("dialog")) return;
  Dialog& dialog = play_.new_dialog(step.option("dialog"));
  dialog = Dialog{};
  dialog.name = step.option("dialog");
  dialog.role = me.name;
  dialog.call_id = words["call_id"];
  dialog.local_tag = words["from_tag"];
  dialog.peer = words["uri"];
  dialog.cseq = 1;
}

void Actor::continue_dialog(Dialog& dialog, Pairs& headers, std::map<std::string, std::string>& words) {
  ++dialog.cseq;
  words["call_id"] = dialog.call_id;
  words["from_tag"] = dialog.local_tag;
  words["to_tag"] = dialog.remote_tag.empty() ? "" : ";tag=" + dialog.remote_tag;
  words["cseq"] = std::to_string(dialog.cseq);
  words["aor"] = dialog.peer;
  if (!dialog.target.empty()) words["uri"] = dialog.target;
  Role& me = play_.role(dialog.role);
  const std::string own = play_.endpoint(me).local().text();
  std::vector<HeaderChange> changes{{"Route", without(dialog.routes, own)}, {"Record-Route", {}}};
  if (!dialog.event.empty()) changes.push_back({"Event", {dialog.event}});
  conformance::apply(headers, changes);
}

void Actor::send(const Step& step) {
  Role& me = play_.role(value(step, "by"));
  const auto found = play_.library().templates.find(step.subject);
  if (found == play_.library().templates.end()) throw ScenarioError("messages.yaml has no request " + step.subject);
  Endpoint& out = play_.endpoint(me);
  std::map<std::string, std::string> words{{"branch", "z9hG4bK" + play_.new_token()},
                                           {"from_tag", play_.new_token()},
                                           {"call_id", play_.new_token() + "@" + out.local().host},
                                           {"cseq", "1"},
                                           {"to_tag", ""},
                                           {"contact", play_.contact(me)}};
  words["uri"] = step.has_option("to") ? uri_to(value(step, "to")) : me.uri();
  words["aor"] = words["uri"];
  Draft draft{found->second.method, step.option("line"), "", found->second.headers, "", "", {}};
  const auto addition = [&](const std::string& kind) {
    const auto headers = play_.library().additions.find(kind);
    if (headers == play_.library().additions.end()) throw ScenarioError("messages.yaml has no additions of " + kind);
    draft.headers.insert(draft.headers.end(), headers->second.begin(), headers->second.end());
  };
  if (me.spec.isc) {
    addition("isc");
  } else if (play_.target().identity == "asserted" && me.spec.source.empty()) {
    addition("asserted");
  }
  const std::string in = value(step, "in");
  if (in.empty()) {
    begin_dialog(step, me, words);
  } else {
    continue_dialog(play_.dialog(in), draft.headers, words);
  }
  conformance::apply(draft.headers, step.set);
  for (const HeaderChange& change : step.set) {
    if (change.values.empty()) draft.left_out.push_back(change.name);
  }
  draft.uri = words["uri"];
  draft.body = document(step, me, words["aor"]);
  draft.type = draft.body.empty() ? "" : value(step, "type", "application/pidf+xml");
  const std::string authorization = credentials(step, draft);
  if (!authorization.empty()) draft.headers.emplace_back("Authorization", authorization);
  Sent request;
  request.name = step.option("as", "last");
  request.role = me.name;
  request.method = draft.method;
  request.bytes = written(draft, play_.lookup(&me, words));
  request.branch = branch_in(request.bytes);
  if (step.has_option("line")) request.method = method_in(request.bytes);
  request.dialog = in.empty() ? step.option("dialog") : in;
  request.resend = value(step, "resend", "yes") == "yes";
  if (play_.known_dialog(request.dialog)) {
    Dialog& dialog = play_.dialog(request.dialog);
    dialog.call_id = extract("/Call-ID: (\\S+)/", request.bytes).value_or(dialog.call_id);
    dialog.event = extract("/\\r\\nEvent: ([^\\r]+)/", request.bytes).value_or(dialog.event);
    const std::string cseq = extract("/\\r\\nCSeq: (\\d{1,9}) /", request.bytes).value_or("0");
    dialog.cseq = std::max(dialog.cseq, static_cast<unsigned>(to_number(cseq, "CSeq")));
  }
  play_.send(std::move(request), static_cast<std::size_t>(seconds(step, "pieces", 0)), value(step, "hold") == "yes");
}

std::string Actor::credentials(const Step& step, const Draft& draft) {
  if (step.credentials.empty()) return "";
  const auto& login = play_.target().login;
  if (!login)
    throw ScenarioError("the target file names nobody who may log in (login); the scenario needs the feature digest");
  std::map<std::string, std::string> said;
  for (const auto& [key, text] : step.credentials) said[key] = expanded(text, play_.lookup());
  const Sent& challenged = play_.sent(said["of"]);
  if (challenged.finals.empty()) throw ScenarioError("the request " + said["of"] + " has no answer to be answered");
  const Message& challenge = challenged.finals.back();
  const DigestRequest request{draft.method, draft.uri, draft.body, login->name, login->password};
  std::string answer = digest_answer(challenge.lines("WWW-Authenticate"), request, said);
  if (answer.empty()) throw Unmet("there is no challenge that can be answered", challenge.raw);
  return answer;
}

void Actor::again(const Step& step) {
  Sent copy = play_.sent(step.subject);
  const std::string bytes = copy.bytes;
  Role& me = play_.role(value(step, "by", copy.role));
  play_.note(me, true, bytes, "again");
  play_.endpoint(me).send(bytes, static_cast<std::size_t>(seconds(step, "pieces", 0)));
  play_.last = step.subject;
}

void Actor::raw(const Step& step) {
  Role& me = play_.role(value(step, "by"));
  Sent request;
  request.name = step.option("as", "last");
  request.role = me.name;
  me.malformed = true;
  if (step.verb == "file") {
    const std::string name = expanded(step.subject, play_.lookup(&me));
    request.bytes = bytes_of(std::filesystem::path(name).is_absolute() || std::filesystem::exists(name)
                                 ? name
                                 : play_.library().folder + "/" + name);
    if (value(step, "fresh") == "yes") request.bytes = freshened(std::move(request.bytes), play_.new_token());
  } else {
    request.bytes = raw_bytes(step.subject, play_.lookup(&me));
    request.branch = branch_in(request.bytes);
    request.method = method_in(request.bytes);
  }
  play_.send(std::move(request), static_cast<std::size_t>(seconds(step, "pieces", 0)), value(step, "hold") == "yes");
}

void Actor::write(const Step& step) {
  const Role& me = play_.role(value(step, "by"));
  documents_.act(step, document(step, me, me.uri()));
}

// --- Expecting
// --------------------------------------------------------------------------------------------------------

void Actor::keep_all(const Step& step, const Message& message) {
  for (const auto& [name, what] : step.keep) {
    const auto found = kept_value(message, what, play_.lookup());
    if (!found) throw Unmet("there is no " + what + " to keep", message.raw);
    play_.keep(name, *found);
  }
}

void Actor::answer(const Step& step) {
  Sent& request = play_.sent(value(step, "to", play_.last));
  const auto come = [&] { return request.finals.size() > request.looked_at; };
  const std::string wanted = expanded(step.subject, play_.lookup());
  if (wanted == "none") {
    if (play_.wait(come, seconds(step, "within", 1))) {
      throw Unmet("there should be no answer to " + request.name, request.finals[request.looked_at].raw);
    }
    return;
  }
  const double limit = seconds(step, "within", play_.target().answer_s);
  if (!play_.wait(come, limit)) {
    if (value(step, "optional") == "yes") return;
    std::ostringstream why;
    why << "no answer to the " << (request.method.empty() ? "message" : request.method) << " within " << limit << " s";
    throw Unmet(why.str(), request.bytes);
  }
  const Message message = request.finals[request.looked_at++];
  if (!status_fits(wanted, message.status)) {
    throw Unmet("the answer is " + std::to_string(message.status) + " " + message.reason + ", should be " + wanted,
                message.raw);
  }
  if (value(step, "provisional") == "none" && !request.provisional.empty()) {
    throw Unmet("there should be no provisional answer", request.provisional.front().raw);
  }
  const std::string wrong = first_difference(message, step, play_.lookup(), schemas_);
  if (!wrong.empty()) throw Unmet(wrong, message.raw);
  keep_all(step, message);
}

bool Actor::belongs(const Received& request, const Step& step) {
  if (request.waited_for) return false;
  if (step.verb == "request") {
    return request.role == value(step, "by") && request.message.method == step.subject;
  }
  const Dialog& dialog = play_.dialog(step.subject);
  const Message& message = request.message;
  const std::string id = parameter(dialog.event, "id").value_or("");
  return message.method == "NOTIFY" && request.role == dialog.role && message.text("Call-ID") == dialog.call_id &&
         parameter(message.text("To"), "tag").value_or("") == dialog.local_tag &&
         parameter(message.text("Event"), "id").value_or("") == id;
}

Received* Actor::next(const Step& step) {
  auto& all = play_.received();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Received& one) { return belongs(one, step); });
  return found == all.end() ? nullptr : &*found;
}

void Actor::reply(const Step& step, Received& request) {
  request.waited_for = true;
  const std::string status = value(step, "reply", "200");
  if (status == "none") return;
  Role& me = play_.role(request.role);
  std::vector<HeaderChange> changes = step.set;
  const Lookup words = play_.lookup(&me);
  play_.reply(request, answer_to(request.message, static_cast<int>(to_number(status, "reply")), play_.new_token(),
                                 play_.contact(me), changes, words));
}

void Actor::expect(const Step& step) {
  const bool notify = step.verb == "notify";
  if (notify) play_.dialog(step.subject);
  const bool eventually = value(step, "eventually") == "yes";
  const double limit = seconds(step, "within", play_.target().notify_s);
  const auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limit));
  const std::string what = notify ? "NOTIFY in the dialog " + step.subject : step.subject + " at " + value(step, "by");
  std::string wrong;
  std::string shown;
  for (;;) {
    const double left = std::chrono::duration<double>(deadline - Clock::now()).count();
    if (!play_.wait([&] { return next(step) != nullptr; }, std::max(left, 0.0))) {
      if (wrong.empty() && value(step, "optional") == "yes") return;
      std::ostringstream why;
      why << "no " << what << (wrong.empty() ? "" : " that fits") << " within " << limit << " s";
      throw Unmet(wrong.empty() ? why.str() : why.str() + "; in the last one " + wrong, shown);
    }
    Received& request = *next(step);
    const Message message = request.message;
    if (notify) {
      Dialog& dialog = play_.dialog(step.subject);
      if (dialog.remote_tag.empty()) dialog.remote_tag = parameter(message.text("From"), "tag").value_or("");
      const std::vector<std::string> contacts = message.values("Contact");
      if (!contacts.empty()) dialog.target = uri_of(contacts.front());
      dialog.ended = without_parameters(message.text("Subscription-State")) == "terminated";
    }
    wrong = first_difference(message, step, play_.lookup(&play_.role(request.role)), schemas_);
    reply(step, request);
    if (wrong.empty()) return keep_all(step, message);
    if (!eventually) throw Unmet(wrong, message.raw);
    shown = message.raw;
  }
}

void Actor::quiet(const Step& step) {
  const std::string by = value(step, "by");
  const auto unexpected = [&]() -> Received* {
    for (Received& one : play_.received()) {
      if (!one.waited_for && (by.empty() || one.role == by)) return &one;
    }
    return nullptr;
  };
  const double limit = to_number(expanded(step.subject, play_.lookup()), "quiet");
  if (play_.wait([&] { return unexpected() != nullptr; }, limit)) {
    throw Unmet("nothing should have arrived", unexpected()->message.raw);
  }
}

void Actor::resent(const Step& step) {
  const auto unanswered = [&]() -> Received& {
    auto& all = play_.received();
    const Dialog& dialog = play_.dialog(step.subject);
    for (auto one = all.rbegin(); one != all.rend(); ++one) {
      if (one->message.text("Call-ID") == dialog.call_id && one->reply.empty()) return *one;
    }
    throw ScenarioError("no NOTIFY of the dialog " + step.subject + " is unanswered");
  };
  const double tolerance = seconds(step, "tolerance", 0.4);
  std::vector<double> gaps;
  for (const std::string& gap : list_of(value(step, "gaps"))) gaps.push_back(to_number(gap, "gaps"));
  double all = 0;
  for (const double gap : gaps) all += gap;
  play_.wait([&] { return unanswered().times.size() > gaps.size(); }, all + tolerance * 2);
  const Received copy = unanswered();
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    if (copy.times.size() <= i + 1) {
      throw Unmet("it came " + std::to_string(copy.times.size()) + " times only", copy.message.raw);
    }
    const double gap = std::chrono::duration<double>(copy.times[i + 1] - copy.times[i]).count();
    if (std::abs(gap - gaps[i]) > tolerance) {
      std::ostringstream why;
      why << "copy " << i + 1 << " came after " << gap << " s, should be " << gaps[i];
      throw Unmet(why.str(), copy.message.raw);
    }
  }
  const std::size_t before = copy.times.size();
  const double silent = seconds(step, "silent", 0);
  if (silent > 0 && play_.wait([&] { return unanswered().times.size() > before; }, silent)) {
    throw Unmet("it came once more, should have been given up", copy.message.raw);
  }
}

// --- Streams and the rest
// ---------------------------------------------------------------------------------------------

void Actor::stream(const Step& step) {
  Role& me = play_.role(expanded(step.subject, play_.lookup()));
  if (step.verb == "connect") return play_.endpoint(me).connect();
  play_.note(me, true, "", "closes the stream");
  play_.endpoint(me).disconnect();
}

void Actor::closed(const Step& step) {
  Role& me = play_.role(expanded(step.subject, play_.lookup()));
  if (play_.wait([&] { return me.closed; }, seconds(step, "within", play_.target().answer_s))) return;
  throw Unmet("the server has not closed the stream");
}

void Actor::bytes(const Step& step) {
  Role& me = play_.role(value(step, "by"));
  if (step.verb == "bytes") {
    play_.note(me, true, step.subject, "bytes");
    return play_.endpoint(me).send(step.subject);
  }
  if (!play_.wait([&] { return me.keep_alives.size() >= step.subject.size(); },
                  seconds(step, "within", play_.target().answer_s))) {
    throw Unmet("the bytes did not come", me.keep_alives);
  }
  if (me.keep_alives != step.subject) {
    throw Unmet(std::to_string(me.keep_alives.size()) + " bytes of CR and LF came, should be " +
                std::to_string(step.subject.size()));
  }
  me.keep_alives.clear();
}

void Actor::check(const Step& step) {
  const std::string said = expanded(step.subject, play_.lookup());
  const std::string wrong = mismatch(value(step, "is"), {said});
  if (!wrong.empty()) throw Unmet(step.subject + " " + wrong);
}

void Actor::repeat(const Step& step) {
  const int times = static_cast<int>(to_number(expanded(step.subject, play_.lookup()), "repeat"));
  for (int i = 1; i <= times; ++i) {
    play_.keep("i", std::to_string(i));
    for (const Step& one : step.steps) act(one);
  }
}

void Actor::clean_up() {
  for (auto* const named : play_.dialogs()) {
    Dialog& dialog = named->second;
    if (dialog.ended || dialog.remote_tag.empty()) continue;
    Step step;
    step.verb = "send";
    step.subject = "SUBSCRIBE";
    step.options = {{"by", dialog.role}, {"in", dialog.name}, {"as", "cleanup-" + dialog.name}, {"resend", "no"}};
    step.set = {{"Expires", {"0"}}};
    send(step);
  }
  for (Received& one : play_.received()) one.waited_for = true;
  const auto unanswered = [&] {
    for (Received& one : play_.received()) {
      if (!one.waited_for) reply(Step{}, one);
    }
    return false;
  };
  play_.wait(unanswered, kSettleS);
}

}  // namespace presentia::conformance
