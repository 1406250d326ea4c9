// What an external list of a rule names: the members of a resource list (RFC 4826) and what else has to be fetched to
// know them all. Pure: fetching, and not fetching in a circle, is the caller's business; it keeps what it has seen.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/result.h"
#include "as/rules/rule_set.h"
#include "as/xml/reader.h"
#include "as/xml/tree.h"

namespace presentia::rules {

struct ListLimits {
  std::size_t max_entries = 10'000;  // of one document: entries and references
  xml::Limits xml{32, 50'000, 32};
};

struct ListDocument {
  std::vector<std::string> members;     // URIs of the entries as written, of nested lists too [RFC4826 3.1]
  std::vector<std::string> externals;   // absolute URIs of further lists
  std::vector<std::string> entry_refs;  // of single entries, relative to the XCAP root of this document
};

// `root`: a <resource-lists> with all its lists, one <list>, or one <entry>: what an anchor or a reference selects. An
// element that was cut out of its document by XCAP may have lost its namespace [RFC4825 10]. References are without the
// white space that line breaks leave in them.
[[nodiscard]] base::Result<ListDocument, ReadError> read_list(xml::Element root, const ListLimits& limits = {});
[[nodiscard]] base::Result<ListDocument, ReadError> read_list(std::string_view bytes, xml::Reader& reader,
                                                              const ListLimits& limits = {});

// The users of a list in the form in which rules compare them; of several documents where a list refers to others.
class Members {
 public:
  Members() = default;
  explicit Members(const std::vector<std::string>& uris) { add(uris); }
  void add(const std::vector<std::string>& uris);
  [[nodiscard]] bool contains(std::string_view comparable) const;
  [[nodiscard]] bool contains_any(std::span<const std::string> comparable) const;
  [[nodiscard]] std::size_t size() const { return identities_.size(); }

 private:
  std::vector<std::string> identities_;  // comparable, in order, each once
};

}  // namespace presentia::rules
