#include "diameter/dictionary/dictionary.h"

#include <array>
#include <string>

#include "diameter/dictionary/freediameter.h"

namespace presentia::diameter {
namespace {

// The library takes names as char*, and copies them.
char* name(const char* text) { return const_cast<char*>(text); }  // NOLINT(cppcoreguidelines-pro-type-const-cast)

// Of the base protocol; the library has them from its start.
constexpr std::array kBase{avp_name::kUserName,
                           avp_name::kAuthApplicationId,
                           avp_name::kVendorSpecificApplicationId,
                           avp_name::kRedirectHostUsage,
                           avp_name::kRedirectMaxCacheTime,
                           avp_name::kSessionId,
                           avp_name::kOriginHost,
                           avp_name::kVendorId,
                           avp_name::kResultCode,
                           avp_name::kAuthSessionState,
                           avp_name::kErrorMessage,
                           avp_name::kDestinationRealm,
                           avp_name::kRedirectHost,
                           avp_name::kDestinationHost,
                           avp_name::kOriginRealm,
                           avp_name::kExperimentalResult,
                           avp_name::kExperimentalResultCode};

dict_avp_basetype base_type(AvpType type) {
  switch (type) {
    case AvpType::unsigned32:
      return AVP_TYPE_UNSIGNED32;
    case AvpType::enumerated:
      return AVP_TYPE_INTEGER32;
    case AvpType::unsigned64:
      return AVP_TYPE_UNSIGNED64;
    case AvpType::grouped:
      return AVP_TYPE_GROUPED;
    case AvpType::octets:
      break;
  }
  return AVP_TYPE_OCTETSTRING;
}

}  // namespace

int Dictionary::find_vendor() {
  dict_vendor_data vendor{kVendor3gpp, name("3GPP")};
  // the library may have the vendor, but not the application
  if (fd_dict_search(library_, DICT_VENDOR, VENDOR_BY_ID, &vendor.vendor_id, &vendor_, ENOENT) == 0) return 0;
  return fd_dict_new(library_, DICT_VENDOR, &vendor, nullptr, &vendor_);
}

int Dictionary::add(const ApplicationInfo& info) {
  constexpr std::uint8_t kMask = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE;
  dict_application_data data{info.id, name(info.text)};
  dict_object* application = nullptr;
  if (const int error = fd_dict_new(library_, DICT_APPLICATION, &data, vendor_, &application); error != 0) return error;
  applications_.push_back(application);
  for (const CommandInfo& each : info.commands) {
    const auto code = static_cast<command_code_t>(each.command);
    dict_cmd_data request{code, name(each.request), kMask | CMD_FLAG_ERROR, kMask};
    dict_cmd_data answer{code, name(each.answer), kMask, CMD_FLAG_PROXIABLE};
    dict_object* made = nullptr;
    if (const int error = fd_dict_new(library_, DICT_COMMAND, &request, application, &made); error != 0) return error;
    requests_.emplace(each.command, Request{application, made});
    if (const int error = fd_dict_new(library_, DICT_COMMAND, &answer, application, nullptr); error != 0) return error;
  }
  return add_avps(info.avps);
}

int Dictionary::add_avps(std::span<const AvpInfo> table) {
  for (const AvpInfo& info : table) {
    const std::uint8_t vendor_flag = info.name.vendor != 0 ? AVP_FLAG_VENDOR : 0;
    const std::uint8_t mandatory_flag = info.is_mandatory ? AVP_FLAG_MANDATORY : 0;
    dict_avp_data data{info.name.code,
                       info.name.vendor,
                       name(info.text),
                       AVP_FLAG_VENDOR,
                       static_cast<std::uint8_t>(vendor_flag | mandatory_flag),
                       base_type(info.type)};
    dict_object* made = nullptr;
    if (const int error = fd_dict_new(library_, DICT_AVP, &data, nullptr, &made); error != 0) return error;
    avps_.emplace(info.name, made);
  }
  return 0;
}

int Dictionary::find_base_avps() {
  for (const AvpName each : kBase) {
    avp_code_t code = each.code;
    dict_object* found = nullptr;
    if (const int error = fd_dict_search(library_, DICT_AVP, AVP_BY_CODE, &code, &found, ENOENT); error != 0) {
      return error;
    }
    avps_.emplace(each, found);
  }
  return 0;
}

base::Result<Dictionary> Dictionary::make(dictionary& library, std::span<const AvpInfo> more,
                                          std::span<const ApplicationInfo> more_applications) {
  Dictionary made;
  made.library_ = &library;
  int error = made.find_vendor();
  if (error == 0) error = made.add({kShApplication, "Sh", sh_commands(), sh_avps()});
  for (const ApplicationInfo& each : more_applications) {
    if (error == 0) error = made.add(each);
  }
  if (error == 0) error = made.add_avps(more);
  if (error == 0) error = made.find_base_avps();
  if (error != 0) {
    return base::Unexpected{base::Error{"dictionary", "the dictionary cannot be made, error " + std::to_string(error)}};
  }
  return made;
}

dict_object* Dictionary::application(Command command) const { return requests_.at(command).application; }
dict_object* Dictionary::request(Command command) const { return requests_.at(command).model; }

dict_object* Dictionary::avp(AvpName name) const {
  const auto found = avps_.find(name);
  return found == avps_.end() ? nullptr : found->second;
}

}  // namespace presentia::diameter
