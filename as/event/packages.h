// The event packages of this server, looked up by the name in an Event header. Filled at start, then constant.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "as/event/package.h"

namespace presentia::event {

// What an event type names: a package, or a template package over one ("presence.winfo", "presence.winfo.winfo").
struct Handler {
  const Package* package = nullptr;            // set for a plain package
  const TemplatePackage* template_ = nullptr;  // set for a template
  std::string_view base;                       // template: the event type it reports on

  [[nodiscard]] std::span<const std::string_view> notification_types() const;
  [[nodiscard]] Verdict decide_watcher(const WatcherQuestion& question) const;
};

// Reads what comes with a REGISTER in XML. Pure; any thread.
class RegisterBodies {
 public:
  virtual ~RegisterBodies() = default;
  // What the HSS has for this server in a body of type application/3gpp-ims+xml [TS24.229 7.6], as text; the error is a
  // counter's label.
  [[nodiscard]] virtual base::Result<std::string, std::string> service_info(std::string_view body) const = 0;
};

class Packages {
 public:
  void add(std::unique_ptr<Package> package);
  void add(std::unique_ptr<TemplatePackage> package);

  void read_profiles_with(std::unique_ptr<ProfileReader> reader) { profile_reader_ = std::move(reader); }
  // Null: nobody reads them.
  [[nodiscard]] const ProfileReader* profile_reader() const { return profile_reader_.get(); }
  void read_register_bodies_with(std::unique_ptr<RegisterBodies> bodies) { register_bodies_ = std::move(bodies); }
  // Null: nobody reads them.
  [[nodiscard]] const RegisterBodies* register_bodies() const { return register_bodies_.get(); }

  // nullopt for an event type that is not served. Templates nest once at most. The result refers to `event_type`.
  [[nodiscard]] std::optional<Handler> find(std::string_view event_type) const;
  // The package that reads documents of that application usage; null: none does.
  [[nodiscard]] const Package* reader_of(std::string_view auid) const;
  // Every plain package.
  [[nodiscard]] std::span<const std::unique_ptr<Package>> all() const { return packages_; }
  // Value of Allow-Events: every package and its templates [RFC6665 8.2.2].
  [[nodiscard]] const std::string& allow_events() const { return allow_events_; }
  // Every content type that some package can be published with.
  [[nodiscard]] std::vector<std::string_view> publication_types() const;

 private:
  void list();
  std::vector<std::unique_ptr<Package>> packages_;
  std::vector<std::unique_ptr<TemplatePackage>> templates_;
  std::unique_ptr<RegisterBodies> register_bodies_;
  std::unique_ptr<ProfileReader> profile_reader_;
  std::string allow_events_;
};

}  // namespace presentia::event
