#include "xdm-client/diff/diff_metrics.h"

namespace presentia::xdm {
namespace {

base::Gauge gauge_of(base::Metrics& metrics, const char* state) {
  return metrics.gauge("presentia_xcap_diff_subscriptions", {{"state", state}});
}
base::Counter notifications_of(base::Metrics& metrics, const char* result) {
  return metrics.counter("presentia_xcap_diff_notifications_total", {{"result", result}});
}
base::Counter reports_of(base::Metrics& metrics, const char* kind) {
  return metrics.counter("presentia_xcap_diff_reports_total", {{"kind", kind}});
}

}  // namespace

DiffMetrics::DiffMetrics(base::Metrics& metrics)
    : subscriptions_{gauge_of(metrics, "none"), gauge_of(metrics, "pending"), gauge_of(metrics, "active")},
      notifications_{notifications_of(metrics, "taken"), notifications_of(metrics, "empty"),
                     notifications_of(metrics, "wrong-type"), notifications_of(metrics, "malformed"),
                     notifications_of(metrics, "missed")},
      reports_{reports_of(metrics, "created-or-exists"),
               reports_of(metrics, "patched"),
               reports_of(metrics, "changed"),
               reports_of(metrics, "only-etag"),
               reports_of(metrics, "removed"),
               reports_of(metrics, "node"),
               reports_of(metrics, "unknown")},
      covered_(metrics.gauge("presentia_xcap_diff_covered_documents")) {}

}  // namespace presentia::xdm
