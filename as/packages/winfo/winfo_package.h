// The watcher information template package "winfo" (RFC 3857) and its document (RFC 3858), over any package.
#pragma once

#include "as/event/package.h"

namespace presentia::winfo {

class WinfoPackage final : public event::TemplatePackage {
 public:
  [[nodiscard]] std::string_view suffix() const override { return "winfo"; }
  [[nodiscard]] std::span<const std::string_view> notification_types() const override;
  // Only the resource itself learns who watches it [RFC3857 4.6].
  [[nodiscard]] event::View decide_watcher(const event::WatcherQuestion& question) const override;
  // application/watcherinfo+xml [RFC3858 3].
  [[nodiscard]] event::Body render(const event::WatcherRender& input) const override;
};

}  // namespace presentia::winfo
