#include "xdm-client/documents/teller.h"

#include <openssl/sha.h>

#include <memory>
#include <utility>

#include "xdm-client/documents/element_cut.h"

namespace presentia::xdm {
namespace {

using Status = ports::DocumentStatus;

Digest digest_of(std::string_view text) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

// Two documents with the same text and other tags are different.
Digest digest_of(std::string_view text, const std::optional<xcap::EntityTag>& tag) {
  const Digest of_text = digest_of(text);
  std::string both(of_text.begin(), of_text.end());
  if (tag) both += tag->opaque;
  return digest_of(both);
}

}  // namespace

bool Teller::present(Document& document, const ports::SharedText& text, const xml::Limits& limits) {
  ElementCut source(reader_, *document.name, *text, limits);
  for (const auto& [node, telling] : document.keys) {
    if (node.empty()) {
      tell_present(document, node, document.type, text, digest_of(*text, document.tag));
      continue;
    }
    auto piece = source.cut(node);
    if (!piece) {
      tell_without(document, node, Status::unavailable, piece.error().text);
      document.keys[node].owed = false;  // the same text would say the same
    } else if (!*piece) {
      tell_without(document, node, Status::absent, {});
    } else {
      const Digest digest = digest_of((*piece)->text);
      tell_present(document, node, std::move((*piece)->type),
                   std::make_shared<const std::string>(std::move((*piece)->text)), digest);
    }
  }
  return !source.is_unreadable();
}

void Teller::absent(Document& document) {
  for (const auto& [node, telling] : document.keys) tell_without(document, node, Status::absent, {});
}

void Teller::unavailable(Document& document, const std::string& why) {
  for (const auto& [node, telling] : document.keys) tell_without(document, node, Status::unavailable, why);
}

void Teller::waiting(Document& document, const std::string& why) {
  for (const auto& [node, telling] : document.keys) {
    if (telling.waiting) tell_without(document, node, Status::unavailable, why);
  }
}

void Teller::tell_present(Document& document, const std::string& node, std::string type, ports::SharedText text,
                          const Digest& digest) {
  Telling& telling = document.keys[node];
  const bool is_same = telling.told == Status::present && telling.digest == digest;
  telling.digest = digest;
  telling.owed = false;
  if (is_same && !telling.waiting) return;
  say(document, node,
      {.key = {},
       .status = Status::present,
       .etag = document.tag ? document.tag->opaque : "",
       .content_type = std::move(type),
       .text = std::move(text),
       .why = {},
       .fetched_at = {}});
}

void Teller::tell_without(Document& document, const std::string& node, Status status, const std::string& why) {
  Telling& telling = document.keys[node];
  telling.owed = status == Status::unavailable;
  if (telling.told == status && !telling.waiting) return;
  const bool has_document = document.known == Document::Known::present && status == Status::absent;
  say(document, node,
      {.key = {},
       .status = status,
       .etag = has_document && document.tag ? document.tag->opaque : "",
       .content_type = {},
       .text = nullptr,
       .why = why,
       .fetched_at = {}});
}

void Teller::say(Document& document, const std::string& node, ports::DocumentReading reading) {
  Telling& telling = document.keys[node];
  telling.told = reading.status;
  telling.waiting = false;
  reading.key = {*document.name, node};
  reading.fetched_at = document.good_at;
  tell_(std::move(reading));
}

}  // namespace presentia::xdm
