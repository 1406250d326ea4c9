// What comes in a third-party REGISTER, as S-CSCFs write it and as nobody should.
#include "as/sip/register_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kServiceInfo =
    "<ims-3gpp version=\"1\"><service-info>presence-profile=alice</service-info></ims-3gpp>";
constexpr const char* kRegister =
    "REGISTER sip:ims.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.1.11:5060;branch=z9hG4bK1\r\n"
    "To: <sip:alice@ims.test>\r\nFrom: <sip:alice@ims.test>;tag=1\r\nCall-ID: 1\r\nCSeq: 2 REGISTER\r\n"
    "Contact: <sip:alice@127.0.1.11:5060>;expires=600;\r\n"
    " +sip.instance=\"<urn:gsma:imei:90420156-025763-0>\"\r\nContent-Length: 0\r\n\r\n";
constexpr const char* kAnswer = "SIP/2.0 200 OK\r\nCSeq: 2 REGISTER\r\nContent-Length: 0\r\n\r\n";

ports::RegisterContent read(const std::string& type, const std::string& body, const std::string& encoding = {}) {
  RawMessage raw;
  raw.body = body;
  if (!type.empty()) raw.fields.push_back({HeaderName::content_type, "Content-Type", type});
  if (!encoding.empty()) raw.fields.push_back({HeaderName::content_encoding, "Content-Encoding", encoding});
  config::Sip limits;
  limits.set_max_multipart_parts(32);
  limits.set_max_multipart_depth(4);
  ports::RegisterContent content;
  read_register_body(raw, limits, content);
  return content;
}

std::string part(const std::string& type, const std::string& body) {
  return "--b1\r\nContent-Type: " + type + "\r\n\r\n" + body + "\r\n";
}

TEST(RegisterBody, IsAServiceInfoOrAnEmbeddedMessage) {
  PS_SPEC("REG-06");
  EXPECT_THAT(read("application/3gpp-ims+xml", kServiceInfo).service_info, ElementsAre(kServiceInfo));
  EXPECT_THAT(read("Application/3GPP-IMS+XML;charset=utf-8", kServiceInfo).service_info, ElementsAre(kServiceInfo));
  const auto embedded = read("message/sip", kRegister);
  ASSERT_EQ(embedded.messages.size(), 1U);
  EXPECT_EQ(embedded.messages[0].method, "REGISTER");
  EXPECT_THAT(embedded.messages[0].instances, ElementsAre("urn:gsma:imei:90420156-025763-0"));
  EXPECT_THAT(embedded.faults, IsEmpty());
  const auto answered = read("message/sip", kAnswer);
  ASSERT_EQ(answered.messages.size(), 1U);
  EXPECT_EQ(answered.messages[0].method, "");
  EXPECT_EQ(answered.messages[0].status, 200);
  EXPECT_THAT(read("", "").faults, IsEmpty());
}

TEST(RegisterBody, SeveralComeInMultipart) {
  PS_SPEC("REG-06");
  const auto all = read("multipart/mixed;boundary=b1", part("application/3gpp-ims+xml", kServiceInfo) +
                                                           part("message/sip", kRegister) +
                                                           part("message/sip", kAnswer) + "--b1--\r\n");
  EXPECT_EQ(all.service_info.size(), 1U);
  EXPECT_EQ(all.messages.size(), 2U);
  EXPECT_THAT(all.faults, IsEmpty());
}

TEST(RegisterBody, WhatCannotBeReadIsNamedAndTheRestIsKept) {
  EXPECT_THAT(read("text/plain", "x").faults, ElementsAre("part.unknown"));
  EXPECT_THAT(read("", "x").faults, ElementsAre("content-type"));
  EXPECT_THAT(read("a b c", "x").faults, ElementsAre("content-type"));
  EXPECT_THAT(read("application/3gpp-ims+xml", "x", "gzip").faults, ElementsAre("content-encoding"));
  EXPECT_THAT(read("multipart/mixed", "x").faults, ElementsAre("multipart.no_boundary"));
  EXPECT_THAT(read("multipart/mixed;boundary=b1", part("message/sip", kAnswer)).faults,
              ElementsAre("multipart.not_terminated"));
  const auto both =
      read("multipart/mixed;boundary=b1", part("image/png", "x") + part("message/sip", kRegister) + "--b1--\r\n");
  EXPECT_EQ(both.messages.size(), 1U);
  EXPECT_THAT(both.faults, ElementsAre("part.unknown"));
}

TEST(RegisterBody, AnEmbeddedMessageThatLiesIsReadAsFarAsItGoes) {
  const auto embedded = [](const std::string& text) {
    ports::RegisterContent content;
    read_embedded(text, content);
    return content;
  };
  const auto lies =
      embedded("REGISTER sip:ims.test SIP/2.0\nContact: <sip:a@b>;+sip.instance=\"<urn:x>\"\nl: 999\n\nx");
  ASSERT_EQ(lies.messages.size(), 1U);
  EXPECT_THAT(lies.messages[0].instances, ElementsAre("urn:x"));
  EXPECT_THAT(lies.faults, ElementsAre("message.length"));
  const auto broken =
      embedded("REGISTER sip:ims.test SIP/2.0\r\nm: <sip:a@b>;+sip.instance=\"<urn:x>\"\r\nno header\r\n");
  EXPECT_EQ(broken.messages.size(), 1U);
  EXPECT_THAT(broken.faults, ElementsAre("message.header-line"));
  for (const char* first : {"", "\r\n", "REGISTER", "REGISTER sip:a", "SIP/2.0", "SIP/2.0 OK", "SIP/2.0 99 x", "a b c"})
    EXPECT_THAT(embedded(first).faults, ElementsAre("message.first-line")) << first;
  // what is no instance is none
  for (const char* contact : {"*", "<sip:a@b>;+sip.instance=urn:x", "<sip:a@b>;+sip.instance", "<<"})
    EXPECT_THAT(
        embedded(std::string("REGISTER sip:a SIP/2.0\r\nContact: ") + contact + "\r\n\r\n").messages[0].instances,
        IsEmpty())
        << contact;
}

TEST(RegisterBody, TheIntervalOfTheContactIsRead) {
  PS_SPEC("REG-06");
  ports::RegisterContent content;
  read_contact_interval("<sip:127.0.1.3:5060>", content);
  EXPECT_EQ(content.contact_expires, std::nullopt);
  read_contact_interval("<sip:127.0.1.3:5060>;q=1;expires=720", content);
  EXPECT_EQ(content.contact_expires, 720U);
  read_contact_interval("<sip:127.0.1.3:5060>;expires=99999999999999999999", content);
  EXPECT_EQ(content.contact_expires, 4'294'967'295U);
  EXPECT_THAT(content.faults, IsEmpty());
  read_contact_interval("<sip:127.0.1.3:5060>;expires=soon", content);
  EXPECT_EQ(content.contact_expires, 3600U);  // [RFC3261 20.10]
  EXPECT_THAT(content.faults, ElementsAre("contact.expires"));
  ports::RegisterContent all;
  read_contact_interval("*", all);
  EXPECT_TRUE(all.all_contacts);
  read_contact_interval("", all);
  EXPECT_EQ(all.contact_expires, std::nullopt);
}

}  // namespace
}  // namespace presentia::sip
