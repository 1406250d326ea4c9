// ports::Documents over HTTP: a thread of its own that follows documents, asks by what it is given (HttpClient in the
// server) and tells the handler. Locks nothing while it calls out.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/heartbeat.h"
#include "as/base/metrics.h"
#include "as/ports/documents.h"
#include "mgmt/attributes/snapshot.h"
#include "xdm-client/documents/document_set_observer.h"
#include "xdm-client/http/http_values.h"
#include "xdm-client/xcap/xcap_diff.h"

namespace presentia::xdm {

class DocumentClient final : public ports::Documents {
 public:
  // HttpClient::request: each gets exactly one answer, on any thread, until `within` has passed. The answer may come
  // when this client has stopped or is gone.
  using Ask = std::function<void(HttpRequest, std::function<void(HttpResult)>)>;

  // What is given outlives it. `seed`: of the jitter of retries; any number.
  DocumentClient(const mgmt::Live& settings, const base::Clock& clock, base::Metrics& metrics, Ask ask,
                 std::uint64_t seed);
  ~DocumentClient() override;  // stops
  DocumentClient(const DocumentClient&) = delete;
  DocumentClient& operator=(const DocumentClient&) = delete;

  // Both are called on the thread of the client, from now until stop(), and must not block, throw or stop it; they may
  // call all else. What was asked for before is done now. Once. Throws std::system_error where no thread is to be had.
  void start(ports::DocumentsHandler& handler, DocumentSetObserver* observer = nullptr);
  // Nobody is called any more when it returns. What is called afterwards does nothing. Any thread but the client's.
  void stop();

  // Any thread.
  void follow(const ports::DocumentKey& key) override;
  void unfollow(const ports::DocumentKey& key) override;
  std::size_t look_again(std::string_view path) override;
  void standings(std::vector<std::string> documents,
                 std::function<void(std::vector<ports::DocumentStanding>)> told) override;

  // The attributes changed. Any thread.
  void settings_changed();

  // For what follows documents by xcap-diff; any thread. `document` as the observer was told it.
  // A subscription reports on it from now on (it is looked at every xdm.diff.verify_s), or no longer.
  void covered(const std::string& document, bool is_covered);
  // A report on it may have been missed: the server is asked, with the entity-tag of what is held.
  void missed(const std::string& document);
  // What a NOTIFY said, one entry at a time, in their order.
  void reported(const xcap::DocumentChange& change);
  // The documents that are followed: what on_followed and on_unfollowed told, for who comes late.
  [[nodiscard]] std::vector<std::string> followed() const;

  // That its thread still turns.
  [[nodiscard]] const base::Heartbeat& heartbeat() const;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace presentia::xdm
