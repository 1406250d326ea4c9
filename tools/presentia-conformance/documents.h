// Documents on the target's XDM server, written and deleted as a user's own client does it [RFC4825].
#pragma once

#include <string>
#include <vector>

#include "tools/presentia-conformance/play.h"

namespace presentia::conformance {

// The Request-URI's path below the XCAP root: what a URI does not allow is percent-coded, what is so already stays
// [RFC4825 6.1, 6.3].
std::string xcap_path(const std::string& selector);

// The content type of what a selector names: by its application usage; of an element or attribute, XCAP's own
// [RFC4825 7.3, 7.4, 7.7]. Empty: not known.
std::string xcap_type(const std::string& selector);

class Documents {
 public:
  explicit Documents(Play& play) : play_(play) {}

  // A put or delete step; `body` is what is put. Throws Unmet for another status than the step says, NetworkError where
  // there is no answer, ScenarioError where the target file names no XDM server.
  void act(const Step& step, const std::string& body);
  // Deletes what the steps have put and not deleted, without judging the answers.
  void remove_all();

 private:
  struct Request {
    std::string method;
    std::string selector;
    std::string type;
    std::string body;
  };
  struct Answer {
    int status = 0;
    std::string text;  // all of it, for reports
  };
  struct Written {
    std::string role;
    std::string document;
  };

  Answer ask(const Role& me, const Request& request);
  void remember(const Role& me, const Request& request);

  Play& play_;
  std::vector<Written> written_;
};

}  // namespace presentia::conformance
