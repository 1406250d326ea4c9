#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "as/xml/reader.h"
#include "mgmt/attributes/generate.h"
#include "mgmt/attributes/history.h"
#include "mgmt/attributes/startup.h"
#include "mgmt/attributes/values.h"
#include "mgmt/attributes/xml_load.h"
#include "mgmt/attributes/xml_save.h"
#include "tests/support/files.h"

namespace presentia::mgmt {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

class Xml : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(xml::initialize()); }
};
using XmlLoad = Xml;
using XmlSave = Xml;
using Startups = Xml;

Violations faults(const std::string& inside) {
  auto loaded = load_xml("<presentia>\n" + inside + "\n</presentia>", "c.xml");
  return loaded ? Violations{} : loaded.error();
}

TEST_F(XmlLoad, ObjectsAreElementsAndAttributesAreAttributes) {
  const auto loaded = load_xml(
      R"(<presentia><sip t1_ms="400"><domains name="ims.test" no_document="block"/>
         <transport name="udp" bind="udp:127.0.0.1:5060"/><trusted name="scscf" address="127.0.0.1"/></sip>
         <presence><publication min_expires_s="60" publishers=" sip:a@x.test
           sip:b@x.test"/></presence></presentia>)",
      "c.xml");
  ASSERT_TRUE(loaded) << to_text(loaded.error());
  EXPECT_EQ(loaded->sip().t1_ms(), 400u);
  EXPECT_EQ(loaded->sip().t2_ms(), 4000u) << "what is absent has its default";
  EXPECT_EQ(loaded->sip().domains(0).no_document(), config::Rules::BLOCK);
  EXPECT_EQ(loaded->sip().transport(0).bind(), "udp:127.0.0.1:5060");
  EXPECT_EQ(loaded->sip().trusted(0).name(), "scscf");
  EXPECT_EQ(loaded->presence().publication().min_expires_s(), 60u);
  EXPECT_THAT(loaded->presence().publication().publishers(), ElementsAre("sip:a@x.test", "sip:b@x.test"));
}

TEST_F(XmlLoad, AWrongValueIsReportedWithPlaceAndWhatIsAllowed) {
  EXPECT_THAT(faults("<event>\n<publication min_expires_s='0'/></event>"),
              ElementsAre(AllOf(Field(&Violation::file, "c.xml"), Field(&Violation::line, 3u),
                                Field(&Violation::attribute, "event.publication.min_expires_s"),
                                Field(&Violation::value, "0"), Field(&Violation::allowed, "1 to 86400 s"))));
}

TEST_F(XmlLoad, AllFaultsAreReportedAtOnce) {
  const Violations found = faults("<sip t1_ms='x'/>\n<rules no_document='maybe'/>\n<runtime shards='300'/>");
  EXPECT_THAT(found,
              ElementsAre(Field(&Violation::line, 2u), Field(&Violation::line, 3u), Field(&Violation::line, 4u)));
}

TEST_F(XmlLoad, UnknownNamesAreFaultsWithTheNearestSuggested) {
  EXPECT_THAT(faults("<sip t1ms='5'/>"), ElementsAre(Field(&Violation::text, HasSubstr("did you mean t1_ms?"))));
  EXPECT_THAT(faults("<sip><domain name='a'/></sip>"),
              ElementsAre(Field(&Violation::text, HasSubstr("did you mean domains?"))));
  EXPECT_THAT(faults("<zzz/>"), ElementsAre(AllOf(Field(&Violation::text, "unknown element"),
                                                  Field(&Violation::allowed, HasSubstr("sip, event, presence")))));
  EXPECT_THAT(faults("<sip xmlns='urn:x'/>"), ElementsAre(Field(&Violation::attribute, "sip")));
}

TEST_F(XmlLoad, AnAttributeWrittenAsElementIsExplained) {
  EXPECT_THAT(faults("<sip><t1_ms/></sip>"), ElementsAre(Field(&Violation::text, HasSubstr("is an XML attribute"))));
  EXPECT_THAT(faults("<presence publication='x'/>"), ElementsAre(Field(&Violation::text, HasSubstr("is an element"))));
  EXPECT_THAT(faults("<sip>text</sip>"), ElementsAre(Field(&Violation::value, "text")));
}

TEST_F(XmlLoad, AnObjectTwiceOrAnEntryWithoutNameIsAFault) {
  EXPECT_THAT(faults("<sip/>\n<sip/>"), ElementsAre(Field(&Violation::line, 3u)));
  EXPECT_THAT(faults("<sip><trusted address='10.0.0.1'/></sip>"),
              ElementsAre(Field(&Violation::attribute, "sip.trusted")));
}

TEST_F(XmlLoad, WhatIsNoConfigurationIsRefusedWithAReason) {
  for (const char* bad : {"", "x", "<presentia>", "<other/>", "<!DOCTYPE presentia []><presentia/>",
                          "<presentia xmlns='urn:x'/>", "<presentia a:b='c'/>"}) {
    const auto loaded = load_xml(bad, "c.xml");
    ASSERT_FALSE(loaded) << bad;
    EXPECT_EQ(loaded.error().front().file, "c.xml");
    EXPECT_NE(loaded.error().front().text, "");
  }
  EXPECT_FALSE(load_xml_file("/nowhere/c.xml"));
  EXPECT_FALSE(load_xml_file("/"));
}

// Every attribute at a value that is not its default, and two entries in each keyed object.
config::Config everything_changed() {
  config::Config config = defaults();
  const auto put = [&config](const std::string& name, const std::string& value) {
    const auto done = write(config, *resolve(name), value);
    EXPECT_TRUE(done) << name << "=" << value;
  };
  const std::map<std::string, std::string> samples{
      {"host name, IP address or *", "h.test"},
      {"host name", "h.test"},
      {"IP address", "10.0.0.1"},
      {"letters, digits, - and _", "n"},
      {"HOST or HOST:PORT", "h.test:1"},
      {"ADDRESS or ADDRESS/BITS", "10.0.0.0/8"},
      {"an RFC 3261 token", "t.test"},
      {"AUID/NAME", "resource-lists/a.b c-d/e/f"},
      {"AUID/users/ or AUID/users/XUI/", "pres-rules/users/ pidf-manipulation/users/sip:a@b.test/"},
      {"http or https URI", "http://[::1]:8080/xcap https://x.test"},
      {"SHA-256 or MD5", "MD5"},
      {"third-party-register, reg-event or sh-user-state", "reg-event"},
      {"SIP or tel URIs", "sip:a@b.test tel:+1"},
      {"unix:PATH or ADDRESS:PORT", "unix:/x/y"},
      {"ADDRESS:PORT", "[::1]:1"},
      {"path of a file", "/f"},
      {"path of a folder", "/d"},
      {"udp:ADDRESS:PORT, tcp:ADDRESS:PORT or tls:ADDRESS:PORT; IPv6 in brackets", "udp:[::1]:1"}};
  for (const AttributeInfo& info : all_attributes()) {
    std::string value;
    if (info.kind == Kind::number)
      value = std::to_string(info.by_default == std::to_string(info.max) ? info.min : info.max);
    if (info.kind == Kind::boolean) value = info.by_default == "true" ? "false" : "true";
    if (info.kind == Kind::choice)
      value = info.choices.front() == info.by_default ? info.choices.back() : info.choices.front();
    if (value.empty()) value = info.pattern.empty() ? "<a & \"b'>  é" : samples.at(info.pattern);
    if (info.kind == Kind::text && !info.pattern.empty()) value = value.substr(0, value.find(' '));  // one of them
    for (const char* key : {"k1", "k2"}) {
      std::string name = info.name;
      const std::size_t at = name.find("[NAME]");
      if (at != std::string::npos) name.replace(at, 6, std::string("[") + key + "]");
      if (at == std::string::npos || !name.ends_with("].name")) put(name, value);
    }
  }
  return config;
}

TEST_F(XmlSave, SavedAndLoadedAgainEveryValueIsTheSame) {
  for (const config::Config& config : {defaults(), everything_changed()}) {
    const std::string saved = save_xml(config);
    const auto loaded = load_xml(saved, "c.xml");
    ASSERT_TRUE(loaded) << to_text(loaded.error()) << saved;
    EXPECT_THAT(difference(config, *loaded), IsEmpty()) << saved;
    EXPECT_EQ(save_xml(*loaded), saved);
  }
}

TEST_F(XmlSave, OnlyWhatDiffersFromTheDefaultsIsWritten) {
  config::Config config = defaults();
  EXPECT_THAT(save_xml(config), Not(HasSubstr("sip")));
  ASSERT_TRUE(write(config, *resolve("sip.t1_ms"), "400"));
  EXPECT_THAT(save_xml(config), AllOf(HasSubstr("<sip t1_ms=\"400\"/>"), Not(HasSubstr("t2_ms"))));
}

TEST_F(XmlSave, TheFileIsReplacedAtOnceAndTheFormerKept) {
  const test::TemporaryFolder folder;
  const std::string file = folder.path("c.xml");
  std::ofstream(file) << "<presentia/>";
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  config::Config config = defaults();
  ASSERT_TRUE(write(config, *resolve("sip.t1_ms"), "400"));
  ASSERT_TRUE(save_xml_file(config, file));
  EXPECT_EQ(test::content(file), save_xml(config));
  EXPECT_EQ(test::content(file + ".previous"), "<presentia/>");
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0640));
  EXPECT_FALSE(std::filesystem::exists(file + ".new"));
  EXPECT_FALSE(save_xml_file(config, folder.path("no/such/folder.xml")));
}

TEST_F(Startups, TheCommandLineOverrulesTheFileButIsNotStored) {
  const test::TemporaryFolder folder;
  const std::string file = folder.path("c.xml");
  std::ofstream(file) << R"(<presentia><sip t1_ms="400"><domains name="a.test"/>
                            <transport name="udp" bind="udp:127.0.0.1:5060"/></sip></presentia>)";
  const auto initial =
      load({.file = file, .sets = {"sip.t1_ms=300", "sip.domains[b.test].no_document=allow"}, .insecure_lab = false});
  ASSERT_TRUE(initial) << to_text(initial.error());
  EXPECT_EQ(initial->config.sip().t1_ms(), 300u);
  EXPECT_EQ(initial->stored.sip().t1_ms(), 400u);
  EXPECT_EQ(initial->config.sip().domains_size(), 2);
  EXPECT_EQ(initial->stored.sip().domains_size(), 1);

  for (const char* bad : {"sip.t1_ms", "sip.t1_ms=x", "sip.t9_ms=1", "=1", "sip.t1_ms=9000"}) {
    EXPECT_FALSE(load({.file = file, .sets = {bad}, .insecure_lab = false})) << bad;
  }
}

TEST_F(Startups, AServerThatCouldServeNobodyIsRefused) {
  const auto initial = load({});
  ASSERT_FALSE(initial);
  EXPECT_THAT(initial.error(),
              ElementsAre(Field(&Violation::attribute, "sip.transport"), Field(&Violation::attribute, "sip.domains")));
}

TEST_F(Startups, TheShippedConfigurationsAreGood) {
  for (const char* name : {"lab.xml", "presentia.xml"}) {
    const auto initial = load({.file = std::string(PS_SOURCE_DIR "/conf/") + name, .sets = {}, .insecure_lab = false});
    EXPECT_TRUE(initial) << to_text(initial.error());
  }
}

TEST(Generated, TheCommittedFilesAreCurrent) {
  EXPECT_EQ(test::content(PS_SOURCE_DIR "/conf/attributes.md"), attributes_page()) << "run presentia-generate";
  EXPECT_EQ(test::content(PS_SOURCE_DIR "/conf/presentia.xsd"), configuration_schema()) << "run presentia-generate";
}

// xmllint is an XSD validator that is not ours.
int validates(const std::string& file) {
  const std::string command =
      "xmllint --noout --schema '" PS_SOURCE_DIR "/conf/presentia.xsd' '" + file + "' >/dev/null 2>&1";
  return std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe): the only thread
}

TEST(Generated, TheSchemaAcceptsWhatTheServerAcceptsAndRefusesWhatItRefuses) {
  if (std::system("xmllint --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "xmllint is not installed";
  EXPECT_EQ(validates(PS_SOURCE_DIR "/conf/lab.xml"), 0);
  EXPECT_EQ(validates(PS_SOURCE_DIR "/conf/presentia.xml"), 0);
  const test::TemporaryFolder folder;
  const std::string file = folder.path("c.xml");
  std::ofstream(file) << save_xml(everything_changed());
  EXPECT_EQ(validates(file), 0);
  for (const char* bad : {"<presentia><sip t1_ms='1'/></presentia>",
                          "<presentia><rules no_document='maybe'/></presentia>", "<presentia><zzz/></presentia>",
                          "<presentia><sip/><sip/></presentia>", "<presentia><sip><domains/></sip></presentia>",
                          "<presentia><sip><domains name='a'/><domains name='a'/></sip></presentia>"}) {
    std::ofstream(file) << bad;
    EXPECT_NE(validates(file), 0) << bad;
  }
}

}  // namespace
}  // namespace presentia::mgmt
