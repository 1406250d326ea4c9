// Cx [TS29.229]: its commands and AVPs, as an HSS and an S-CSCF or I-CSCF use them, and the numbers of its answers.
#pragma once

#include <cstdint>
#include <string_view>

#include "diameter/message/avp_table.h"

namespace presentia::hss {

// What the library's dictionary needs; lives as long as the program.
[[nodiscard]] diameter::ApplicationInfo cx_application();

inline constexpr std::uint32_t kCxApplication = 16'777'216;

namespace cx_command {  // [TS29.229 6.1]
inline constexpr diameter::Command kUserAuthorization{300}, kServerAssignment{301}, kLocationInfo{302},
    kMultimediaAuth{303}, kRegistrationTermination{304}, kPushProfile{305};
}  // namespace cx_command
// uar, sar, lir, mar, and what those of Sh are called.
[[nodiscard]] std::string_view name_of(diameter::Command command);

namespace cx_avp {  // [TS29.229 6.3; RFC4740 9.5 of those without vendor]
inline constexpr std::uint32_t kVendor = diameter::kVendor3gpp;
inline constexpr diameter::AvpName kVisitedNetworkIdentifier{600, kVendor}, kServerCapabilities{603, kVendor},
    kMandatoryCapability{604, kVendor}, kOptionalCapability{605, kVendor}, kUserData{606, kVendor},
    kSipNumberAuthItems{607, kVendor}, kSipAuthenticationScheme{608, kVendor}, kSipAuthenticate{609, kVendor},
    kSipAuthorization{610, kVendor}, kSipAuthenticationContext{611, kVendor}, kSipAuthDataItem{612, kVendor},
    kSipItemNumber{613, kVendor}, kServerAssignmentType{614, kVendor}, kDeregistrationReason{615, kVendor},
    kReasonCode{616, kVendor}, kReasonInfo{617, kVendor}, kChargingInformation{618, kVendor},
    kPrimaryEventFunction{619, kVendor}, kSecondaryEventFunction{620, kVendor},
    kPrimaryCollectionFunction{621, kVendor}, kSecondaryCollectionFunction{622, kVendor},
    kUserAuthorizationType{623, kVendor}, kUserDataAlreadyAvailable{624, kVendor}, kConfidentialityKey{625, kVendor},
    kIntegrityKey{626, kVendor}, kAssociatedIdentities{632, kVendor}, kOriginatingRequest{633, kVendor},
    kSipDigestAuthenticate{635, kVendor}, kUarFlags{637, kVendor}, kLooseRouteIndication{638, kVendor},
    kMultipleRegistrationIndication{648, kVendor};
inline constexpr diameter::AvpName kDigestRealm{104, 0}, kDigestQop{110, 0}, kDigestAlgorithm{111, 0},
    kDigestHa1{121, 0};
}  // namespace cx_avp

namespace cx_result {  // Experimental-Result-Codes [TS29.229 6.2]
inline constexpr std::uint32_t kFirstRegistration = 2001, kSubsequentRegistration = 2002, kUnregisteredService = 2003,
                               kUserUnknown = 5001, kIdentitiesDontMatch = 5002, kIdentityNotRegistered = 5003,
                               kIdentityAlreadyRegistered = 5005, kAuthSchemeNotSupported = 5006,
                               kErrorInAssignmentType = 5007;
}  // namespace cx_result

enum class Assignment : std::uint32_t {  // Server-Assignment-Type [TS29.229 6.3.15]
  none = 0,
  registration = 1,
  re_registration = 2,
  unregistered_user = 3,
  timeout_deregistration = 4,
  user_deregistration = 5,
  timeout_deregistration_store_server_name = 6,
  user_deregistration_store_server_name = 7,
  administrative_deregistration = 8,
  authentication_failure = 9,
  authentication_timeout = 10,
  deregistration_too_much_data = 11,
};

}  // namespace presentia::hss
