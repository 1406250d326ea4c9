#include "as/main/documents.h"

#include <memory>
#include <utility>

#include "as/base/tokens.h"

namespace presentia {

DocumentParts::DocumentParts(const Setup& setup)
    : core_(setup.core),
      http_settings_(setup.live),
      http_(http_settings_.source(), setup.metrics),
      documents_(
          setup.live, setup.clock, setup.metrics,
          [this](xdm::HttpRequest request, const std::function<void(xdm::HttpResult)>& done) {
            http_.request(std::move(request), done);
          },
          base::BootTokens(setup.lane + 1).number()),
      clients_({setup.live, setup.packages, setup.core, setup.clock, setup.metrics,
                std::make_unique<base::BootTokens>(setup.lane)}),
      diff_({setup.live, clients_, *this, setup.clock, setup.metrics}),
      registrations_({setup.live, clients_, core_, setup.clock, setup.metrics}) {
  core_.connect(documents_);
  core_.connect(registrations_);
  core_.connect_clients(clients_);
}

void DocumentParts::start() {
  clients_.start();
  diff_.start();
  registrations_.start();
  documents_.start(core_, this);
}

void DocumentParts::end_subscriptions() {
  diff_.stop();
  registrations_.stop();
  clients_.stop();
}

void DocumentParts::stop() {
  documents_.stop();
  http_.stop();
}

void DocumentParts::settings_changed() {
  documents_.settings_changed();
  diff_.settings_changed();
  registrations_.settings_changed();
}

std::vector<std::string> DocumentParts::stalled(base::Instant now) const {
  std::vector<std::string> names;
  if (documents_.heartbeat().silent(now)) names.emplace_back("documents");
  if (clients_.stalled(now)) names.emplace_back("subscriptions");
  if (diff_.stalled(now)) names.emplace_back("xcap-diff");
  if (registrations_.stalled(now)) names.emplace_back("reg-event");
  return names;
}

}  // namespace presentia
