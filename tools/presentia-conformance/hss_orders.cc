#include "tools/presentia-conformance/hss_orders.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "tools/presentia-conformance/matcher.h"

namespace presentia::conformance {
namespace {

constexpr std::size_t kLongestAnswer = 4096;

// In the ladder it has a column of its own.
Role hss_role() {
  Role role;
  role.name = "HSS";
  return role;
}

}  // namespace

std::string HssOrders::ask(const std::string& line) {
  const auto& hss = play_.target().hss;
  if (!hss) throw ScenarioError("the target file names no HSS (hss); the scenario needs the feature hss");
  try {
    const Poco::Timespan limit(static_cast<Poco::Timespan::TimeDiff>(play_.target().answer_s * 1e6));
    Poco::Net::StreamSocket socket;
    socket.connect(Poco::Net::SocketAddress(hss->host, static_cast<Poco::UInt16>(hss->port)), limit);
    socket.setReceiveTimeout(limit);
    const std::string order = line + "\n";
    for (std::size_t sent = 0; sent < order.size();) {
      sent += static_cast<std::size_t>(socket.sendBytes(order.data() + sent, static_cast<int>(order.size() - sent)));
    }
    play_.note(hss_role(), true, order, "to the HSS");
    std::string answer;
    while (answer.find('\n') == std::string::npos && answer.size() < kLongestAnswer) {
      std::array<char, 256> bytes{};
      const int count = socket.receiveBytes(bytes.data(), static_cast<int>(bytes.size()));
      if (count <= 0) throw NetworkError("the HSS at " + hss->text() + " gives no answer");
      answer.append(bytes.data(), static_cast<std::size_t>(count));
    }
    play_.note(hss_role(), false, answer, "from the HSS");
    return answer.substr(0, answer.find('\n'));
  } catch (const Poco::Exception& error) {
    throw NetworkError("the HSS at " + hss->text() + " gives no answer: " + error.displayText());
  }
}

void HssOrders::act(const Step& step) {
  std::string line = expanded(step.subject, play_.lookup());
  std::replace(line.begin(), line.end(), '\n', ' ');
  const std::string answer = ask(line);
  if (!answer.starts_with("ok")) throw Unmet("the HSS does not obey: " + answer, line);
  std::istringstream words(line);
  std::string verb;
  std::string identity;
  words >> verb >> identity;
  if (verb == "add") added_.push_back(identity);
  if (verb == "remove") std::erase(added_, identity);
  if (!step.has_option("is")) return;
  const std::string said = answer.substr(std::min<std::size_t>(answer.size(), 3));
  const std::string wrong = mismatch(expanded(step.option("is"), play_.lookup()), {said});
  if (!wrong.empty()) throw Unmet("what the HSS answers " + wrong, line + "\n" + answer);
}

void HssOrders::remove_all() {
  while (!added_.empty()) {
    const std::string one = added_.back();
    added_.pop_back();
    ask("remove " + one);
  }
}

}  // namespace presentia::conformance
