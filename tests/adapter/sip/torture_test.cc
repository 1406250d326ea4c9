// The messages of RFC 4475 and mistakes of our own making: each has its specific answer, and a good request after it is
// served.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/adapter/sip/harness.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string torture(const std::string& name) {
  std::ifstream file(std::string(PS_TEST_DATA) + "/sip/torture/" + name + ".dat", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Torture, EveryMessageOverUdpIsSurvived) {
  PS_SPEC("SIPX-05 SIPX-06 SIPX-07");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(PS_TEST_DATA) + "/sip/torture")) {
    const std::string name = entry.path().stem().string();
    peer.send_raw(torture(name), lab.port());
    peer.send(publish("after" + name, peer.port()), lab.port());
    EXPECT_EQ(status_of(peer.receive()), 200) << "after " << name;
    ++count;
  }
  EXPECT_GE(count, 49);
}

struct Case {
  const char* name;
  int status;        // 0: no answer
  const char* says;  // in the Warning
};

// What RFC 4475 says about each (where it allows leniency, as for badaspec, we are lenient); over TCP the answer comes
// back whatever its Via says.
class TortureAnswer : public testing::TestWithParam<Case> {};

TEST_P(TortureAnswer, IsTheOneOfTheRfcAndTheServerLives) {
  PS_SPEC("SIPX-05 SIPX-06 SIPX-07");
  config::Config config = lab_config({"tcp:127.0.0.1:0"});
  Lab lab(std::move(config));
  Peer peer = Peer::tcp(lab.port());
  peer.send_raw(torture(GetParam().name));
  const std::string answer = peer.receive(GetParam().status == 0 ? 150ms : 5s);
  EXPECT_EQ(status_of(answer), GetParam().status) << answer;
  if (GetParam().says != nullptr) {
    EXPECT_THAT(header(answer, "Warning"), ElementsAre(HasSubstr(GetParam().says)));
  }
  Peer good = Peer::tcp(lab.port());
  good.send(publish("good", good.port(), "TCP"));
  EXPECT_EQ(status_of(good.receive()), 200);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc4475, TortureAnswer,
    testing::Values(Case{"wsinv", 405, nullptr}, Case{"esc01", 405, nullptr}, Case{"escnull", 200, nullptr},
                    Case{"esc02", 200, nullptr}, Case{"lwsdisp", 200, nullptr}, Case{"longreq", 405, nullptr},
                    Case{"semiuri", 200, nullptr}, Case{"transports", 200, nullptr}, Case{"mpart01", 200, nullptr},
                    Case{"unreason", 0, nullptr}, Case{"noreason", 0, nullptr}, Case{"badinv01", 400, "Via"},
                    Case{"ncl", 400, "Content-Length"}, Case{"scalar02", 400, nullptr}, Case{"quotbal", 400, "To"},
                    Case{"ltgtruri", 400, "Request-Line"}, Case{"lwsruri", 400, "Request-Line"},
                    Case{"lwsstart", 400, "Request-Line"}, Case{"trws", 400, "Request-Line"},
                    Case{"badaspec", 200, nullptr}, Case{"badvers", 505, nullptr}, Case{"mismatch01", 400, "CSeq"},
                    Case{"mismatch02", 400, "CSeq"}, Case{"bigcode", 0, nullptr}, Case{"insuf", 400, "Missing"},
                    Case{"unkscm", 416, nullptr}, Case{"novelsc", 416, nullptr}, Case{"unksm2", 200, nullptr},
                    Case{"multi01", 400, "More Than One"}, Case{"mcl01", 400, nullptr}, Case{"zeromf", 200, nullptr},
                    Case{"bcast", 0, nullptr}, Case{"baddate", 405, nullptr}, Case{"invut", 405, nullptr}),
    [](const auto& tested) { return std::string(tested.param.name); });

// A good PUBLISH with one mistake.
struct Mistake {
  const char* name;
  const char* find;
  const char* replacement;
  int status;
  const char* says;
};

class MistakeAnswer : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeAnswer, SaysWhatIsWrongAndTheServerLives) {
  PS_SPEC("SIP-03 SIP-04 SIP-29 SIP-37");
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  std::string text = publish("bad", peer.port());
  const std::size_t at = text.find(GetParam().find);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(GetParam().find).size(), GetParam().replacement);
  peer.send(text, lab.port());
  const std::string answer = peer.receive(GetParam().status == 0 ? 100ms : 5s);
  EXPECT_EQ(status_of(answer), GetParam().status) << answer;
  if (GetParam().says != nullptr) {
    EXPECT_THAT(header(answer, "Warning"), ElementsAre(HasSubstr(GetParam().says)));
    EXPECT_EQ(lab.core.requests(), 0U);
  }
  peer.send(publish("good", peer.port()), lab.port());
  EXPECT_EQ(status_of(peer.receive()), 200);
}

INSTANTIATE_TEST_SUITE_P(
    OfOneKind, MistakeAnswer,
    testing::Values(
        Mistake{"NoCallId", "Call-ID", "X-Call", 400, "Missing Call-ID"},
        Mistake{"NoFrom", "From", "X-From", 400, "Missing From"},
        Mistake{"BadExpires", "Expires: 600", "Expires: -1", 400, "Expires"},
        Mistake{"WordyExpires", "Expires: 600", "Expires: abc", 400, "Expires"},
        Mistake{"EmptyEvent", "Event: presence", "Event:", 400, "Event"},
        Mistake{"TwoEvents", "Event: presence", "Event: presence\r\no: reg", 400, "Event"},
        Mistake{"BadAccept", "Event: presence", "Event: presence\r\nAccept: ;;;", 400, "Accept"},
        Mistake{"BadEtag", "Event: presence", "Event: presence\r\nSIP-If-Match: a b", 400, "SIP-If-Match"},
        Mistake{"CseqOverflow", "CSeq: 1 ", "CSeq: 9999999999999 ", 400, "CSeq"},
        Mistake{"NoVia", "Via:", "X-Via:", 0, nullptr},
        Mistake{"BrokenVia", "Via: SIP/2.0/UDP", "Via: nonsense", 0, nullptr},
        Mistake{"Version3", "SIP/2.0\r\nVia", "SIP/3.0\r\nVia", 505, nullptr},
        Mistake{"HttpScheme", "sip:alice@ims.test SIP", "http://x SIP", 416, "http"},
        Mistake{"NoScheme", "sip:alice@ims.test SIP", "alice SIP", 400, "Request-URI"},
        Mistake{"ForeignSchemeInTo", "To: <sip:alice@ims.test>", "To: <foo:bar>", 200, nullptr},
        Mistake{"ShortBody", "Content-Length: 11", "Content-Length: 500", 400, "Body Shorter"},
        Mistake{"TrailingBytes", "Content-Length: 11", "Content-Length: 5", 200, nullptr},
        Mistake{"BadLength", "Content-Length: 11", "Content-Length: many", 400, "Content-Length"},
        Mistake{"NoHeaderLine", "Event: presence", "Event: presence\r\nthis is no header", 400, "Header Line"},
        Mistake{"BadMaxForwards", "Max-Forwards: 68", "Max-Forwards: x", 400, "Max-Forwards"},
        Mistake{"BadRequire", "Event: presence", "Event: presence\r\nRequire: a b", 400, "Require"},
        Mistake{"BadIdentity", "Event: presence", "Event: presence\r\nP-Asserted-Identity: <x", 400,
                "P-Asserted-Identity"},
        Mistake{"BadDateIsNobodysBusiness", "Event: presence", "Event: presence\r\nDate: yesterday", 200, nullptr}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Limits, EachHasItsAnswerAndIsLive) {
  Lab lab({"udp:127.0.0.1:0"});
  Peer peer = Peer::udp();
  const auto answer_to = [&](const std::string& find, const std::string& replacement) {
    std::string text = publish("limit", peer.port());
    text.replace(text.find(find), find.size(), replacement);
    peer.send(text, lab.port());
    return status_of(peer.receive());
  };
  std::string vias, headers;
  for (int i = 0; i < 70; ++i) vias += "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK" + std::to_string(i) + "\r\n";
  for (int i = 0; i < 300; ++i) headers += "X-H: " + std::to_string(i) + "\r\n";
  EXPECT_EQ(answer_to("Max-Forwards", vias + "Max-Forwards"), 400);
  EXPECT_EQ(answer_to("Max-Forwards", headers + "Max-Forwards"), 400);
  EXPECT_EQ(answer_to("alice@ims.test SIP", std::string(3000, 'a') + "@ims.test SIP"), 414);
  lab.change([](config::Config& config) { config.mutable_sip()->set_max_body_bytes(5); });
  EXPECT_EQ(answer_to("Event", "Event"), 413);
}

}  // namespace
}  // namespace presentia::test
