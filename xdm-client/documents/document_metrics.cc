#include "xdm-client/documents/document_metrics.h"

#include <chrono>
#include <iterator>
#include <string>

namespace presentia::xdm {
namespace {

constexpr std::string_view kStatusWords[kDocumentStatuses] = {"asked", "present", "absent", "stale", "unavailable"};
// In the order of DocumentChange::Kind.
constexpr const char* kChangeWords[] = {"created_or_exists", "patched", "changed", "only_etag", "removed"};
constexpr const char* kFaultWords[] = {"unknown", "malformed", "patch_failed"};

}  // namespace

std::string_view word(Document::Status status) { return kStatusWords[static_cast<std::size_t>(status)]; }

DocumentMetrics::DocumentMetrics(base::Metrics& metrics)
    : oldest_(metrics.gauge("presentia_xdm_oldest_stale_seconds")) {
  for (const auto each : kStatusWords) {
    documents_.push_back(metrics.gauge("presentia_xdm_documents", {{"status", std::string(each)}}));
  }
  for (int kind = 0; kind < kAnswerKinds; ++kind) {
    const std::string result(word(static_cast<FetchAnswer::Kind>(kind)));
    fetches_.push_back(metrics.counter("presentia_xdm_fetches_total", {{"result", result}}));
  }
  for (const auto reason : kRefusals) {
    refused_.push_back(metrics.counter("presentia_xdm_refused_total", {{"reason", std::string(reason)}}));
  }
  for (const auto* kind : kChangeWords) {
    changes_.push_back(metrics.counter("presentia_xdm_reports_total", {{"kind", kind}}));
  }
  for (const auto* kind : kFaultWords) {
    faults_.push_back(metrics.counter("presentia_xdm_reports_total", {{"kind", kind}}));
  }
}

void DocumentMetrics::added(Document& document) { count(document, 1); }

void DocumentMetrics::removed(Document& document) {
  count(document, -1);
  forget_age(document);
}

Document::Status DocumentMetrics::moved(Document& document) {
  const Document::Status before = document.counted;
  forget_age(document);
  if (document.status() == Document::Status::stale) {
    stale_.insert(document.good_at);
    document.stale_of = document.good_at;
  }
  if (before == document.status()) return before;
  count(document, -1);
  document.counted = document.status();
  count(document, 1);
  return before;
}

void DocumentMetrics::answered(const FetchAnswer& answer) {
  fetches_.at(static_cast<std::size_t>(answer.kind)).add();
  if (!answer.reason.empty()) refused(answer.reason);
}

void DocumentMetrics::refused(std::string_view reason) {
  for (std::size_t i = 0; i < std::size(kRefusals); ++i)
    if (kRefusals[i] == reason) refused_.at(i).add();
}

void DocumentMetrics::reported(xcap::DocumentChange::Kind kind) { changes_.at(static_cast<std::size_t>(kind)).add(); }
void DocumentMetrics::reported(ReportFault fault) { faults_.at(static_cast<std::size_t>(fault)).add(); }

void DocumentMetrics::ages(base::Instant now) {
  const auto age = stale_.empty() ? base::Millis(0) : now - *stale_.begin();
  oldest_.set(std::chrono::duration<double>(age).count());
}

void DocumentMetrics::count(const Document& document, double by) {
  documents_.at(static_cast<std::size_t>(document.counted)).add(by);
}

void DocumentMetrics::forget_age(Document& document) {
  if (document.stale_of) stale_.erase(stale_.find(*document.stale_of));
  document.stale_of.reset();
}

}  // namespace presentia::xdm
