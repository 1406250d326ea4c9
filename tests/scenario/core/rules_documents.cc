#include "tests/scenario/core/rules_documents.h"

namespace presentia::test {
namespace {

std::string rule(const std::string& id, const std::string& conditions, const std::string& handling,
                 const std::string& shown) {
  return "<cp:rule id='" + id + "'><cp:conditions>" + conditions + "</cp:conditions><cp:actions><pr:sub-handling>" +
         handling + "</pr:sub-handling></cp:actions><cp:transformations>" + shown + "</cp:transformations></cp:rule>";
}

}  // namespace

std::string ruleset(const std::string& rules) {
  return "<cp:ruleset xmlns:cp='urn:ietf:params:xml:ns:common-policy' xmlns:pr='urn:ietf:params:xml:ns:pres-rules' "
         "xmlns:ocp='urn:oma:xml:xdm:common-policy'>" +
         rules + "</cp:ruleset>";
}

std::string allow(const std::string& id, const std::string& conditions, const std::string& shown) {
  return rule(id, conditions, "allow", shown);
}

std::string confirm(const std::string& id, const std::string& conditions) {
  return rule(id, conditions, "confirm", {});
}

std::string polite(const std::string& id, const std::string& conditions) {
  return rule(id, conditions, "polite-block", {});
}

std::string one(const std::string& user) {
  return "<cp:identity><cp:one id='sip:" + user + "@example.com'/></cp:identity>";
}

std::string external_list(const std::string& anchor) {
  return "<ocp:external-list><ocp:entry anc='" + anchor + "'/></ocp:external-list>";
}

std::string validity(const std::string& from, const std::string& until) {
  return "<cp:validity><cp:from>" + from + "</cp:from><cp:until>" + until + "</cp:until></cp:validity>";
}

std::string list_of(const std::vector<std::string>& members, const std::vector<std::string>& lists) {
  std::string text = "<resource-lists xmlns='urn:ietf:params:xml:ns:resource-lists'><list name='all'>";
  for (const std::string& member : members) text += "<entry uri='" + member + "'/>";
  for (const std::string& list : lists) text += "<external anchor='" + list + "'/>";
  return text + "</list></resource-lists>";
}

std::string with_sphere(const std::string& sphere) {
  return "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' "
         "xmlns:r='urn:ietf:params:xml:ns:pidf:rpid' entity='sip:alice@example.com'><dm:person id='p'><r:sphere><r:" +
         sphere + "/></r:sphere></dm:person></presence>";
}

}  // namespace presentia::test
