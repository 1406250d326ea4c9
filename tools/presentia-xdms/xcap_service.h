// What the server answers to a request [RFC4825 8]: values in, values out, no socket. One request at a time: it holds
// the store's mutex.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "as/xml/reader.h"
#include "as/xml/schema.h"
#include "tools/presentia-xdms/access.h"
#include "tools/presentia-xdms/store.h"
#include "tools/presentia-xdms/usages.h"
#include "xdm-client/xcap/etag.h"
#include "xdm-client/xcap/node_operations.h"

namespace presentia::xdms {

inline constexpr std::string_view kRootPath = "/xcap/";
// Of what is stored, put and patched.
inline constexpr xml::Limits kDocumentLimits{.max_depth = 64, .max_elements = 200'000, .max_attributes = 64};

struct XcapRequest {
  std::string method;
  std::string target;        // path and query
  std::string content_type;  // as received
  std::optional<std::string> if_match, if_none_match;
  Identities who;
  std::string body;
};

struct XcapResponse {
  int status = 500;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string type = {};  // empty: no body
  std::string body = {};
};

struct XcapSettings {
  std::string root_uri;  // "http://127.0.0.1:8080/xcap", for reports
  Access access;
  bool unquoted_etags = false;
};

class XcapService {
 public:
  // The store outlives it.
  XcapService(XcapSettings settings, Store& store, xml::SchemaSetPtr schemas);

  [[nodiscard]] XcapResponse handle(const XcapRequest& request);
  // The first stored document that would not be accepted, and why. For the start.
  [[nodiscard]] base::Result<base::Done> check_all();

 private:
  using Refused = std::optional<XcapResponse>;

  XcapResponse locate(const XcapRequest& request, const Usage& usage, std::string_view uri);
  XcapResponse get(const XcapRequest& request, const Usage& usage, const xcap::Selector& selector);
  XcapResponse put(const XcapRequest& request, const Usage& usage, const xcap::Selector& selector);
  XcapResponse put_document(const XcapRequest& request, const Usage& usage, const xcap::DocumentSelector& where,
                            bool is_new);
  XcapResponse put_node(const XcapRequest& request, const Usage& usage, const xcap::Selector& selector,
                        const Stored& stored);
  XcapResponse remove(const XcapRequest& request, const Usage& usage, const xcap::Selector& selector);
  // Stores the text if it is valid [RFC4825 8.2.5].
  XcapResponse keep(const Usage& usage, const xcap::DocumentSelector& where, std::string text, int status);
  std::optional<xcap::ErrorDocument> invalid(const Usage& usage, const xcap::DocumentSelector& where,
                                             std::string_view text);
  // Documents that the server makes [RFC4825 12; RFC4826 4.4.7].
  std::optional<Stored> generated(const xcap::DocumentSelector& where);
  std::string all_services();
  [[nodiscard]] bool service_taken(std::string_view uri, const xcap::DocumentSelector& except);

  [[nodiscard]] XcapResponse refused(const xcap::DocumentSelector& where, const xcap::Refusal& refusal) const;
  [[nodiscard]] std::pair<std::string, std::string> etag_header(const std::string& etag) const;

  const XcapSettings settings_;
  Store& store_;
  xml::SchemaSetPtr schemas_;
  xml::Reader reader_, strict_;
};

}  // namespace presentia::xdms
