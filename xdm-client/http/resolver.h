// Addresses of the hosts of roots. A lookup has a thread of its own, because nothing can end one: who asks waits only
// until his deadline, and the answer is there for the next one. Any thread.
#pragma once

#include <Poco/Net/IPAddress.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "as/base/result.h"
#include "xdm-client/http/http_values.h"

namespace presentia::xdm {

using Addresses = std::vector<Poco::Net::IPAddress>;
// Blocks; never throws.
using Lookup = std::function<base::Result<Addresses>(const std::string& host)>;
// By the system: hosts file and DNS.
[[nodiscard]] base::Result<Addresses> look_up(const std::string& host);

class Resolver {
 public:
  explicit Resolver(Lookup lookup);
  ~Resolver();  // waits for lookups under way
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Not older than `lifetime`; older ones while newer cannot be had. At least one, and not later than `until`.
  [[nodiscard]] base::Result<Addresses, HttpFailure> resolve(const std::string& host, base::Seconds lifetime,
                                                             Moment until);
  // `address` of `host` answered: it is the first one until the next lookup.
  void prefer(const std::string& host, const Poco::Net::IPAddress& address);
  // Nobody waits any more.
  void stop();

 private:
  struct Entry {
    Addresses addresses;
    std::string why_none;  // of the last lookup, if it failed
    Moment at{};           // of the last lookup that gave addresses
    std::uint64_t lookups = 0;
    bool busy = false;
    std::thread thread;
  };
  bool start_lookup(const std::string& host, Entry& entry);
  void run(const std::string& host, Entry& entry);

  const Lookup lookup_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry> entries_;  // this and the next guarded by mutex_
  bool stopped_ = false;
};

}  // namespace presentia::xdm
