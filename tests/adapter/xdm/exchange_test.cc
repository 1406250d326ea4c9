// One request to one server, which behaves or does not.
#include <utility>

#include "tests/adapter/xdm/fixture.h"
#include "tests/support/spec.h"

namespace presentia::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using xdm::HttpRequest;
using xdm::HttpSettings;

class Exchange : public HttpFixture {
 protected:
  // What the client says about a server that sends these bytes after the request, and then closes.
  std::string on(const std::string& bytes) {
    return with([bytes](Peer& peer) {
      peer.request();
      peer.send(bytes);
    });
  }
  std::string with(TestServer::Serve serve) {
    const TestServer server(std::move(serve));
    use({server.root()});
    clock_ms += 1'000'000;
    return said(get());
  }
};

TEST_F(Exchange, ADocumentComesWithItsTagAndType) {
  PS_SPEC("XCP-01 XCP-03");
  std::string seen;
  const TestServer server(answering([&](const std::string& request) {
    seen = request;
    return response("200 OK", "<ruleset/>", "ETag: \"a1\"\r\nContent-Type: application/auth-policy+xml\r\n");
  }));
  use({server.root("/xcap%20root/")});
  const auto result = get("/pres-rules/users/sip:alice@example.com/index/~~/a%5b1%5d?xmlns(a=urn:a)");
  ASSERT_EQ(said(result), "200 <ruleset/>");
  EXPECT_EQ(result->etag, "\"a1\"");
  EXPECT_EQ(result->content_type, "application/auth-policy+xml");
  EXPECT_EQ(result->root, server.root("/xcap%20root/"));
  EXPECT_THAT(seen, StartsWith("GET /xcap%20root/pres-rules/users/sip:alice@example.com/index/~~/a%5b1%5d?"
                               "xmlns(a=urn:a) HTTP/1.1\r\n"));
  EXPECT_THAT(seen, AllOf(HasSubstr("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"),
                          Not(HasSubstr("Identity")), Not(HasSubstr("Content-"))));
}

TEST_F(Exchange, APutCarriesItsBodyTypeAndCondition) {
  std::string seen;
  const TestServer server(answering([&](const std::string& request) {
    seen = request;
    return response("201 Created", "", "ETag: \"b\"\r\n");
  }));
  use({server.root()});
  EXPECT_EQ(ask(put_of("<a/>", "\"a1\""))->etag, "\"b\"");
  EXPECT_THAT(seen, AllOf(StartsWith("PUT /doc HTTP/1.1\r\n"), HasSubstr("\r\nIf-Match: \"a1\"\r\n"),
                          HasSubstr("\r\nContent-Type: application/auth-policy+xml\r\n"),
                          HasSubstr("\r\nContent-Length: 4\r\n"), testing::EndsWith("\r\n\r\n<a/>")));
  HttpRequest request = put_of("<a/>");
  request.if_none_match = "*";
  EXPECT_EQ(said(ask(request)), "201");
  EXPECT_THAT(seen, HasSubstr("\r\nIf-None-Match: *\r\n"));
}

TEST_F(Exchange, ADeleteHasNoBody) {
  std::string seen;
  const TestServer server(answering([&](const std::string& request) {
    seen = request;
    return response("200 OK");
  }));
  use({server.root()});
  HttpRequest request = get_of();
  request.method = xdm::Method::del;
  const auto result = ask(request);
  EXPECT_EQ(said(result), "200");
  EXPECT_FALSE(result->etag);
  EXPECT_THAT(seen, AllOf(StartsWith("DELETE /doc HTTP/1.1\r\n"), Not(HasSubstr("Content-"))));
}

TEST_F(Exchange, RefusalsAndNotModifiedAreAnswers) {
  PS_SPEC("XCP-03 XCP-04");
  EXPECT_EQ(on(response("404 Not Found")), "404");
  EXPECT_EQ(on(response("409 Conflict", "<xcap-error/>")), "409 <xcap-error/>");
  EXPECT_EQ(on(response("412 Precondition Failed")), "412");
  EXPECT_EQ(on(response("401 Unauthorized")), "401");
  EXPECT_EQ(on("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n"), "304");
  EXPECT_EQ(on("HTTP/1.1 204 No Content\r\n\r\n"), "204");
  EXPECT_EQ(on("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx"), "200 x");
}

TEST_F(Exchange, ABodyOfA304IsNotTakenForTheNextAnswer) {
  int requests = 0;
  const TestServer server(answering([&](const std::string&) {
    return ++requests == 1 ? response("304 Not Modified", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
                           : response("200 OK", "good");
  }));
  use({server.root()});
  EXPECT_EQ(said(get()), "304");
  EXPECT_EQ(said(get()), "200 good");
}

TEST_F(Exchange, InterimAnswersArePassedOver) {
  EXPECT_EQ(on("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response("200 OK", "a")),
            "200 a");
  std::string endless;
  for (int i = 0; i < 100; ++i) endless += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(on(endless), "malformed");
  EXPECT_EQ(on("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "malformed");
}

TEST_F(Exchange, BodiesInChunksAndToTheEndOfTheConnection) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(on(head + "3;a=b\r\nabc\r\n0A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"), "200 abc0123456789");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\n\r\nto the end"), "200 to the end");
  EXPECT_EQ(on("HTTP/1.0 200 OK\r\n\r\nold"), "200 old");
}

TEST_F(Exchange, AChunkedAnswerWithTrailersLeavesTheConnectionUsable) {
  const TestServer server(answering([](const std::string&) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n";
  }));
  use({server.root()});
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Exchange, ABodyThatIsCutIsNoAnswer) {
  PS_SPEC("XCP-05");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"), "connection_lost");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), "connection_lost");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"), "connection_lost");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nContent-Le"), "connection_lost");
  EXPECT_EQ(on(""), "connection_lost");
}

TEST_F(Exchange, WhatIsNotHttpIsMalformed) {
  PS_SPEC("XCP-05 XCP-10");
  EXPECT_EQ(on("SSH-2.0-OpenSSH_9.2\r\n"), "malformed");
  EXPECT_EQ(on("HTTP/1.1 abc OK\r\n\r\n"), "malformed");
  EXPECT_EQ(on("HTTP/1.1 999 Beyond\r\n\r\n"), "malformed");
  EXPECT_EQ(on("HTTP/2.0 200 OK\r\n\r\n"), "malformed");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), "malformed");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello"), "malformed");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), "malformed");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "malformed");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "malformed");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), "malformed");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"), "malformed");
  EXPECT_EQ(on(response("200 OK", "gzip", "Content-Encoding: gzip\r\n")), "malformed");
}

TEST_F(Exchange, AHugeHeadEndsTheTransfer) {
  PS_SPEC("XCP-10");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n"), "malformed");
  const auto flood = [](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\n");
    peer.flood("X-Field: 0123456789\r\n");
  };
  EXPECT_EQ(with(flood), "malformed");
}

TEST_F(Exchange, ABodyBeyondTheLimitEndsTheTransfer) {
  PS_SPEC("XCP-10");
  set([](HttpSettings& made) { made.max_body_bytes = 1000; });
  EXPECT_EQ(on(response("200 OK", std::string(1001, 'x'))), "body_too_large");
  EXPECT_EQ(on(response("200 OK", std::string(1000, 'x'))), "200 " + std::string(1000, 'x'));
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), "body_too_large");
  EXPECT_EQ(on("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n"), "body_too_large");
  const auto endless = [](const std::string& head, const std::string& piece) {
    return [=](Peer& peer) {
      peer.request();
      peer.send(head);
      peer.flood(piece);
    };
  };
  EXPECT_EQ(with(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nab\r\n")), "body_too_large");
  EXPECT_EQ(with(endless("HTTP/1.1 200 OK\r\n\r\n", "abcdefgh")), "body_too_large");
  EXPECT_EQ(with(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n")), "malformed");
}

TEST_F(Exchange, ASilentServerIsGivenUp) {
  PS_SPEC("XCP-05");
  set([](HttpSettings& made) { made.first_byte_timeout = 20ms; });
  EXPECT_EQ(with([](Peer& peer) { peer.wait_until_closed(); }), "first_byte_deadline");
}

TEST_F(Exchange, SlowHeadsAndBodiesEndWithTheWholeDeadline) {
  const auto slowly = [&](const std::string& start, const std::string& piece) {
    const TestServer server([=](Peer& peer) {
      peer.request();
      peer.send(start);
      peer.trickle(piece);
    });
    use({server.root()});
    clock_ms += 1'000'000;
    HttpRequest request = get_of();
    request.within = 100ms;
    return said(ask(request));
  };
  EXPECT_EQ(slowly("HTTP/1.1 200 OK\r\n", "X: y\r\n"), "whole_deadline");
  EXPECT_EQ(slowly("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "x"), "whole_deadline");
  EXPECT_EQ(slowly("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), "whole_deadline");
  EXPECT_EQ(slowly("HTTP/1.1 200 OK\r\n\r\n", "x"), "whole_deadline");
}

TEST_F(Exchange, AServerThatTakesNoMoreBytesIsGivenUp) {
  Event over;
  const TestServer server([&](Peer&) { over.wait(); });
  use({server.root()});
  set([](HttpSettings& made) { made.send_timeout = 50ms; });
  const auto result = ask(put_of(std::string(32 << 20, 'x')));
  EXPECT_EQ(said(result), "send_deadline");
  EXPECT_TRUE(result.error().maybe_sent);
  over.set();
}

TEST_F(Exchange, ARedirectIsNotFollowed) {
  const TestServer other(answering([](const std::string&) { return response("200 OK"); }));
  const TestServer server(answering(
      [&](const std::string&) { return response("302 Found", "", "Location: " + other.root("/elsewhere") + "\r\n"); }));
  use({server.root()});
  const auto result = get();
  EXPECT_EQ(said(result), "redirected");
  EXPECT_THAT(result.error().text, HasSubstr(other.root("/elsewhere")));
  EXPECT_EQ(other.connections(), 0);
}

TEST_F(Exchange, TheNextRequestUsesTheSameConnection) {
  const TestServer server(answering([](const std::string&) { return response("200 OK", "a"); }));
  use({server.root()});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Exchange, AConnectionThatTheServerWillCloseIsNotKept) {
  const TestServer server(
      answering([](const std::string&) { return response("200 OK", "a", "Connection: close\r\n"); }));
  use({server.root()});
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(server.connections(), 2);
  EXPECT_THAT(metrics.text(), HasSubstr("\npresentia_xcap_connections 0\n"));
}

TEST_F(Exchange, AKeptConnectionThatIsClosedUnderTheNextRequestIsNoError) {
  const TestServer server([](Peer& peer) {
    peer.request();
    peer.send(response("200 OK", "a"));
    peer.request();  // taken, and never answered
  });
  use({server.root()});
  EXPECT_EQ(said(get()), "200 a");
  EXPECT_EQ(said(get()), "200 a");
  const auto put = ask(put_of("<a/>", "\"tag\""));
  EXPECT_EQ(said(put), "200 a");
  EXPECT_TRUE(put->repeated);
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(Exchange, AnAnswerThatNobodyAskedForIsNotTaken) {
  Event answered, pushed;
  std::atomic<int> connection = 0;
  const TestServer server([&](Peer& peer) {
    const bool first = ++connection == 1;
    peer.request();
    peer.send(response("200 OK", first ? "a" : "b"));
    if (!first || !answered.wait()) return;
    peer.send(response("200 OK", "unasked"));
    pushed.set();
    peer.wait_until_closed();
  });
  use({server.root()});
  EXPECT_EQ(said(get()), "200 a");
  answered.set();
  ASSERT_TRUE(pushed.wait());
  EXPECT_EQ(said(get()), "200 b");
}

TEST_F(Exchange, AWriteWithoutIfMatchIsSentOnceOnAConnectionOfItsOwn) {
  std::atomic<int> puts = 0;
  const TestServer server([&](Peer& peer) {
    for (std::string request = peer.request(); !request.empty(); request = peer.request()) {
      if (request.starts_with("PUT") && ++puts > 0) return;
      peer.send(response("200 OK", "a"));
    }
  });
  use({server.root()});
  EXPECT_EQ(said(get()), "200 a");
  const auto result = ask(put_of("<a/>"));
  EXPECT_EQ(said(result), "connection_lost");
  EXPECT_TRUE(result.error().maybe_sent);
  EXPECT_EQ(puts, 1);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(Exchange, IdentitiesAreAssertedAsTheSettingsOfTheMomentSay) {
  PS_SPEC("XCP-08 XDM-01 TS24-21");
  std::string seen;
  const TestServer server(answering([&](const std::string& request) {
    seen = request;
    return response("200 OK");
  }));
  use({server.root()});
  HttpRequest request = get_of();
  request.identity = "sip:a\"b\\c@example.com";
  set([](HttpSettings& made) { made.identity = xdm::IdentityMode::asserted_3gpp; });
  EXPECT_EQ(said(ask(request)), "200");
  EXPECT_THAT(seen, HasSubstr("\r\nX-3GPP-Asserted-Identity: \"sip:a\\\"b\\\\c@example.com\"\r\n"));
  set([](HttpSettings& made) { made.identity = xdm::IdentityMode::asserted_xcap; });
  EXPECT_EQ(said(ask(request)), "200");
  EXPECT_THAT(seen, AllOf(HasSubstr("\r\nX-XCAP-Asserted-Identity: \"sip:a\\\"b\\\\c@example.com\"\r\n"),
                          Not(HasSubstr("3GPP"))));
  set([](HttpSettings& made) { made.identity = xdm::IdentityMode::none; });
  EXPECT_EQ(said(ask(request)), "200");
  EXPECT_THAT(seen, Not(HasSubstr("Identity")));
}

TEST_F(Exchange, NothingIsSentOfARequestThatCouldEndItsLine) {
  const TestServer server(answering([](const std::string&) { return response("200 OK"); }));
  use({server.root()});
  const auto refused = [&](auto change) {
    HttpRequest request = get_of();
    change(request);
    return said(ask(request)) == "invalid_request";
  };
  EXPECT_TRUE(refused([](HttpRequest& request) { request.path = "/a b"; }));
  EXPECT_TRUE(refused([](HttpRequest& request) { request.path = "a"; }));
  EXPECT_TRUE(refused([](HttpRequest& request) { request.path = ""; }));
  EXPECT_TRUE(refused([](HttpRequest& request) { request.path = "/a\r\nX: y"; }));
  EXPECT_TRUE(refused([](HttpRequest& request) { request.identity = "sip:a\r\nX: y"; }));
  EXPECT_TRUE(refused([](HttpRequest& request) { request.if_match = "\"a\"\n"; }));
  EXPECT_TRUE(refused([](HttpRequest& request) { request.content_type = "a\n"; }));
  EXPECT_TRUE(refused([](HttpRequest& request) { request.body = "of a GET"; }));
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(Exchange, RetryAfterIsReadAsSecondsOrDate) {
  const auto asked = [&](const std::string& value) {
    const TestServer server(
        answering([&](const std::string&) { return response("503 Busy", "", "Retry-After: " + value + "\r\n"); }));
    use({server.root()});
    return get()->retry_after;
  };
  EXPECT_EQ(asked("120"), 120s);
  EXPECT_EQ(asked("Fri, 31 Dec 1999 23:59:59 GMT"), 0s);
  EXPECT_EQ(asked("Wed, 31 Dec 2099 23:59:59 GMT"), 604'800s);
  EXPECT_FALSE(asked("soon"));
  EXPECT_FALSE(asked("-1"));
}

TEST(RootUri, WhatIsNoRootIsRefusedAndSecretsAreNotShown) {
  for (const char* text : {"", "ftp://a/", "http://", "http:///x", "http://a?b", "http://a#b", "http://a b", "a"}) {
    EXPECT_FALSE(xdm::check(HttpSettings{.roots = {text}})) << text;
  }
  const auto secret = xdm::check(HttpSettings{.roots = {"http://user:geheim@a/"}});
  ASSERT_FALSE(secret);
  EXPECT_THAT(secret.error().text, Not(HasSubstr("geheim")));
  EXPECT_TRUE(xdm::check(HttpSettings{.roots = {"http://xcap.example.com", "https://[::1]:8443/xcap/"}}));
}

}  // namespace
}  // namespace presentia::test
