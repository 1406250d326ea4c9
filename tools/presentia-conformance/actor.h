// Does the steps of a scenario, one after the other.
#pragma once

#include <map>
#include <string>

#include "tools/presentia-conformance/composer.h"
#include "tools/presentia-conformance/documents.h"
#include "tools/presentia-conformance/hss_orders.h"
#include "tools/presentia-conformance/play.h"

namespace presentia::conformance {

class Actor {
 public:
  explicit Actor(Play& play, std::string schemas)
      : play_(play), schemas_(std::move(schemas)), documents_(play), hss_(play) {}

  // Throws Unmet, ScenarioError or NetworkError.
  void act(const Step& step);
  // Ends what the scenario began at the server, without judging the answers.
  void clean_up();
  // Deletes the documents that it has written to the XDM server, and the users that it has added to the HSS.
  void delete_documents() { documents_.remove_all(); }
  void remove_users() { hss_.remove_all(); }

 private:
  void send(const Step& step);
  // The Authorization that the step's credentials make; empty: it has none.
  std::string credentials(const Step& step, const Draft& draft);
  void again(const Step& step);
  void raw(const Step& step);
  void write(const Step& step);  // put and delete
  void answer(const Step& step);
  void expect(const Step& step);  // notify and request
  void quiet(const Step& step);
  void resent(const Step& step);
  void stream(const Step& step);
  void closed(const Step& step);
  void bytes(const Step& step);
  void check(const Step& step);
  void repeat(const Step& step);

  std::string value(const Step& step, const std::string& key, const std::string& otherwise = "");
  double seconds(const Step& step, const std::string& key, double otherwise);
  std::string uri_to(const std::string& text);
  void begin_dialog(const Step& step, const Role& me, std::map<std::string, std::string>& words);
  void continue_dialog(Dialog& dialog, Pairs& headers, std::map<std::string, std::string>& words);
  std::string document(const Step& step, const Role& me, const std::string& uri);
  void keep_all(const Step& step, const Message& message);
  [[nodiscard]] bool belongs(const Received& request, const Step& step);
  Received* next(const Step& step);
  void reply(const Step& step, Received& request);
  void must_be_answered(const Step& step, const Message& message);

  Play& play_;
  std::string schemas_;
  Documents documents_;
  HssOrders hss_;
};

}  // namespace presentia::conformance
