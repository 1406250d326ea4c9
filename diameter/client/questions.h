// Questions of the core, each of one or more requests: split where the HSS takes one reference at a time, put together
// again, and an update that another one came before done anew. Pure: told the time and what came of requests. One
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "as/ports/subscriber_data.h"
#include "as/xml/reader.h"
#include "diameter/client/exchanges.h"
#include "diameter/client/host_book.h"
#include "diameter/client/sh_metrics.h"

namespace presentia::diameter {

class Questions {
 public:
  using OnRead = std::function<void(ports::ReadResult)>;
  using OnUpdated = std::function<void(ports::UpdateResult)>;
  using OnSubscribed = std::function<void(ports::SubscribeResult)>;
  using OnUnsubscribed = std::function<void(ports::UnsubscribeResult)>;

  // References outlive it.
  Questions(Exchanges& exchanges, HostBook& hosts, ShMetrics& metrics, std::shared_ptr<const ShSettings> settings);
  ~Questions();
  Questions(const Questions&) = delete;
  Questions& operator=(const Questions&) = delete;

  void settings_changed(std::shared_ptr<const ShSettings> settings) { settings_ = std::move(settings); }

  // `done` is called by finished() or stop(), or at once where nothing is sent.
  void read(ports::ReadQuestion question, base::Instant deadline, OnRead done, base::Instant now);
  void update(ports::UpdateQuestion question, base::Instant deadline, OnUpdated done, base::Instant now);
  void subscribe(ports::SubscribeQuestion question, base::Instant deadline, OnSubscribed done, base::Instant now);
  void unsubscribe(ports::ReadQuestion question, base::Instant deadline, OnUnsubscribed done, base::Instant now);

  // What Exchanges::take_finished() gave.
  void finished(Finished finished, base::Instant now);
  // Answers all with `stopped`.
  void stop();

 private:
  using Done = std::variant<OnRead, OnUpdated, OnSubscribed, OnUnsubscribed>;
  struct Question;
  struct Part {
    std::shared_ptr<Question> question;
    ports::DataKeys keys;
  };

  void ask(const std::shared_ptr<Question>& question, ports::DataKeys keys, base::Instant now);
  void ask_parts(const std::shared_ptr<Question>& question, const std::vector<ports::DataKeys>& parts,
                 base::Instant now);
  void ask_all(const std::shared_ptr<Question>& question, base::Instant now);
  [[nodiscard]] std::optional<ports::SubscriberError> take(Question& question, const Answer& answer);
  void complete(const std::shared_ptr<Question>& question, base::Instant now);
  static void deliver(Question& question, base::Instant now, const ShSettings& settings);
  static void refuse(const Done& done, const ports::SubscriberError& error);

  void send_update(const std::shared_ptr<Question>& question, base::Instant now);
  void advance_update(const std::shared_ptr<Question>& question, ExchangeResult result, base::Instant now);
  void use_reread(const std::shared_ptr<Question>& question, const Answer& answer, base::Instant now);

  Exchanges& exchanges_;
  HostBook& hosts_;
  ShMetrics& metrics_;
  std::shared_ptr<const ShSettings> settings_;
  xml::Reader reader_;
  std::unordered_map<std::uint64_t, Part> parts_;  // by ticket
};

}  // namespace presentia::diameter
