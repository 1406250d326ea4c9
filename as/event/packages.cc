#include "as/event/packages.h"

namespace presentia::event {

std::span<const std::string_view> Handler::notification_types() const {
  return package ? package->notification_types() : template_->notification_types();
}

Verdict Handler::decide_watcher(const WatcherQuestion& question) const {
  if (package) return package->decide_watcher(question);
  return {.view = template_->decide_watcher(question), .until = {}};
}

const Package* Packages::reader_of(std::string_view auid) const {
  for (const auto& package : packages_)
    if (package->reads(auid)) return package.get();
  return nullptr;
}

void Packages::add(std::unique_ptr<Package> package) {
  packages_.push_back(std::move(package));
  list();
}

void Packages::add(std::unique_ptr<TemplatePackage> package) {
  templates_.push_back(std::move(package));
  list();
}

std::optional<Handler> Packages::find(std::string_view event_type) const {
  for (const auto& package : packages_)
    if (package->name() == event_type) return Handler{package.get(), nullptr, {}};
  const std::size_t dot = event_type.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view base = event_type.substr(0, dot), suffix = event_type.substr(dot + 1);
  // [RFC3857 4.1] a template applies to any package, also to itself; deeper nesting says nothing any more
  if (base.find('.') != base.rfind('.')) return std::nullopt;
  for (const auto& template_package : templates_)
    if (template_package->suffix() == suffix && find(base)) return Handler{nullptr, template_package.get(), base};
  return std::nullopt;
}

std::vector<std::string_view> Packages::publication_types() const {
  std::vector<std::string_view> types;
  for (const auto& package : packages_)
    for (const std::string_view type : package->publication_types()) types.push_back(type);
  return types;
}

// Every event type that can be subscribed to, those made with a template too [RFC6665 4.4.4].
void Packages::list() {
  allow_events_.clear();
  const auto append = [this](const std::string& name) {
    if (!allow_events_.empty()) allow_events_ += ", ";
    allow_events_ += name;
  };
  for (const auto& package : packages_) {
    append(std::string(package->name()));
    for (const auto& template_package : templates_)
      append(std::string(package->name()) + "." + std::string(template_package->suffix()));
  }
}

}  // namespace presentia::event
