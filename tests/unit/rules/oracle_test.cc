// The evaluator against the oracle, over random documents and watchers.
#include "tests/unit/rules/oracle.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <sstream>

#include "as/xml/document.h"
#include "tests/support/spec.h"
#include "tests/unit/rules/support.h"

namespace presentia::rules {
namespace {

constexpr unsigned kDocuments = 5'000, kWatchersEach = 20;  // 100,000 answers

// Values are few, so that they meet.
constexpr std::array kUsers{"sip:bob@example.com",
                            "sip:Bob@example.com",
                            "SIP:bob@EXAMPLE.com;user=phone",
                            "sip:carol@a.example",
                            "sip:bob@a.example",
                            "sip:+1555@example.com",
                            "tel:+1-555",
                            "tel:+1555",
                            "sip:eve@xample.com",
                            "sip:bob@example.comx",
                            "sip:carol@example.com",
                            "sip:b@example.com:5070"};
constexpr std::array kDomains{"example.com", "EXAMPLE.COM", "a.example", "example", "xample.com", "example.co"};
constexpr std::array kSpheres{"work", "Home", "travel"};
constexpr std::array kTimes{"2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z",
                            "2026-04-01T00:00:00Z"};
constexpr std::array kAnchors{"http://x/a", "http://x/b", "http://x/c"};

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}
  unsigned below(unsigned end) { return static_cast<unsigned>(engine_() % end); }
  bool one_in(unsigned n) { return below(n) == 0; }
  template <std::size_t N>
  std::string any_of(const std::array<const char*, N>& values) {
    return values[below(N)];
  }

 private:
  std::mt19937 engine_;
};

class Documents {
 public:
  explicit Documents(Chance& chance) : chance_(chance) {}

  std::string ruleset() {
    std::string text;
    for (unsigned i = 0, rules = chance_.below(7); i < rules; ++i) text += rule("r" + std::to_string(i));
    return rules::ruleset(text);
  }

 private:
  std::string rule(const std::string& id) {
    std::array<std::string, 3> parts{conditions(), actions(), transformations()};
    std::swap(parts[0], parts[chance_.below(3)]);
    return "<rule id='" + id + "'>" + parts[0] + (chance_.one_in(4) ? "<!-- c -->" : "") + parts[1] + parts[2] +
           "</rule>";
  }

  std::string conditions() {
    if (chance_.one_in(10)) return {};
    std::string text = "<conditions>";
    for (unsigned i = chance_.one_in(6) ? 0 : 1 + chance_.below(2); i > 0; --i) text += condition();
    return text + "</conditions>";
  }

  std::string condition() {
    switch (chance_.below(16)) {
      case 0:
        return "<sphere value='" + chance_.any_of(kSpheres) + " " + chance_.any_of(kSpheres) + "'/>";
      case 1:
      case 2:
        return "<validity>" + period() + (chance_.one_in(2) ? period() : "") + "</validity>";
      case 3:
        return "<ocp:anonymous-request/>";
      case 4:
      case 5:
        return "<ocp:other-identity/>";
      case 6:
      case 7:
        return "<ocp:external-list><ocp:entry anc='" + chance_.any_of(kAnchors) + "'/>" +
               (chance_.one_in(3) ? "<ocp:entry anc='" + chance_.any_of(kAnchors) + "'/>" : "") +
               "</ocp:external-list>";
      case 8:
        return "<x:unknown/>";
      default:
        return identity();
    }
  }

  std::string period() {
    std::string text = "<from>" + chance_.any_of(kTimes) + "</from>";
    if (chance_.one_in(10)) text += "<from>" + chance_.any_of(kTimes) + "</from>";
    if (!chance_.one_in(10)) text += "<until>" + chance_.any_of(kTimes) + "</until>";
    return text;
  }

  std::string identity() {
    std::string text = "<identity>";
    for (unsigned i = chance_.below(4); i > 0; --i) text += user();
    return text + "</identity>";
  }

  std::string user() {
    switch (chance_.below(8)) {
      case 0:
        return "<x:unknown/>";
      case 1:
      case 2:
      case 3:
        return "<one id='" + chance_.any_of(kUsers) + "'>" + (chance_.one_in(10) ? "<x:y/>" : "") + "</one>";
      default:
        break;
    }
    std::string text = chance_.one_in(2) ? "<many domain='" + chance_.any_of(kDomains) + "'>" : "<many>";
    for (unsigned i = chance_.below(3); i > 0; --i) {
      text += "<except";
      if (!chance_.one_in(3)) text += " id='" + chance_.any_of(kUsers) + "'";
      if (chance_.one_in(3)) text += " domain='" + chance_.any_of(kDomains) + "'";
      text += "/>";
    }
    return text + (chance_.one_in(10) ? "<x:y/></many>" : "</many>");
  }

  std::string actions() {
    constexpr std::array kHandlings{"block", "confirm", "polite-block", "allow", "other"};
    if (chance_.one_in(4)) return {};
    return "<actions>" + std::string(chance_.one_in(4) ? "<x:a/>" : "") + handling(chance_.any_of(kHandlings)) +
           "</actions>";
  }

  std::string transformations() {
    if (chance_.one_in(4)) return {};
    std::string text = "<transformations>";
    for (unsigned i = chance_.below(4); i > 0; --i) text += transformation();
    return text + "</transformations>";
  }

  std::string transformation() {
    constexpr std::array kBooleans{"true", "false", "1", "0", " true "};
    constexpr std::array kInputs{"false", "bare", "thresholds", "full"};
    switch (chance_.below(8)) {
      case 0:
        return chance_.one_in(3) ? "<pr:provide-all-attributes/>" : "<x:provide-mood>true</x:provide-mood>";
      case 1:
        return "<pr:provide-user-input>" + chance_.any_of(kInputs) + "</pr:provide-user-input>";
      case 2:
        return "<pr:provide-unknown-attribute name='" + chance_.any_of(kSpheres) +
               "' ns='urn:" + chance_.any_of(kSpheres) + "'>" + chance_.any_of(kBooleans) +
               "</pr:provide-unknown-attribute>";
      case 3:
        return set("services", "class service-uri service-uri-scheme occurrence-id op:service-id");
      case 4:
        return set("persons", "class occurrence-id");
      case 5:
        return set("devices", "class occurrence-id deviceID");
      default:
        break;
    }
    const AttributePermission& some = kAttributePermissions[chance_.below(kAttributePermissions.size())];
    const std::string name = (some.ns == kPresRules ? "pr:" : "op:") + std::string(some.local);
    const std::string value =
        some.attribute == Attribute::geopriv ? (chance_.one_in(2) ? "full" : "false") : chance_.any_of(kBooleans);
    return "<" + name + ">" + value + "</" + name + ">";
  }

  std::string set(const std::string& kind, const std::string& selectors) {
    std::string text = "<pr:provide-" + kind + ">";
    if (chance_.one_in(4)) text += "<pr:all-" + kind + "/>";
    std::istringstream names(selectors);
    for (std::string name; names >> name;) {
      if (!chance_.one_in(3)) continue;
      if (name.find(':') == std::string::npos) name = "pr:" + name;
      text += "<" + name + ">" + chance_.any_of(kSpheres) + "</" + name + ">";
    }
    return text + "</pr:provide-" + kind + ">";
  }

  Chance& chance_;
};

oracle::Asked random_watcher(Chance& chance) {
  oracle::Asked asked;
  for (unsigned i = chance.one_in(8) ? 0 : 1 + chance.below(2); i > 0; --i)
    asked.watcher.push_back(chance.any_of(kUsers));
  asked.anonymous = chance.one_in(5);
  if (!chance.one_in(3)) asked.sphere = chance.any_of(kSpheres);
  asked.now = chance.any_of(kTimes);
  for (const char* anchor : kAnchors) {
    if (chance.one_in(4)) continue;
    std::set<std::string>& members = asked.lists[anchor];
    for (unsigned i = chance.below(4); i > 0; --i) members.insert(chance.any_of(kUsers));
  }
  return asked;
}

std::set<std::string> told(const Components& components) {
  std::set<std::string> all;
  if (components.all) all.insert("*");
  for (const Selector& selector : components.only) all.insert(std::string(name_of(selector.by)) + "=" + selector.value);
  return all;
}

// A set with everything in it says nothing more.
std::set<std::string> told(std::set<std::string> set) { return set.contains("*") ? std::set<std::string>{"*"} : set; }

void expect_equal(const Evaluation& ours, const RuleSet& rules, oracle::Answer theirs) {
  std::vector<std::string> matched;
  for (const std::uint32_t rule : ours.matched) matched.emplace_back(rules.text(rules.rules()[rule].id));
  EXPECT_EQ(matched, theirs.matched);
  const Permissions& granted = ours.permissions;
  EXPECT_EQ(static_cast<int>(granted.handling) * 10, theirs.handling);
  EXPECT_EQ(told(granted.services), told(theirs.sets["provide-services"]));
  EXPECT_EQ(told(granted.persons), told(theirs.sets["provide-persons"]));
  EXPECT_EQ(told(granted.devices), told(theirs.sets["provide-devices"]));
  EXPECT_EQ(granted.all_attributes, theirs.granted.contains("*"));
  if (granted.all_attributes) return;
  EXPECT_EQ(static_cast<int>(granted.user_input) * 10, theirs.user_input);
  std::set<std::string> shown, unknown;
  for (const AttributePermission& permission : kAttributePermissions) {
    if (granted.shows(permission.attribute)) shown.emplace(permission.local);
  }
  for (const QualifiedName& name : granted.unknown) unknown.insert("{" + name.ns + "}" + name.local);
  EXPECT_EQ(shown, theirs.granted);
  EXPECT_EQ(unknown, theirs.unknown);
}

// What the evaluation says about its own future: until next_change, and in any sphere unless it depends on it, the
// answer stays.
void expect_lasting(const Asked& asked, const Evaluation& now) {
  Asked later = asked;
  for (const char* time : kTimes) {
    later.now = at(time);
    if (later.now < asked.now || (now.next_change && later.now >= *now.next_change)) continue;
    EXPECT_EQ(later.evaluate().matched, now.matched) << time;
  }
  if (now.depends_on_sphere) return;
  later.now = asked.now;
  later.sphere = "travel";
  EXPECT_EQ(later.evaluate().matched, now.matched);
}

TEST(RandomRules, AreEvaluatedAsAPlainReadingOfTheRfcsDoes) {
  PS_SPEC("POL-01 POL-02 POL-04 POL-06 POL-07 POL-08 POL-10 POL-11 POL-12 POL-13 PRU-02 PRU-03 PRU-06 PRU-23 OM1-12");
  constexpr std::uint32_t kSeed = 20'260'301;
  std::array<std::size_t, 3> seen{};  // no rule, one, several matched
  xml::Reader reader;
  for (std::uint32_t seed = kSeed; seed < kSeed + kDocuments; ++seed) {
    Chance chance(seed);
    const std::string text = Documents(chance).ruleset();
    const auto tree = reader.parse(text);
    ASSERT_TRUE(tree) << "seed " << seed << "\n" << text;
    Asked asked;
    asked.rule_set = read_rules((*tree)->root())->rules;
    for (unsigned i = 0; i < kWatchersEach; ++i) {
      const oracle::Asked question = random_watcher(chance);
      asked.watcher = question.watcher;
      asked.anonymous = question.anonymous;
      asked.sphere = question.sphere.empty() ? std::nullopt : std::optional(question.sphere);
      asked.now = at(question.now);
      asked.lists.known.clear();
      for (const auto& [anchor, members] : question.lists) {
        asked.lists.known[anchor] = Members(std::vector<std::string>(members.begin(), members.end()));
      }
      const Evaluation ours = asked.evaluate();
      expect_equal(ours, *asked.rule_set, oracle::answer((*tree)->root(), question));
      if (i == 0) {
        Explanation explanation;
        EXPECT_EQ(asked.evaluate(&explanation).permissions, ours.permissions);
        EXPECT_EQ(asked.evaluate(&explanation).asked_lists, ours.asked_lists);
        expect_lasting(asked, ours);
      }
      ASSERT_FALSE(HasFailure()) << "seed " << seed << ", watcher " << i << "\n" << text;
      ++seen[std::min<std::size_t>(ours.matched.size(), 2)];
    }
  }
  for (const std::size_t count : seen) EXPECT_GT(count, kDocuments * kWatchersEach / 10) << "nothing much was compared";
}

}  // namespace
}  // namespace presentia::rules
