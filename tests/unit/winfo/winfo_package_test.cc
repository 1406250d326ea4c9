#include "as/packages/winfo/winfo_package.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/spec.h"

namespace presentia::winfo {
namespace {

using namespace std::chrono_literals;
using event::SubHandling;
using event::WatcherEvent;
using ports::SubscriptionState;
using testing::HasSubstr;

const ports::Resource kAlice = "sip:alice@example.com";
const base::Instant kNow{5'000s};

// libxml2's verdict on the document by the schema of RFC 3858.
bool is_valid(const std::string& document) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("winfo-" + std::to_string(::getpid()) + ".xml");
  std::ofstream(file) << document;
  const std::string command = std::string("xmllint --nonet --noout --schema ") + PS_TEST_DATA +
                              "/winfo/watcherinfo.xsd " + file.string() + " >/dev/null 2>&1";
  const bool valid = std::system(command.c_str()) == 0;
  std::filesystem::remove(file);
  return valid;
}

std::string render(std::vector<event::WatcherView> watchers, bool full = true, std::uint32_t version = 0) {
  return *WinfoPackage().render({kAlice, "presence", full, version, watchers, kNow}).bytes;
}

event::WatcherView bob(SubscriptionState state = SubscriptionState::active,
                       WatcherEvent event = WatcherEvent::subscribe) {
  return {77, {"sip:bob@example.com", "Bob \"B\" <&>"}, state, event, kNow - 100s, kNow + 500s};
}

TEST(WinfoPackage, EveryStateAndEventIsValidByTheSchema) {
  PS_SPEC("WIX-01");
  std::vector<event::WatcherView> watchers;
  for (const auto state : {SubscriptionState::pending, SubscriptionState::active, SubscriptionState::waiting,
                           SubscriptionState::terminated})
    for (const auto event :
         {WatcherEvent::subscribe, WatcherEvent::approved, WatcherEvent::deactivated, WatcherEvent::probation,
          WatcherEvent::rejected, WatcherEvent::timeout, WatcherEvent::giveup, WatcherEvent::noresource})
      watchers.push_back(bob(state, event));
  watchers.push_back({78, {}, SubscriptionState::pending, WatcherEvent::subscribe, kNow, kNow + 1s});
  EXPECT_TRUE(is_valid(render(watchers)));
  EXPECT_TRUE(is_valid(render({}, false, 9)));
  EXPECT_FALSE(is_valid("<watcherinfo xmlns=\"urn:ietf:params:xml:ns:watcherinfo\"/>"));
}

TEST(WinfoPackage, SaysWhoHowLongAndUntilWhen) {
  PS_SPEC("WIX-03 WIX-04");
  const std::string text = render({bob()});
  EXPECT_THAT(text, HasSubstr("<watcher-list resource=\"sip:alice@example.com\" package=\"presence\">"));
  EXPECT_THAT(text, HasSubstr("id=\"w77\""));
  EXPECT_THAT(text, HasSubstr("display-name=\"Bob &quot;B&quot; &lt;&amp;&gt;\""));
  EXPECT_THAT(text, HasSubstr("expiration=\"500\" duration-subscribed=\"100\">sip:bob@example.com</watcher>"));
}

TEST(WinfoPackage, AnAnonymousWatcherHasNoName) {
  event::WatcherView watcher = bob();
  watcher.watcher = {};
  EXPECT_THAT(render({watcher}), HasSubstr(">sip:anonymous@anonymous.invalid</watcher>"));
}

TEST(WinfoPackage, OnlyTheResourceItselfMayWatch) {
  PS_SPEC("WIF-01");
  const mgmt::Snapshot settings({}, 1);
  const WinfoPackage package;
  const auto decide = [&](const std::string& watcher) {
    const event::HeldDocuments documents;
    const ports::WatcherIdentity asking{watcher, ""};
    return package.decide_watcher({kAlice, asking, settings, documents, {}, base::Instant()}).handling;
  };
  EXPECT_EQ(decide(kAlice), SubHandling::allow);
  EXPECT_EQ(decide("sip:bob@example.com"), SubHandling::block);
  EXPECT_EQ(decide(""), SubHandling::block);
}

}  // namespace
}  // namespace presentia::winfo
