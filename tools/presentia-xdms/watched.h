// What one xcap-diff subscription watches, and what is still to be told of it [RFC5875 4.4, 4.7]. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/xml/reader.h"
#include "tools/presentia-xdms/access.h"
#include "tools/presentia-xdms/store.h"
#include "xdm-client/xcap/selector.h"
#include "xdm-client/xcap/xcap_diff.h"

namespace presentia::xdms {

enum class Processing { no_patching, xcap_patching, aggregate };
// Of an Event parameter; what is not known, and none, is no-patching [RFC5875 4.3].
[[nodiscard]] Processing processing_of(std::string_view value);

// One <entry> of the list.
struct Entry {
  enum class Kind { document, collection, node };
  Kind kind = Kind::document;
  std::string sel;          // as written, relative to the root: it comes back octet by octet [RFC5875 4.6]
  std::string key;          // of the document as in Documents; of a collection what the keys begin with
  xcap::Selector selector;  // not of collections
};

inline constexpr std::size_t kMostEntries = 10'000;
inline constexpr std::size_t kMostNodes = 1'000;  // of them: nodes, which are looked for at each change

// The entries of a SUBSCRIBE body. What selects nothing that could ever exist, or namespaces, is left out: it would
// wait for ever [RFC5875 4.1, 4.7]. nullopt: no flat list of resource-lists, or too long a one.
[[nodiscard]] std::optional<std::vector<Entry>> read_entries(xml::Reader& reader, std::string_view body,
                                                             std::string_view root_uri);
// Whether there is any entry of which that subscriber may ever learn something.
[[nodiscard]] bool may_watch(const Access& access, const Identities& who, const std::vector<Entry>& entries);

class Watched {
 public:
  // `access` outlives it.
  Watched(const Access& access, Identities who, std::vector<Entry> entries, Processing processing)
      : access_(access), who_(std::move(who)), entries_(std::move(entries)), processing_(processing) {}

  // A new list (the old one for nullopt); everything is to be told again.
  void restart(std::optional<std::vector<Entry>> entries, Processing processing);
  // For xcap-patching, which tells every change.
  void changed(const Change& change);
  // What is to be told now; it counts as told. At most about `most_bytes`: the rest comes with the next call. Empty:
  // nothing.
  [[nodiscard]] std::vector<decltype(xcap::XcapDiff::entries)::value_type> take(xml::Reader& reader,
                                                                                const Documents& documents,
                                                                                std::size_t most_bytes);

 private:
  using Told = std::vector<decltype(xcap::XcapDiff::entries)::value_type>;
  struct NodeTold {
    std::string etag;  // of the document when it was looked at
    std::optional<std::string> content;
  };

  [[nodiscard]] const Entry* covering(const std::string& key, const xcap::DocumentSelector& where) const;
  void take_history(xml::Reader& reader, Told& out);
  void take_documents(xml::Reader& reader, const Documents& documents, Told& out);
  void take_nodes(xml::Reader& reader, const Documents& documents, Told& out);
  void tell(xml::Reader& reader, const Entry& entry, const Stored* before, const Stored* after, Told& out,
            bool patches);
  [[nodiscard]] bool full() const { return used_ >= most_; }

  const Access& access_;
  Identities who_;
  std::vector<Entry> entries_;
  Processing processing_;
  std::map<std::string, Stored, std::less<>> told_;  // documents by key
  std::map<std::size_t, NodeTold> nodes_;            // by index of the entry
  std::deque<Change> history_;
  std::size_t used_ = 0, most_ = 0;
};

}  // namespace presentia::xdms
