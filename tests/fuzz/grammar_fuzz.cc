// Readers of SIP header values: every input goes to every reader.
#include <algorithm>
#include <string>

#include "as/sip/grammar.h"
#include "tests/fuzz/property.h"

namespace presentia::fuzz {
namespace {

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void texts(std::string_view value) {
  const std::string_view trimmed = sip::trim(value);
  must(inside(trimmed, value), "trim() gives a view into its argument");
  must(sip::trim(trimmed) == trimmed, "trim() once is enough");
  must(sip::equal_ignoring_case(sip::lower(value), value), "lower() changes case only");
  for (const std::string_view element : sip::split_list(value)) {
    must(inside(element, value) && !element.empty(), "split_list() gives views into its argument, none empty");
  }
  const bool printable = std::none_of(value.begin(), value.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (printable) must(sip::unquote(sip::quote(value)) == value, "unquote() undoes quote()");
  (void)sip::warning("presence.example.com", value);
}

void lists(std::string_view value) {
  if (const auto tokens = sip::parse_tokens(value)) {
    for (const std::string& token : *tokens) must(sip::is_token(token), "parse_tokens() gives tokens");
  }
  if (const auto etags = sip::parse_etags(value)) {
    for (const std::string& etag : *etags) must(sip::is_token(etag), "parse_etags() gives tokens");
  }
  if (const auto asserted = sip::parse_asserted(value)) {
    must(!asserted->empty() && asserted->size() <= 2, "parse_asserted() gives one or two identities");
  }
  (void)sip::parse_accept(value);
  (void)sip::parse_privacy(value);
  (void)sip::parse_addresses(value);
}

void single(std::string_view value) {
  if (const auto address = sip::parse_address(value)) {
    must(!address->name.uri.empty(), "an address has a URI");
    (void)address->tag();
  }
  if (const auto event = sip::parse_event(value)) must(sip::is_token(event->package), "an event package is a token");
  if (const auto via = sip::parse_via(value)) {
    must(!via->host.empty(), "a Via has a host");
    (void)via->branch();
  }
  if (const auto cseq = sip::parse_cseq(value)) {
    must(cseq->number < (1U << 31) && sip::is_token(cseq->method), "CSeq is below 2^31 and has a method");
  }
  (void)sip::first_contact(value);
  (void)sip::parse_params(value);
  (void)sip::parse_served_user(value);
  (void)sip::parse_expires(value);
  (void)sip::parse_retry_after(value);
  (void)sip::parse_media_type(value);
  (void)sip::parse_disposition(value);
}

}  // namespace
}  // namespace presentia::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value = presentia::fuzz::as_text(data, size);
  presentia::fuzz::texts(value);
  presentia::fuzz::lists(value);
  presentia::fuzz::single(value);
  return 0;
}
