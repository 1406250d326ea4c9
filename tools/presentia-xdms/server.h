// The whole server: store, XCAP over HTTP, xcap-diff over SIP. For main() and for tests in the same process.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/result.h"
#include "as/base/time.h"
#include "as/base/tokens.h"
#include "as/sip/agent.h"
#include "mgmt/attributes/snapshot.h"
#include "tools/presentia-xdms/http_server.h"
#include "tools/presentia-xdms/notifier.h"
#include "tools/presentia-xdms/store.h"
#include "tools/presentia-xdms/xcap_service.h"

namespace presentia::xdms {

struct Options {
  std::string http = "127.0.0.1:0";
  std::vector<std::string> sip = {"udp:127.0.0.1:0"};
  std::string folder = {};   // empty: memory only
  std::string samples = {};  // folder of documents for a start; empty: none
  std::string schemas = {};
  std::vector<std::string> super_users = {"sip:presence@localhost"};
  std::vector<std::string> trusted = {"127.0.0.0/8", "::1"};  // whose P-Asserted-Identity counts
  bool open = false;
  std::size_t max_document_bytes = std::size_t{1} << 20;
  base::Seconds min_expires{10}, max_expires{86400};
  // Misbehaviour that others must bear.
  bool no_xcap_diff = false, without_diff_state = false, unquoted_etags = false;
  base::Millis slow{0};
  int fail = 0;  // status of every answer
};

class Server {
 public:
  // xml::initialize() must have been called.
  explicit Server(Options options);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] base::Result<base::Done> start();
  void stop();

  // After start(): "http://127.0.0.1:40001/xcap" and "udp:127.0.0.1:40002,tcp:…".
  [[nodiscard]] const std::string& root_uri() const { return root_uri_; }
  [[nodiscard]] std::string sip() const;

 private:
  [[nodiscard]] XcapResponse answer(const XcapRequest& request);
  // False if the server stops meanwhile.
  bool wait(base::Millis time);
  void run_timers();
  base::Result<base::Done> start_store();

  const Options options_;
  std::string root_uri_;
  base::SteadyClock clock_;
  base::Metrics metrics_;
  base::BootTokens tokens_{0};
  mgmt::Live live_;
  Store store_;
  std::optional<XcapService> service_;
  std::optional<Notifier> notifier_;
  std::optional<sip::Agent> agent_;
  std::optional<HttpServer> http_;

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // guarded by mutex_
  std::thread timers_;
};

}  // namespace presentia::xdms
