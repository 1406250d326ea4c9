// presentia-fill: writes publications and subscriptions into a store, as a server that had taken them would have left
// them, to measure how long a start on them takes.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <future>
#include <string>
#include <utility>

#include "as/base/partition.h"
#include "as/store/rocks_store.h"
#include "mgmt/attributes/values.h"
#include "tools/presentia-bench/document.h"

namespace {

using namespace presentia;

constexpr const char* kPackage = "presence";
constexpr base::Millis kLifetime{std::chrono::hours(1)};

struct Plan {
  std::string path;
  std::uint32_t publications = 100'000;  // one for each presentity
  std::uint32_t subscriptions = 500'000;
};

class Filler {
 public:
  Filler(store::RocksStore& to, const Plan& plan) : to_(to), plan_(plan) {}

  // All of it; false if a commit failed.
  bool fill() {
    for (std::uint32_t at = 0; at < plan_.publications; ++at) presentity(at);
    ports::Commit last;  // done after all others
    auto done = std::make_shared<std::promise<void>>();
    auto ended = done->get_future();
    to_.commit(0, 1, std::move(last), [done](const base::Result<base::Done>&) { done->set_value(); });
    ended.wait();
    return failures_ == 0;
  }

 private:
  void presentity(std::uint32_t at) {
    const std::string resource = "sip:user" + std::to_string(at) + "@bench.test";
    const base::Partition partition = base::partition_of(resource);
    ports::Commit commit;
    const auto add = [&](ports::RecordChange change) { commit.changes.push_back({resource, std::move(change)}); };
    add(ports::PutPublished{{.package = kPackage, .changes = 1, .lost = false}});
    add(ports::PutPublication{publication(resource, partition)});
    const std::uint32_t more = at < plan_.subscriptions % plan_.publications ? 1 : 0;
    for (std::uint32_t i = 0; i < plan_.subscriptions / plan_.publications + more; ++i) {
      const ports::DialogRecord dialog = dialog_of(resource, partition);
      add(ports::PutSubscription{subscription(dialog.info->local_tag)});
      add(ports::PutDialog{dialog});
      add(ports::PutSent{{.id = next_, .basis = 1, .digest = next_, .not_before = now_}});
    }
    to_.commit(partition, 1, std::move(commit), [this](const base::Result<base::Done>& outcome) {
      if (!outcome) ++failures_;
    });
  }

  std::string tag(base::Partition partition) {
    return base::partition_prefix(partition) + "fill" + std::to_string(++next_);
  }

  ports::PublicationRecord publication(const std::string& resource, base::Partition partition) {
    ports::PublicationRecord record;
    record.package = kPackage;
    record.etag = tag(partition);
    record.expires_at = now_ + kLifetime;
    record.arrival = 1;
    record.content_type = "application/pidf+xml";
    record.body = std::make_shared<const std::string>(bench::presence_document(resource, 1));
    return record;
  }

  ports::DialogRecord dialog_of(const std::string& resource, base::Partition partition) {
    ports::DialogInfo info;
    info.local_tag = tag(partition);
    const std::string number = std::to_string(next_);
    info.call_id = "fill" + number + "@192.0.2.1";
    info.remote_tag = "w" + number;
    info.local_text = "<" + resource + ">";
    info.remote_text = "<sip:watcher" + number + "@bench.test>;tag=w" + number;
    info.route_set = {"<sip:mt@scscf1.bench.test:5060;lr>", "<sip:term@pcscf1.bench.test:5060;lr>"};
    info.remote_target = "sip:watcher" + number + "@192.0.2.7:5062";
    info.own_contact = "sip:ps.bench.test:5060";
    info.charging.vector = "icid-value=fill" + number + ";orig-ioi=bench.test";
    return {std::make_shared<const ports::DialogInfo>(std::move(info)), 1, 256, {}};
  }

  ports::SubscriptionRecord subscription(const ports::DialogTag& dialog) const {
    ports::SubscriptionRecord record;
    record.id = next_;
    record.package = kPackage;
    record.dialog = dialog;
    record.watcher.uri = "sip:watcher" + std::to_string(next_) + "@bench.test";
    record.state = ports::SubscriptionState::active;
    record.subscribed_at = now_;
    record.expires_at = now_ + kLifetime;
    record.body_type = "application/pidf+xml";
    record.last_event = ports::WatcherEvent::approved;
    return record;
  }

  store::RocksStore& to_;
  const Plan& plan_;
  const base::Instant now_ = base::SteadyClock().now();
  std::uint64_t next_ = 0;
  std::uint64_t failures_ = 0;  // store's thread, until the last commit is done
};

int run(const Plan& plan) {
  config::Config config = mgmt::defaults();
  config.mutable_store()->set_durability(config::Store::OS);  // the end of the process is orderly
  const mgmt::Live live(std::make_shared<const mgmt::Snapshot>(std::move(config), 1));
  base::Metrics metrics;
  auto opened = store::RocksStore::open({.path = plan.path, .live = live, .metrics = metrics});
  if (!opened) {
    std::fprintf(stderr, "presentia-fill: %s\n", opened.error().text.c_str());
    return 2;
  }
  return Filler(**opened, plan).fill() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    CLI::App app("Fills a store of Presentia, for measuring");
    Plan plan;
    app.add_option("path", plan.path, "Folder of the store; made if it is missing")->required();
    app.add_option("--publications", plan.publications, "One for each presentity")->check(CLI::PositiveNumber);
    app.add_option("--subscriptions", plan.subscriptions, "Spread evenly over the presentities");
    CLI11_PARSE(app, argc, argv);
    return run(plan);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "presentia-fill: %s\n", error.what());
    return 2;
  }
}
