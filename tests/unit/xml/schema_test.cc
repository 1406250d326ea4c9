#include "as/xml/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "as/xml/reader.h"

namespace presentia::xml {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kHead =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' elementFormDefault='qualified' ";

class XmlSchemas : public testing::Test {
 protected:
  XmlSchemas() : folder_(testing::TempDir() + "schemas." + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~XmlSchemas() override { std::filesystem::remove_all(folder_); }
  void put(const std::string& name, const std::string& text) { std::ofstream(folder_ + "/" + name) << text; }
  SchemaError refused() {
    auto loaded = SchemaSet::load(folder_);
    EXPECT_FALSE(loaded);
    return loaded ? SchemaError{} : loaded.error();
  }
  SchemaSetPtr load() {
    auto loaded = SchemaSet::load(folder_);
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().file + ": " + loaded.error().text);
    return loaded ? *loaded : nullptr;
  }
  static std::string reason(Reader& reader, std::string_view text) {
    const auto parsed = reader.parse(text);
    return parsed ? "" : parsed.error().reason;
  }
  std::string folder_;
};

TEST_F(XmlSchemas, ValidateStrictly) {
  put("a.xsd", std::string(kHead) + "targetNamespace='urn:a'><xs:element name='a' type='xs:int'/></xs:schema>");
  Reader reader(load());
  EXPECT_EQ(reason(reader, "<a xmlns='urn:a'>12</a>"), "");
  EXPECT_EQ(reason(reader, "<a xmlns='urn:a'>twelve</a>"), "xml.invalid");
  EXPECT_EQ(reason(reader, "<b xmlns='urn:a'>12</b>"), "xml.invalid");
  EXPECT_EQ(reason(reader, "<a>12</a>"), "xml.invalid");
  EXPECT_EQ(reason(reader, "<a xmlns='urn:a'>12"), "xml.malformed");
  EXPECT_EQ(reason(reader, "<!DOCTYPE a><a xmlns='urn:a'>12</a>"), "xml.doctype");
  EXPECT_EQ(reason(reader, "<a xmlns='urn:a'>12</a>"), "");
}

TEST_F(XmlSchemas, AreLoadedInOrderOfTheirImportsWhateverTheirFileNames) {
  put("a.xsd", std::string(kHead) +
                   "targetNamespace='urn:a' xmlns:b='urn:b'>"
                   "<xs:import namespace='urn:b' schemaLocation='http://127.0.0.1:9/never/fetched.xsd'/>"
                   "<xs:element name='a' type='b:t'/></xs:schema>");
  put("z.xsd", std::string(kHead) +
                   "targetNamespace='urn:b' xmlns='urn:b'><xs:include schemaLocation='part.xsd'/>"
                   "<xs:element name='b' type='t'/></xs:schema>");
  put("part.xsd", std::string(kHead) +
                      "><xs:simpleType name='t'><xs:restriction base='xs:string'>"
                      "<xs:enumeration value='yes'/></xs:restriction></xs:simpleType></xs:schema>");
  const SchemaSetPtr schemas = load();
  EXPECT_THAT(schemas->namespaces(), ElementsAre("urn:b", "urn:a"));
  Reader reader(schemas);
  EXPECT_EQ(reason(reader, "<a xmlns='urn:a'>yes</a>"), "");
  EXPECT_EQ(reason(reader, "<a xmlns='urn:a'>no</a>"), "xml.invalid");
}

TEST_F(XmlSchemas, ServeSeveralThreadsAtATime) {
  put("a.xsd", std::string(kHead) + "targetNamespace='urn:a'><xs:element name='a' type='xs:int'/></xs:schema>");
  const SchemaSetPtr schemas = load();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&schemas] {
      Reader reader(schemas);
      for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(reason(reader, "<a xmlns='urn:a'>12</a>"), "");
        EXPECT_EQ(reason(reader, "<a xmlns='urn:a'>x</a>"), "xml.invalid");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(XmlSchemas, OutliveTheirFolder) {
  put("a.xsd", std::string(kHead) + "targetNamespace='urn:a'><xs:element name='a' type='xs:int'/></xs:schema>");
  Reader reader(load());
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(reason(reader, "<a xmlns='urn:a'>x</a>"), "xml.invalid");
}

TEST_F(XmlSchemas, ThatCannotBeHadAreErrorsNamingFileAndLine) {
  EXPECT_THAT(refused().text, HasSubstr("no .xsd file"));
  put("bad.xsd", "<xs:schema\n\n<");
  SchemaError error = refused();
  EXPECT_EQ(error.file, "bad.xsd");
  EXPECT_EQ(error.line, 3U);
  put("bad.xsd", "<other/>");
  EXPECT_THAT(refused().text, HasSubstr("no XML schema"));
  put("bad.xsd", std::string(kHead) + "targetNamespace='urn:a'>\n<xs:element name='a' type='nothing'/></xs:schema>");
  error = refused();
  EXPECT_EQ(error.file, "bad.xsd");
  EXPECT_EQ(error.line, 2U);
  put("bad.xsd", std::string(kHead) + "targetNamespace='urn:a'><xs:import namespace='urn:b'/></xs:schema>");
  EXPECT_THAT(refused().text, HasSubstr("urn:b"));
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(refused().file, folder_);
}

TEST_F(XmlSchemas, ThatDeclareOneNamespaceTwiceAreAnError) {
  put("a.xsd", std::string(kHead) + "targetNamespace='urn:a'/>");
  put("b.xsd", std::string(kHead) + "targetNamespace='urn:a'/>");
  EXPECT_THAT(refused().text, HasSubstr("a.xsd"));
}

TEST(ShippedSchemas, Load) {
  const auto loaded = SchemaSet::load(PS_SOURCE_DIR "/conf/schemas");
  ASSERT_TRUE(loaded) << loaded.error().file << ":" << loaded.error().line << ": " << loaded.error().text;
  EXPECT_THAT((*loaded)->namespaces(), Contains("urn:ietf:params:xml:ns:pidf"));
  EXPECT_THAT((*loaded)->namespaces(), Contains("urn:oma:xml:prs:pidf:oma-pres"));
}

}  // namespace
}  // namespace presentia::xml
