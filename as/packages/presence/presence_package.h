// The event package "presence" (RFC 3856): published as PIDF, composed, notified as PIDF. Pure but for the XML readers
// that each thread keeps.
//
// What watchers see where there is nothing to compose:
// - a presentity without state, and every politely blocked watcher: what presence.without_state says, the same bytes
// for
//   both, so that polite blocking cannot be told from absence [RFC3856 6.6.2];
// - the alternative value (the last publication expired and event.publication.use_alternative_value is on): a document
//   with one closed tuple, whatever presence.without_state says, because the watchers have seen state and must learn
//   that it is over. Where without_state is closed-tuple, both are the same.
#pragma once

#include <memory>

#include "as/event/package.h"
#include "as/packages/presence/schema_folder.h"

namespace presentia::presence {

class PresencePackage final : public event::Package {
 public:
  // `schemas`: what presence.validation = strict validates against.
  explicit PresencePackage(std::shared_ptr<const SchemaFolder> schemas) : schemas_(std::move(schemas)) {}

  [[nodiscard]] std::string_view name() const override { return "presence"; }  // [RFC3856 6.1]
  [[nodiscard]] std::span<const std::string_view> publication_types() const override;
  [[nodiscard]] std::span<const std::string_view> notification_types() const override;

  // 400 with reason pidf.* or xml.* for what is wrong with the document; 500 if validation is strict and there are no
  // schemas. Remarks: see pidf_reader.h.
  [[nodiscard]] base::Result<event::Parsed, event::Rejection> parse(const event::ParseInput& input) const override;
  // The presentity itself sees everything; about others its rules decide [RFC4745, RFC5025], and where it has none, or
  // they cannot be had, rules.no_document and rules.when_unavailable. The key of a view is that of its permissions.
  [[nodiscard]] event::Verdict decide_watcher(const event::WatcherQuestion& question) const override;
  [[nodiscard]] std::vector<ports::DocumentKey> needed_documents(
      const event::DocumentsQuestion& question) const override;
  [[nodiscard]] bool reads(std::string_view auid) const override;
  [[nodiscard]] base::Result<event::Parsed, event::Rejection> read_document(
      const ports::DocumentReading& reading, const mgmt::Snapshot& settings) const override;
  [[nodiscard]] std::optional<event::PublicationView> hard_state(const event::DocumentsQuestion& question,
                                                                 bool published) const override;
  [[nodiscard]] std::optional<event::Body> network_publication(const event::NetworkView& view) const override;
  [[nodiscard]] event::Body render(const event::RenderInput& input) const override;
  // Of tuples, persons and devices.
  [[nodiscard]] std::vector<ports::ElementOrigin> origins(const event::RenderInput& input) const override;
  [[nodiscard]] base::Result<event::Parsed, event::Rejection> read_candidate(
      std::string_view text, const mgmt::Snapshot& settings) const override;
  [[nodiscard]] std::optional<ports::ExplainInfo> explain(const event::ExplainInput& input) const override;

 private:
  std::shared_ptr<const SchemaFolder> schemas_;
};

}  // namespace presentia::presence
