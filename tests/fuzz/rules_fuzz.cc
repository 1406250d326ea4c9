// Rules documents and resource lists from an XDM server: read, evaluated, explained, and applied to a document.
#include <array>

#include "as/packages/presence/filter.h"
#include "as/rules/evaluation.h"
#include "as/rules/identity.h"
#include "as/xml/reader.h"
#include "tests/fuzz/property.h"

namespace presentia::fuzz {
namespace {

constexpr base::Instant kNow{std::chrono::seconds{1'700'000'000}};

xml::Reader& reader() {
  static const bool started = xml::initialize();
  must(started, "the XML library starts");
  static xml::Reader made;
  return made;
}

class SomeLists final : public rules::Lists {
 public:
  [[nodiscard]] std::optional<bool> has(std::string_view anchor,
                                        std::span<const std::string> identities) const override {
    return anchor.size() % 2 == 0 ? std::optional(members_.contains_any(identities)) : std::nullopt;
  }

 private:
  const rules::Members members_{{"sip:bob@example.com"}};
};

void evaluate(const rules::RuleSet& document) {
  const SomeLists lists;
  const std::array<std::string, 2> bob{"sip:bob@example.com", "tel:+15551234"};
  const std::array<std::string, 1> home{"example.com"};
  rules::Question question{.identities = bob, .alias_domains = home, .sphere = "work", .now = kNow, .lists = &lists};
  for (const bool known : {true, false}) {
    if (!known) question.identities = {};
    question.anonymous = !known;
    const rules::Evaluation plain = rules::evaluate(document, question);
    rules::Explanation explanation;
    const rules::Evaluation explained = rules::evaluate(document, question, &explanation);
    must(plain.permissions == explained.permissions && plain.matched == explained.matched &&
             plain.next_change == explained.next_change && plain.asked_lists == explained.asked_lists &&
             plain.depends_on_sphere == explained.depends_on_sphere,
         "explaining changes no answer");
    must(explanation.size() == document.rules().size(), "each rule is explained");
    must(!plain.next_change || *plain.next_change > kNow, "what changes, changes later");
    must(!plain.matched.empty() || plain.permissions == rules::Permissions(), "no rule, no permission");
    const auto again = rules::Permissions::from_key(plain.permissions.key());
    must(again && *again == plain.permissions, "a key says all");
    const presence::Composition nothing = presence::filtered({}, plain.permissions);
    must(nothing.tuples.empty(), "a filter adds nothing");
  }
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace presentia;
  const std::string_view text = fuzz::as_text(data, size);
  const auto document = rules::read_rules(text, fuzz::reader());
  fuzz::must(document || !document.error().reason.empty(), "a refusal has a reason");
  if (document) fuzz::evaluate(*document->rules);
  const auto list = rules::read_list(text, fuzz::reader());
  fuzz::must(list || !list.error().reason.empty(), "a refusal has a reason");
  if (list) static_cast<void>(rules::Members(list->members));
  static_cast<void>(rules::comparable_domain(text));
  return 0;
}
