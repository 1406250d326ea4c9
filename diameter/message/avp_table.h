// Every AVP of Sh that this server sends, reads or tolerates, and the commands [TS29.329 6.1, 6.3]. From here come the
// names in code and the dictionary of the Diameter library.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "diameter/message/avp.h"

namespace presentia::diameter {

inline constexpr std::uint32_t kVendor3gpp = 10415;
inline constexpr std::uint32_t kShApplication = 16'777'217;

enum class Command : std::uint32_t {  // [TS29.329 6.1]
  user_data = 306,
  profile_update = 307,
  subscribe_notifications = 308,
  push_notification = 309,
};
[[nodiscard]] std::string_view word(Command command);  // udr, pur, snr, pnr

namespace avp_name {
// [RFC6733]; the Diameter library knows these
inline constexpr AvpName kUserName{1, 0}, kAuthApplicationId{258, 0}, kVendorSpecificApplicationId{260, 0},
    kRedirectHostUsage{261, 0}, kRedirectMaxCacheTime{262, 0}, kSessionId{263, 0}, kOriginHost{264, 0},
    kVendorId{266, 0}, kResultCode{268, 0}, kAuthSessionState{277, 0}, kErrorMessage{281, 0}, kDestinationRealm{283, 0},
    kRedirectHost{292, 0}, kDestinationHost{293, 0}, kOriginRealm{296, 0}, kExperimentalResult{297, 0},
    kExperimentalResultCode{298, 0};
// [TS29.229 6.3]
inline constexpr AvpName kPublicIdentity{601, kVendor3gpp}, kServerName{602, kVendor3gpp},
    kSupportedFeatures{628, kVendor3gpp}, kFeatureListId{629, kVendor3gpp}, kFeatureList{630, kVendor3gpp},
    kWildcardedPublicIdentity{634, kVendor3gpp}, kWildcardedImpu{636, kVendor3gpp}, kSessionPriority{650, kVendor3gpp};
// [TS29.329 6.3]
inline constexpr AvpName kUserIdentity{700, kVendor3gpp}, kMsisdn{701, kVendor3gpp}, kUserData{702, kVendor3gpp},
    kDataReference{703, kVendor3gpp}, kServiceIndication{704, kVendor3gpp}, kSubsReqType{705, kVendor3gpp},
    kRequestedDomain{706, kVendor3gpp}, kCurrentLocation{707, kVendor3gpp}, kIdentitySet{708, kVendor3gpp},
    kExpiryTime{709, kVendor3gpp}, kSendDataIndication{710, kVendor3gpp}, kDsaiTag{711, kVendor3gpp},
    kOneTimeNotification{712, kVendor3gpp}, kRequestedNodes{713, kVendor3gpp}, kServingNodeIndication{714, kVendor3gpp},
    kRepositoryDataId{715, kVendor3gpp}, kSequenceNumber{716, kVendor3gpp}, kPrePagingSupported{717, kVendor3gpp},
    kLocalTimeZoneIndication{718, kVendor3gpp}, kUdrFlags{719, kVendor3gpp}, kCallReferenceInfo{720, kVendor3gpp},
    kCallReferenceNumber{721, kVendor3gpp}, kAsNumber{722, kVendor3gpp};
// Overload, priority and load, which agents may add [RFC7683, RFC7944, RFC8583].
inline constexpr AvpName kDrmp{301, 0}, kOcSupportedFeatures{621, 0}, kOcFeatureVector{622, 0}, kOcOlr{623, 0},
    kOcSequenceNumber{624, 0}, kOcValidityDuration{625, 0}, kOcReportType{626, 0}, kOcReductionPercentage{627, 0},
    kSourceId{649, 0}, kLoad{650, 0}, kLoadType{651, 0}, kLoadValue{652, 0};
}  // namespace avp_name

enum class AvpType : std::uint8_t { octets, unsigned32, enumerated, unsigned64, grouped };

struct AvpInfo {
  AvpName name;
  const char* text;
  AvpType type;
  bool is_mandatory;  // the M bit where this server sends it
};
// Those that the Diameter library does not have.
[[nodiscard]] std::span<const AvpInfo> sh_avps();

struct CommandInfo {
  Command command;
  const char* request;  // names, for its dictionary
  const char* answer;
};
[[nodiscard]] std::span<const CommandInfo> sh_commands();

// A further application of 3GPP, for who speaks more than Sh. Its commands have numbers of their own.
struct ApplicationInfo {
  std::uint32_t id = 0;
  const char* text = "";
  std::span<const CommandInfo> commands;
  std::span<const AvpInfo> avps;
};

}  // namespace presentia::diameter
