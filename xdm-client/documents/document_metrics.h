// The counters of followed documents, registered once.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "xdm-client/documents/document.h"
#include "xdm-client/documents/fetch_answer.h"
#include "xdm-client/xcap/xcap_diff.h"

namespace presentia::xdm {

inline constexpr int kDocumentStatuses = 5;
[[nodiscard]] std::string_view word(Document::Status status);

// What a report was worth, beside the kind of change it said.
enum class ReportFault : std::uint8_t {
  unknown,       // of a document that is not followed
  malformed,     // of no document at all
  patch_failed,  // its patch did not apply
};

// One thread's.
class DocumentMetrics {
 public:
  explicit DocumentMetrics(base::Metrics& metrics);

  void added(Document& document);
  void removed(Document& document);
  // Moves it to the count of its status; gives the one that it had.
  Document::Status moved(Document& document);
  void answered(const FetchAnswer& answer);
  void refused(std::string_view reason);
  void reported(xcap::DocumentChange::Kind kind);
  void reported(ReportFault fault);
  void ages(base::Instant now);

 private:
  void count(const Document& document, double by);
  void forget_age(Document& document);

  std::vector<base::Gauge> documents_;  // by status
  std::vector<base::Counter> fetches_;  // by kind of answer
  std::vector<base::Counter> refused_;  // as kRefusals
  std::vector<base::Counter> changes_;  // by kind
  std::vector<base::Counter> faults_;
  base::Gauge oldest_;
  std::multiset<base::Instant> stale_;  // when the stale ones were last good
};

}  // namespace presentia::xdm
