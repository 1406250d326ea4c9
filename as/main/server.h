// The composition root: builds the parts of the server, wires them, starts and stops them in order. No logic of theirs.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "as/base/metrics.h"
#include "as/base/result.h"
#include "as/base/time.h"
#include "as/event/packages.h"
#include "as/main/documents.h"
#include "as/main/lifecycle.h"
#include "as/main/subscribers.h"
#include "as/main/supervisor.h"
#include "as/packages/presence/schema_folder.h"
#include "as/runtime/core.h"
#include "as/sip/agent.h"
#include "as/store/memory_store.h"
#include "as/store/open_store.h"
#include "mgmt/attributes/attributes.h"
#include "mgmt/service/management_server.h"
#include "mgmt/service/metrics_http.h"

namespace presentia {

class Server {
 public:
  // `initial` as mgmt::load() gave it.
  explicit Server(mgmt::Initial initial);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The line for scripts: "ready sip=udp:127.0.0.1:5060,… management=unix:PATH metrics=http://ADDRESS:PORT/metrics", or
  // metrics=off. The error names the object of the configuration, or the address. Signals must be blocked before.
  [[nodiscard]] base::Result<std::string> start();
  // Begins to drain as drain.mode says, if it does not already.
  void drain();
  // True when a drain is over, or its time is.
  [[nodiscard]] bool may_stop() const;
  // When stop() has to be over: what is left of drain.timeout_s, or all of it where nothing was drained.
  [[nodiscard]] std::chrono::steady_clock::time_point stop_by() const;
  // Tells the service manager, and those who ask by gRPC, how the server is; often, from one thread.
  void tell_supervisor();
  // No new work is taken in; what is there is done, stored, answered and sent.
  void stop();

 private:
  [[nodiscard]] base::Seconds drain_timeout() const;
  void changed(const mgmt::ChangeEvent& event, const mgmt::Snapshot& settings);
  [[nodiscard]] std::string ready_line(const std::string& management, const std::string& metrics) const;

  base::SteadyClock clock_;
  base::Metrics metrics_;
  mgmt::Attributes attributes_;
  std::shared_ptr<presence::SchemaFolder> schemas_;
  event::Packages packages_;
  base::Result<std::unique_ptr<ports::StateStore>> opened_;
  store::MemoryStore no_store_;  // stands in where none could be opened: start() fails then
  ports::StateStore& store_;
  runtime::Core core_;
  sip::Agent agent_;
  DocumentParts documents_;
  Subscribers subscribers_;
  Lifecycle lifecycle_;
  Supervisor supervisor_;
  mgmt::ManagementServer management_;
  mgmt::MetricsHttp metrics_http_;
  mgmt::Attributes::Listening listening_;  // ends before what it calls
};

}  // namespace presentia
