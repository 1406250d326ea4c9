// A second evaluator, slow and plain: RFC 4745 and RFC 5025 sentence by sentence over the XML tree, with nothing of
// as/rules but the question and the answer. Knows sip and tel URIs without escapes and domains in ASCII.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "as/xml/tree.h"

namespace presentia::rules::oracle {

struct Asked {
  std::vector<std::string> watcher;
  bool anonymous = false;
  std::string sphere;  // empty: undefined
  std::string now;     // xs:dateTime in UTC with seconds, as it stands in documents, so that text compares like time
  std::map<std::string, std::set<std::string>> lists;  // members by anchor; what is not there cannot be had
};

struct Answer {
  std::vector<std::string> matched;                   // ids, in the order of the document
  int handling = 0;                                   // 0, 10, 20, 30
  int user_input = 0;                                 // likewise
  std::set<std::string> granted;                      // local names of what is true; "*" for all attributes
  std::map<std::string, std::set<std::string>> sets;  // "provide-services" → "class=biz", "*" for all
  std::set<std::string> unknown;                      // "{ns}name"
};

[[nodiscard]] Answer answer(xml::Element ruleset, const Asked& asked);

}  // namespace presentia::rules::oracle
