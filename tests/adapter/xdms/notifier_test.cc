// The xcap-diff notifier, by raw SIP over UDP [RFC5875].
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "tests/adapter/xdms/fixture.h"

namespace presentia::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kFriends =
    "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\n"
    " <list name=\"friends\">\n"
    "  <entry uri=\"sip:bob@example.com\"/>\n"
    " </list>\n"
    "</resource-lists>\n";
constexpr const char* kOther =
    "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list/></resource-lists>";
const std::string kHome = "resource-lists/users/sip:alice@example.com/";
const std::string kIndex = kHome + "index";
const std::string kFirstList = kIndex + "/~~/resource-lists/list%5B1%5D";

std::string field(const std::string& message, const std::string& name) {
  const std::size_t at = message.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 4;
  return message.substr(from, message.find("\r\n", from) - from);
}
std::string body(const std::string& message) { return message.substr(message.find("\r\n\r\n") + 4); }
int status(const std::string& message) { return message.starts_with("SIP/2.0 ") ? std::stoi(message.substr(8)) : 0; }

// A subscriber: a UDP socket and text.
class Watcher {
 public:
  explicit Watcher(const std::string& server) : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    to_.sin_family = AF_INET;
    to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to_.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server.substr(server.rfind(':') + 1))));
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to_), sizeof to_), 0);
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size);
    port_ = std::to_string(ntohs(own.sin_port));
  }
  ~Watcher() { ::close(fd_); }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void send(const std::string& text) const { ::send(fd_, text.data(), text.size(), 0); }
  // Empty if none comes in time.
  std::string receive(int wait_ms = 10'000) const {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, wait_ms) != 1) return {};
    std::array<char, 65536> buffer{};
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
  }

  std::string package = "xcap-diff", accept = "application/xcap-diff+xml", type = kListType;
  std::string identity = kAlice, expires = "600", to_tag;

  static std::string list(const std::vector<std::string>& uris) {
    std::string text = "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list>";
    for (const std::string& uri : uris) text += "<entry uri=\"" + uri + "\"/>";
    return text + "</list></resource-lists>";
  }
  // Sends a SUBSCRIBE with this body and gives the answer.
  std::string subscribe(const std::string& text) {
    ++cseq_;
    const std::string number = std::to_string(cseq_);
    std::string request =
        "SUBSCRIBE sip:xdms@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:" + port_ + ";branch=z9hG4bK" + port_ +
        "." + number + "\r\nMax-Forwards: 70\r\nFrom: <" + identity + ">;tag=f" + port_ +
        "\r\nTo: <sip:xdms@127.0.0.1>" + (to_tag.empty() ? "" : ";tag=" + to_tag) + "\r\nCall-ID: c" + port_ +
        "\r\nCSeq: " + number + " SUBSCRIBE\r\nContact: <sip:w@127.0.0.1:" + port_ + ">\r\nP-Asserted-Identity: <" +
        identity + ">\r\nEvent: " + package + "\r\nAccept: " + accept + "\r\nExpires: " + expires + "\r\n";
    if (!text.empty()) request += "Content-Type: " + type + "\r\n";
    send(request + "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);
    std::string answer = receive();
    const std::string to = field(answer, "To");
    if (status(answer) == 200) to_tag = to.substr(to.find("tag=") + 4);
    return answer;
  }
  // The next NOTIFY, which is answered; what it says must be valid by the schema of RFC 5874.
  std::string notified(int wait_ms = 10'000) const {
    const std::string notify = receive(wait_ms);
    if (notify.empty()) return notify;
    EXPECT_TRUE(notify.starts_with("NOTIFY sip:w@127.0.0.1:" + port_ + " SIP/2.0\r\n")) << notify;
    answer(notify, "200 OK");
    if (!body(notify).empty()) {
      EXPECT_EQ(field(notify, "Content-Type"), "application/xcap-diff+xml");
      EXPECT_TRUE(is_valid(body(notify), data("xcap-diff.xsd"))) << notify;
    }
    return notify;
  }
  void answer(const std::string& notify, const std::string& with) const {
    std::string text = "SIP/2.0 " + with + "\r\n";
    for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"})
      text += std::string(name) + ": " + field(notify, name) + "\r\n";
    send(text + "Content-Length: 0\r\n\r\n");
  }

 private:
  int fd_;
  sockaddr_in to_{};
  std::string port_;
  int cseq_ = 0;
};

// "sel previous>new" of each <document>, without the tags' text.
std::vector<std::string> documents(const std::string& notify) {
  std::vector<std::string> out;
  const std::string text = body(notify);
  const auto sels = xpath(text, "/*/*[local-name()='document']/@sel");
  for (std::size_t i = 1; i <= sels.size(); ++i) {
    const std::string at = "/*/*[local-name()='document'][" + std::to_string(i) + "]/@";
    const bool before = !xpath(text, at + "previous-etag").empty(), after = !xpath(text, at + "new-etag").empty();
    out.push_back(sels[i - 1] + (before ? " was" : "") + (after ? " is" : ""));
  }
  return out;
}
std::string new_tag(const std::string& notify) {
  const auto tags = xpath(body(notify), "/*/*/@new-etag");
  return tags.empty() ? "" : '"' + tags.back() + '"';
}

class XdmsNotifier : public Xdms {
 protected:
  void begin(xdms::Options options = {.open = true}) {
    start(std::move(options));
    watcher.emplace(server->sip());
  }
  std::optional<Watcher> watcher;
};

TEST_F(XdmsNotifier, TheFirstNotifyHasTheStateAndLaterOnesTheChanges) {
  begin();
  const std::string tag = put(kIndex, kListType, kFriends).etag();
  const std::string accepted = watcher->subscribe(Watcher::list({kIndex, kHome + "none"}));
  EXPECT_EQ(status(accepted), 200);
  EXPECT_EQ(field(accepted, "Expires"), "600");
  const std::string first = watcher->notified();
  EXPECT_THAT(documents(first), ElementsAre(kIndex + " is"));
  EXPECT_EQ(new_tag(first), tag) << "without quotes in xcap-diff, with quotes in HTTP";
  EXPECT_THAT(field(first, "Subscription-State"), testing::MatchesRegex("active;expires=[0-9]+"));
  EXPECT_EQ(field(first, "Event"), "xcap-diff");
  EXPECT_THAT(xpath(body(first), "/*/@xcap-root"), ElementsAre(server->root_uri() + "/"));

  const std::string second_tag = put(kIndex, kListType, kOther).etag();
  const std::string changed = watcher->notified();
  EXPECT_THAT(documents(changed), ElementsAre(kIndex + " was is"));
  EXPECT_EQ(new_tag(changed), second_tag);
  EXPECT_THAT(xpath(body(changed), "/*/*/*"), IsEmpty()) << "no-patching is the default [RFC5875 4.3]";
  remove(kIndex);
  EXPECT_THAT(documents(watcher->notified()), ElementsAre(kIndex + " was"));
  put(kHome + "none", kListType, kOther);
  EXPECT_THAT(documents(watcher->notified()), ElementsAre(kHome + "none is"));
  put(kHome + "other", kListType, kOther);
  EXPECT_EQ(watcher->notified(300), "") << "nobody watches that";
}

TEST_F(XdmsNotifier, SelectorsComeBackAsTheyWereWritten) {
  begin();
  put(kIndex, kListType, kFriends);
  const std::string written = "resource-lists/users/sip%3Aalice%40example.com/index";
  watcher->subscribe(Watcher::list({written}));
  EXPECT_THAT(documents(watcher->notified()), ElementsAre(written + " is")) << "octet by octet [RFC5875 4.6]";
}

TEST_F(XdmsNotifier, ACollectionIsAllInItAndNothingBesideIt) {
  begin();
  put(kIndex, kListType, kFriends);
  put("resource-lists/users/sip:alice@example.community/index", kListType, kFriends);
  watcher->subscribe(Watcher::list({kHome, kIndex}));
  EXPECT_THAT(documents(watcher->notified()), ElementsAre(kIndex + " is")) << "once, and no other user's";
  put(kHome + "another", kListType, kOther);
  EXPECT_THAT(documents(watcher->notified()), ElementsAre(kHome + "another is"));
}

TEST_F(XdmsNotifier, NodesAreShownAsTheyAre) {
  begin();
  put(kIndex, kListType, kFriends);
  watcher->subscribe(Watcher::list({kFirstList, kFirstList + "/@name", kFirstList + "/namespace::*"}));
  const std::string first = watcher->notified();
  EXPECT_THAT(xpath(body(first), "/*/*[local-name()='element']/*/@name"), ElementsAre("friends"));
  EXPECT_THAT(xpath(body(first), "/*/*[local-name()='attribute']"), ElementsAre("friends"));
  EXPECT_THAT(documents(first), IsEmpty());
  put(kIndex, kListType, kOther);
  const std::string changed = watcher->notified();
  EXPECT_THAT(xpath(body(changed), "/*/*[local-name()='attribute']/@exists"), ElementsAre("0"));
  EXPECT_THAT(xpath(body(changed), "/*/*[local-name()='element']/*/@name"), IsEmpty());
  remove(kIndex);
  EXPECT_THAT(xpath(body(watcher->notified()), "/*/*[local-name()='element']/@exists"), ElementsAre("0"));
}

TEST_F(XdmsNotifier, XcapPatchingTellsEveryChangeWithItsPatch) {
  begin();
  const std::string a = put(kIndex, kListType, kFriends).etag();
  watcher->package = "xcap-diff;diff-processing=xcap-patching";
  watcher->subscribe(Watcher::list({kIndex}));
  const std::string first = watcher->receive();  // not answered yet: what happens now waits [RFC5875 4.7]
  const std::string b =
      put(kFirstList + "/entry%5B2%5D", kElementType, "<entry uri=\"sip:carol@example.com\"/>").etag();
  const std::string c = put(kFirstList + "/@name", kAttributeType, "\"pals\"").etag();
  const std::string d = remove(kFirstList + "/entry%5B@uri=%22sip:bob@example.com%22%5D").etag();
  watcher->answer(first, "200 OK");
  std::string changes = watcher->receive();
  while (changes.starts_with("NOTIFY") && field(changes, "CSeq") == field(first, "CSeq")) changes = watcher->receive();
  watcher->answer(changes, "200 OK");
  EXPECT_TRUE(is_valid(body(changes), data("xcap-diff.xsd"))) << changes;
  const std::string document = "/*/*[local-name()='document']";
  const auto quoted = [](std::vector<std::string> tags) {
    for (std::string& tag : tags) tag = '"' + tag + '"';
    return tags;
  };
  EXPECT_THAT(quoted(xpath(body(changes), document + "/@previous-etag")), ElementsAre(a, b, c)) << changes;
  EXPECT_THAT(quoted(xpath(body(changes), document + "/@new-etag")), ElementsAre(b, c, d));
  EXPECT_THAT(xpath(body(changes), document + "[1]/*[local-name()='add']/*/@uri"),
              ElementsAre("sip:carol@example.com"));
  EXPECT_THAT(xpath(body(changes), document + "[2]/*[local-name()='replace']"), ElementsAre("pals"));
  EXPECT_THAT(xpath(body(changes), document + "[3]/*[local-name()='remove']/@sel"), ElementsAre("*/*[1]/*[1]"));
}

TEST_F(XdmsNotifier, AggregateTellsTheSumOfWhatHappened) {
  begin();
  const std::string a = put(kIndex, kListType, kFriends).etag();
  watcher->package = "xcap-diff;diff-processing=aggregate";
  watcher->subscribe(Watcher::list({kIndex}));
  const std::string first = watcher->receive();
  put(kFirstList + "/entry%5B2%5D", kElementType, "<entry uri=\"sip:carol@example.com\"/>");
  const std::string c = put(kFirstList + "/entry%5B3%5D", kElementType, "<entry uri=\"sip:dave@example.com\"/>").etag();
  watcher->answer(first, "200 OK");
  std::string changes = watcher->receive();
  while (field(changes, "CSeq") == field(first, "CSeq")) changes = watcher->receive();
  watcher->answer(changes, "200 OK");
  EXPECT_THAT(documents(changes), ElementsAre(kIndex + " was is"));
  EXPECT_EQ(new_tag(changes), c);
  EXPECT_THAT(xpath(body(changes), "//@uri"), ElementsAre("sip:carol@example.com", "sip:dave@example.com")) << changes;
}

TEST_F(XdmsNotifier, ARefreshGivesTheWholeStateAndMayChangeTheList) {
  begin();
  put(kIndex, kListType, kFriends);
  watcher->subscribe(Watcher::list({kIndex}));
  watcher->notified();
  EXPECT_EQ(status(watcher->subscribe("")), 200);
  EXPECT_THAT(documents(watcher->notified()), ElementsAre(kIndex + " is"));
  EXPECT_EQ(status(watcher->subscribe(Watcher::list({kHome + "none"}))), 200);
  EXPECT_THAT(documents(watcher->notified()), IsEmpty());
  put(kIndex, kListType, kOther);
  EXPECT_EQ(watcher->notified(300), "") << "it is not on the new list";
  watcher->expires = "0";
  EXPECT_EQ(status(watcher->subscribe("")), 200);
  EXPECT_THAT(field(watcher->notified(), "Subscription-State"), HasSubstr("terminated"));
  watcher->expires = "600";
  EXPECT_EQ(status(watcher->subscribe("")), 481);
}

TEST_F(XdmsNotifier, AnExpiredSubscriptionEndsWithANotify) {
  begin({.open = true, .min_expires = base::Seconds(1)});
  watcher->expires = "1";
  watcher->subscribe(Watcher::list({kIndex}));
  watcher->notified();
  EXPECT_EQ(field(watcher->notified(), "Subscription-State"), "terminated;reason=timeout");
}

TEST_F(XdmsNotifier, AFetchIsAnsweredOnce) {
  begin();
  put(kIndex, kListType, kFriends);
  watcher->expires = "0";
  EXPECT_EQ(field(watcher->subscribe(Watcher::list({kHome})), "Expires"), "0");
  const std::string only = watcher->notified();
  EXPECT_THAT(documents(only), ElementsAre(kIndex + " is"));
  EXPECT_THAT(field(only, "Subscription-State"), HasSubstr("terminated"));
}

TEST_F(XdmsNotifier, AFailedNotifyEndsTheSubscription) {
  begin();
  watcher->subscribe(Watcher::list({kIndex}));
  watcher->answer(watcher->receive(), "481 Gone");
  put(kIndex, kListType, kFriends);
  EXPECT_EQ(watcher->receive(500), "");
  EXPECT_EQ(status(watcher->subscribe("")), 481);
}

TEST_F(XdmsNotifier, WhatCannotBeSubscribedIsRefused) {
  begin();
  const std::string good = Watcher::list({kIndex});
  const auto refused = [&](const std::string& text) {
    const std::string answer = watcher->subscribe(text);
    watcher.emplace(server->sip());
    return answer;
  };
  watcher->package = "presence";
  const std::string bad_event = refused(good);
  EXPECT_EQ(status(bad_event), 489);
  EXPECT_EQ(field(bad_event, "Allow-Events"), "xcap-diff");
  watcher->accept = "application/pidf+xml";
  EXPECT_EQ(status(refused(good)), 406);
  watcher->type = "application/xml";
  EXPECT_EQ(status(refused(good)), 415);
  EXPECT_EQ(status(refused("")), 400) << "the first one has a list [RFC5875 4.4]";
  EXPECT_EQ(status(refused("<half")), 400);
  EXPECT_EQ(status(refused("<other/>")), 400);
  std::vector<std::string> nodes;
  for (int i = 0; i < 1001; ++i) nodes.push_back("a/users/sip:a@b/i/~~/*/*%5B" + std::to_string(i) + "%5D");
  EXPECT_EQ(status(refused(Watcher::list(nodes))), 400) << "more than anybody needs";
  watcher->to_tag = "nobody";
  EXPECT_EQ(status(refused(good)), 481);
}

TEST_F(XdmsNotifier, TooBriefIs423WithTheLeast) {
  begin({.open = true, .min_expires = base::Seconds(60)});
  watcher->expires = "59";
  const std::string answer = watcher->subscribe(Watcher::list({kIndex}));
  EXPECT_EQ(status(answer), 423);
  EXPECT_EQ(field(answer, "Min-Expires"), "60");
}

TEST_F(XdmsNotifier, TooLongIsShortened) {
  begin();
  watcher->expires = "4000000";
  EXPECT_EQ(field(watcher->subscribe(Watcher::list({kIndex})), "Expires"), "86400");
}

TEST_F(XdmsNotifier, NobodyLearnsOfDocumentsThatHeMayNotRead) {
  begin({.super_users = {"sip:presence@example.com"}});
  put(kIndex, kListType, kFriends, {"-H", std::string("X-3GPP-Asserted-Identity: ") + kAlice});
  watcher->identity = kBob;
  EXPECT_EQ(status(watcher->subscribe(Watcher::list({kIndex}))), 403);
  EXPECT_EQ(status(watcher->subscribe(Watcher::list({kHome}))), 403);
  EXPECT_EQ(status(watcher->subscribe(Watcher::list({kFirstList}))), 403);
  EXPECT_EQ(status(watcher->subscribe(Watcher::list({"resource-lists/users/"}))), 200) << "his own are in it";
  EXPECT_THAT(body(watcher->notified()), Not(HasSubstr("alice")));
  Watcher presence(server->sip());
  presence.identity = "sip:presence@example.com";
  presence.subscribe(Watcher::list({"resource-lists/users/"}));
  EXPECT_THAT(documents(presence.notified()), ElementsAre(kIndex + " is"));
  put(kIndex, kListType, kOther, {"-H", std::string("X-3GPP-Asserted-Identity: ") + kAlice});
  EXPECT_THAT(documents(presence.notified()), ElementsAre(kIndex + " was is"));
  EXPECT_EQ(watcher->notified(300), "");
}

TEST_F(XdmsNotifier, ManyDocumentsComeInSeveralNotifies) {
  constexpr int kMany = 600;
  for (int i = 0; i < kMany; ++i) {  // as files: much faster than so many PUTs
    const std::string home = folder.path("many/resource-lists/users/sip:user" + std::to_string(i) + "@example.com");
    std::filesystem::create_directories(home);
    std::ofstream(home + "/index.xml") << kOther;
  }
  begin({.folder = folder.path("many"), .open = true});
  watcher->subscribe(Watcher::list({"resource-lists/users/"}));
  std::size_t told = 0;
  for (int i = 0; i < 10 && told < kMany; ++i) {
    const std::string notify = watcher->notified();
    EXPECT_LT(notify.size(), 60'000U);
    told += documents(notify).size();
  }
  EXPECT_EQ(told, static_cast<std::size_t>(kMany));
}

TEST_F(XdmsNotifier, FaultsAreAsAskedFor) {
  begin({.open = true, .no_xcap_diff = true});
  EXPECT_EQ(status(watcher->subscribe(Watcher::list({kIndex}))), 489);
  begin({.open = true, .without_diff_state = true});
  put(kIndex, kListType, kFriends);
  watcher->subscribe(Watcher::list({kIndex}));
  EXPECT_EQ(body(watcher->notified()), "");
  put(kIndex, kListType, kOther);
  EXPECT_THAT(documents(watcher->notified()), ElementsAre(kIndex + " was is"));
}

}  // namespace
}  // namespace presentia::test
