#include "diameter/sh_data/sh_data_reader.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "as/xml/characters.h"
#include "as/xml/document.h"
#include "as/xml/writer.h"
#include "diameter/sh_data/names.h"

namespace presentia::diameter {
namespace {

using ports::SubscriberRecord;
using xml::Element;

// The text of an element without the XML declaration before it; its prefix is kept, for who reads by text.
std::string text_of(Element element) {
  const std::array<xml::UsualPrefix, 1> as_it_was{{{element.ns(), element.prefix()}}};
  xml::Writer writer(as_it_was);
  std::string text = writer.copy(element).finish();
  const std::size_t end = text.starts_with("<?xml") ? text.find("?>") : std::string::npos;
  if (end != std::string::npos) text.erase(0, text.find_first_not_of("\r\n", end + 2));
  return text;
}

// What is inside ServiceData: each element with the namespaces that it needs, or the text where there is no element.
std::string content_of(Element element) {
  if (!element.first_child()) {
    std::string escaped;
    xml::append_escaped(escaped, element.text(), false);
    return escaped;
  }
  std::string text;
  for (const Element child : element.children()) text += text_of(child);
  return text;
}

// Reads one document; the first fault ends it.
class Reading {
 public:
  explicit Reading(Element root) : ns_(root.ns()) { read_root(root); }

  base::Result<SubscriberRecord, ShDataError> take() {
    if (fault_) return base::Unexpected{std::move(*fault_)};
    return std::move(record_);
  }

 private:
  [[nodiscard]] bool is(Element element, std::string_view name) const { return element.is(ns_, name); }

  void fail(const char* reason, std::string_view where) {
    if (!fault_) fault_ = ShDataError{reason, std::string(where)};
  }

  // A number up to `most`; 0 where it is none.
  std::uint32_t number(Element element, std::uint32_t most) {
    const std::string text = element.text_trimmed();
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > most) {
      fail("bad-value", std::string(element.local()) + " is '" + text.substr(0, 40) + "'");
      return 0;
    }
    return value;
  }
  bool boolean(Element element) {
    const std::string text = element.text_trimmed();
    if (text == "true") return true;
    return text != "false" && number(element, 1) == 1;
  }
  template <class Enum>
  Enum enumerated(Element element, Enum last) {
    return static_cast<Enum>(number(element, static_cast<std::uint32_t>(last)));
  }

  // Calls `each` for what is in `element` and, since releases nest what they add, in each Extension in it.
  template <class Each>
  void walk(Element element, Each each) {
    for (const Element child : element.children()) {
      if (is(child, names::kExtension)) {
        walk(child, each);
      } else if (child.ns() == ns_) {
        each(child);
      }
    }
  }

  void read_root(Element root) {
    walk(root, [this](Element child) {
      if (is(child, names::kPublicIdentifiers)) {
        read_public_identifiers(child);
      } else if (is(child, names::kRepositoryData)) {
        read_repository_data(child, record_.repository_data);
      } else if (is(child, names::kAliasesRepositoryData)) {
        read_repository_data(child, record_.aliases_repository_data);
      } else if (is(child, names::kShImsData)) {
        walk(child, [this](Element inner) { read_ims_data(inner); });
      } else {
        read_access(child);
        read_identity_sets(child);
      }
    });
  }

  // [TS29.328 7.6.4, 7.6.6, 7.6.7]
  void read_access(Element child) {
    if (is(child, names::kCsLocation)) {
      record_.cs_location = read_location(child);
    } else if (is(child, names::kPsLocation)) {
      record_.ps_location = read_location(child);
    } else if (is(child, names::kCsUserState)) {
      record_.cs_user_state = enumerated(child, ports::CsUserState::not_provided);
    } else if (is(child, names::kPsUserState)) {
      record_.ps_user_state = enumerated(child, ports::PsUserState::not_provided);
    }
  }

  void read_identity_sets(Element child) {
    if (is(child, names::kRegistered)) {
      record_.registered_identities = read_identities(child);
    } else if (is(child, names::kImplicit)) {
      record_.implicit_identities = read_identities(child);
    } else if (is(child, names::kAll)) {
      record_.all_identities = read_identities(child);
    } else if (is(child, names::kAlias)) {
      record_.alias_identities = read_identities(child);
    }
  }

  // The identity is the text, or the text of the one element that some HSSs put in between.
  static std::string identity_of(Element element) {
    const Element inner = element.first_child();
    return inner ? identity_of(inner) : element.text_trimmed();
  }

  std::vector<std::string> read_identities(Element element) {
    std::vector<std::string> identities;
    walk(element, [&](Element child) {
      if (is(child, names::kImsPublicIdentity)) identities.push_back(identity_of(child));
    });
    return identities;
  }

  // One Extension describes all the identities beside it [TS29.328 Annex D].
  void read_public_identifiers(Element element) {
    ports::PublicIdentity common;
    std::vector<std::string> uris;
    walk(element, [&](Element child) {
      if (is(child, names::kImsPublicIdentity)) {
        uris.push_back(identity_of(child));
        if (uris.back().empty()) fail("bad-value", "IMSPublicIdentity is empty");
      } else if (is(child, names::kMsisdn)) {
        record_.msisdns.push_back(child.text_trimmed());
      } else if (is(child, names::kIdentityType)) {
        common.kind = enumerated(child, ports::PublicIdentity::Kind::wildcarded_user);
      } else if (is(child, names::kWildcardedPsi) || is(child, names::kWildcardedImpu)) {
        common.wildcard = child.text_trimmed();
      }
    });
    for (std::string& uri : uris) {
      record_.public_identities.push_back(common);
      record_.public_identities.back().uri = std::move(uri);
    }
  }

  void read_repository_data(Element element, std::vector<ports::RepositoryData>& into) {
    ports::RepositoryData data;
    bool has_number = false;
    walk(element, [&](Element child) {
      if (is(child, names::kServiceIndication)) {
        data.service_indication = child.text_trimmed();
      } else if (is(child, names::kSequenceNumber)) {
        data.sequence_number = static_cast<std::uint16_t>(number(child, std::numeric_limits<std::uint16_t>::max()));
        has_number = true;
      } else if (is(child, names::kServiceData)) {
        data.service_data = content_of(child);
      }
    });
    if (data.service_indication.empty()) fail("missing-element", "repository data without ServiceIndication");
    if (!has_number) fail("missing-element", "repository data without SequenceNumber");
    into.push_back(std::move(data));
  }

  void read_ims_data(Element child) {
    if (is(child, names::kScscfName) || is(child, names::kScscfNameInField)) {
      record_.scscf_name = child.text_trimmed();
    } else if (is(child, names::kIfcs)) {
      record_.initial_filter_criteria = text_of(child);
    } else if (is(child, names::kImsUserState)) {
      record_.ims_user_state = enumerated(child, ports::ImsUserState::authentication_pending);
    } else if (is(child, names::kChargingInformation)) {
      record_.charging = read_charging(child);
    } else if (is(child, names::kPsiActivation)) {
      record_.psi_active = number(child, 1) == 1;
    } else if (is(child, names::kDsai)) {
      record_.dsai.push_back(read_dsai(child));
    }
  }

  ports::ChargingInformation read_charging(Element element) {
    ports::ChargingInformation charging;
    walk(element, [&](Element child) {
      if (is(child, names::kPrimaryEvent)) charging.primary_event_function = child.text_trimmed();
      if (is(child, names::kSecondaryEvent)) charging.secondary_event_function = child.text_trimmed();
      if (is(child, names::kPrimaryCollection)) charging.primary_collection_function = child.text_trimmed();
      if (is(child, names::kSecondaryCollection)) charging.secondary_collection_function = child.text_trimmed();
    });
    return charging;
  }

  // [TS29.328 Annex D] 0 is ACTIVE.
  ports::Dsai read_dsai(Element element) {
    ports::Dsai dsai;
    walk(element, [&](Element child) {
      if (is(child, names::kDsaiTag)) dsai.tag = child.text_trimmed();
      if (is(child, names::kDsaiValue)) dsai.is_active = number(child, 1) == 0;
    });
    if (dsai.tag.empty()) fail("missing-element", "DSAI without DSAI-Tag");
    return dsai;
  }

  ports::LocationInformation read_location(Element element) {
    ports::LocationInformation location;
    walk(element, [&](Element child) {
      const std::string_view name = child.local();
      if (name == "LocationNumber") location.location_number = child.text_trimmed();
      if (name == "CellGlobalId") location.cell_global_id = child.text_trimmed();
      if (name == "ServiceAreaId") location.service_area_id = child.text_trimmed();
      if (name == "LocationAreaId") location.location_area_id = child.text_trimmed();
      if (name == "RoutingAreaId") location.routing_area_id = child.text_trimmed();
      if (name == "GeographicalInformation") location.geographical = child.text_trimmed();
      if (name == "GeodeticInformation") location.geodetic = child.text_trimmed();
      if (name == "VLRNumber" || name == "MSCNumber" || name == "SGSNNumber") {
        location.serving_node = identity_of(child);
      }
      if (name == "CurrentLocationRetrieved") location.is_current = boolean(child);
      if (name == "AgeOfLocationInformation") {
        location.age_minutes = number(child, std::numeric_limits<std::uint32_t>::max());
      }
    });
    return location;
  }

  std::string_view ns_;  // none by the standard; whatever the root has
  SubscriberRecord record_;
  std::optional<ShDataError> fault_;
};

}  // namespace

base::Result<SubscriberRecord, ShDataError> read_sh_data(xml::Reader& reader, std::string_view bytes,
                                                         const ShDataLimits& limits) {
  if (xml::is_blank(bytes)) return SubscriberRecord{};
  if (bytes.size() > limits.max_bytes) {
    return base::Unexpected{ShDataError{"too-large", std::to_string(bytes.size()) + " bytes"}};
  }
  const auto document = reader.parse(bytes, limits.xml);
  if (!document) {
    const xml::ParseError& error = document.error();
    return base::Unexpected{ShDataError{error.reason, error.text + " in line " + std::to_string(error.line)}};
  }
  const Element root = (*document)->root();
  if (root.local() != names::kShData) {
    return base::Unexpected{ShDataError{"not-sh-data", "the root is " + std::string(root.local().substr(0, 40))}};
  }
  return Reading(root).take();
}

}  // namespace presentia::diameter
