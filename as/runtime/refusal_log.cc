#include "as/runtime/refusal_log.h"

#include <variant>

#include "as/base/log.h"
#include "as/runtime/observation.h"

namespace presentia::runtime {
void log_refusal(const ports::Resource& resource, const event::Event& event, const event::Decision& decision) {
  if (!base::logs(base::Module::event, base::Level::info)) return;
  const ports::SipRequest* request = request_of(event);
  if (request == nullptr) return;
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
