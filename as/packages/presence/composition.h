// Composition: several publications of one presentity into the components of one document, after OMA Presence
// SIMPLE 1.1 5.4.3 and RFC 4479. Deterministic: nothing depends on time, chance or addresses.
//
// Components of different publications merge where nothing in them conflicts, that is where no child of one name has
// different contents; whatever only one of them has is kept, equal things once, the latest timestamp and the highest
// contact priority win [OMA-PRS 5.4.3.1]. Beyond that,
// - tuples need equal contact, service-id with version, class and basic status, or none in both;
// - devices need an equal deviceID;
// - persons need an equal class or none in both, if Persons::oma. With Persons::one they all become a single person,
// and
//   of what conflicts the newest arrival's is taken [RFC4479 3.2].
// A merged component bears the id of the part with the latest timestamp: so the timestamps that a watcher sees under
// one id never run backward when a part ends [RFC3863 4.1.7].
//
// Order: publications in which something is open first, and newest arrivals first among them, because some clients read
// the first tuple only; the order within one publication is kept [RFC5491 3].
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "as/event/package.h"
#include "as/packages/presence/pidf_document.h"
#include "as/rules/permissions.h"

namespace presentia::presence {

enum class Persons { one, oma };
enum class Tracking { off, on };  // of origins

// By place in the span of publications, oldest arrival first: whose parts are in the n-th component.
using Origins = std::vector<std::vector<std::size_t>>;

// What the publications make of one presentity; ids are unique. Valid as long as their documents.
struct Composition {
  std::vector<Tuple> tuples;
  std::vector<Person> persons;
  std::vector<Device> devices;
  Origins tuple_origins, person_origins, device_origins;  // empty unless Tracking::on
  Elements notes;
  Elements others;
  rules::UserInput user_input = rules::UserInput::full;  // how much of each <user-input> is written
};

// As presence.composition.persons says.
[[nodiscard]] Persons persons_of(const mgmt::Snapshot& settings);

// `publications`: oldest arrival first; their documents are PidfDocuments.
[[nodiscard]] Composition compose(std::span<const event::PublicationView> publications, Persons persons,
                                  Tracking tracking = Tracking::off);

}  // namespace presentia::presence
