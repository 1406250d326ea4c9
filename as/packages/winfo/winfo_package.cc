#include "as/packages/winfo/winfo_package.h"

#include <array>
#include <string>

#include "as/base/mutants.h"
#include "as/event/watcher_machine.h"

namespace presentia::winfo {
namespace {

// Also without Accept [RFC3857 4.5].
constexpr std::array<std::string_view, 1> kTypes{"application/watcherinfo+xml"};
constexpr std::string_view kAnonymous = "sip:anonymous@anonymous.invalid";  // [RFC3323 4.1.1.3]

void append_escaped(std::string& text, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\t':
      case '\n':
      case '\r':
        text += ' ';
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) text += c;  // other control characters cannot stand in XML 1.0
    }
  }
}

void append_attribute(std::string& text, std::string_view name, std::string_view value) {
  text.append(" ").append(name).append("=\"");
  append_escaped(text, value);
  text += '"';
}

std::int64_t whole_seconds(base::Millis duration) {
  return std::max<std::int64_t>(0, std::chrono::duration_cast<base::Seconds>(duration).count());
}

void append_watcher(std::string& text, const event::WatcherView& watcher, base::Instant now) {
  text += "<watcher";
  const std::string drift = PS_MUTANT("watcher-id-changes") ? std::to_string(now.time_since_epoch().count()) : "";
  append_attribute(text, "id", "w" + std::to_string(watcher.id) + drift);  // [RFC3858 3.3] a token, stable
  append_attribute(text, "status", PS_MUTANT("watcher-status-wrong") ? "active" : event::word(watcher.state));
  append_attribute(text, "event", event::word(watcher.event));
  if (!watcher.watcher.display.empty()) append_attribute(text, "display-name", watcher.watcher.display);
  if (watcher.state != ports::SubscriptionState::terminated)
    append_attribute(text, "expiration", std::to_string(whole_seconds(watcher.expires_at - now)));
  append_attribute(text, "duration-subscribed", std::to_string(whole_seconds(now - watcher.subscribed_at)));
  text += '>';
  append_escaped(text, watcher.watcher.anonymous() ? kAnonymous : std::string_view(watcher.watcher.uri));
  text += "</watcher>";
}

}  // namespace

std::span<const std::string_view> WinfoPackage::notification_types() const { return kTypes; }

event::View WinfoPackage::decide_watcher(const event::WatcherQuestion& question) const {
  const bool owner = !question.watcher.anonymous() && question.watcher.uri == question.resource;
  return {owner || PS_MUTANT("winfo-open") ? event::SubHandling::allow : event::SubHandling::block, {}};
}

event::Body WinfoPackage::render(const event::WatcherRender& input) const {
  auto text = std::make_shared<std::string>();
  *text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<watcherinfo xmlns=\"urn:ietf:params:xml:ns:watcherinfo\"";
  append_attribute(*text, "version", std::to_string(input.version + (PS_MUTANT("winfo-version-from-1") ? 1 : 0)));
  append_attribute(*text, "state", input.full ? "full" : "partial");
  *text += "><watcher-list";
  append_attribute(*text, "resource", input.resource);
  append_attribute(*text, "package", input.package);
  *text += '>';
  for (const event::WatcherView& watcher : input.watchers) append_watcher(*text, watcher, input.now);
  *text += "</watcher-list></watcherinfo>\r\n";
  return {std::string(kTypes.front()), std::move(text)};
}

}  // namespace presentia::winfo
