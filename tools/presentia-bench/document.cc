#include "tools/presentia-bench/document.h"

#include <algorithm>
#include <charconv>

namespace presentia::bench {
namespace {

constexpr std::string_view kMark = "revision ";
constexpr std::size_t kDigits = 8;

constexpr std::string_view kHead =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" )"
    R"(xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:op="urn:oma:xml:prs:pidf:oma-pres" entity=")";
constexpr std::string_view kFirstTuple =
    R"("><tuple id="t1"><status><basic>open</basic></status><op:willingness><op:basic>)";
constexpr std::string_view kTuples =
    R"(</op:basic></op:willingness><op:registration-state>active</op:registration-state><op:service-description>)"
    R"(<op:service-id>org.openmobilealliance:PoC-session</op:service-id><op:version>1.0</op:version>)"
    R"(</op:service-description><dm:deviceID>urn:uuid:d27459b7-8213-4395-aa77-ed859a3e5b3a</dm:deviceID>)"
    R"(<contact priority="0.8">sip:phone@bench.test</contact><timestamp>2026-01-02T10:00:00Z</timestamp></tuple>)"
    R"(<tuple id="t2"><status><basic>open</basic></status><op:service-description>)"
    R"(<op:service-id>org.openmobilealliance:IM-session</op:service-id><op:version>1.0</op:version>)"
    R"(</op:service-description><dm:deviceID>urn:uuid:d27459b7-8213-4395-aa77-ed859a3e5b3a</dm:deviceID></tuple>)"
    R"(<dm:person id="p1"><op:overriding-willingness><op:basic>open</op:basic></op:overriding-willingness>)"
    R"(<rpid:activities><rpid:meeting/></rpid:activities><rpid:class>work</rpid:class>)"
    R"(<rpid:mood><rpid:happy/></rpid:mood><rpid:time-offset>120</rpid:time-offset><dm:note xml:lang="en">revision )";
constexpr std::string_view kTail =
    R"(</dm:note><dm:timestamp>2026-01-02T10:00:01Z</dm:timestamp></dm:person><dm:device id="d1">)"
    R"(<op:network-availability><op:network id="IMS"><op:active/></op:network></op:network-availability>)"
    R"(<dm:deviceID>urn:uuid:d27459b7-8213-4395-aa77-ed859a3e5b3a</dm:deviceID></dm:device></presence>)";

}  // namespace

std::string presence_document(std::string_view entity, std::uint32_t revision) {
  std::string digits = std::to_string(revision);
  digits.insert(0, kDigits - std::min(kDigits, digits.size()), '0');
  std::string text;
  text.reserve(2048);
  text.append(kHead).append(entity).append(kFirstTuple);
  text.append(revision % 2 == 0 ? "open" : "closed").append(kTuples).append(digits).append(kTail);
  // "closed" is two characters longer than "open"; trailing blanks are allowed after the root element
  if (revision % 2 == 0) text.append("\r\n");
  return text;
}

std::optional<std::uint32_t> revision_of(std::string_view document) {
  const std::size_t at = document.find(kMark);
  if (at == std::string_view::npos) return {};
  const char* const begin = document.data() + at + kMark.size();
  std::uint32_t revision = 0;
  const auto [end, error] = std::from_chars(begin, document.data() + document.size(), revision);
  return error == std::errc() ? std::optional(revision) : std::nullopt;
}

}  // namespace presentia::bench
