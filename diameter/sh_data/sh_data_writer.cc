#include "diameter/sh_data/sh_data_writer.h"

#include <optional>
#include <utility>
#include <vector>

#include "as/xml/document.h"
#include "as/xml/writer.h"
#include "diameter/sh_data/names.h"

namespace presentia::diameter {
namespace {

using ports::PublicIdentity;
using ports::SubscriberRecord;

constexpr std::string_view kPlace = "verbatim";

class Writing {
 public:
  Writing(xml::Reader& reader, const ShDataLimits& limits) : reader_(reader), limits_(limits) {}

  base::Result<std::string, ShDataError> run(const SubscriberRecord& record) {
    writer_.begin({}, names::kShData);
    write_identities(record);
    for (const auto& data : record.repository_data) write_repository_data(names::kRepositoryData, data);
    write_ims_data(record);
    if (record.cs_location) write_location(names::kCsLocation, *record.cs_location, "VLRNumber");
    if (record.ps_location) write_location(names::kPsLocation, *record.ps_location, "SGSNNumber");
    if (record.cs_user_state) number(names::kCsUserState, static_cast<unsigned>(*record.cs_user_state));
    if (record.ps_user_state) number(names::kPsUserState, static_cast<unsigned>(*record.ps_user_state));
    write_extension(record);
    writer_.end();
    if (fault_) return base::Unexpected{std::move(*fault_)};
    std::string text = writer_.finish();
    std::size_t from = 0;  // what has been put in may look like a place
    for (std::size_t index = 0; index < verbatim_.size(); ++index) {
      const std::string place = place_of(index);
      from = text.find(place, from);
      text.replace(from, place.size(), verbatim_[index]);
      from += verbatim_[index].size();
    }
    return text;
  }

 private:
  void text(std::string_view name, std::string_view value) { writer_.element({}, name, value); }
  void text_if(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  void number(std::string_view name, unsigned value) { text(name, std::to_string(value)); }

  // One element for each kind of identity, because what an Extension says counts for all beside it.
  void write_identities(const SubscriberRecord& record) {
    const auto plain = [](const PublicIdentity& identity) {
      return identity.kind == PublicIdentity::Kind::distinct_user && identity.wildcard.empty();
    };
    bool has_plain = !record.msisdns.empty();
    for (const PublicIdentity& identity : record.public_identities) has_plain = has_plain || plain(identity);
    if (has_plain) {
      writer_.begin({}, names::kPublicIdentifiers);
      for (const PublicIdentity& identity : record.public_identities) {
        if (plain(identity)) text(names::kImsPublicIdentity, identity.uri);
      }
      for (const std::string& msisdn : record.msisdns) text(names::kMsisdn, msisdn);
      writer_.end();
      return;
    }
    if (!record.public_identities.empty()) write_other_identity(record.public_identities.front());
  }
  void write_other_identity(const PublicIdentity& identity) {
    writer_.begin({}, names::kPublicIdentifiers);
    text(names::kImsPublicIdentity, identity.uri);
    writer_.begin({}, names::kExtension);
    number(names::kIdentityType, static_cast<unsigned>(identity.kind));
    if (identity.kind == PublicIdentity::Kind::wildcarded_user) {
      writer_.begin({}, names::kExtension);
      text_if(names::kWildcardedImpu, identity.wildcard);
      writer_.end();
    } else {
      text_if(names::kWildcardedPsi, identity.wildcard);
    }
    writer_.end().end();
  }

  void write_repository_data(std::string_view name, const ports::RepositoryData& data) {
    writer_.begin({}, name);
    text(names::kServiceIndication, data.service_indication);
    number(names::kSequenceNumber, data.sequence_number);
    if (data.service_data) verbatim("<ServiceData>" + *data.service_data + "</ServiceData>");
    writer_.end();
  }

  // What others have written stays as it is, byte by byte. It must be one element, so that nothing in it ends what is
  // around it.
  void verbatim(std::string element) {
    if (element.size() > limits_.max_bytes) return fail("too-large", std::to_string(element.size()) + " bytes");
    const auto document = reader_.parse(element, limits_.xml);
    if (!document) return fail(document.error().reason, document.error().text);
    text(kPlace, std::to_string(verbatim_.size()));
    verbatim_.push_back(std::move(element));
  }
  // Where it goes, until the rest is written: no text can look like it, because texts are escaped.
  static std::string place_of(std::size_t index) {
    return "<" + std::string(kPlace) + ">" + std::to_string(index) + "</" + std::string(kPlace) + ">";
  }
  void fail(const std::string& reason, const std::string& why) {
    if (!fault_) fault_ = ShDataError{reason, why};
  }

  void write_ims_data(const SubscriberRecord& record) {
    const bool extended = record.psi_active || !record.dsai.empty();
    if (!record.scscf_name && !record.initial_filter_criteria && !record.ims_user_state && !record.charging &&
        !extended) {
      return;
    }
    writer_.begin({}, names::kShImsData);
    if (record.scscf_name) text(names::kScscfName, *record.scscf_name);
    if (record.initial_filter_criteria) verbatim(*record.initial_filter_criteria);
    if (record.ims_user_state) number(names::kImsUserState, static_cast<unsigned>(*record.ims_user_state));
    if (record.charging) write_charging(*record.charging);
    if (extended) write_ims_extension(record);
    writer_.end();
  }
  void write_charging(const ports::ChargingInformation& charging) {
    writer_.begin({}, names::kChargingInformation);
    text_if(names::kPrimaryEvent, charging.primary_event_function);
    text_if(names::kSecondaryEvent, charging.secondary_event_function);
    text_if(names::kPrimaryCollection, charging.primary_collection_function);
    text_if(names::kSecondaryCollection, charging.secondary_collection_function);
    writer_.end();
  }
  void write_ims_extension(const SubscriberRecord& record) {
    writer_.begin({}, names::kExtension);
    if (record.psi_active) number(names::kPsiActivation, *record.psi_active ? 1 : 0);
    if (!record.dsai.empty()) {
      writer_.begin({}, names::kExtension);
      for (const ports::Dsai& dsai : record.dsai) {
        writer_.begin({}, names::kDsai);
        text(names::kDsaiTag, dsai.tag);
        number(names::kDsaiValue, dsai.is_active ? 0 : 1);
        writer_.end();
      }
      writer_.end();
    }
    writer_.end();
  }

  void write_location(std::string_view name, const ports::LocationInformation& location, std::string_view node) {
    writer_.begin({}, name);
    text_if("LocationNumber", location.location_number);
    text_if("CellGlobalId", location.cell_global_id);
    text_if("ServiceAreaId", location.service_area_id);
    text_if("LocationAreaId", location.location_area_id);
    text_if("RoutingAreaId", location.routing_area_id);
    text_if("GeographicalInformation", location.geographical);
    text_if("GeodeticInformation", location.geodetic);
    if (!location.serving_node.empty()) {
      writer_.begin({}, node);
      text("Address", location.serving_node);
      writer_.end();
    }
    if (location.is_current) number("CurrentLocationRetrieved", *location.is_current ? 1 : 0);
    if (location.age_minutes) number("AgeOfLocationInformation", *location.age_minutes);
    writer_.end();
  }

  void write_set(std::string_view name, const std::optional<std::vector<std::string>>& identities) {
    if (!identities) return;
    writer_.begin({}, name);
    for (const std::string& identity : *identities) text(names::kImsPublicIdentity, identity);
    writer_.end();
  }
  void write_extension(const SubscriberRecord& record) {
    if (!record.registered_identities && !record.implicit_identities && !record.all_identities &&
        !record.alias_identities && record.aliases_repository_data.empty()) {
      return;
    }
    writer_.begin({}, names::kExtension);
    write_set(names::kRegistered, record.registered_identities);
    write_set(names::kImplicit, record.implicit_identities);
    write_set(names::kAll, record.all_identities);
    write_set(names::kAlias, record.alias_identities);
    for (const auto& data : record.aliases_repository_data) {
      write_repository_data(names::kAliasesRepositoryData, data);
    }
    writer_.end();
  }

  xml::Reader& reader_;
  const ShDataLimits& limits_;
  xml::Writer writer_;
  std::vector<std::string> verbatim_;
  std::optional<ShDataError> fault_;
};

}  // namespace

base::Result<std::string, ShDataError> write_sh_data(xml::Reader& reader, const SubscriberRecord& record,
                                                     const ShDataLimits& limits) {
  return Writing(reader, limits).run(record);
}

base::Result<std::string, ShDataError> write_repository_update(xml::Reader& reader, const ports::RepositoryData& data,
                                                               const ShDataLimits& limits) {
  SubscriberRecord record;
  record.repository_data.push_back(data);
  return write_sh_data(reader, record, limits);
}

}  // namespace presentia::diameter
