#include "as/runtime/refusal_log.h"

#include <variant>

#include "as/base/log.h"
#include "as/runtime/observation.h"

namespace presentia::runtime {
void log_refusal(const ports::Resource& resource, const ports::SipRequest* request, const event::Decision& decision) {
  if (request == nullptr || !base::logs(base::Module::event, base::Level::info)) return;
  for (const event::Action& action : decision.actions) {
    const auto* respond = std::get_if<event::Respond>(&action);
    if (respond == nullptr || respond->response.status < 300) continue;
    base::log(base::Module::event, base::Level::info, "request.refused",
              {{"method", request->method},
               {"status", respond->response.status},
               {"why", header(respond->response, "Warning")},
               {"resource", resource},
               {"package", request->event ? std::string_view(request->event->package) : std::string_view()},
               {"call_id", request->call_id},
               {"peer", request->peer}});
  }
}

}  // namespace presentia::runtime
