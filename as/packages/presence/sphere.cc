#include "as/packages/presence/sphere.h"

#include "as/packages/presence/pidf_document.h"
#include "as/packages/presence/pidf_names.h"

namespace presentia::presence {
namespace {

// The name of the element inside, as <work/>; free text where there is none [RFC4480 3.11].
std::string value_of(xml::Element sphere) {
  const xml::Element named = sphere.first_child();
  return named ? std::string(named.local()) : sphere.text_trimmed();
}

}  // namespace

std::optional<std::string> sphere_of(std::span<const event::PublicationView> publications) {
  std::optional<std::string> common;
  for (const event::PublicationView& publication : publications) {
    const auto* document = dynamic_cast<const PidfDocument*>(publication.document);
    if (document == nullptr) continue;
    for (const Person& person : document->persons) {
      for (const xml::Element extension : person.extensions) {
        if (!extension.is(kRpid, "sphere")) continue;
        std::string value = value_of(extension);
        if (value.empty() || (common && *common != value)) return std::nullopt;
        common = std::move(value);
      }
    }
  }
  return common;
}

}  // namespace presentia::presence
