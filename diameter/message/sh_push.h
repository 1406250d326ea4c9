// Push-Notification from an HSS, and what is answered [TS29.329 6.1.7, 6.1.8]. Pure.
#pragma once

#include <optional>
#include <string>

#include "as/base/result.h"
#include "as/ports/subscriber_data.h"
#include "diameter/message/avp.h"
#include "diameter/message/sh_request.h"

namespace presentia::diameter {

struct Push {
  ports::UserIdentity user;
  std::string user_data;  // Sh-Data
  std::string origin_host;
};

// The error: the Result-Code to answer with, and why.
struct PushDefect {
  std::uint32_t result_code = 0;
  std::string text;
};
[[nodiscard]] base::Result<Push, PushDefect> read_push(const Avps& avps);

// The notification itself, for who plays an HSS.
[[nodiscard]] Avps push_request(const Envelope& envelope, const ports::UserIdentity& user, const std::string& sh_data);

// The answer, but for the Session-Id.
[[nodiscard]] Avps push_answer(const std::string& origin_host, const std::string& origin_realm,
                               ports::PushVerdict verdict);
[[nodiscard]] Avps push_refusal(const std::string& origin_host, const std::string& origin_realm,
                                std::uint32_t result_code);

}  // namespace presentia::diameter
