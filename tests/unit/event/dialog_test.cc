#include "as/event/dialog.h"

#include <gtest/gtest.h>

namespace presentia::event {
namespace {

std::uint64_t hop(const std::string& route, const std::string& target) {
  ports::DialogInfo dialog;
  if (!route.empty()) dialog.route_set = {route, "<sip:pcscf.example.com;lr>"};
  dialog.remote_target = target;
  return hop_of(dialog);
}

TEST(Hop, IsOfTheNextHopAndOfTheHostAndPortBehindIt) {
  const std::uint64_t bob = hop("<sip:mt@scscf.example.com:6060;lr;ftag=a>", "sip:bob@192.0.2.1:5071;transport=udp");
  EXPECT_EQ(bob, hop("<sip:mt@scscf.example.com:6060;lr;ftag=b>", "sip:carol@192.0.2.1:5071"))
      << "what names a dialog or a user does not count";
  EXPECT_NE(bob, hop("<sip:mt@scscf.example.com:6060;lr>", "sip:bob@192.0.2.2:5071"));
  EXPECT_NE(bob, hop("<sip:mt@scscf.example.com:6060;lr>", "sip:bob@192.0.2.1:5072"));
  EXPECT_NE(bob, hop("<sip:mt@other.example.com:6060;lr>", "sip:bob@192.0.2.1:5071"));
  EXPECT_NE(bob, hop("", "sip:bob@192.0.2.1:5071"));
}

}  // namespace
}  // namespace presentia::event
