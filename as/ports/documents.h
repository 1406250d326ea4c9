// Documents that live on XDM servers and decide what watchers see: rules, lists, hard state. What the core asks of who
// fetches and follows them, and what it is told. Values only; nobody outside xdm-client knows how they are had.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/time.h"
#include "as/ports/sip_port.h"

namespace presentia::ports {

// A document below the XCAP root, or one element in it. Two keys of the same thing are equal only if they are spelt
// alike: who makes one writes it in canonical form (percent-coded where RFC 4825 6 needs it and nowhere else).
struct DocumentKey {
  std::string document;   // relative to the XCAP root: "pres-rules/users/sip:alice@example.org/index"
  std::string node = {};  // what follows "/~~/", with its query; empty: the whole document
  auto operator<=>(const DocumentKey&) const = default;
  bool operator==(const DocumentKey&) const = default;

  [[nodiscard]] std::string_view auid() const { return std::string_view(document).substr(0, document.find('/')); }
};

enum class DocumentStatus : std::uint8_t {
  present,
  absent,       // the server says that there is none (404), or no server is configured
  unavailable,  // nobody can say: there was an error, and no good copy that is young enough
};
[[nodiscard]] constexpr std::string_view word(DocumentStatus status) {
  switch (status) {
    case DocumentStatus::present:
      return "present";
    case DocumentStatus::absent:
      return "absent";
    case DocumentStatus::unavailable:
      return "unavailable";
  }
  return "unavailable";
}

// What is known of a document at a moment.
struct DocumentReading {
  DocumentKey key;
  DocumentStatus status = DocumentStatus::unavailable;
  std::string etag;          // of the document, without quotes; empty where the server sends none
  std::string content_type;  // lower case, without parameters; of the element where one is named
  SharedText text;           // present: the document, or the element alone
  std::string why;           // unavailable, for people: what happened
  base::Instant fetched_at;  // when a server last said so
};

// How a change of a document becomes known.
enum class Following : std::uint8_t {
  none,      // only when it is looked at by order
  polling,   // it is asked for from time to time
  xcap_diff  // a subscription reports on it
};
[[nodiscard]] constexpr std::string_view word(Following following) {
  switch (following) {
    case Following::none:
      return "none";
    case Following::polling:
      return "polling";
    case Following::xcap_diff:
      return "xcap-diff";
  }
  return "none";
}

// How a followed document is had at a moment, beside what has been told of it.
struct DocumentStanding {
  std::string document;  // as in DocumentKey
  Following following = Following::none;
  bool stale = false;                              // it cannot be had now; what was last told counts on for a time
  std::string why = {};                            // for people: why it cannot be had; empty: it can
  std::optional<base::Instant> confirmed_at = {};  // when a server last said that it is as it was told
};

// Implemented by xdm-client. All calls from any thread; they return at once and never fail visibly.
class Documents {
 public:
  virtual ~Documents() = default;
  // From now on the handler is told what is known of it: the first reading within xdm.request_timeout_ms, whatever
  // happens, then each that differs in status, entity-tag or text. Following it again tells what is known once more.
  virtual void follow(const DocumentKey& key) = 0;
  // Nothing more is told of it, except what is under way.
  virtual void unfollow(const DocumentKey& key) = 0;
  // Followed documents whose path begins so are looked at on the server now, whatever was known; empty: all. For
  // provisioning systems that change documents behind the server's back. The number of documents.
  virtual std::size_t look_again(std::string_view path) = 0;
  // Tells how these documents stand, without those that are not followed: calls `told` once, on a thread of the
  // implementation, which it must not hold up; or drops it uncalled when it stops.
  virtual void standings(std::vector<std::string> documents,
                         std::function<void(std::vector<DocumentStanding>)> told) = 0;
};

// Implemented by as/runtime; called on a thread of the implementation of Documents, one call at a time for a key.
class DocumentsHandler {
 public:
  virtual ~DocumentsHandler() = default;
  virtual void on_document(DocumentReading reading) = 0;
};

}  // namespace presentia::ports
