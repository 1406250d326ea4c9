#include "diameter/message/avp_table.h"

#include <array>

namespace presentia::diameter {
namespace {

using enum AvpType;

// 606 and 702 are both "User-Data"; a dictionary holds a name once, so that of Sh says whose it is.
constexpr std::array kAvps{
    AvpInfo{avp_name::kPublicIdentity, "Public-Identity", octets, true},
    AvpInfo{avp_name::kServerName, "Server-Name", octets, true},
    AvpInfo{avp_name::kSupportedFeatures, "Supported-Features", grouped, false},
    AvpInfo{avp_name::kFeatureListId, "Feature-List-ID", unsigned32, false},
    AvpInfo{avp_name::kFeatureList, "Feature-List", unsigned32, false},
    AvpInfo{avp_name::kWildcardedPublicIdentity, "Wildcarded-Public-Identity", octets, false},
    AvpInfo{avp_name::kWildcardedImpu, "Wildcarded-IMPU", octets, false},
    AvpInfo{avp_name::kSessionPriority, "Session-Priority", enumerated, false},
    AvpInfo{avp_name::kUserIdentity, "User-Identity", grouped, true},
    AvpInfo{avp_name::kMsisdn, "MSISDN", octets, true},
    AvpInfo{avp_name::kUserData, "User-Data-Sh", octets, true},
    AvpInfo{avp_name::kDataReference, "Data-Reference", enumerated, true},
    AvpInfo{avp_name::kServiceIndication, "Service-Indication", octets, true},
    AvpInfo{avp_name::kSubsReqType, "Subs-Req-Type", enumerated, true},
    AvpInfo{avp_name::kRequestedDomain, "Requested-Domain", enumerated, true},
    AvpInfo{avp_name::kCurrentLocation, "Current-Location", enumerated, true},
    AvpInfo{avp_name::kIdentitySet, "Identity-Set", enumerated, false},
    AvpInfo{avp_name::kExpiryTime, "Expiry-Time", octets, false},
    AvpInfo{avp_name::kSendDataIndication, "Send-Data-Indication", enumerated, false},
    AvpInfo{avp_name::kDsaiTag, "DSAI-Tag", octets, true},
    AvpInfo{avp_name::kOneTimeNotification, "One-Time-Notification", enumerated, false},
    AvpInfo{avp_name::kRequestedNodes, "Requested-Nodes", unsigned32, false},
    AvpInfo{avp_name::kServingNodeIndication, "Serving-Node-Indication", enumerated, false},
    AvpInfo{avp_name::kRepositoryDataId, "Repository-Data-ID", grouped, false},
    AvpInfo{avp_name::kSequenceNumber, "Sequence-Number", unsigned32, false},
    AvpInfo{avp_name::kPrePagingSupported, "Pre-paging-Supported", enumerated, false},
    AvpInfo{avp_name::kLocalTimeZoneIndication, "Local-Time-Zone-Indication", enumerated, false},
    AvpInfo{avp_name::kUdrFlags, "UDR-Flags", unsigned32, false},
    AvpInfo{avp_name::kCallReferenceInfo, "Call-Reference-Info", grouped, false},
    AvpInfo{avp_name::kCallReferenceNumber, "Call-Reference-Number", octets, false},
    AvpInfo{avp_name::kAsNumber, "AS-Number", octets, false},
    AvpInfo{avp_name::kDrmp, "DRMP", enumerated, false},
    AvpInfo{avp_name::kOcSupportedFeatures, "OC-Supported-Features", grouped, false},
    AvpInfo{avp_name::kOcFeatureVector, "OC-Feature-Vector", unsigned64, false},
    AvpInfo{avp_name::kOcOlr, "OC-OLR", grouped, false},
    AvpInfo{avp_name::kOcSequenceNumber, "OC-Sequence-Number", unsigned64, false},
    AvpInfo{avp_name::kOcValidityDuration, "OC-Validity-Duration", unsigned32, false},
    AvpInfo{avp_name::kOcReportType, "OC-Report-Type", enumerated, false},
    AvpInfo{avp_name::kOcReductionPercentage, "OC-Reduction-Percentage", unsigned32, false},
    AvpInfo{avp_name::kSourceId, "SourceID", octets, false},
    AvpInfo{avp_name::kLoad, "Load", grouped, false},
    AvpInfo{avp_name::kLoadType, "Load-Type", enumerated, false},
    AvpInfo{avp_name::kLoadValue, "Load-Value", unsigned64, false},
};

constexpr std::array kCommands{
    CommandInfo{Command::user_data, "User-Data-Request", "User-Data-Answer"},
    CommandInfo{Command::profile_update, "Profile-Update-Request", "Profile-Update-Answer"},
    CommandInfo{Command::subscribe_notifications, "Subscribe-Notifications-Request", "Subscribe-Notifications-Answer"},
    CommandInfo{Command::push_notification, "Push-Notification-Request", "Push-Notification-Answer"},
};

}  // namespace

std::string_view word(Command command) {
  switch (command) {
    case Command::user_data:
      return "udr";
    case Command::profile_update:
      return "pur";
    case Command::subscribe_notifications:
      return "snr";
    case Command::push_notification:
      return "pnr";
  }
  return "other";
}

std::span<const AvpInfo> sh_avps() { return kAvps; }
std::span<const CommandInfo> sh_commands() { return kCommands; }

}  // namespace presentia::diameter
