// Bodies of PUBLISH: the XML reader and writer, then the presence package from the document to what a watcher gets.
#include <array>

#include "as/packages/presence/presence_package.h"
#include "as/xml/compare.h"
#include "as/xml/reader.h"
#include "as/xml/writer.h"
#include "mgmt/attributes/values.h"
#include "tests/fuzz/property.h"

namespace presentia::fuzz {
namespace {

constexpr std::string_view kPresentity = "sip:alice@example.com";
constexpr base::Instant kNow{std::chrono::seconds{1'700'000'000}};

struct Fixture {
  Fixture() { must(xml::initialize(), "the XML library starts"); }
  xml::Reader reader;
  presence::PresencePackage package{std::make_shared<presence::SchemaFolder>()};
  mgmt::Snapshot settings{mgmt::defaults(), 1};
  ports::Resource resource{kPresentity};
};

Fixture& fixture() {
  static Fixture made;
  return made;
}

void xml_round_trip(std::string_view body) {
  const auto document = fixture().reader.parse(body);
  if (!document) {
    must(!document.error().reason.empty(), "a refusal has a reason");
    return;
  }
  xml::Writer writer;
  const std::string written = writer.copy((*document)->root()).finish();
  const auto again = fixture().reader.parse(written);
  must(again.has_value(), "what was written can be read");
  must(xml::equal_ignoring_space((*document)->root(), (*again)->root()), "and is the same");
}

void publish_and_notify(std::string_view body) {
  const Fixture& with = fixture();
  constexpr std::string_view kType = "application/pidf+xml";
  const auto parsed = with.package.parse({with.resource, kType, body, with.settings});
  if (!parsed) {
    const int status = parsed.error().status;
    must(status >= 400 && status < 500 && !parsed.error().reason.empty(), "bad bodies get a 4xx with a reason");
    return;
  }
  ports::PublicationRecord record;
  record.package = "presence";
  record.etag = "aaa1";
  record.expires_at = kNow + std::chrono::hours{1};
  record.content_type = kType;
  const std::array publications{event::PublicationView{&record, parsed->document.get()},
                                event::PublicationView{&record, parsed->document.get()}};
  const event::View view{event::SubHandling::allow, ""};
  const event::Body notified =
      with.package.render({with.resource, view, publications, kType, kNow, with.settings, false});
  must(notified.bytes != nullptr && !notified.bytes->empty(), "published state is notified");
  must(with.package.parse({with.resource, kType, *notified.bytes, with.settings}).has_value(),
       "what is notified could be published");
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = presentia::fuzz::as_text(data, size);
  presentia::fuzz::xml_round_trip(body);
  presentia::fuzz::publish_and_notify(body);
  return 0;
}
