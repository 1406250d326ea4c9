// Between the values of as/ports/subscriber_data.h and the messages of subscribers.proto.
#pragma once

#include "as/ports/subscriber_data.h"
#include "mgmt/service/convert.h"
#include "proto/subscribers.pb.h"

namespace presentia::mgmt {

void to_message(const ports::PeerView& peer, management::ShPeer& out);
void to_message(const ports::ReadAnswer& answer, management::ReadSubscriberResponse& out);
void to_message(const ports::RepositoryData& data, management::Profile& out);

// The one table from why a question has no answer to status codes; the details hold an ShFault.
[[nodiscard]] CallError to_error(const ports::SubscriberError& error);

}  // namespace presentia::mgmt
