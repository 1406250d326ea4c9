// The presence document that the load generator publishes: about 1.6 KB with person, device, OMA extensions and
// service tuples, as a phone with three services sends it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presentia::bench {

// The document of `entity` in its `revision`; all revisions below 10^8 have the same length. Revisions differ in a note
// and in one basic status, so that each is a change of state.
std::string presence_document(std::string_view entity, std::uint32_t revision);

// The revision that a document handed out by a server was made from; null if it holds none.
std::optional<std::uint32_t> revision_of(std::string_view document);

}  // namespace presentia::bench
