// A toy event package, x-tick: a publication is a number, watchers see the highest. It shows that a package needs no
// line of the core changed.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include "as/event/package.h"

namespace presentia::test {

class TickPackage final : public event::Package {
 public:
  static constexpr std::string_view kType = "application/x-tick";

  [[nodiscard]] std::string_view name() const override { return "x-tick"; }
  [[nodiscard]] std::span<const std::string_view> publication_types() const override { return kTypes; }
  [[nodiscard]] std::span<const std::string_view> notification_types() const override { return kTypes; }

  [[nodiscard]] base::Result<event::Parsed, event::Rejection> parse(const event::ParseInput& input) const override {
    auto tick = std::make_shared<Tick>();
    const auto [end, error] = std::from_chars(input.body.data(), input.body.data() + input.body.size(), tick->number);
    if (error != std::errc() || end != input.body.data() + input.body.size()) {
      return base::Unexpected{event::Rejection{400, "tick.no-number", "the body is no number"}};
    }
    return event::Parsed{std::move(tick), {}};
  }

  // Everybody may watch, but mallory.
  [[nodiscard]] event::Verdict decide_watcher(const event::WatcherQuestion& question) const override {
    const bool refused = question.watcher.uri == "sip:mallory@example.com";
    return {.view = {refused ? event::SubHandling::block : event::SubHandling::allow, {}}, .until = {}};
  }

  [[nodiscard]] event::Body render(const event::RenderInput& input) const override {
    int highest = 0;
    for (const event::PublicationView& publication : input.publications) {
      if (publication.document == nullptr) continue;
      highest = std::max(highest, static_cast<const Tick*>(publication.document)->number);
    }
    return {std::string(kType), std::make_shared<const std::string>(std::to_string(highest))};
  }

 private:
  struct Tick final : event::Document {
    int number = 0;
  };
  static constexpr std::array<std::string_view, 1> kTypes{kType};
};

}  // namespace presentia::test
