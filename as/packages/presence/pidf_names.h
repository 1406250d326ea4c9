// The namespaces of presence documents, and the prefixes under which they are written: some clients read by text and
// want PIDF as the default namespace and rpid under its usual prefix.
#pragma once

#include <array>
#include <string_view>

#include "as/xml/writer.h"

namespace presentia::presence {

inline constexpr std::string_view kPidf = "urn:ietf:params:xml:ns:pidf";                      // RFC 3863
inline constexpr std::string_view kDataModel = "urn:ietf:params:xml:ns:pidf:data-model";      // RFC 4479
inline constexpr std::string_view kRpid = "urn:ietf:params:xml:ns:pidf:rpid";                 // RFC 4480
inline constexpr std::string_view kTimedStatus = "urn:ietf:params:xml:ns:pidf:timed-status";  // RFC 4481
inline constexpr std::string_view kCipid = "urn:ietf:params:xml:ns:pidf:cipid";               // RFC 4482
inline constexpr std::string_view kCaps = "urn:ietf:params:xml:ns:pidf:caps";                 // RFC 5196
inline constexpr std::string_view kGeopriv = "urn:ietf:params:xml:ns:pidf:geopriv10";         // RFC 4119
inline constexpr std::string_view kBasicPolicy = "urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy";
inline constexpr std::string_view kOmaPresence = "urn:oma:xml:prs:pidf:oma-pres";  // OMA-DDS-Presence_Data_Ext

inline constexpr std::array kUsualPrefixes{
    xml::UsualPrefix{kPidf, ""},
    xml::UsualPrefix{kPidf, "pidf"},  // for its attribute mustUnderstand
    xml::UsualPrefix{kDataModel, "dm"},
    xml::UsualPrefix{kRpid, "rpid"},
    xml::UsualPrefix{kTimedStatus, "ts"},
    xml::UsualPrefix{kCipid, "c"},
    xml::UsualPrefix{kCaps, "caps"},
    xml::UsualPrefix{kGeopriv, "gp"},
    xml::UsualPrefix{kBasicPolicy, "gbp"},
    xml::UsualPrefix{"urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr", "ca"},
    xml::UsualPrefix{"urn:ietf:params:xml:ns:pidf:geopriv10:civicLoc", "cl"},
    xml::UsualPrefix{"http://www.opengis.net/gml", "gml"},
    xml::UsualPrefix{"http://www.opengis.net/pidflo/1.0", "gs"},
    xml::UsualPrefix{"urn:ietf:params:xml:ns:location-type", "lt"},
    xml::UsualPrefix{kOmaPresence, "op"},
    xml::UsualPrefix{"urn:oma:xml:pde:pidf:ext", "opx"},
};

}  // namespace presentia::presence
