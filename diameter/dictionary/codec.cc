#include "diameter/dictionary/codec.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "diameter/dictionary/freediameter.h"

namespace presentia::diameter {
namespace {

constexpr int kDeepest = 8;  // of groups in groups

// One AVP of the library, until it is put into a message.
struct FreeAvp {
  void operator()(avp* each) const noexcept { fd_msg_free(each); }
};
using AvpPtr = std::unique_ptr<avp, FreeAvp>;

bool add(const Dictionary& dictionary, msg_or_avp* into, const Avps& avps);

bool set_value(const Dictionary& dictionary, avp* into, const Avp& from) {
  if (const auto* const inside = std::get_if<Avps>(&from.value)) return add(dictionary, into, *inside);
  avp_value value{};
  if (const auto* const octets = std::get_if<std::string>(&from.value)) {
    // the library copies them; it has no const
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast,cppcoreguidelines-pro-type-reinterpret-cast)
    value.os.data = reinterpret_cast<std::uint8_t*>(const_cast<char*>(octets->data()));
    value.os.len = octets->size();
  } else if (const auto* const wide = std::get_if<std::uint64_t>(&from.value)) {
    value.u64 = *wide;
  } else {
    value.u32 = std::get<std::uint32_t>(from.value);
  }
  return fd_msg_avp_setvalue(into, &value) == 0;
}

bool add(const Dictionary& dictionary, msg_or_avp* into, const Avps& avps) {
  for (const Avp& each : avps) {
    dict_object* const model = dictionary.avp(each.name);
    avp* raw = nullptr;
    if (model == nullptr || fd_msg_avp_new(model, 0, &raw) != 0) return false;
    AvpPtr made(raw);
    avp_hdr* header = nullptr;
    if (fd_msg_avp_hdr(raw, &header) != 0) return false;
    header->avp_flags = static_cast<std::uint8_t>((header->avp_flags & ~AVP_FLAG_MANDATORY) |
                                                  (each.is_mandatory ? AVP_FLAG_MANDATORY : 0));
    if (!set_value(dictionary, raw, each)) return false;
    if (fd_msg_avp_add(into, MSG_BRW_LAST_CHILD, raw) != 0) return false;
    static_cast<void>(made.release());
  }
  return true;
}

std::optional<dict_avp_basetype> type_of(avp* each) {
  dict_object* model = nullptr;
  dict_avp_data data{};
  if (fd_msg_model(each, &model) != 0 || model == nullptr || fd_dict_getval(model, &data) != 0) return std::nullopt;
  return data.avp_basetype;
}

Avps children(msg_or_avp* parent, int depth);

std::optional<Avp> read(avp* each, int depth) {
  avp_hdr* header = nullptr;
  const auto type = type_of(each);
  if (!type || fd_msg_avp_hdr(each, &header) != 0) return std::nullopt;
  Avp made{{header->avp_code, (header->avp_flags & AVP_FLAG_VENDOR) != 0 ? header->avp_vendor : 0},
           (header->avp_flags & AVP_FLAG_MANDATORY) != 0,
           {}};
  if (*type == AVP_TYPE_GROUPED) {
    if (depth >= kDeepest) return std::nullopt;
    made.value = children(each, depth + 1);
    return made;
  }
  const avp_value* const value = header->avp_value;
  if (value == nullptr) return std::nullopt;
  switch (*type) {
    case AVP_TYPE_OCTETSTRING:
      made.value = std::string(value->os.data, value->os.data + value->os.len);
      return made;
    case AVP_TYPE_INTEGER32:
    case AVP_TYPE_UNSIGNED32:
      made.value = value->u32;
      return made;
    case AVP_TYPE_INTEGER64:
    case AVP_TYPE_UNSIGNED64:
      made.value = value->u64;
      return made;
    default:
      return std::nullopt;
  }
}

// nullptr after the last.
avp* neighbour(msg_or_avp* of, msg_brw_dir direction) {
  msg_or_avp* found = nullptr;
  return fd_msg_browse_internal(of, direction, &found, nullptr) == 0 ? static_cast<avp*>(found) : nullptr;
}

Avps children(msg_or_avp* parent, int depth) {
  Avps avps;
  for (avp* at = neighbour(parent, MSG_BRW_FIRST_CHILD); at != nullptr; at = neighbour(at, MSG_BRW_NEXT)) {
    if (auto each = read(at, depth)) avps.push_back(std::move(*each));
  }
  return avps;
}

}  // namespace

void FreeMessage::operator()(msg* message) const noexcept { fd_msg_free(message); }

MessagePtr encode_request(const Dictionary& dictionary, Command command, const Avps& avps,
                          const RequestHeader& header) {
  msg* raw = nullptr;
  if (fd_msg_new(dictionary.request(command), 0, &raw) != 0) return nullptr;
  MessagePtr message(raw);
  msg_hdr* fields = nullptr;
  if (fd_msg_hdr(raw, &fields) != 0) return nullptr;
  fields->msg_eteid = header.end_to_end;
  if (header.is_retransmission) fields->msg_flags |= CMD_FLAG_RETRANSMIT;
  return add(dictionary, raw, avps) ? std::move(message) : nullptr;
}

MessagePtr encode_answer(const Dictionary& dictionary, MessagePtr request, const Avps& avps) {
  const std::uint32_t code = number(avps, avp_name::kResultCode).value_or(0);
  const int flags = code >= 3000 && code < 4000 ? MSGFL_ANSW_ERROR : 0;
  msg* raw = request.release();
  const int error = fd_msg_new_answer_from_req(&dictionary.library(), &raw, flags);
  MessagePtr answer(raw);
  if (error != 0 || !add(dictionary, raw, avps)) return nullptr;
  return answer;
}

Avps decode(msg& message) { return children(&message, 0); }

}  // namespace presentia::diameter
