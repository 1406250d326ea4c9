// What an operator asks of a shard.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "as/base/partition.h"
#include "as/event/package.h"
#include "as/ports/inspection.h"

namespace presentia::runtime {

// Where a listing goes on: behind what has been given of that resource.
struct ListCursor {
  base::Partition partition = 0;
  ports::Resource resource;    // empty: from the beginning of the partition
  bool subscriptions = false;  // the publications of the resource are done
  std::uint64_t after = 0;     // publications: how many were given; subscriptions: the id of the last
  bool operator==(const ListCursor&) const = default;
};
[[nodiscard]] std::string to_text(const ListCursor& cursor);
[[nodiscard]] std::optional<ListCursor> read_cursor(const std::string& text);

// The question is about one presentity, not all or a pattern.
[[nodiscard]] inline bool names_one(const ports::ListQuestion& question) {
  return !question.presentity.empty() && question.presentity.find('*') == std::string::npos;
}

struct ListSlice {
  ports::ListQuestion question;  // its limit is of this slice; its cursor is not looked at
  ListCursor from;
};
struct ListedSlice {
  ports::ListPage page;
  std::optional<ListCursor> next;  // nullopt: nothing is left on this shard
};

// Where a listing of documents goes on.
struct DocumentsCursor {
  std::uint16_t shard = 0;
  std::optional<ports::DocumentKey> after = {};  // nullopt: from the beginning of the shard
  bool operator==(const DocumentsCursor&) const = default;
};
[[nodiscard]] std::string to_text(const DocumentsCursor& cursor);
[[nodiscard]] std::optional<DocumentsCursor> read_documents_cursor(const std::string& text);

struct DocumentsSlice {
  ports::DocumentsQuestion question;  // its cursor is not looked at, nor its limit
  DocumentsCursor from;
};
struct DocumentsListed {
  std::vector<ports::FollowedDocument> documents;  // without what only their source knows (stand())
  std::optional<DocumentsCursor> next = {};        // nullopt: nothing is left on this shard
};
struct ShowQuestion {
  ports::Resource presentity;
};

// Answered when the documents that decide are known (explain.h).
struct ExplainOrder {
  ports::ExplainQuestion question;
  std::shared_ptr<const event::Parsed> candidate;  // its rules, read; null: none are tried
};

using InspectQuestion = std::variant<ListSlice, DocumentsSlice, ShowQuestion, ports::TerminateOrder, ports::DropOrder,
                                     ports::RenotifyOrder, ExplainOrder>;
using InspectAnswer = std::variant<ports::InspectError, ListedSlice, DocumentsListed, ports::PresentityInfo,
                                   std::size_t, ports::ExplainInfo>;

struct Inquiry {
  InspectQuestion question;
  // Called once, on the shard: must return at once.
  std::function<void(InspectAnswer)> answer;
};

}  // namespace presentia::runtime
