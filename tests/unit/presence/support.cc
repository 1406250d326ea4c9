#include "tests/unit/presence/support.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "as/packages/presence/pidf_names.h"
#include "as/xml/reader.h"

namespace presentia::presence {
namespace {

const std::string kData = PS_TEST_DATA "/presence/";

void collect(xml::Element from, std::string_view ns, std::string_view local, std::vector<xml::Element>& found) {
  if (from.is(ns, local)) found.push_back(from);
  for (const xml::Element child : from.children()) collect(child, ns, local, found);
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ostringstream text;
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  text << in.rdbuf();
  return text.str();
}

std::string test_document(const std::string& path) { return read_file(kData + path); }

std::vector<std::string> test_documents(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kData + folder)) {
    if (entry.path().extension() == ".xml") paths.push_back(entry.path().string().substr(kData.size()));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

config::Config default_config() {
  config::Config config;
  config.mutable_presence()->set_max_xml_depth(32);
  config.mutable_presence()->set_max_xml_elements(2000);
  config.mutable_presence()->set_max_xml_attributes(64);
  config.mutable_event()->mutable_publication()->set_use_alternative_value(true);
  return config;
}

std::string pidf(std::string_view inside, std::string_view entity) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence";
  for (const xml::UsualPrefix& usual : kUsualPrefixes) {
    text += usual.prefix.empty() ? " xmlns" : " xmlns:" + std::string(usual.prefix);
    text += "='" + std::string(usual.ns) + "'";
  }
  if (!entity.empty()) text += " entity='" + std::string(entity) + "'";
  return text + ">" + std::string(inside) + "</presence>";
}

std::string tuple(std::string_view id, std::string_view basic, std::string_view rest) {
  return "<tuple id='" + std::string(id) + "'><status><basic>" + std::string(basic) + "</basic></status>" +
         std::string(rest) + "</tuple>";
}

xml::DocumentPtr parse_xml(std::string_view text) {
  xml::Reader reader;
  auto parsed = reader.parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : nullptr;
}

std::vector<xml::Element> all(xml::Element from, std::string_view ns, std::string_view local) {
  std::vector<xml::Element> found;
  collect(from, ns, local, found);
  return found;
}

std::vector<std::string> texts(xml::Element from, std::string_view ns, std::string_view local) {
  std::vector<std::string> result;
  for (const xml::Element element : all(from, ns, local)) result.push_back(element.text_trimmed());
  return result;
}

std::vector<std::string> ids(xml::Element from, std::string_view ns, std::string_view local) {
  std::vector<std::string> result;
  for (const xml::Element element : all(from, ns, local)) result.emplace_back(element.attribute("id").value_or(""));
  return result;
}

std::string xmllint(const std::vector<std::string>& texts, const std::string& schema) {
  const std::string folder = testing::TempDir() + "presence." + std::to_string(getpid());
  std::filesystem::create_directories(folder);
  std::string command = "xmllint --nonet --noout --schema " + kData + schema;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string path = folder + "/" + std::to_string(i) + ".xml";
    std::ofstream(path, std::ios::binary) << texts[i];
    command += " " + path;
  }
  std::string said;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  for (std::array<char, 4096> piece{}; pipe != nullptr && fgets(piece.data(), piece.size(), pipe) != nullptr;) {
    if (!std::string_view(piece.data()).ends_with(" validates\n")) said += piece.data();
  }
  const int status = pipe == nullptr ? -1 : pclose(pipe);
  std::filesystem::remove_all(folder);
  return status == 0 ? "" : "xmllint: " + std::to_string(status) + "\n" + said;
}

base::Result<event::Parsed, event::Rejection> House::parse(std::string_view body) const {
  const mgmt::Snapshot settings(config, 1);
  return package.parse({resource_, "application/pidf+xml", body, settings});
}

std::string House::reason(std::string_view body) const {
  const auto parsed = parse(body);
  return parsed ? "" : parsed.error().reason;
}

std::vector<std::string> House::remarks(std::string_view body) const {
  const auto parsed = parse(body);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().why);
  return parsed ? parsed->remarks : std::vector<std::string>();
}

void House::publish(std::string_view body) {
  auto parsed = parse(body);
  ASSERT_TRUE(parsed) << parsed.error().reason << " " << parsed.error().why << "\n" << body;
  auto record = std::make_unique<ports::PublicationRecord>();
  record->package = "presence";
  record->arrival = ++arrivals_;
  record->etag = "etag" + std::to_string(arrivals_);
  publications_.push_back({std::move(record), parsed->document});
}

void House::remove(std::size_t index) {
  publications_.erase(publications_.begin() + static_cast<std::ptrdiff_t>(index));
}

event::Body House::render(event::SubHandling handling, bool lost) const {
  const mgmt::Snapshot settings(config, 1);
  const auto held = views();
  return package.render({resource_, {handling, {}}, held, "application/pidf+xml", now, settings, lost});
}

std::vector<ports::ElementOrigin> House::origins() const {
  const mgmt::Snapshot settings(config, 1);
  const auto held = views();
  return package.origins(
      {resource_, {event::SubHandling::allow, {}}, held, "application/pidf+xml", now, settings, false});
}

std::vector<event::PublicationView> House::views() const {
  std::vector<event::PublicationView> views;
  for (const Publication& publication : publications_) {
    views.push_back({publication.record.get(), publication.document.get()});
  }
  return views;
}

std::string House::text(event::SubHandling handling) const {
  const event::Body body = render(handling);
  return body.bytes ? *body.bytes : "";
}

}  // namespace presentia::presence
