#include "as/runtime/explain.h"

#include <utility>

#include "as/event/sources.h"
#include "as/event/subscriptions.h"

namespace presentia::runtime {
namespace {

base::Unexpected<ports::InspectError> invalid(std::string text) {
  return base::Unexpected{ports::InspectError{ports::InspectTrouble::invalid, std::move(text)}};
}

const event::Package* package_of(const std::string& name, const event::Packages& packages) {
  const auto handler = packages.find(name);
  return handler ? handler->package : nullptr;
}

base::Unexpected<ports::InspectError> no_rules(const std::string& package) {
  return invalid("decisions of the event package \"" + package + "\" cannot be explained: it has no rules");
}

}  // namespace

ports::Inspected<ExplainOrder> order_of(const ports::ExplainQuestion& question, const event::Packages& packages,
                                        const mgmt::Snapshot& settings) {
  const event::Package* package = package_of(question.package, packages);
  if (package == nullptr) return no_rules(question.package);
  ExplainOrder order{question, nullptr};
  if (!question.rules) return order;
  auto read = package->read_candidate(*question.rules, settings);
  if (!read) return invalid("the rules cannot be read: " + read.error().why + " (" + read.error().reason + ")");
  order.question.rules->clear();  // it is read: no need to carry it on
  order.candidate = std::make_shared<const event::Parsed>(*std::move(read));
  return order;
}

ports::Inspected<ports::ExplainInfo> explain(const event::ResourceState& state, const event::HeldDocuments& documents,
                                             const ExplainOrder& order, const event::Context& context) {
  const event::Package* package = package_of(order.question.package, context.packages);
  if (package == nullptr) return no_rules(order.question.package);
  const event::Sources sources = event::sources_of(state, documents, package->name(), context);
  event::ExplainInput input{order.question, order.candidate.get(), documents,       sources.publications,
                            sources.lost,   context.now,           context.settings};
  if (state.subscriber) input.without_rules = state.subscriber->profile.without_rules;
  input.overruled = event::overruled_by_hss(state);
  auto told = package->explain(input);
  if (!told) return no_rules(order.question.package);
  return *std::move(told);
}

}  // namespace presentia::runtime
