// The xcap-diff notifier [RFC5875]: subscriptions to documents, collections and nodes of the store, told of each change
// at once. Holds the store's mutex in all that it does; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "as/base/time.h"
#include "as/base/tokens.h"
#include "as/ports/sip_port.h"
#include "as/xml/reader.h"
#include "tools/presentia-xdms/access.h"
#include "tools/presentia-xdms/dialog.h"
#include "tools/presentia-xdms/store.h"
#include "tools/presentia-xdms/watched.h"

namespace presentia::xdms {

inline constexpr std::string_view kPackage = "xcap-diff";

struct NotifierSettings {
  std::string root_uri;  // without '/' at the end
  Access access;
  base::Seconds min_expires{10}, max_expires{86400};
  bool off = false;                  // every SUBSCRIBE is answered 489
  bool without_first_state = false;  // the first NOTIFY has no body, as Kamailio's has none
  std::size_t most_subscriptions = 1000;
};

class Notifier final : public ports::SipHandler {
 public:
  // All references outlive it.
  Notifier(NotifierSettings settings, Store& store, const base::Clock& clock, base::Tokens& tokens);
  ~Notifier() override;

  // Where answers and NOTIFYs go. Before anything comes.
  void use(ports::SipPort& port) { port_ = &port; }
  // From the store, with its mutex held.
  void changed(const Change& change);
  // Ends what has expired.
  void expire();

  void on_request(ports::SipRequest request) override;
  void on_outcome(ports::SipOutcome outcome) override;

 private:
  struct Subscription;
  struct Wanted {  // what a SUBSCRIBE asks for, checked
    std::optional<std::vector<Entry>> entries;
    base::Seconds expires{0};
    Processing processing = Processing::no_patching;
    Identities who;
  };
  using ByTag = std::map<std::string, std::unique_ptr<Subscription>, std::less<>>;

  void subscribe(const ports::SipRequest& request);
  void begin(const ports::SipRequest& request, Wanted wanted);
  void renew(const ports::SipRequest& request, Subscription& subscription, Wanted wanted);
  // nullopt: refused, and answered.
  std::optional<Wanted> checked(const ports::SipRequest& request, const Subscription* known);
  std::optional<std::vector<Entry>> read_list(const ports::SipRequest& request, int& status);
  Subscription* in_dialog(const ports::SipRequest& request);

  void accept(const ports::SipRequest& request, const Subscription& subscription, base::Seconds expires);
  void refuse(const ports::SipRequest& request, int status, ports::Headers headers = {});
  // Sends what is to be told, if there is something or it is asked for, unless a NOTIFY is out.
  void notify(Subscription& subscription, bool asked_for);
  void drop(const std::string& tag);

  const NotifierSettings settings_;
  Store& store_;
  const base::Clock& clock_;
  base::Tokens& tokens_;
  xml::Reader reader_;
  ports::SipPort* port_ = nullptr;
  ByTag subscriptions_;                              // by our tag
  std::map<ports::SendKey, std::string> under_way_;  // NOTIFYs without an answer: our tag
  ports::SendKey next_key_ = 1;
};

}  // namespace presentia::xdms
