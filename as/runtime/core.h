// The presence core behind the SIP port: looks at each request as far as that needs no state, and hands it to the shard
// that owns its resource. Owns the shards and their threads.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "as/base/metrics.h"
#include "as/base/time.h"
#include "as/base/tokens.h"
#include "as/event/packages.h"
#include "as/ports/operation.h"
#include "as/ports/registration.h"
#include "as/ports/sip_port.h"
#include "as/ports/state_store.h"
#include "as/ports/subscriber_data.h"
#include "as/runtime/inspector.h"
#include "as/runtime/node.h"
#include "as/runtime/overload.h"
#include "as/runtime/rate_limit.h"
#include "as/runtime/shard.h"
#include "as/runtime/tails.h"
#include "as/runtime/work.h"
#include "mgmt/attributes/snapshot.h"

namespace presentia::runtime {

class Core final : public ports::SipHandler,
                   public ports::DocumentsHandler,
                   public ports::RegistrationSink,
                   public ports::SubscriberObserver,
                   public Feeds,
                   private Exchange {
 public:
  struct Setup {
    const mgmt::Live& live;
    const event::Packages& packages;
    ports::StateStore& store;
    const base::Clock& clock;
    base::Metrics& metrics;
    std::function<std::unique_ptr<base::Tokens>(std::uint32_t lane)> tokens;
    std::uint16_t shards = 1;
    std::uint32_t io_threads = 1;  // SIP threads; a request's key says from which it comes
  };
  // Everything in `setup` outlives it.
  explicit Core(const Setup& setup);
  ~Core() override;
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Where answers and NOTIFYs go; before start() and before the first request.
  void connect(ports::SipPort& sip);
  // Where documents of others come from; before start(). Without: there are none.
  void connect(ports::Documents& documents);
  // Who follows registrations; before start(). Without: nobody does.
  void connect(ports::RegistrationFollower& registrations);
  // Who says what users are; before start(). Without: nobody is asked.
  void connect(ports::SubscriberData& hss);
  // Who is given the NOTIFYs that carry a To tag, and the outcomes of keys from Sends::kClients: the subscriptions of
  // our own. Without one such NOTIFYs are answered 481. Before the first request; it outlives the SIP threads.
  void connect_clients(ports::SipHandler& clients) { clients_ = &clients; }
  // Starts one thread per shard; returns when all partitions have been loaded, or tried; meanwhile says each second in
  // the log how many records there are so far. Tests that turn the shards
  // themselves do not call it.
  void start();
  // What is in the inboxes is still done, commits are waited for, new requests get 503; then the threads end.
  void stop();

  // SIP threads.
  std::optional<ports::SipResponse> refuse_early(const ports::RequestGist& gist) override;
  std::optional<ports::SipResponse> refuse_challenged(const ports::RequestOfPeer& request) override;
  void on_request(ports::SipRequest request) override;
  void on_outcome(ports::SipOutcome outcome) override;

  // Reads the document, and hands it to the shard that is its home. Any thread.
  void on_document(ports::DocumentReading reading) override;

  // See RegistrationSink.
  void on_registration(const ports::Resource& resource, const ports::RegistrationReport& report) override;

  // See SubscriberObserver.
  void on_push(ports::PushedData data, Answer answer) override;
  void on_peer(const ports::PeerView& peer, bool any_open) override;

  // From now on initial SUBSCRIBEs, fetches too, are refused with overload.status; in a handover every subscription is
  // ended, drain.notify_rate a second. Goes on until stop(). Any thread.
  void drain(ports::DrainMode mode);
  // True once no NOTIFY from before a drain is without an outcome, and after a handover no subscription is left.
  [[nodiscard]] bool drained() const;

  // What all shards have, about; any thread.
  struct Held {
    std::uint64_t subscriptions = 0;  // without waiting watchers
    std::uint64_t notifies = 0;       // without an outcome
    std::uint64_t unloaded = 0;       // partitions that do not serve
  };
  [[nodiscard]] Held held() const;
  // Shards that have not turned for base::kLongestSilence. Any thread.
  [[nodiscard]] std::vector<std::size_t> stalled(base::Instant now) const;

  // Attributes changed: every resource is decided again, in slices. Any thread.
  void settings_changed();

  // See Feeds.
  ports::FeedKey open_feed(base::Partition subscriber, FeedRequest request, FeedSink sink) override;
  void close_feed(const ports::FeedKey& key) override;

  [[nodiscard]] const Node& node() const { return node_; }
  // How operators look in and act. Waits for answers, so not on a thread of ours.
  [[nodiscard]] ports::Inspection& inspection() { return inspector_; }

  // For those that turn the shards themselves.
  [[nodiscard]] std::vector<std::unique_ptr<Shard>>& shards() { return shards_; }

 private:
  struct Io {  // of one SIP thread
    mgmt::Reader settings;
    Meters meters;
    Teller teller;
    std::unique_ptr<base::Tokens> tokens;
    std::unique_ptr<Overload> overload;  // by the time that requests wait for this thread
    Shedder early, shedder;
    RateLimit peers, identities, served_users;
  };

  [[nodiscard]] event::DocumentState read(ports::DocumentReading& reading) const;
  void log_load(const char* event, base::Instant started) const;
  // At which all requests are shed before they are read: of the SIP thread, or of the shard that has most room.
  [[nodiscard]] ShedLevel early_level(const Io& io) const;
  bool post(base::Partition partition, base::Lane lane, Work work) override;
  // Beyond a rate of `quota`: true if it is refused, and answered. The first for peers outside the trust domain.
  bool refuse_peer(Io& io, const ports::SipRequest& request, RequestKind kind);
  bool refuse_rate(Io& io, const ports::SipRequest& request, const ports::Resource& resource, RequestKind kind);
  bool within(Io& io, RateLimit& limit, const ports::SipRequest& request, std::string_view name, const Exceeded& quota,
              RequestKind kind);
  // Shed by the level of that shard: true if it is refused, and answered.
  bool shed(Io& io, const Shard& shard, const ports::SipRequest& request, RequestKind kind);
  // Followers are told of a request that is refused before it reaches a shard.
  void answer(Io& io, const ports::SipRequest& request, RequestKind kind, ports::SipResponse response,
              std::string_view reason);
  void answer(Io& io, RequestKind kind, const ports::RequestKey& key, ports::SipResponse response,
              std::string_view reason);

  const mgmt::Live& live_;
  const event::Packages& packages_;
  const base::Clock& clock_;
  ports::SipPort* sip_ = nullptr;
  ports::SipHandler* clients_ = nullptr;
  Tails tails_;  // told by the shards, then by the SIP threads
  Inspector inspector_;
  std::vector<Io> io_;
  Node node_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::thread> threads_;
  std::atomic<std::uint64_t> next_feed_{0};
  bool hss_open_ = false;  // on the thread of the client
};

}  // namespace presentia::runtime
