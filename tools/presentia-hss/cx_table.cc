#include "tools/presentia-hss/cx_table.h"

#include <array>

namespace presentia::hss {
namespace {

using diameter::AvpInfo;
using diameter::CommandInfo;
using enum diameter::AvpType;

constexpr std::array kAvps{
    AvpInfo{cx_avp::kVisitedNetworkIdentifier, "Visited-Network-Identifier", octets, true},
    AvpInfo{cx_avp::kServerCapabilities, "Server-Capabilities", grouped, true},
    AvpInfo{cx_avp::kMandatoryCapability, "Mandatory-Capability", unsigned32, true},
    AvpInfo{cx_avp::kOptionalCapability, "Optional-Capability", unsigned32, true},
    AvpInfo{cx_avp::kUserData, "User-Data", octets, true},
    AvpInfo{cx_avp::kSipNumberAuthItems, "SIP-Number-Auth-Items", unsigned32, true},
    AvpInfo{cx_avp::kSipAuthenticationScheme, "SIP-Authentication-Scheme", octets, true},
    AvpInfo{cx_avp::kSipAuthenticate, "SIP-Authenticate", octets, true},
    AvpInfo{cx_avp::kSipAuthorization, "SIP-Authorization", octets, true},
    AvpInfo{cx_avp::kSipAuthenticationContext, "SIP-Authentication-Context", octets, true},
    AvpInfo{cx_avp::kSipAuthDataItem, "SIP-Auth-Data-Item", grouped, true},
    AvpInfo{cx_avp::kSipItemNumber, "SIP-Item-Number", unsigned32, true},
    AvpInfo{cx_avp::kServerAssignmentType, "Server-Assignment-Type", enumerated, true},
    AvpInfo{cx_avp::kDeregistrationReason, "Deregistration-Reason", grouped, true},
    AvpInfo{cx_avp::kReasonCode, "Reason-Code", enumerated, true},
    AvpInfo{cx_avp::kReasonInfo, "Reason-Info", octets, true},
    AvpInfo{cx_avp::kChargingInformation, "Charging-Information", grouped, true},
    AvpInfo{cx_avp::kPrimaryEventFunction, "Primary-Event-Charging-Function-Name", octets, true},
    AvpInfo{cx_avp::kSecondaryEventFunction, "Secondary-Event-Charging-Function-Name", octets, true},
    AvpInfo{cx_avp::kPrimaryCollectionFunction, "Primary-Charging-Collection-Function-Name", octets, true},
    AvpInfo{cx_avp::kSecondaryCollectionFunction, "Secondary-Charging-Collection-Function-Name", octets, true},
    AvpInfo{cx_avp::kUserAuthorizationType, "User-Authorization-Type", enumerated, true},
    AvpInfo{cx_avp::kUserDataAlreadyAvailable, "User-Data-Already-Available", enumerated, true},
    AvpInfo{cx_avp::kConfidentialityKey, "Confidentiality-Key", octets, true},
    AvpInfo{cx_avp::kIntegrityKey, "Integrity-Key", octets, true},
    AvpInfo{cx_avp::kAssociatedIdentities, "Associated-Identities", grouped, false},
    AvpInfo{cx_avp::kOriginatingRequest, "Originating-Request", enumerated, true},
    AvpInfo{cx_avp::kSipDigestAuthenticate, "SIP-Digest-Authenticate", grouped, false},
    AvpInfo{cx_avp::kUarFlags, "UAR-Flags", unsigned32, false},
    AvpInfo{cx_avp::kLooseRouteIndication, "Loose-Route-Indication", enumerated, false},
    AvpInfo{cx_avp::kMultipleRegistrationIndication, "Multiple-Registration-Indication", enumerated, false},
    AvpInfo{cx_avp::kDigestRealm, "Digest-Realm", octets, true},
    AvpInfo{cx_avp::kDigestQop, "Digest-QoP", octets, true},
    AvpInfo{cx_avp::kDigestAlgorithm, "Digest-Algorithm", octets, true},
    AvpInfo{cx_avp::kDigestHa1, "Digest-HA1", octets, true},
};

constexpr std::array kCommands{
    CommandInfo{cx_command::kUserAuthorization, "User-Authorization-Request", "User-Authorization-Answer"},
    CommandInfo{cx_command::kServerAssignment, "Server-Assignment-Request", "Server-Assignment-Answer"},
    CommandInfo{cx_command::kLocationInfo, "Location-Info-Request", "Location-Info-Answer"},
    CommandInfo{cx_command::kMultimediaAuth, "Multimedia-Auth-Request", "Multimedia-Auth-Answer"},
    CommandInfo{cx_command::kRegistrationTermination, "Registration-Termination-Request",
                "Registration-Termination-Answer"},
    CommandInfo{cx_command::kPushProfile, "Push-Profile-Request", "Push-Profile-Answer"},
};

}  // namespace

diameter::ApplicationInfo cx_application() { return {kCxApplication, "Cx", kCommands, kAvps}; }

std::string_view name_of(diameter::Command command) {
  if (command == cx_command::kUserAuthorization) return "uar";
  if (command == cx_command::kServerAssignment) return "sar";
  if (command == cx_command::kLocationInfo) return "lir";
  if (command == cx_command::kMultimediaAuth) return "mar";
  return diameter::word(command);
}

}  // namespace presentia::hss
