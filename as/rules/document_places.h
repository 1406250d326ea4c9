// Where documents are on an XDM server [RFC4825 6]: those of a user, and the lists that rules and lists refer to. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "as/ports/documents.h"

namespace presentia::rules {

// The document AUID/NAME of a user, whose XUI is `user` [RFC4825 6.2].
[[nodiscard]] ports::DocumentKey document_of(std::string_view auid_and_name, std::string_view user);

// The XUI of a document, decoded; nullopt for one in the global tree.
[[nodiscard]] std::optional<std::string> user_of(std::string_view document);

// The document, or element, that `anchor` names: an absolute URI below one of the `roots`, or relative to the XCAP root
// [RFC4826 3.2]. nullopt if it is somewhere else, or no XCAP URI.
[[nodiscard]] std::optional<ports::DocumentKey> list_at(std::string_view anchor, std::span<const std::string> roots);

}  // namespace presentia::rules
