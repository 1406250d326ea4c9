// What each call of the service Subscribers does, without gRPC: messages in, messages or an error out. What an operator
// changes at the HSS is logged with who did it. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "as/base/time.h"
#include "as/ports/subscriber_data.h"
#include "mgmt/attributes/snapshot.h"
#include "mgmt/service/convert.h"
#include "proto/subscribers.pb.h"

namespace presentia::mgmt {

class SubscribersOperations {
 public:
  // The references must outlive this.
  SubscribersOperations(ports::SubscriberData& data, const Live& live) : data_(data), live_(live) {}

  struct Call {
    std::string who;
    base::Millis within{};  // the answer is needed
  };
  // nullopt: the response holds the answer. Called once: at once, or on the thread of the Sh client.
  using Done = std::function<void(std::optional<CallError>)>;

  // Requests and responses outlive `done`.
  void list_peers(const management::ListShPeersRequest& request, const Call& call,
                  management::ListShPeersResponse& response, const Done& done) const;
  void read(const management::ReadSubscriberRequest& request, const Call& call,
            management::ReadSubscriberResponse& response, const Done& done) const;
  void get_profile(const management::GetProfileRequest& request, const Call& call, management::Profile& response,
                   const Done& done) const;
  void set_profile(const management::SetProfileRequest& request, const Call& call,
                   management::SetProfileResponse& response, const Done& done) const;
  void delete_profile(const management::DeleteProfileRequest& request, const Call& call,
                      management::DeleteProfileResponse& response, const Done& done) const;

 private:
  [[nodiscard]] std::string service_of(const std::string& asked) const;
  void update(const char* act, const Call& call, ports::UpdateQuestion question,
              std::function<void(const ports::UpdateAnswer&)> on_done, const Done& done) const;

  ports::SubscriberData& data_;
  const Live& live_;
};

}  // namespace presentia::mgmt
