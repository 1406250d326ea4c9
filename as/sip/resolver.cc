#include "as/sip/resolver.h"

#include <sofia-resolv/sres.h>
#include <sofia-resolv/sres_record.h>
#include <sofia-sip/sresolv.h>
#include <sofia-sip/su_uniqueid.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>

#include "as/base/uri.h"
#include "as/sip/grammar.h"

namespace presentia::sip {
namespace {

constexpr int kMostQueries = 32;  // of one search: what hostile DNS data can make us ask

struct Step {
  std::uint16_t type = sres_type_a;
  std::string name;
  Transport transport = Transport::udp;
  std::string port;
};

std::optional<Transport> transport_param(const base::Uri& uri) {
  if (uri.scheme == "sips") return Transport::tls;
  const auto name = uri.param("transport");
  if (!name || equal_ignoring_case(*name, "udp")) return Transport::udp;
  if (equal_ignoring_case(*name, "tcp")) return Transport::tcp;
  if (equal_ignoring_case(*name, "tls")) return Transport::tls;
  return std::nullopt;
}

std::string port_or_default(const std::string& port, Transport transport) {
  return port.empty() ? std::string(default_port(via_name(transport))) : port;
}

std::string srv_name(Transport transport, const std::string& host) {
  switch (transport) {
    case Transport::udp:
      return "_sip._udp." + host;
    case Transport::tcp:
      return "_sip._tcp." + host;
    case Transport::tls:
      return "_sips._tcp." + host;
  }
  return host;
}

std::optional<Transport> naptr_service(const char* service, bool secure) {
  if (service == nullptr) return std::nullopt;
  if (equal_ignoring_case(service, "SIPS+D2T")) return Transport::tls;
  if (secure) return std::nullopt;
  if (equal_ignoring_case(service, "SIP+D2U")) return Transport::udp;
  if (equal_ignoring_case(service, "SIP+D2T")) return Transport::tcp;
  return std::nullopt;
}

template <class Record>
std::vector<const Record*> records(sres_record_t** answers, std::uint16_t type) {
  std::vector<const Record*> found;
  for (; answers != nullptr && *answers != nullptr; ++answers) {
    const sres_common_t& common = *(*answers)->sr_record;
    if (common.r_status == 0 && common.r_type == type) found.push_back(reinterpret_cast<const Record*>(*answers));
  }
  return found;
}

// By priority; among equals by chance in proportion to the weights [RFC2782].
void order_srv(std::vector<const sres_srv_record_t*>& found) {
  for (auto first = found.begin(); first != found.end(); ++first) {
    const auto lowest =
        std::min_element(first, found.end(), [](auto* a, auto* b) { return a->srv_priority < b->srv_priority; });
    const unsigned priority = (*lowest)->srv_priority;
    const auto same = std::partition(first, found.end(), [&](auto* r) { return r->srv_priority == priority; });
    unsigned total = 0;
    for (auto entry = first; entry != same; ++entry) total += (*entry)->srv_weight;
    unsigned chance = total == 0 ? 0 : static_cast<unsigned>(su_randint(0, static_cast<int>(total)));
    auto chosen = first;
    while (std::next(chosen) != same && chance > (*chosen)->srv_weight) chance -= (*chosen++)->srv_weight;
    std::iter_swap(first, chosen);
  }
}

}  // namespace

struct Resolver::Search {
  Resolver* owner = nullptr;
  std::uint64_t id = 0;
  Found found;
  std::string host;  // of the URI
  bool secure = false;
  Transport transport = Transport::udp;  // if DNS says nothing else
  std::deque<Step> steps;
  Step running;
  std::vector<Target> targets;
  bool services_seen = false;  // SRV records exist: the addresses of the name itself do not count
  bool addresses_asked = false;
  int queries = 0;

  void ask_addresses(const std::string& name, Transport way, const std::string& port, const Usable& usable) {
    if (usable(way, true)) steps.push_front({sres_type_aaaa, name, way, port});
    if (usable(way, false)) steps.push_front({sres_type_a, name, way, port});
  }

  void take(sres_record_t** answers, const Usable& usable) {
    switch (running.type) {
      case sres_type_naptr:
        return take_naptr(answers, usable);
      case sres_type_srv:
        return take_srv(answers, usable);
      case sres_type_a:
        for (const auto* record : records<sres_a_record_t>(answers, sres_type_a)) {
          IpAddress address;
          std::memcpy(address.bytes.data(), &record->a_addr, 4);
          targets.push_back({running.transport, {address.host(), running.port}, host});
        }
        return;
      default:
        for (const auto* record : records<sres_aaaa_record_t>(answers, sres_type_aaaa)) {
          IpAddress address;
          address.v6 = true;
          std::memcpy(address.bytes.data(), record->aaaa_addr.u6_addr, 16);
          targets.push_back({running.transport, {address.host(), running.port}, host});
        }
    }
  }

  void take_naptr(sres_record_t** answers, const Usable& usable) {
    auto found_records = records<sres_naptr_record_t>(answers, sres_type_naptr);
    std::stable_sort(found_records.begin(), found_records.end(), [](auto* a, auto* b) {
      return std::pair(a->na_order, a->na_prefer) < std::pair(b->na_order, b->na_prefer);
    });
    std::deque<Step> wanted;
    for (const auto* record : found_records) {
      const auto way = naptr_service(record->na_services, secure);
      const bool points_to_srv = record->na_flags != nullptr && equal_ignoring_case(record->na_flags, "s");
      if (!way || !points_to_srv || record->na_replace == nullptr || !(usable(*way, false) || usable(*way, true)))
        continue;
      wanted.push_back({sres_type_srv, record->na_replace, *way, {}});
    }
    if (wanted.empty()) {  // [RFC3263 4.1] without NAPTR, the SRV records of each transport
      if (secure) {
        wanted.push_back({sres_type_srv, srv_name(Transport::tls, host), Transport::tls, {}});
      } else {
        wanted.push_back({sres_type_srv, srv_name(Transport::udp, host), Transport::udp, {}});
        wanted.push_back({sres_type_srv, srv_name(Transport::tcp, host), Transport::tcp, {}});
      }
    }
    steps.insert(steps.begin(), wanted.begin(), wanted.end());
  }

  void take_srv(sres_record_t** answers, const Usable& usable) {
    auto found_records = records<sres_srv_record_t>(answers, sres_type_srv);
    services_seen = services_seen || !found_records.empty();
    order_srv(found_records);
    std::reverse(found_records.begin(), found_records.end());  // each goes to the front
    for (const auto* record : found_records) {
      if (record->srv_target == nullptr || std::strcmp(record->srv_target, ".") == 0) continue;
      ask_addresses(record->srv_target, running.transport, std::to_string(record->srv_port), usable);
    }
  }
};

struct DnsCallback {
  static void answered(sres_context_t* context, sres_query_t*, sres_record_t** answers) noexcept;
};

struct Resolver::Dns {
  explicit Dns(su_root_t* root, const std::string& conf)
      : held(sres_resolver_create(root, conf.empty() ? nullptr : conf.c_str(), TAG_END())) {}
  ~Dns() {
    if (held != nullptr) sres_resolver_destroy(held);
  }
  Dns(const Dns&) = delete;
  Dns& operator=(const Dns&) = delete;
  sres_resolver_t* held;
};

Resolver::Resolver(su_root_t* root, std::string resolv_conf, Usable usable)
    : root_(root), resolv_conf_(std::move(resolv_conf)), usable_(std::move(usable)) {}

Resolver::~Resolver() {
  for (auto& [id, search] : searches_) search->owner = nullptr;
  dns_.reset();
}

void DnsCallback::answered(sres_context_t* context, sres_query_t*, sres_record_t** answers) noexcept {
  auto& search = *reinterpret_cast<Resolver::Search*>(context);
  Resolver* owner = search.owner;
  if (owner == nullptr) return;
  search.take(answers, owner->usable_);
  sres_free_answers(owner->dns_->held, answers);
  owner->step(search);
}

void Resolver::locate(std::string_view uri, Found found) {
  const auto parts = base::parse_uri(uri);
  const auto transport = parts && parts->scheme.starts_with("sip") ? transport_param(*parts) : std::nullopt;
  if (!transport) return found({});
  const auto maddr = parts->param("maddr");
  const std::string host = lower(maddr ? *maddr : std::string_view(parts->host));
  if (const auto address = parse_ip(host)) {
    return found({{*transport, {address->host(), port_or_default(parts->port, *transport)}, parts->host}});
  }
  if (host == "localhost") {  // sresolv does not read /etc/hosts
    const std::string loopback = usable_(*transport, false) ? "127.0.0.1" : "[::1]";
    return found({{*transport, {loopback, port_or_default(parts->port, *transport)}, host}});
  }
  auto search = std::make_unique<Search>();
  search->owner = this;
  search->id = ++last_search_;
  search->found = std::move(found);
  search->host = host;
  search->secure = parts->scheme == "sips";
  search->transport = *transport;
  if (!parts->port.empty()) {  // [RFC3263 4.2] with a port no SRV
    search->services_seen = true;
    search->ask_addresses(host, *transport, parts->port, usable_);
  } else if (parts->param("transport")) {
    search->steps.push_back({sres_type_srv, srv_name(*transport, host), *transport, {}});
  } else {
    search->steps.push_back({sres_type_naptr, host, *transport, {}});
  }
  if (!dns_) dns_ = std::make_unique<Dns>(root_, resolv_conf_);
  Search& started = *search;
  searches_.emplace(started.id, std::move(search));
  step(started);
}

void Resolver::step(Search& search) {
  while (true) {
    if (search.steps.empty() && search.targets.empty() && !search.services_seen && !search.addresses_asked) {
      search.addresses_asked = true;
      search.ask_addresses(search.host, search.transport, port_or_default({}, search.transport), usable_);
    }
    if (search.steps.empty() || ++search.queries > kMostQueries || dns_->held == nullptr) return finish(search);
    search.running = std::move(search.steps.front());
    search.steps.pop_front();
    sres_record_t** cached = sres_cached_answers(dns_->held, search.running.type, search.running.name.c_str());
    if (cached == nullptr && sres_query(dns_->held, &DnsCallback::answered, reinterpret_cast<sres_context_t*>(&search),
                                        search.running.type, search.running.name.c_str()) != nullptr) {
      return;  // DnsCallback goes on
    }
    search.take(cached, usable_);
    if (cached != nullptr) sres_free_answers(dns_->held, cached);
  }
}

void Resolver::finish(Search& search) {
  const auto node = searches_.extract(search.id);
  Search& ended = *node.mapped();
  ended.found(std::move(ended.targets));
}

}  // namespace presentia::sip
