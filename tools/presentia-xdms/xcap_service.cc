#include "tools/presentia-xdms/xcap_service.h"

#include <algorithm>
#include <array>

#include "as/base/uri.h"
#include "as/sip/grammar.h"
#include "as/xml/edit.h"
#include "xdm-client/xcap/caps.h"
#include "xdm-client/xcap/percent.h"

namespace presentia::xdms {
namespace {

using Terminal = xcap::NodeSelector::Terminal;

constexpr std::string_view kServices = "urn:ietf:params:xml:ns:rls-services";
constexpr std::array<std::string_view, 4> kMethods{"GET", "HEAD", "PUT", "DELETE"};

XcapResponse not_allowed(std::string_view allow) { return {405, {{"Allow", std::string(allow)}}}; }

bool reads(const XcapRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

// [RFC9110 13.1.1, 13.1.2] The status if a condition does not hold, 0 if all do.
int failed_condition(const XcapRequest& request, const std::optional<xcap::EntityTag>& current) {
  if (request.if_match && !xcap::if_match_holds(*request.if_match, current)) return 412;
  const bool changed = !request.if_none_match || xcap::if_none_match_holds(*request.if_none_match, current);
  if (changed) return 0;
  return reads(request) ? 304 : 412;
}

std::string media_type(const XcapRequest& request) {
  const auto type = sip::parse_media_type(request.content_type);
  return type ? type->type : std::string();
}

// What is made by the server, and by nobody else.
bool is_generated(const xcap::DocumentSelector& where) {
  return where.auid == "xcap-caps" || (where.auid == "rls-services" && !where.xui);
}

xcap::Refusal conflict(xcap::Conflict conflict, std::string phrase) {
  return {409, {conflict, std::move(phrase), {}, {}}};
}

}  // namespace

XcapService::XcapService(XcapSettings settings, Store& store, xml::SchemaSetPtr schemas)
    : settings_(std::move(settings)), store_(store), schemas_(std::move(schemas)), strict_(schemas_) {}

XcapResponse XcapService::handle(const XcapRequest& request) {
  if (!request.target.starts_with(kRootPath)) return {404};
  if (std::ranges::find(kMethods, request.method) == kMethods.end()) return not_allowed("GET, HEAD, PUT, DELETE");
  const std::string_view uri = std::string_view(request.target).substr(kRootPath.size());
  if (uri.size() > xcap::kLongestSelector) return {414};
  const Usage* usage = find_usage(xcap::auid_of(uri));
  if (usage == nullptr) return {404};
  const std::lock_guard lock(store_.mutex());
  return locate(request, *usage, uri);
}

// [RFC4825 8] In this order: known application usage, known user, authorization, a selector that makes sense.
XcapResponse XcapService::locate(const XcapRequest& request, const Usage& usage, std::string_view uri) {
  const std::size_t node_at = uri.find("/~~");
  const auto document = xcap::parse_selector(uri.substr(0, std::min(node_at, uri.find('?'))), usage.ns);
  if (!document) return {xcap::status_of(document.error())};
  const xcap::DocumentSelector& where = document->document;
  if (where.xui && !base::normal_form(*where.xui)) return {404};

  if (!reads(request) && is_generated(where)) return not_allowed("GET, HEAD");
  const Access& access = settings_.access;
  const bool may = reads(request) ? may_read(access, request.who, where) : may_write(access, request.who, where);
  if (!may) return {403};

  const auto selector = xcap::parse_selector(uri, usage.ns);
  if (!selector) return {xcap::status_of(selector.error())};
  if (reads(request)) return get(request, usage, *selector);
  if (selector->node && selector->node->terminal == Terminal::namespaces) return not_allowed("GET, HEAD");
  return request.method == "PUT" ? put(request, usage, *selector) : remove(request, usage, *selector);
}

XcapResponse XcapService::get(const XcapRequest& request, const Usage& usage, const xcap::Selector& selector) {
  const auto made = generated(selector.document);
  const Stored* stored = made ? &*made : store_.find(selector.document);
  if (stored == nullptr) return {404};
  xcap::Content content{std::string(usage.type), *stored->text};
  if (selector.node) {
    auto node = xcap::get_node(reader_, *stored->text, *selector.node, kDocumentLimits);
    if (!node) return refused(selector.document, node.error());
    content = std::move(*node);
  }
  const int failed = failed_condition(request, xcap::EntityTag{stored->etag});
  if (failed != 0) return {failed, {etag_header(stored->etag)}};
  return {200, {etag_header(stored->etag)}, std::move(content.type), std::move(content.body)};
}

XcapResponse XcapService::put(const XcapRequest& request, const Usage& usage, const xcap::Selector& selector) {
  const xcap::DocumentSelector& where = selector.document;
  if (where.path.size() > 1)  // there are no folders in a home [RFC4825 8.2.1]
    return refused(where, {409, {xcap::Conflict::no_parent, "no such folder", {}, {}}});
  const Stored* stored = store_.find(where);
  if (selector.node && stored == nullptr)
    return refused(where, conflict(xcap::Conflict::no_parent, "no such document"));
  const auto current = stored == nullptr ? std::nullopt : std::optional(xcap::EntityTag{stored->etag});
  // Of a node that is to be made the tag is that of its document [RFC4825 8.2.6].
  if (const int failed = failed_condition(request, current); failed != 0) return {failed};
  if (!file_of(where)) return {414};
  if (!selector.node) return put_document(request, usage, where, stored == nullptr);
  return put_node(request, usage, selector, *stored);
}

XcapResponse XcapService::put_document(const XcapRequest& request, const Usage& usage,
                                       const xcap::DocumentSelector& where, bool is_new) {
  if (media_type(request) != usage.type) return {415};
  if (const auto checked = xcap::check_document(reader_, request.body, kDocumentLimits); !checked)
    return refused(where, checked.error());
  return keep(usage, where, request.body, is_new ? 201 : 200);
}

XcapResponse XcapService::put_node(const XcapRequest& request, const Usage& usage, const xcap::Selector& selector,
                                   const Stored& stored) {
  auto done =
      xcap::put_node(reader_, *stored.text, *selector.node, {media_type(request), request.body}, kDocumentLimits);
  if (!done) return refused(selector.document, done.error());
  return keep(usage, selector.document, std::move(done->document), done->created ? 201 : 200);
}

XcapResponse XcapService::remove(const XcapRequest& request, const Usage& usage, const xcap::Selector& selector) {
  const Stored* stored = store_.find(selector.document);
  if (stored == nullptr) return {404};
  if (!selector.node) {
    if (const int failed = failed_condition(request, xcap::EntityTag{stored->etag}); failed != 0) return {failed};
    return {store_.remove(selector.document) ? 200 : 500};
  }
  auto left = xcap::delete_node(reader_, *stored->text, *selector.node, kDocumentLimits);
  if (!left && left.error().status == 404) return {404};  // there is nothing that the condition could be of
  if (const int failed = failed_condition(request, xcap::EntityTag{stored->etag}); failed != 0) return {failed};
  if (!left) return refused(selector.document, left.error());
  return keep(usage, selector.document, std::move(*left), 200);
}

XcapResponse XcapService::keep(const Usage& usage, const xcap::DocumentSelector& where, std::string text, int status) {
  if (auto wrong = invalid(usage, where, text)) return refused(where, {409, std::move(*wrong)});
  const auto stored = store_.put(where, std::move(text));
  if (!stored && stored.error().code == "limit")
    return refused(where, conflict(xcap::Conflict::constraint_failure, stored.error().text));
  if (!stored) return {500};
  return {status, {etag_header(stored->etag)}};
}

std::optional<xcap::ErrorDocument> XcapService::invalid(const Usage& usage, const xcap::DocumentSelector& where,
                                                        std::string_view text) {
  const auto parsed = strict_.parse(text, kDocumentLimits);
  if (!parsed) return xcap::ErrorDocument{xcap::Conflict::schema_validation_error, parsed.error().text, {}, {}};
  return broken_constraint(usage, where, **parsed, [&](std::string_view uri) { return service_taken(uri, where); });
}

base::Result<base::Done> XcapService::check_all() {
  const std::lock_guard lock(store_.mutex());
  for (const auto& [key, stored] : store_.documents()) {
    const Usage* usage = find_usage(stored.where.auid);
    if (usage == nullptr || is_generated(stored.where) || (stored.where.xui && !base::normal_form(*stored.where.xui)))
      return base::Unexpected{base::Error{"document", key + ": no document of an application usage and user"}};
    if (const auto wrong = invalid(*usage, stored.where, *stored.text))
      return base::Unexpected{base::Error{"document", key + ": " + wrong->phrase}};
  }
  return base::Done{};
}

std::optional<Stored> XcapService::generated(const xcap::DocumentSelector& where) {
  const bool is_index = !where.xui && where.path == std::vector<std::string>{"index"};
  if (!is_index || !is_generated(where)) return std::nullopt;
  std::string text;
  if (where.auid == "xcap-caps") {
    xcap::Capabilities capabilities;
    for (const Usage& usage : usages()) capabilities.auids.emplace_back(usage.auid);
    capabilities.namespaces = schemas_->namespaces();
    text = xcap::write_capabilities(capabilities);
  } else {
    text = all_services();
  }
  Stored stored{where, std::make_shared<const std::string>(std::move(text)), {}};
  stored.etag = tag_of(*stored.text);
  return stored;
}

// [RFC4826 4.4.7] The services of all documents of all users.
std::string XcapService::all_services() {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rls-services xmlns=\"" + std::string(kServices) + "\">";
  for (const auto& [key, stored] : store_.documents()) {
    if (stored.where.auid != "rls-services") continue;
    const auto document = xml::EditableDocument::read(reader_, *stored.text, kDocumentLimits);
    if (!document) continue;
    for (const xml::NodeId service : document->child_elements(document->root()))
      text.append("\n").append(document->standalone(service));
  }
  return text + "\n</rls-services>\n";
}

bool XcapService::service_taken(std::string_view uri, const xcap::DocumentSelector& except) {
  for (const auto& [key, stored] : store_.documents()) {
    if (stored.where.auid != "rls-services" || stored.where == except) continue;
    const auto document = reader_.parse(*stored.text, kDocumentLimits);
    if (!document) continue;
    for (const xml::Element service : (*document)->root().children())
      if (service.attribute("uri") == uri) return true;
  }
  return false;
}

XcapResponse XcapService::refused(const xcap::DocumentSelector& where, const xcap::Refusal& refusal) const {
  XcapResponse response{refusal.status};
  if (refusal.status != 409) return response;
  xcap::ErrorDocument report = refusal.report;
  const bool is_parent = report.conflict == xcap::Conflict::no_parent;
  const std::string document = settings_.root_uri + "/" + xcap::to_uri(where);
  // The closest parent that exists, as a URI that can be asked for [RFC4825 11.1].
  if (is_parent && report.ancestor) report.ancestor = document + "/~~/" + *report.ancestor;
  if (is_parent && !report.ancestor && store_.find(where) != nullptr) report.ancestor = document;
  if (is_parent && !report.ancestor && where.xui)
    report.ancestor = settings_.root_uri + "/" + where.auid + "/users/" + xcap::percent_encoded(*where.xui) + "/";
  response.body = xcap::write_error_document(report);
  if (!response.body.empty()) response.type = xcap::kErrorType;
  return response;
}

std::pair<std::string, std::string> XcapService::etag_header(const std::string& etag) const {
  return {"ETag", settings_.unquoted_etags ? etag : xcap::to_header({etag})};
}

}  // namespace presentia::xdms
