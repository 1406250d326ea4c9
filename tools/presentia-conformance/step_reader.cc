#include "tools/presentia-conformance/step_reader.h"

#include <algorithm>
#include <array>

#include "tools/presentia-conformance/matcher.h"

namespace presentia::conformance {
namespace {

struct Verb {
  std::string_view name;
  std::string_view options;
};
constexpr std::array<Verb, 20> kVerbs{{{"send", "by to as in set line body type credentials pieces hold resend dialog"},
                                       {"again", "by pieces"},
                                       {"raw", "by as pieces hold"},
                                       {"file", "by as pieces hold fresh"},
                                       {"put", "by body type status"},
                                       {"delete", "by status"},
                                       {"hss", "is"},
                                       {"answer", "to within reason has body keep provisional optional"},
                                       {"notify", "within has body keep state reply reply_set eventually optional"},
                                       {"request", "by within has body keep reply reply_set"},
                                       {"quiet", "by"},
                                       {"wait", ""},
                                       {"resent", "gaps tolerance silent"},
                                       {"connect", ""},
                                       {"disconnect", ""},
                                       {"closed", "within"},
                                       {"bytes", "by"},
                                       {"receive", "by within"},
                                       {"check", "is"},
                                       {"repeat", "steps"}}};
constexpr int kDeepest = 8;  // sequences within sequences

using Arguments = std::map<std::string, std::string>;

std::string replaced(std::string text, const Arguments& arguments) {
  for (const auto& [name, value] : arguments) {
    const std::string mark = "$(" + name + ")";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
      text.replace(at, mark.size(), value);
    }
  }
  return text;
}

// A copy of the node in which arguments stand for their marks.
YAML::Node with_arguments(const YAML::Node& node, const Arguments& arguments) {
  YAML::Node copy;
  if (node.IsScalar()) {
    copy = replaced(node.Scalar(), arguments);
  } else if (node.IsSequence()) {
    for (const YAML::Node& one : node) copy.push_back(with_arguments(one, arguments));
  } else if (node.IsMap()) {
    for (const auto& one : node) {
      copy[replaced(one.first.Scalar(), arguments)] = with_arguments(one.second, arguments);
    }
  }
  return copy;
}

std::string one_line(const YAML::Node& node) {
  YAML::Emitter out;
  out << YAML::Flow << node;
  std::string text = out.c_str();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

class Reader {
 public:
  Reader(const yaml::Place& place, const Sequences& sequences) : place_(place), sequences_(sequences) {}

  std::vector<Step> list(const YAML::Node& node) {
    if (!node.IsSequence()) throw place_.error(node, "steps should be a list");
    std::vector<Step> steps;
    for (const YAML::Node& one : node) {
      if (!one.IsMap()) throw place_.error(one, "a step should be a map such as \"answer: 200\"");
      if (one["play"]) {
        for (Step& step : played(one)) steps.push_back(std::move(step));
      } else {
        steps.push_back(single(one));
      }
    }
    return steps;
  }

 private:
  std::vector<Step> played(const YAML::Node& node) {
    const std::string name = yaml::scalar(place_, node["play"], "play");
    const auto found = sequences_.find(name);
    if (found == sequences_.end()) throw place_.error(node, "there is no sequence " + name + " in sequences.yaml");
    if (++depth_ > kDeepest) throw place_.error(node, "sequences play each other without end");
    Arguments arguments = found->second.arguments;
    for (const auto& [key, value] : yaml::pairs(place_, node, "play")) {
      if (key == "play") continue;
      if (arguments.count(key) == 0) throw place_.error(node, "the sequence " + name + " takes no " + key);
      arguments[key] = value;
    }
    for (const auto& [key, value] : arguments) {
      if (value == "~") throw place_.error(node, "the sequence " + name + " needs " + key);
      // Defaults may use other arguments.
      arguments[key] = replaced(value, arguments);
    }
    std::vector<Step> steps = list(with_arguments(found->second.steps, arguments));
    for (Step& step : steps) {
      if (step.place.back() == '0') step.place = place_.file + ":" + std::to_string(node.Mark().line + 1);
    }
    --depth_;
    return steps;
  }

  Step single(const YAML::Node& node) {
    const Verb* verb = nullptr;
    for (const Verb& one : kVerbs) {
      if (node[std::string(one.name)] && (verb == nullptr || one.name != "request")) {
        verb = &one;
        break;
      }
    }
    if (verb == nullptr)
      throw place_.error(node, "a step without a verb (send, answer, notify, quiet, …): " + one_line(node));
    Step step;
    step.verb = verb->name;
    step.place = place_.file + ":" + std::to_string(node.Mark().line + 1);
    step.text = one_line(node);
    yaml::only(place_, node, step.verb, step.verb + " " + std::string(verb->options));
    for (const auto& one : node) option(step, one.first.Scalar(), one.second);
    return step;
  }

  void option(Step& step, const std::string& key, const YAML::Node& value) {
    if (key == step.verb) {
      step.subject = value.IsSequence() ? one_line(value) : yaml::scalar(place_, value, key);
    } else if (key == "set" || key == "reply_set") {
      changes(step, value);
    } else if (key == "has") {
      checks(step.has, value);
    } else if (key == "body" && (step.verb == "send" || step.verb == "put")) {
      document(step, value);
    } else if (key == "body") {
      checks(step.body, value);
    } else if (key == "credentials") {
      for (const auto& [name, said] : yaml::pairs(place_, value, key)) step.credentials[name] = said;
      if (step.credentials.count("of") == 0)
        throw place_.error(value, "credentials need of: the request that was challenged");
    } else if (key == "keep") {
      step.keep = yaml::pairs(place_, value, key);
    } else if (key == "steps") {
      step.steps = list(value);
    } else if (value.IsSequence()) {
      step.options[key] = one_line(value);
    } else {
      step.options[key] = yaml::scalar(place_, value, key);
      if (key == "reason" || key == "is") readable(value, step.options[key]);
    }
  }

  void changes(Step& step, const YAML::Node& node) {
    if (!node.IsMap()) throw place_.error(node, "set should be a map of header fields");
    for (const auto& one : node) {
      HeaderChange change{one.first.Scalar(), {}};
      if (!one.second.IsNull() && one.second.Scalar() != "~")
        change.values = yaml::scalars(place_, one.second, change.name);
      if (one.second.IsSequence()) change.values = yaml::scalars(place_, one.second, change.name);
      step.set.push_back(std::move(change));
    }
  }

  void checks(std::vector<Check>& into, const YAML::Node& node) {
    if (!node.IsMap()) throw place_.error(node, "checks should be a map");
    for (const auto& one : node) {
      Check check{one.first.Scalar(), yaml::scalars(place_, one.second, one.first.Scalar())};
      for (const std::string& matcher : check.matchers) readable(one.second, matcher);
      into.push_back(std::move(check));
    }
  }

  void readable(const YAML::Node& at, const std::string& matcher) {
    const std::string wrong = unreadable_matcher(matcher);
    if (!wrong.empty()) throw place_.error(at, wrong);
  }

  void document(Step& step, const YAML::Node& node) {
    if (node.IsNull()) return;
    if (node.IsScalar()) {
      step.document["text"] = node.Scalar();
      return;
    }
    for (const auto& [key, value] : yaml::pairs(place_, node, "body")) step.document[key] = value;
    if (step.document.count("file") == 0) throw place_.error(node, "body needs a file, or is a text");
  }

  const yaml::Place& place_;
  const Sequences& sequences_;
  int depth_ = 0;
};

}  // namespace

Sequences read_sequences(const std::string& file) {
  const yaml::Place place{file};
  Sequences sequences;
  for (const auto& one : yaml::load(file)) {
    const std::string name = one.first.Scalar();
    yaml::only(place, one.second, name, "what arguments steps");
    Sequence sequence{file, {}, one.second["steps"]};
    if (one.second["arguments"]) {
      for (const auto& argument : one.second["arguments"]) {
        sequence.arguments[argument.first.Scalar()] = argument.second.IsNull() ? "~" : argument.second.Scalar();
      }
    }
    sequences[name] = std::move(sequence);
  }
  return sequences;
}

std::vector<Step> read_steps(const yaml::Place& place, const YAML::Node& list, const Sequences& sequences) {
  return Reader(place, sequences).list(list);
}

}  // namespace presentia::conformance
