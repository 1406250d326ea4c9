#include "diameter/stack/harmless.h"

#include <cstdint>

namespace presentia::diameter {
namespace {

constexpr std::uint32_t kLength = 12;  // of an AVP that is a number of 32 bits, of no vendor [RFC6733 4.1]

bool is_result_code(avp* each, bool& is_number) {
  avp_hdr* header = nullptr;
  if (fd_msg_avp_hdr(each, &header) != 0 || header->avp_code != AC_RESULT_CODE) return false;
  is_number = (header->avp_flags & AVP_FLAG_VENDOR) == 0 && header->avp_len == kLength;
  return true;
}

avp* neighbour(msg_or_avp* of, msg_brw_dir direction) {
  msg_or_avp* found = nullptr;
  return fd_msg_browse_internal(of, direction, &found, nullptr) == 0 ? static_cast<avp*>(found) : nullptr;
}

}  // namespace

void make_harmless(msg* message) {
  if (message == nullptr) return;
  avp* at = neighbour(message, MSG_BRW_FIRST_CHILD);
  while (at != nullptr) {
    avp* const next = neighbour(at, MSG_BRW_NEXT);
    bool is_number = false;
    if (is_result_code(at, is_number) && (!is_number || fd_msg_parse_dict(at, fd_g_config->cnf_dict, nullptr) != 0)) {
      fd_msg_free(at);
    }
    at = next;
  }
}

}  // namespace presentia::diameter
