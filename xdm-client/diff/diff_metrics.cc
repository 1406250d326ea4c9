#include "xdm-client/diff/diff_metrics.h"

namespace presentia::xdm {
namespace {

base::Gauge subscriptions(base::Metrics& metrics, const char* state) {
  return metrics.gauge("presentia_xcap_diff_subscriptions", {{"state", state}});
}
base::Counter notifications(base::Metrics& metrics, const char* result) {
  return metrics.counter("presentia_xcap_diff_notifications_total", {{"result", result}});
}
base::Counter reports(base::Metrics& metrics, const char* kind) {
  return metrics.counter("presentia_xcap_diff_reports_total", {{"kind", kind}});
}

}  // namespace

DiffMetrics::DiffMetrics(base::Metrics& metrics)
    : subscriptions_{subscriptions(metrics, "none"), subscriptions(metrics, "pending"),
                     subscriptions(metrics, "active")},
      notifications_{notifications(metrics, "taken"), notifications(metrics, "empty"),
                     notifications(metrics, "wrong-type"), notifications(metrics, "malformed"),
                     notifications(metrics, "missed")},
      reports_{reports(metrics, "created-or-exists"),
               reports(metrics, "patched"),
               reports(metrics, "changed"),
               reports(metrics, "only-etag"),
               reports(metrics, "removed"),
               reports(metrics, "node"),
               reports(metrics, "unknown")},
      covered_(metrics.gauge("presentia_xcap_diff_covered_documents")) {}

}  // namespace presentia::xdm
