// Between the values of as/ports/inspection.h and tracing.h and the messages of presentities.proto.
#pragma once

#include "as/ports/inspection.h"
#include "as/ports/tracing.h"
#include "proto/presentities.pb.h"

namespace presentia::mgmt {

// `now`: what remaining times count from.
void to_message(const ports::PublicationInfo& info, base::Instant now, management::Publication& out);
void to_message(const ports::SubscriptionInfo& info, base::Instant now, management::Subscription& out);
void to_message(const ports::DocumentInfo& info, management::ShowResponse::Document& out);
void to_message(const ports::RegistrationInfo& info, base::Instant now, management::Registration& out);
void to_message(const ports::KnownUser& info, management::KnownUser& out);
void to_message(const ports::FollowedDocument& info, base::Instant now, management::FollowedDocument& out);
void to_message(const ports::ExplainInfo& info, base::Instant now, management::ExplainResponse& out);
void to_message(const ports::CoreEvent& event, management::TailEvent& out);
void to_message(ports::TracedMessage message, management::TraceEvent& out);

}  // namespace presentia::mgmt
