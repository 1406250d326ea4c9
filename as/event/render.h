// Bodies of notifications, each distinct view rendered once per decision and shared. Not for other folders.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "as/event/machine.h"

namespace presentia::event {

class Renderer {
 public:
  Renderer(const ResourceState& state, const Context& context) : state_(&state), context_(&context) {}

  // The body for a subscription to a package or template in that view; none for a view that shows nothing (confirm,
  // block). `subscription` gives a template's version and changes; null for a fetch: version 0, full state.
  [[nodiscard]] Body body(const ports::SubscriptionRecord& record, const View& view, const Subscription* subscription);

 private:
  struct Rendered {
    std::string package, content_type;
    View view;
    Body body;
  };
  [[nodiscard]] Body composed(const Package& package, const ports::SubscriptionRecord& record, const View& view);
  [[nodiscard]] Body watchers(const Handler& handler, const Subscription* subscription);

  const ResourceState* state_;
  const Context* context_;
  std::vector<Rendered> rendered_;
};

}  // namespace presentia::event
