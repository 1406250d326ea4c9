// What is known of one followed document and what is under way about it. A record of the follower, which alone changes
// it; memory counts, because there may be a million: a text is held only where patches need it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "as/base/timer_wheel.h"
#include "as/ports/documents.h"
#include "xdm-client/xcap/etag.h"

namespace presentia::xdm {

// Of a text, or of a text with its entity-tag; collisions cannot be made by who writes a document.
using Digest = std::array<unsigned char, 32>;

// What was told about one key of the document.
struct Telling {
  std::optional<ports::DocumentStatus> told{};
  Digest digest{};      // of what was told, if present
  bool waiting = true;  // nothing was told since it was last followed
  bool owed = true;     // needs the text with the next answer: one that says "unchanged" is not enough
};

enum class Urgency : std::uint8_t {
  first,    // someone waits
  changed,  // it is said to have changed
  routine,  // to see whether it has, or after a failure
};

class Document;
class DueHandler {
 public:
  virtual ~DueHandler() = default;
  virtual void on_due(Document& document) = 0;
};

class Document final : public base::Timer {
 public:
  enum class Known : std::uint8_t { nothing, present, absent };
  enum class Status : std::uint8_t { asked, present, absent, stale, unavailable };

  explicit Document(DueHandler& handler) : handler_(handler) {}

  // `name` and the rest are the follower's.
  const std::string* name = nullptr;      // relative to the XCAP root; where it is held
  std::map<std::string, Telling> keys{};  // by node; empty: the whole document

  Known known = Known::nothing;          // by the last good answer that is not too old
  std::optional<xcap::EntityTag> tag{};  // present
  std::string type{};                    // present
  ports::SharedText text{};              // present, and only if patches may be applied
  std::uint32_t patches = 0;             // that `text` took since it was fetched
  base::Instant good_at{};               // of the last good answer

  std::string why{};              // of the last failure; empty after a good answer
  std::uint32_t failures = 0;     // since the last good answer
  base::Instant failing_since{};  // of the first of them

  bool covered = false;                                      // a subscription reports on it
  bool whole = true;                                         // the next request has no condition
  bool again = false;                                        // ask once more after the request under way
  std::optional<xcap::EntityTag> expected{};                 // reported during the request under way
  std::uint64_t ticket = 0;                                  // of the request under way; 0: none
  std::optional<xcap::EntityTag> asked_tag{};                // its condition
  std::optional<std::pair<Urgency, std::uint64_t>> place{};  // in the queue of those to be asked for
  std::optional<base::Instant> fetch_at{};                   // when it is put there
  bool is_retry = false;                                     // `fetch_at` is after a failure, no poll
  base::Instant waiting_until{};                             // when who waits is told something, whatever it is

  Status counted = Status::asked;           // in the metrics
  std::optional<base::Instant> stale_of{};  // `good_at` as counted there

  [[nodiscard]] bool is_waited_for() const { return any(&Telling::waiting); }
  [[nodiscard]] bool owes_text() const { return any(&Telling::owed); }
  [[nodiscard]] Status status() const {
    if (known == Known::nothing) return why.empty() ? Status::asked : Status::unavailable;
    if (failures > 0) return Status::stale;
    return known == Known::present ? Status::present : Status::absent;
  }

 private:
  void fire() override { handler_.on_due(*this); }
  [[nodiscard]] bool any(bool Telling::*flag) const {
    for (const auto& [node, telling] : keys)
      if (telling.*flag) return true;
    return false;
  }

  DueHandler& handler_;
};

}  // namespace presentia::xdm
