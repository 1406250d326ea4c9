// The parts that fetch and follow documents of XDM servers, wired to each other and to the core: HTTP, the documents,
// our own subscriptions and what follows documents, and registrations, by them. No logic of theirs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/event/packages.h"
#include "as/runtime/clients/client_host.h"
#include "as/runtime/clients/reg_event_follower.h"
#include "as/runtime/core.h"
#include "mgmt/attributes/snapshot.h"
#include "xdm-client/diff/diff_follower.h"
#include "xdm-client/documents/document_client.h"
#include "xdm-client/documents/document_set_observer.h"
#include "xdm-client/documents/http_settings_of.h"
#include "xdm-client/http/http_client.h"

namespace presentia {

class DocumentParts final : private xdm::DiffSink, private xdm::DocumentSetObserver {
 public:
  struct Setup {
    const mgmt::Live& live;
    const event::Packages& packages;
    const base::Clock& clock;
    base::Metrics& metrics;
    runtime::Core& core;
    std::uint32_t lane;  // of tokens, beside those of the core
  };
  // What `setup` refers to outlives it. The core is connected to it.
  explicit DocumentParts(const Setup& setup);
  ~DocumentParts() override { stop(); }
  DocumentParts(const DocumentParts&) = delete;
  DocumentParts& operator=(const DocumentParts&) = delete;

  // Where our subscriptions send; before start().
  void connect(ports::SipPort& sip) { clients_.connect(sip); }
  void start();
  // Before the core and the SIP threads stop: ends our subscriptions. The core may still ask for documents.
  void end_subscriptions();
  // After the core.
  void stop();
  void settings_changed();

  [[nodiscard]] ports::Documents& documents() { return documents_; }
  // The threads that have not turned for base::kLongestSilence, by name. Any thread.
  [[nodiscard]] std::vector<std::string> stalled(base::Instant now) const;

 private:
  void covered(const std::string& document, bool covered) override { documents_.covered(document, covered); }
  void reported(const xcap::DocumentChange& change) override { documents_.reported(change); }
  void missed(const std::string& document) override { documents_.missed(document); }
  void on_followed(const std::string& document) override { diff_.on_followed(document); }
  void on_unfollowed(const std::string& document) override { diff_.on_unfollowed(document); }
  void on_patch_failed(const std::string& document) override { diff_.on_patch_failed(document); }

  runtime::Core& core_;
  xdm::LiveHttpSettings http_settings_;
  xdm::HttpClient http_;
  xdm::DocumentClient documents_;
  runtime::ClientHost clients_;
  xdm::DiffFollower diff_;
  runtime::RegEventFollower registrations_;
};

}  // namespace presentia
