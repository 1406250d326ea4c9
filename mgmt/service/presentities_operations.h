// What each call of the service Presentities does that has one answer, without gRPC: messages in, messages or an error
// out. What an operator does to a presentity, or to documents, is logged with who did it. Any thread that may wait.
#pragma once

#include <optional>
#include <string>

#include "as/base/time.h"
#include "as/ports/documents.h"
#include "as/ports/inspection.h"
#include "mgmt/service/convert.h"
#include "proto/presentities.pb.h"

namespace presentia::mgmt {

// The refusal of a call by the core.
[[nodiscard]] CallError to_error(const ports::InspectError& error);
// The URI in normal form; an error if it is none.
[[nodiscard]] base::Result<std::string, CallError> presentity_of(const std::string& uri);

class PresentitiesOperations {
 public:
  // The references must outlive this.
  PresentitiesOperations(ports::Inspection& inspection, ports::Documents& documents, const base::Clock& clock)
      : inspection_(inspection), documents_(documents), clock_(clock) {}

  struct Call {
    std::string who;
    base::Millis within{};  // the answer is needed
  };
  using Outcome = std::optional<CallError>;  // nullopt: done, the response holds the answer
  [[nodiscard]] Outcome list(const management::ListRequest& request, const Call& call,
                             management::ListResponse& response) const;
  [[nodiscard]] Outcome show(const management::ShowRequest& request, const Call& call,
                             management::ShowResponse& response) const;
  [[nodiscard]] Outcome terminate(const management::TerminateRequest& request, const Call& call,
                                  management::ActResponse& response) const;
  [[nodiscard]] Outcome drop(const management::DropRequest& request, const Call& call,
                             management::ActResponse& response) const;
  [[nodiscard]] Outcome renotify(const management::RenotifyRequest& request, const Call& call,
                                 management::ActResponse& response) const;
  [[nodiscard]] Outcome explain(const management::ExplainRequest& request, const Call& call,
                                management::ExplainResponse& response) const;
  [[nodiscard]] Outcome list_documents(const management::ListDocumentsRequest& request, const Call& call,
                                       management::ListDocumentsResponse& response) const;
  [[nodiscard]] Outcome invalidate(const management::InvalidateRequest& request, const Call& call,
                                   management::InvalidateResponse& response) const;

 private:
  ports::Inspection& inspection_;
  ports::Documents& documents_;
  const base::Clock& clock_;
};

}  // namespace presentia::mgmt
