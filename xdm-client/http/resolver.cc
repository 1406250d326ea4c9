#include "xdm-client/http/resolver.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "xdm-client/http/worker_thread.h"

namespace presentia::xdm {
namespace {

base::Unexpected<HttpFailure> failure(FailureKind kind, std::string text) {
  return base::Unexpected{HttpFailure{.kind = kind, .text = std::move(text), .maybe_sent = false, .ready_in = {}}};
}

}  // namespace

base::Result<Addresses> look_up(const std::string& host) {
  try {
    Addresses found = Poco::Net::DNS::hostByName(host).addresses();
    if (!found.empty()) return found;
    return base::Unexpected{base::Error{"name", "no address"}};
  } catch (const Poco::Exception& error) {
    return base::Unexpected{base::Error{"name", error.displayText()}};
  }
}

Resolver::Resolver(Lookup lookup) : lookup_(std::move(lookup)) {}

Resolver::~Resolver() {
  stop();
  for (auto& [host, entry] : entries_) {
    if (entry.thread.joinable()) entry.thread.join();
  }
}

void Resolver::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void Resolver::run(const std::string& host, Entry& entry) {
  auto found = lookup_(host);
  const std::lock_guard lock(mutex_);
  if (found) {
    entry.addresses = *std::move(found);
    entry.at = std::chrono::steady_clock::now();
    entry.why_none.clear();
  } else {
    entry.why_none = std::move(found).error().text;
  }
  entry.busy = false;
  ++entry.lookups;
  changed_.notify_all();
}

bool Resolver::start_lookup(const std::string& host, Entry& entry) {
  if (entry.busy) return true;
  if (entry.thread.joinable()) entry.thread.join();  // has ended, but for its last steps
  try {
    entry.busy = true;
    entry.thread = worker_thread([this, host, &entry] { run(host, entry); });
    return true;
  } catch (const std::system_error&) {
    entry.busy = false;
    return false;
  }
}

base::Result<Addresses, HttpFailure> Resolver::resolve(const std::string& host, base::Seconds lifetime, Moment until) {
  Poco::Net::IPAddress literal;
  if (Poco::Net::IPAddress::tryParse(host, literal)) return Addresses{literal};
  std::unique_lock lock(mutex_);
  if (stopped_) return failure(FailureKind::stopped, "the client stops");
  Entry& entry = entries_[host];
  if (!entry.addresses.empty() && std::chrono::steady_clock::now() < entry.at + lifetime) return entry.addresses;
  if (entry.busy && !entry.addresses.empty()) return entry.addresses;  // a slow lookup holds up only its first asker
  if (!start_lookup(host, entry)) return failure(FailureKind::name_not_found, host + ": no thread for a lookup");
  const std::uint64_t before = entry.lookups;
  const bool done = changed_.wait_until(lock, until, [&] { return stopped_ || entry.lookups != before; });
  if (stopped_) return failure(FailureKind::stopped, "the client stops");
  if (!entry.addresses.empty()) return entry.addresses;
  if (!done) return failure(FailureKind::connect_deadline, host + ": no answer from name resolution");
  return failure(FailureKind::name_not_found, host + ": " + entry.why_none);
}

void Resolver::prefer(const std::string& host, const Poco::Net::IPAddress& address) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(host);
  if (found == entries_.end()) return;
  Addresses& held = found->second.addresses;
  const auto at = std::ranges::find(held, address);
  if (at != held.end()) std::rotate(held.begin(), at, at + 1);
}

}  // namespace presentia::xdm
