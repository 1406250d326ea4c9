// Element names of Sh-Data that both reader and writer use [TS29.328 Annex D]; they are in no namespace.
#pragma once

#include <string_view>

namespace presentia::diameter::names {

inline constexpr std::string_view kShData = "Sh-Data";
inline constexpr std::string_view kExtension = "Extension";
inline constexpr std::string_view kPublicIdentifiers = "PublicIdentifiers";
inline constexpr std::string_view kImsPublicIdentity = "IMSPublicIdentity";
inline constexpr std::string_view kMsisdn = "MSISDN";
inline constexpr std::string_view kIdentityType = "IdentityType";
inline constexpr std::string_view kWildcardedPsi = "WildcardedPSI";
inline constexpr std::string_view kWildcardedImpu = "WildcardedIMPU";
inline constexpr std::string_view kRepositoryData = "RepositoryData";
inline constexpr std::string_view kAliasesRepositoryData = "AliasesRepositoryData";
inline constexpr std::string_view kServiceIndication = "ServiceIndication";
inline constexpr std::string_view kSequenceNumber = "SequenceNumber";
inline constexpr std::string_view kServiceData = "ServiceData";
inline constexpr std::string_view kShImsData = "Sh-IMS-Data";
inline constexpr std::string_view kScscfName = "SCSCFName";
inline constexpr std::string_view kScscfNameInField = "S-CSCFName";  // as some HSSs write it
inline constexpr std::string_view kIfcs = "IFCs";
inline constexpr std::string_view kImsUserState = "IMSUserState";
inline constexpr std::string_view kChargingInformation = "ChargingInformation";
inline constexpr std::string_view kPrimaryEvent = "PrimaryEventChargingFunctionName";
inline constexpr std::string_view kSecondaryEvent = "SecondaryEventChargingFunctionName";
inline constexpr std::string_view kPrimaryCollection = "PrimaryChargingCollectionFunctionName";
inline constexpr std::string_view kSecondaryCollection = "SecondaryChargingCollectionFunctionName";
inline constexpr std::string_view kPsiActivation = "PSIActivation";
inline constexpr std::string_view kDsai = "DSAI";
inline constexpr std::string_view kDsaiTag = "DSAI-Tag";
inline constexpr std::string_view kDsaiValue = "DSAI-Value";
inline constexpr std::string_view kCsLocation = "CSLocationInformation";
inline constexpr std::string_view kPsLocation = "PSLocationInformation";
inline constexpr std::string_view kCsUserState = "CSUserState";
inline constexpr std::string_view kPsUserState = "PSUserState";
inline constexpr std::string_view kRegistered = "RegisteredIdentities";
inline constexpr std::string_view kImplicit = "ImplicitIdentities";
inline constexpr std::string_view kAll = "AllIdentities";
inline constexpr std::string_view kAlias = "AliasIdentities";

}  // namespace presentia::diameter::names
