// Follows documents: when each is asked for, what an answer or a report means, and for how long the last good one
// counts. Pure but for the names, which any thread may ask for: told the time and the answers, it has no thread, no
// socket and no clock. document_client.h gives it those.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/timer_wheel.h"
#include "as/ports/documents.h"
#include "mgmt/attributes/snapshot.h"
#include "xdm-client/documents/document_metrics.h"
#include "xdm-client/documents/document_set_observer.h"
#include "xdm-client/documents/document_table.h"
#include "xdm-client/documents/fetch_answer.h"
#include "xdm-client/documents/fetch_queue.h"
#include "xdm-client/documents/fetch_times.h"
#include "xdm-client/documents/teller.h"
#include "xdm-client/http/http_values.h"
#include "xdm-client/xcap/cached_copy.h"

namespace presentia::xdm {

class Follower final : private DueHandler {
 public:
  // Called from within the functions below; must not call them.
  class Outside : public DocumentSetObserver {
   public:
    // To be answered by answered() with the ticket, later.
    virtual void ask(std::uint64_t ticket, HttpRequest request) = 0;
    virtual void tell(ports::DocumentReading reading) = 0;
  };

  // `outside` and `metrics` outlive it. `seed` is of the jitter.
  Follower(Outside& outside, base::Metrics& metrics, mgmt::SnapshotPtr settings, std::uint64_t seed, base::Instant now);
  ~Follower() override = default;
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // As in ports::Documents.
  void follow(const ports::DocumentKey& key, base::Instant now);
  void unfollow(const ports::DocumentKey& key, base::Instant now);
  void look_again(std::string_view prefix, base::Instant now);

  void settings_changed(mgmt::SnapshotPtr settings, base::Instant now);
  // The outcome of a request. One that is not known any more changes nothing.
  void answered(std::uint64_t ticket, HttpResult result, base::Instant now);
  // A report on the document may have been missed; no effect on one that is not followed.
  void missed(const std::string& document, base::Instant now);
  // Whether a subscription reports on the document from now on; no effect on one that is not followed.
  void covered(const std::string& document, bool is_covered, base::Instant now);
  // What a NOTIFY said about a document [RFC5874 3].
  void reported(const xcap::DocumentChange& change, base::Instant now);

  // How those of these documents stand that are followed.
  [[nodiscard]] std::vector<ports::DocumentStanding> standings(const std::vector<std::string>& documents);

  // Does what is due; next() is when there is more, nullopt if nothing is.
  void advance(base::Instant now);
  [[nodiscard]] std::optional<base::Instant> next() const { return timers_.next(); }

  // Any thread.
  [[nodiscard]] std::vector<std::string> followed() const { return documents_.names(); }
  [[nodiscard]] std::size_t count(std::string_view prefix) const { return documents_.count(prefix); }

 private:
  using Known = Document::Known;

  [[nodiscard]] const config::Xdm& xdm() const { return settings_->config().xdm(); }
  [[nodiscard]] bool has_roots() const { return xdm().root_size() > 0; }
  [[nodiscard]] xml::Limits xml_limits() const;
  [[nodiscard]] bool keeps_text(const Document& document) const;

  // follower.cc: keys, requests and times
  void tell_again(Document& document);
  void want(Document& document, Urgency urgency);
  void forget(Document& document);
  void forget_request(Document& document);
  void dispatch();
  void ask(Document& document);
  void on_due(Document& document) override;
  void stop_waiting(Document& document);
  void set_timer(Document& document);
  void become_serverless(Document& document);
  void change_roots(Document& document, bool had_roots);
  void account(Document& document);

  // follower_answers.cc
  void apply(Document& document, FetchAnswer answer);
  void good(Document& document, Known known);
  void take(Document& document, FetchAnswer answer);
  void show(Document& document, const ports::SharedText& text);
  void unchanged(Document& document);
  void gone(Document& document);
  void failed(Document& document, FetchAnswer answer);
  void lose(Document& document);
  void check_expected(Document& document);
  void try_later(Document& document, std::uint32_t failures, base::Millis ready_in);
  void ask_once_more(Document& document);
  [[nodiscard]] bool is_too_old(const Document& document) const;

  // follower_reports.cc
  void removed(Document& document, const std::optional<xcap::EntityTag>& previous);
  void changed(Document& document, const xcap::DocumentChange& change);
  void confirmed(Document& document);
  [[nodiscard]] bool patch(Document& document, const xcap::DocumentChange& change);

  Outside& outside_;
  mgmt::SnapshotPtr settings_;
  DocumentMetrics metrics_;
  Teller teller_;
  xml::Reader reader_;
  FetchTimes times_;
  FetchQueue queue_;
  base::Instant now_;
  base::TimerWheel timers_;
  DocumentTable documents_;                             // its timers disarm themselves before the wheel goes
  std::unordered_map<std::uint64_t, Document*> asked_;  // by ticket; nullptr: nobody wants the answer any more
  std::uint64_t last_ticket_ = 0;
};

}  // namespace presentia::xdm
