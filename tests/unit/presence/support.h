// For the tests of the presence package: documents, settings, publications, and the schemas as an outside judge.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "as/packages/presence/presence_package.h"
#include "as/xml/document.h"

namespace presentia::presence {

inline constexpr std::string_view kAlice = "sip:alice@example.com";

std::string read_file(const std::string& path);
std::string test_document(const std::string& path);                       // below tests/data/presence
std::vector<std::string> test_documents(const std::string& folder = {});  // their paths, in order; empty: of all kinds

// Settings as shipped.
config::Config default_config();

// A PIDF document of `entity` with all usual prefixes declared.
std::string pidf(std::string_view inside, std::string_view entity = kAlice);
std::string tuple(std::string_view id, std::string_view basic, std::string_view rest = {});

xml::DocumentPtr parse_xml(std::string_view text);
// All elements of the name below (and including) `from`, in document order.
std::vector<xml::Element> all(xml::Element from, std::string_view ns, std::string_view local);
std::vector<std::string> texts(xml::Element from, std::string_view ns, std::string_view local);
std::vector<std::string> ids(xml::Element from, std::string_view ns, std::string_view local);

// What xmllint says against a schema of tests/data/presence about the texts; empty if all are valid.
std::string xmllint(const std::vector<std::string>& texts, const std::string& schema = "all.xsd");

// A package with settings and the publications of one presentity.
class House {
 public:
  explicit House(std::string resource = std::string(kAlice))
      : resource_(std::move(resource)), config(default_config()) {}

  base::Result<event::Parsed, event::Rejection> parse(std::string_view body) const;
  std::string reason(std::string_view body) const;  // of a refusal; empty if it is accepted
  std::vector<std::string> remarks(std::string_view body) const;

  void publish(std::string_view body);  // must be accepted
  void remove(std::size_t index);
  event::Body render(event::SubHandling handling = event::SubHandling::allow, bool lost = false) const;
  std::string text(event::SubHandling handling = event::SubHandling::allow) const;
  std::vector<ports::ElementOrigin> origins() const;
  xml::DocumentPtr document() const { return parse_xml(text()); }

  std::vector<event::PublicationView> views() const;  // as long as nothing is published or removed

 private:
  struct Publication {
    std::unique_ptr<ports::PublicationRecord> record;
    event::DocumentPtr document;
  };
  std::string resource_;
  std::uint64_t arrivals_ = 0;
  std::vector<Publication> publications_;

 public:
  config::Config config;
  base::Instant now = base::Instant(std::chrono::hours(24 * 365 * 56));  // in 2025
  std::shared_ptr<SchemaFolder> schemas = std::make_shared<SchemaFolder>();
  PresencePackage package{schemas};
};

}  // namespace presentia::presence
