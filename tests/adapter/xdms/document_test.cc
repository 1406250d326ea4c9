// RFC 4825, sections 7 and 8, rule by rule: documents.
#include "tests/adapter/xdms/fixture.h"

namespace presentia::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kFriends =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\n"
    " <list name=\"friends\">\n"
    "  <entry uri=\"sip:bob@example.com\"/>\n"
    " </list>\n"
    "</resource-lists>\n";
constexpr const char* kEmpty =
    "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list name=\"none\"/></resource-lists>";
const std::string kIndex = "resource-lists/users/sip:alice@example.com/index";

class XdmsDocument : public Xdms {};

TEST_F(XdmsDocument, APutCreatesThenReplacesAndAGetGivesItBack) {
  start();
  EXPECT_EQ(get(kIndex).status, 404);
  const HttpReply created = put(kIndex, kListType, kEmpty);
  EXPECT_EQ(created.status, 201) << "[RFC4825 8.2.3]";
  EXPECT_THAT(created.etag(), testing::MatchesRegex("\"[^\"]+\"")) << "quoted [RFC9110 8.8.3]";
  const HttpReply replaced = put(kIndex, kListType, kFriends);
  EXPECT_EQ(replaced.status, 200) << "[RFC4825 8.2.4]";
  EXPECT_TRUE(replaced.body.empty()) << "[RFC4825 8.2.7]";
  EXPECT_NE(replaced.etag(), created.etag());
  const HttpReply got = get(kIndex);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, kFriends);
  EXPECT_EQ(got.header("content-type"), kListType) << "[RFC4825 8.3]";
  EXPECT_EQ(got.etag(), replaced.etag());
}

TEST_F(XdmsDocument, AHeadIsAGetWithoutItsBody) {
  start();
  put(kIndex, kListType, kFriends);
  const HttpReply head = curl("HEAD", kIndex);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.body.empty());
  EXPECT_EQ(head.etag(), get(kIndex).etag());
  EXPECT_EQ(head.header("content-length"), std::to_string(std::string(kFriends).size()));
}

TEST_F(XdmsDocument, ADeleteRemovesOnce) {
  start();
  put(kIndex, kListType, kFriends);
  EXPECT_EQ(remove(kIndex).status, 200);
  EXPECT_EQ(get(kIndex).status, 404);
  EXPECT_EQ(remove(kIndex).status, 404) << "[RFC4825 8.4]";
}

TEST_F(XdmsDocument, ConditionsDecideAboutReading) {
  start();
  const std::string tag = put(kIndex, kListType, kFriends).etag();
  const HttpReply same = get(kIndex, {"-H", "If-None-Match: " + tag});
  EXPECT_EQ(same.status, 304);
  EXPECT_TRUE(same.body.empty());
  EXPECT_EQ(same.etag(), tag) << "[RFC9110 15.4.5]";
  EXPECT_EQ(get(kIndex, {"-H", "If-None-Match: \"other\", " + tag}).status, 304);
  EXPECT_EQ(get(kIndex, {"-H", "If-None-Match: *"}).status, 304);
  EXPECT_EQ(get(kIndex, {"-H", "If-None-Match: \"other\""}).status, 200);
  EXPECT_EQ(get(kIndex, {"-H", "If-Match: \"other\""}).status, 412);
  EXPECT_EQ(get(kIndex, {"-H", "If-Match: " + tag}).status, 200);
  EXPECT_EQ(get(kIndex + "2", {"-H", "If-None-Match: *"}).status, 404);
}

TEST_F(XdmsDocument, ConditionsDecideAboutWritingAlsoWhereThereIsNothingYet) {
  start();
  EXPECT_EQ(put(kIndex, kListType, kFriends, {"-H", "If-Match: *"}).status, 412);
  EXPECT_EQ(put(kIndex, kListType, kFriends, {"-H", "If-Match: \"a\""}).status, 412);
  const std::string tag = put(kIndex, kListType, kFriends, {"-H", "If-None-Match: *"}).etag();
  EXPECT_EQ(put(kIndex, kListType, kEmpty, {"-H", "If-None-Match: *"}).status, 412);
  EXPECT_EQ(put(kIndex, kListType, kEmpty, {"-H", "If-None-Match: " + tag}).status, 412);
  EXPECT_EQ(put(kIndex, kListType, kEmpty, {"-H", "If-Match: \"a\""}).status, 412);
  EXPECT_EQ(get(kIndex).body, kFriends) << "nothing of these was done";
  const HttpReply replaced = put(kIndex, kListType, kEmpty, {"-H", "If-Match: \"a\", " + tag});
  EXPECT_EQ(replaced.status, 200);
  EXPECT_EQ(remove(kIndex, {"-H", "If-Match: " + tag}).status, 412);
  EXPECT_EQ(remove(kIndex, {"-H", "If-None-Match: *"}).status, 412);
  EXPECT_EQ(remove(kIndex, {"-H", "If-Match: " + replaced.etag()}).status, 200);
}

TEST_F(XdmsDocument, OtherMethodsAre405WithThoseThatThereAre) {
  start();
  for (const char* method : {"POST", "OPTIONS", "PATCH", "FROBNICATE"}) {
    const HttpReply reply = curl(method, kIndex);
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(reply.header("allow"), "GET, HEAD, PUT, DELETE");
  }
}

TEST_F(XdmsDocument, ContentIsCheckedBeforeItIsKept) {
  start();
  EXPECT_EQ(put(kIndex, "application/xml", kFriends).status, 415);
  EXPECT_EQ(put(kIndex, "", kFriends).status, 415);
  EXPECT_EQ(put(kIndex, "Application/Resource-Lists+XML; charset=\"UTF-8\"", kFriends).status, 201);
  EXPECT_EQ(conflict(put(kIndex, kListType, "<resource-lists")), "not-well-formed");
  EXPECT_EQ(conflict(put(kIndex, kListType, "")), "not-well-formed");
  EXPECT_EQ(conflict(put(kIndex, kListType, "<!DOCTYPE a [<!ENTITY b SYSTEM \"/etc/passwd\">]><a>&b;</a>")),
            "not-well-formed");
  EXPECT_EQ(conflict(put(kIndex, kListType, "<?xml version=\"1.0\"?><a>\xE9</a>")), "not-utf-8");
  EXPECT_EQ(conflict(put(kIndex, kListType,
                         "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry/></list>"
                         "</resource-lists>")),
            "schema-validation-error")
      << "an entry has a uri";
  EXPECT_EQ(conflict(put(kIndex, kListType, "<list xmlns=\"urn:ietf:params:xml:ns:resource-lists\"/>")),
            "schema-validation-error");
  EXPECT_EQ(conflict(put(kIndex, kListType, "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:a@b\"/>")),
            "schema-validation-error")
      << "valid, but of another application usage";
  EXPECT_EQ(get(kIndex).body, kFriends);
}

TEST_F(XdmsDocument, WhatIsNoDocumentOfAUserIs404) {
  start();
  for (const char* path :
       {"", "no-such-usage/users/sip:alice@example.com/index", "resource-lists", "resource-lists/users/",
        "resource-lists/users/sip:alice@example.com/", "resource-lists/users/alice/index",
        "resource-lists/others/sip:alice@example.com/index", "resource-lists/users/../../../etc/passwd",
        "resource-lists/users/sip:alice@example.com/../../index", "resource-lists/users/%2E%2E/index",
        "resource-lists/users/sip:alice@example.com/%2E%2E"}) {
    EXPECT_EQ(get(path).status, 404) << path;
    EXPECT_EQ(put(path, kListType, kFriends).status, 404) << path;
  }
  EXPECT_EQ(conflict(put("resource-lists/users/sip:alice@example.com/folder/index", kListType, kFriends)), "no-parent");
}

TEST_F(XdmsDocument, HostileNamesStayInTheirFolder) {
  start({.folder = folder.path("documents"), .open = true});
  const std::string user = "resource-lists/users/sip:..%2F..%2F..%2Fevil@example.com/";
  EXPECT_EQ(put(user + "..%2F..%2Findex", kListType, kFriends).status, 201);
  EXPECT_EQ(get(user + "..%2F..%2Findex").body, kFriends);
  EXPECT_EQ(put("resource-lists/users/sip:a@example.com/.hidden", kListType, kFriends).status, 201);
  EXPECT_NE(put("resource-lists/users/sip:a@example.com/a%00b", kListType, kFriends).status, 201);
  std::size_t files = 0;
  for (const auto& at : std::filesystem::recursive_directory_iterator(folder.path("documents"))) {
    EXPECT_FALSE(at.path().filename().string().starts_with('.')) << at.path();
    if (at.is_regular_file()) ++files;
  }
  EXPECT_EQ(files, 2U);
  EXPECT_FALSE(std::filesystem::exists(folder.path("evil@example.com")));
}

TEST_F(XdmsDocument, NamesTooLongForAFileAre414AndLongUrisToo) {
  start({.folder = folder.path("documents"), .open = true});
  EXPECT_EQ(put(kIndex + std::string(300, 'a'), kListType, kFriends).status, 414);
  EXPECT_EQ(get(kIndex + "/~~/" + std::string(9000, 'a')).status, 414);
}

TEST_F(XdmsDocument, DocumentsAndTagsSurviveARestart) {
  const xdms::Options options{.folder = folder.path("documents"), .open = true};
  start(options);
  const std::string tag = put(kIndex, kListType, kFriends).etag();
  put(kIndex + "2", kListType, kEmpty);
  remove(kIndex + "2");
  start(options);
  const HttpReply got = get(kIndex);
  EXPECT_EQ(got.body, kFriends);
  EXPECT_EQ(got.etag(), tag);
  EXPECT_EQ(get(kIndex + "2").status, 404);
  EXPECT_NE(put(kIndex, kListType, kEmpty).etag(), tag);
}

TEST_F(XdmsDocument, AFileThatIsNoDocumentKeepsTheServerFromStarting) {
  start({.folder = folder.path("documents"), .open = true});
  put(kIndex, kListType, kFriends);
  server.reset();
  std::ofstream(folder.path("documents/resource-lists/users/sip:alice@example.com/index.xml")) << "<half";
  xdms::Server broken({.folder = folder.path("documents"), .schemas = PS_BINARY_DIR "/presentia-xdms-schemas"});
  const auto started = broken.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().text, HasSubstr("sip:alice@example.com/index"));
}

TEST_F(XdmsDocument, BodiesAreBounded) {
  start({.open = true, .max_document_bytes = 2000});
  EXPECT_EQ(put(kIndex, kListType, std::string(2001, ' ')).status, 413);
  EXPECT_EQ(put(kIndex, kListType, std::string(2001, ' '), {"-H", "Transfer-Encoding: chunked"}).status, 413);
  EXPECT_EQ(put(kIndex, kListType, kFriends, {"-H", "Transfer-Encoding: chunked"}).status, 201);
  EXPECT_EQ(put(kIndex, kListType, kFriends, {"-H", "Content-Encoding: gzip"}).status, 415);
}

TEST_F(XdmsDocument, RawNonsenseIsAnsweredOrEnded) {
  start();
  const std::string head = "PUT /xcap/" + kIndex + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x\r\n";
  EXPECT_THAT(raw(head + "\r\n"), HasSubstr(" 411 ")) << "a PUT says how long it is";
  EXPECT_THAT(raw("GET /xcap/../xcap HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), HasSubstr(" 404 "));
  EXPECT_THAT(raw("\x16\x03\x01\r\n\r\n\r\n"), Not(HasSubstr(" 200 ")));
  EXPECT_THAT(
      raw("GET /xcap/xcap-caps/global/index HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"),
      Not(HasSubstr(" 200 ")));
  EXPECT_THAT(raw("GET http://x/xcap/xcap-caps/global/index HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              HasSubstr(" 200 "))
      << "absolute form [RFC9112 3.2.2]";
}

TEST_F(XdmsDocument, FaultsAreAsAskedFor) {
  start({.open = true, .unquoted_etags = true});
  EXPECT_THAT(put(kIndex, kListType, kFriends).etag(), Not(HasSubstr("\"")));
  start({.open = true, .slow = base::Millis(300), .fail = 503});
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(get(kIndex).status, 503);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(300));
}

}  // namespace
}  // namespace presentia::test
