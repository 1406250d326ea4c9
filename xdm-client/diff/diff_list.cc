#include "xdm-client/diff/diff_list.h"

#include <memory>

#include "as/xml/writer.h"

namespace presentia::xdm {

std::string_view word(config::XdmDiff::Processing processing) {
  if (processing == config::XdmDiff::XCAP_PATCHING) return "xcap-patching";
  return processing == config::XdmDiff::AGGREGATE ? "aggregate" : "no-patching";
}

ports::SubscriptionContent list_content(const std::set<std::string>& selections, config::XdmDiff::Processing processing,
                                        std::uint64_t revision) {
  std::string body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list>";
  for (const std::string& selection : selections) {
    body += "<entry uri=\"";
    xml::append_escaped(body, selection, true);
    body += "\"/>";
  }
  body += "</list></resource-lists>\n";
  ports::SubscriptionContent content;
  // Without the parameter it is no-patching [RFC5875 4.3], and servers that know no parameters understand it.
  if (processing != config::XdmDiff::NO_PATCHING)
    content.event_parameters = {{"diff-processing", std::string(word(processing))}};
  content.content_type = "application/resource-lists+xml";
  content.body = std::make_shared<const std::string>(std::move(body));
  content.revision = revision;
  return content;
}

}  // namespace presentia::xdm
