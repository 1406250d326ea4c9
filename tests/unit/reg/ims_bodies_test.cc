// application/3gpp-ims+xml as S-CSCFs write it.
#include "as/packages/reg/ims_bodies.h"

#include <gtest/gtest.h>

#include "as/xml/reader.h"
#include "tests/support/spec.h"

namespace presentia::reg {
namespace {

base::Result<std::string, std::string> read(std::string_view body) {
  EXPECT_TRUE(xml::initialize());
  return ImsBodies().service_info(body);
}
std::string info(std::string_view body) {
  const auto result = read(body);
  return result ? *result : "nothing";
}
std::string fault(std::string_view body) {
  const auto result = read(body);
  return result ? "" : result.error();
}

TEST(ImsBodies, TheServiceInfoIsReadWhateverVersionIsNamed) {
  PS_SPEC("REG-06");
  EXPECT_EQ(info("<ims-3gpp version=\"1\"><service-info>presence-profile=alice</service-info></ims-3gpp>"),
            "presence-profile=alice");
  EXPECT_EQ(info("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ims-3gpp>\n <service-info>\n"
                 "<![CDATA[<profile id='7'/>]]> </service-info></ims-3gpp>"),
            "<profile id='7'/>");
  EXPECT_EQ(info("<ims-3gpp xmlns=\"urn:3gpp:ns:x\" version=\"9.9\"><other/><service-info>x</service-info></ims-3gpp>"),
            "x");
  EXPECT_EQ(info("<ims-3gpp version=\"1\"/>"), "");
}

TEST(ImsBodies, WhatIsNoSuchBodyIsNamed) {
  EXPECT_EQ(fault("<ims-3gpp version=\"1\"><service-info>"), "xml.malformed");
  EXPECT_EQ(fault(""), "xml.malformed");
  EXPECT_EQ(fault("<!DOCTYPE ims-3gpp [<!ENTITY a \"b\">]><ims-3gpp/>"), "xml.doctype");
  EXPECT_EQ(fault("<presence/>"), "service-info.wrong-root");
}

}  // namespace
}  // namespace presentia::reg
