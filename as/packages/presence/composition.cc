#include "as/packages/presence/composition.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "as/packages/presence/component_merge.h"
#include "as/packages/presence/ids.h"

namespace presentia::presence {
namespace {

// One publication with its place in the order of the output.
struct Input {
  const PidfDocument* document = nullptr;
  std::uint64_t arrival = 0;
  std::size_t number = 0;  // by arrival
  std::size_t rank = 0;    // in the output
  std::size_t place = 0;   // in the span
};

std::vector<Input> read_inputs(std::span<const event::PublicationView> publications) {
  std::vector<Input> inputs;
  for (std::size_t place = 0; place < publications.size(); ++place) {
    const auto* document = dynamic_cast<const PidfDocument*>(publications[place].document);
    if (document != nullptr) inputs.push_back({document, publications[place].record->arrival, inputs.size(), 0, place});
  }
  const auto any_open = [](const Input& input) {
    return std::any_of(input.document->tuples.begin(), input.document->tuples.end(),
                       [](const Tuple& tuple) { return tuple.basic == "open"; });
  };
  std::vector<std::size_t> order(inputs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = order.size() - 1 - i;  // newest first
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return any_open(inputs[i]); });
  for (std::size_t rank = 0; rank < order.size(); ++rank) inputs[order[rank]].rank = rank;
  return inputs;
}

enum class Within { apart, merged };  // what becomes of components of one and the same publication

// The components of one kind: merged as they come, then put in order.
template <class T>
class Pile {
 public:
  Pile(Within within, Tracking tracking) : within_(within), tracking_(tracking) {}

  // Merges `next` into the first component that `accepts` it, else keeps it.
  template <class Accepts, class Merge>
  void add(const T& next, const Input& from, std::size_t index, const Accepts& accepts, const Merge& merge_into) {
    for (Entry& entry : entries_) {
      const bool own = within_ == Within::apart && entry.newest == from.number;
      if (own || !accepts(entry.component, next)) continue;
      const std::string id_before = entry.component.id;
      merge_into(entry.component, next);
      if (entry.component.id != id_before) entry.id_arrival = from.arrival;
      entry.newest = from.number;
      track(entry, from);
      if (from.rank < entry.rank) std::tie(entry.rank, entry.index) = std::tie(from.rank, index);
      return;
    }
    entries_.push_back({next, from.rank, index, from.number, from.arrival, {}});
    track(entries_.back(), from);
  }

  // Ids go by age, so that a component that comes later does not take the id of an older one: an id means something
  // within its publication only [RFC3903 10.4].
  std::vector<T> finish(IdPool& ids) {
    for (Entry& entry : entries_) entry.component.id = ids.take(entry.component.id, entry.id_arrival);
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.rank, a.index) < std::tie(b.rank, b.index);
    });
    std::vector<T> components;
    components.reserve(entries_.size());
    for (Entry& entry : entries_) components.push_back(std::move(entry.component));
    return components;
  }

  // Of the components that finish() gave.
  Origins take_origins() {
    Origins origins;
    if (tracking_ == Tracking::off) return origins;
    for (Entry& entry : entries_) origins.push_back(std::move(entry.places));
    return origins;
  }

 private:
  struct Entry {
    T component;
    std::size_t rank = 0, index = 0;  // its place in the output
    std::size_t newest = 0;           // number of the newest publication in it
    std::uint64_t id_arrival = 0;     // of the publication that gave the id
    std::vector<std::size_t> places;
  };
  void track(Entry& entry, const Input& from) const {
    if (tracking_ == Tracking::off || (!entry.places.empty() && entry.places.back() == from.place)) return;
    entry.places.push_back(from.place);
  }
  Within within_;
  Tracking tracking_;
  std::vector<Entry> entries_;
};

constexpr auto kFits = [](const auto& older, const auto& newer) { return fits(older, newer); };
constexpr auto kMerge = [](auto& older, const auto& newer) { merge(older, newer); };
constexpr auto kAlways = [](const auto&, const auto&) { return true; };

}  // namespace

Persons persons_of(const mgmt::Snapshot& settings) {
  const bool oma = settings.config().presence().composition().persons() == config::Composition::OMA;
  return oma ? Persons::oma : Persons::one;
}

// Several publications become one document, here and not at the watcher [RFC3903 10.3, RFC3856 6.9].
Composition compose(std::span<const event::PublicationView> publications, Persons persons, Tracking tracking) {
  const std::vector<Input> inputs = read_inputs(publications);
  const bool one_person = persons == Persons::one;
  Pile<Tuple> tuples(Within::apart, tracking);
  Pile<Person> people(one_person ? Within::merged : Within::apart, tracking);
  Pile<Device> devices(Within::apart, tracking);
  Composition result;
  for (const Input& input : inputs) {
    const PidfDocument& document = *input.document;
    for (std::size_t i = 0; i < document.tuples.size(); ++i) tuples.add(document.tuples[i], input, i, kFits, kMerge);
    for (std::size_t i = 0; i < document.persons.size(); ++i) {
      if (one_person) {
        people.add(document.persons[i], input, i, kAlways, override_with);
      } else {
        people.add(document.persons[i], input, i, kFits, kMerge);
      }
    }
    for (std::size_t i = 0; i < document.devices.size(); ++i) devices.add(document.devices[i], input, i, kFits, kMerge);
    unite(result.notes, document.notes);
    unite(result.others, document.others);
  }
  IdPool ids;
  result.tuples = tuples.finish(ids);
  result.persons = people.finish(ids);
  result.devices = devices.finish(ids);
  result.tuple_origins = tuples.take_origins();
  result.person_origins = people.take_origins();
  result.device_origins = devices.take_origins();
  return result;
}

}  // namespace presentia::presence
