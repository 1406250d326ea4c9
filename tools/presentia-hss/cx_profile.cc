#include "tools/presentia-hss/cx_profile.h"

#include "as/xml/document.h"
#include "as/xml/writer.h"

namespace presentia::hss {
namespace {

constexpr std::string_view kTerminatingUnregistered = "2";  // SessionCase [TS29.228 Annex B.2.3]

xml::DocumentPtr criteria(xml::Reader& reader, const User& user) {
  if (!user.record.initial_filter_criteria) return nullptr;
  auto document = reader.parse(*user.record.initial_filter_criteria);
  return document ? *document : nullptr;
}

bool has_unregistered_case(xml::Element element) {  // NOLINT(misc-no-recursion): as deep as the reader lets it
  if (element.local() == "SessionCase" && element.text_trimmed() == kTerminatingUnregistered) return true;
  for (const xml::Element child : element.children()) {
    if (has_unregistered_case(child)) return true;
  }
  return false;
}

}  // namespace

std::string ims_subscription(xml::Reader& reader, const User& user) {
  xml::Writer out;
  out.begin({}, "IMSSubscription").element({}, "PrivateID", user.private_identity).begin({}, "ServiceProfile");
  for (const auto& identity : user.record.public_identities) {
    out.begin({}, "PublicIdentity").element({}, "Identity", identity.uri).end();
  }
  if (const auto document = criteria(reader, user)) {
    for (const xml::Element each : document->root().children()) out.copy(each);
  }
  return out.end().end().finish();
}

bool serves_unregistered(xml::Reader& reader, const User& user) {
  const auto document = criteria(reader, user);
  return document && has_unregistered_case(document->root());
}

}  // namespace presentia::hss
