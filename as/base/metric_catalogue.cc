#include "as/base/metric_catalogue.h"

#include <array>

namespace presentia::base {
namespace {

using enum MetricKind;

// Waiting and writing: seconds.
constexpr std::array<double, 13> kDelays{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30};
// Work of a processor: seconds.
constexpr std::array<double, 12> kWork{0.000005, 0.00001, 0.00002, 0.00005, 0.0001, 0.0002,
                                       0.0005,   0.001,   0.002,   0.005,   0.01,   0.1};

// How many.
constexpr std::array<double, 10> kCounts{1, 2, 4, 8, 16, 32, 64, 128, 256, 1024};

// One row a metric; a new one of a module goes to the rows of that module.
constexpr std::array kMetrics{
    // requests and what became of them
    MetricInfo{"presentia_requests_total",
               counter,
               "method, package, status",
               "Requests answered, by method, event package and status",
               {}},
    MetricInfo{"presentia_refused_total",
               counter,
               "reason",
               "Requests answered before they reached a resource, by reason",
               {}},
    MetricInfo{
        "presentia_events_total", counter, "detail, event", "What the event framework did, by kind and detail", {}},
    MetricInfo{
        "presentia_documents_refused_total", counter, "reason", "Published documents that were refused, by reason", {}},
    MetricInfo{"presentia_decide_seconds", histogram, "",
               "Time to decide one event: parse, compose, filter, write; one event in 16 is measured", kWork},
    // NOTIFY
    MetricInfo{"presentia_notify_outstanding", gauge, "", "NOTIFY requests that have no outcome yet", {}},
    MetricInfo{"presentia_notify_lag_seconds", histogram, "",
               "From the request, timer or outcome that causes a NOTIFY until it is handed to SIP", kDelays},
    MetricInfo{"presentia_notify_total", counter, "outcome", "NOTIFY requests, by outcome", {}},
    // state
    MetricInfo{"presentia_publications", gauge, "", "Publications held", {}},
    MetricInfo{"presentia_subscriptions",
               gauge,
               "state",
               "Subscriptions held, by state; terminated: the last NOTIFY is still owed",
               {}},
    MetricInfo{"presentia_held_documents",
               gauge,
               "status",
               "Documents of XDM servers held, by status; unknown: asked for, and nothing is known yet",
               {}},
    MetricInfo{"presentia_commit_failures_total", counter, "", "Commits that the store failed", {}},
    MetricInfo{"presentia_commit_seconds", histogram, "",
               "From handing a commit to the store until the store is done with it", kDelays},
    // the store on disk
    MetricInfo{"presentia_store_writable", gauge, "", "0 while the store can only be read, as with a full disk", {}},
    MetricInfo{"presentia_store_queue", gauge, "", "Commits that wait for being written", {}},
    MetricInfo{"presentia_store_commits_total", counter, "", "Commits that the store has made durable", {}},
    MetricInfo{"presentia_store_batches_total", counter, "", "Writes of the store, of one or more commits each", {}},
    MetricInfo{"presentia_store_batch_commits", histogram, "", "Commits written together", kCounts},
    MetricInfo{"presentia_store_write_seconds", histogram, "", "Time of one write of the store, with the fsync",
               kDelays},
    MetricInfo{"presentia_store_bytes_total", counter, "", "Bytes of records written by the store", {}},
    MetricInfo{"presentia_store_errors_total",
               counter,
               "kind",
               "Commits that failed and attempts to open the store again, by reason",
               {}},
    // overload and quotas
    MetricInfo{"presentia_shed_total", counter, "class", "Requests refused under overload, by class", {}},
    MetricInfo{"presentia_shed_level",
               gauge,
               "shard",
               "How many of the four classes of requests a shard refuses under overload",
               {}},
    MetricInfo{"presentia_quota_refused_total", counter, "quota", "Requests refused beyond a quota, by its name", {}},
    // threads
    MetricInfo{"presentia_inbox_delay_seconds", histogram, "", "Time a request waits for its shard", kDelays},
    MetricInfo{"presentia_loop_lag_seconds", histogram, "thread",
               "How late a thread looks at what was due, such as timers", kDelays},
    MetricInfo{"presentia_inbox_depth", gauge, "shard", "Work found in the inbox of a shard when it last looked", {}},
    // SIP
    MetricInfo{"presentia_sip_requests_total", counter, "method", "Requests received", {}},
    MetricInfo{"presentia_sip_responses_total", counter, "class", "Responses sent, by class", {}},
    MetricInfo{"presentia_sip_dropped_total", counter, "reason", "Messages dropped without an answer", {}},
    MetricInfo{"presentia_sip_retransmissions_absorbed_total", counter, "", "Requests received again", {}},
    MetricInfo{"presentia_sip_retransmissions_sent_total", counter, "", "Requests of ours sent again", {}},
    MetricInfo{"presentia_sip_requests_sent_total", counter, "", "Requests of ours, without retransmissions", {}},
    MetricInfo{"presentia_sip_outcomes_total", counter, "kind", "What became of requests of ours", {}},
    MetricInfo{"presentia_sip_forwarded_total", counter, "", "Messages that were not ours and were sent on", {}},
    MetricInfo{"presentia_sip_accept_pauses_total",
               counter,
               "",
               "Times that no connections could be accepted for want of descriptors or memory",
               {}},
    MetricInfo{"presentia_sip_logins_total",
               counter,
               "outcome",
               "Requests that were checked for digest credentials, by outcome; none: asked for them",
               {}},
    MetricInfo{"presentia_sip_digest_users", gauge, "", "Users that may log in by digest", {}},
    MetricInfo{"presentia_sip_connections", gauge, "", "Open TCP and TLS connections", {}},
    MetricInfo{"presentia_sip_connections_ended_total",
               counter,
               "reason",
               "TCP and TLS connections that ended, by reason",
               {}},
    MetricInfo{"presentia_sip_server_transactions", gauge, "", "Server transactions remembered", {}},
    MetricInfo{"presentia_sip_client_transactions", gauge, "", "Client transactions remembered", {}},
    // subscriptions of our own
    MetricInfo{"presentia_client_subscriptions",
               gauge,
               "state",
               "Subscriptions of our own, by the state of RFC 6665 4.1.2",
               {}},
    MetricInfo{"presentia_client_subscribes_total",
               counter,
               "outcome",
               "SUBSCRIBE requests of our own, by class of status or kind of failure",
               {}},
    MetricInfo{"presentia_client_notifies_total",
               counter,
               "status",
               "NOTIFY requests for subscriptions of our own, by the status they were answered with",
               {}},
    MetricInfo{"presentia_reg_event_users", gauge, "", "Users whose registration is subscribed to", {}},
    MetricInfo{"presentia_reg_event_documents_total",
               counter,
               "result",
               "Registration information received, by what became of it: all (nothing missing), gap, stale, none "
               "(nothing of the user), unreadable, lost (too many waited)",
               {}},
    // the XDM servers
    MetricInfo{"presentia_xcap_requests_total",
               counter,
               "method, outcome",
               "XCAP requests, by method and by class of status or kind of failure",
               {}},
    MetricInfo{"presentia_xcap_seconds", histogram, "method",
               "From taking in an XCAP request until its answer, with the time it waited", kDelays},
    MetricInfo{"presentia_xcap_queue", gauge, "", "XCAP requests that wait for a thread", {}},
    MetricInfo{"presentia_xcap_connections", gauge, "", "Open connections to XDM servers", {}},
    MetricInfo{"presentia_xcap_failovers_total", counter, "", "Times an XCAP request was tried on a further root", {}},
    MetricInfo{"presentia_xcap_root_state",
               gauge,
               "root",
               "State of an XCAP root: 0 used, 1 being probed, 2 left alone after a failure",
               {}},
    MetricInfo{"presentia_xdm_documents",
               gauge,
               "status",
               "Documents followed, by what is known of them; stale: the last good one counts while nothing newer "
               "can be had",
               {}},
    MetricInfo{"presentia_xdm_oldest_stale_seconds",
               gauge,
               "",
               "Age of the oldest document that counts although its server cannot be asked",
               {}},
    MetricInfo{"presentia_xdm_fetches_total", counter, "result", "Answers about documents, by what they said", {}},
    MetricInfo{"presentia_xdm_refused_total",
               counter,
               "reason",
               "Documents that servers gave and that were not taken, by reason",
               {}},
    MetricInfo{"presentia_xdm_reports_total",
               counter,
               "kind",
               "Reports of xcap-diff about documents, by kind, and those that could not be used",
               {}},
    MetricInfo{"presentia_xcap_diff_subscriptions", gauge, "state", "Subscriptions to xcap-diff, by state", {}},
    MetricInfo{"presentia_xcap_diff_covered_documents",
               gauge,
               "",
               "Documents whose changes an xcap-diff subscription reports",
               {}},
    MetricInfo{"presentia_xcap_diff_notifications_total",
               counter,
               "result",
               "Notifications of xcap-diff, by what became of them",
               {}},
    MetricInfo{"presentia_xcap_diff_reports_total",
               counter,
               "kind",
               "Entries in notifications of xcap-diff, by what they say",
               {}},
    // the HSS
    MetricInfo{"presentia_sh_requests_total",
               counter,
               "command, result",
               "Requests to the HSS, by what came of them in the end",
               {}},
    MetricInfo{"presentia_sh_seconds", histogram, "command",
               "From a request to the HSS until what came of it, with all tries", kDelays},
    MetricInfo{"presentia_sh_in_flight", gauge, "", "Requests to the HSS that nothing has come of yet", {}},
    MetricInfo{"presentia_sh_repairs_total",
               counter,
               "kind",
               "Further tries of requests to the HSS: at another peer, where an SLF pointed, without a feature, later, "
               "after reading again, without naming the HSS",
               {}},
    MetricInfo{"presentia_sh_late_answers_total", counter, "", "Answers that nobody waited for any more", {}},
    MetricInfo{"presentia_sh_notifications_total",
               counter,
               "result",
               "Notifications of the HSS, by what was answered; late: nobody said what",
               {}},
    MetricInfo{"presentia_sh_documents_refused_total", counter, "reason", "Sh-Data that was not taken, by reason", {}},
    MetricInfo{"presentia_sh_peer_state",
               gauge,
               "peer",
               "State of a Diameter peer: 0 closed, 1 connecting, 2 open, 3 suspect, 4 left alone after failures",
               {}},
    MetricInfo{"presentia_sh_peer_connects_total", counter, "peer", "Connections to a Diameter peer that opened", {}},
    MetricInfo{"presentia_diameter_log_suppressed_total",
               counter,
               "",
               "Lines of the Diameter library beyond sh.log_lines, which were not logged",
               {}},
    // the process
    MetricInfo{"presentia_ready", gauge, "", "1 if requests may be sent here, as /readyz says", {}},
    MetricInfo{"presentia_draining", gauge, "", "1 while the server drains and will stop", {}},
    MetricInfo{"presentia_bugs_total", counter, "", "Faults of the program itself that were noticed and survived", {}},
    MetricInfo{"process_cpu_seconds_total", counter, "", "Processor time used, user and system", {}},
    MetricInfo{"process_resident_memory_bytes", gauge, "", "Memory in use", {}},
    MetricInfo{"process_virtual_memory_bytes", gauge, "", "Address space in use", {}},
    MetricInfo{"process_threads", gauge, "", "Threads", {}},
    MetricInfo{"process_open_fds", gauge, "", "Open descriptors", {}},
    MetricInfo{"process_max_fds", gauge, "", "Descriptors that may be open", {}},
    MetricInfo{"process_start_time_seconds", gauge, "", "Start of the process, seconds since 1970 UTC", {}},
    // management
    MetricInfo{"presentia_management_calls_total", counter, "method, result", "Calls of the management service", {}},
};

constexpr std::string_view word(MetricKind kind) {
  switch (kind) {
    case counter:
      return "counter";
    case gauge:
      return "gauge";
    case histogram:
      return "histogram";
  }
  return "";
}

}  // namespace

std::span<const MetricInfo> metric_catalogue() { return kMetrics; }

std::string metrics_page() {
  std::string page =
      "# Metrics\n\n"
      "Generated from `as/base/metric_catalogue.cc` by `presentia-generate`; do not edit. Served as Prometheus' text "
      "at\n"
      "`http://ADDRESS:PORT/metrics` (`management.metrics`) and by `presentiactl metrics`. A histogram has the series\n"
      "`NAME_bucket`, `NAME_sum` and `NAME_count`.\n\n"
      "| metric | kind | labels | what it says |\n|---|---|---|---|\n";
  for (const MetricInfo& metric : kMetrics) {
    page.append("| `").append(metric.name).append("` | ").append(word(metric.kind)).append(" | ");
    page.append(metric.labels).append(" | ").append(metric.help).append(" |\n");
  }
  return page;
}

}  // namespace presentia::base
