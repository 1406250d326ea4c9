// Between the values of mgmt/attributes and the messages of management.proto.
#pragma once

#include <string>
#include <string_view>

#include "as/ports/operation.h"
#include "mgmt/attributes/attributes.h"
#include "mgmt/attributes/catalogue.h"
#include "proto/management.pb.h"

namespace presentia::mgmt {

void to_message(const AttributeInfo& info, management::Description& out);
void to_message(const Change& change, management::Change& out);
void to_message(const ChangeEvent& event, management::WatchEvent& out);
void to_message(const Applied& applied, management::ChangeResponse& out);
void to_message(const ports::DrainState& drain, management::DrainProgress& out);
void to_message(base::Instant at, google::protobuf::Timestamp& out);

// What peers send need not be UTF-8, but a reader of the message would refuse the whole of it: what is none becomes
// U+FFFD.
[[nodiscard]] std::string readable(std::string_view bytes);

// How a refused call is answered. `code` is a gRPC status code (a number, so that gRPC stays out of the headers).
struct CallError {
  int code = 0;
  std::string message;
  std::string details;  // serialised management::StatusDetails
};
// The one table from the reasons of a refusal to status codes.
[[nodiscard]] CallError to_error(const Refusal& refusal);

}  // namespace presentia::mgmt
