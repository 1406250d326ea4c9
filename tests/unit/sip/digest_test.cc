// The arithmetic of digest authentication against published vectors, and the reader of credentials.
#include "as/sip/digest.h"

#include <gtest/gtest.h>

#include "as/sip/digest_credentials.h"
#include "tests/support/spec.h"

namespace presentia::sip {
namespace {

constexpr std::string_view kNonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";

DigestInput bob(std::string_view ha1, std::string_view qop) {
  DigestInput input;
  input.ha1 = ha1;
  input.method = "INVITE";
  input.uri = "sip:bob@biloxi.com";
  input.nonce = kNonce;
  input.qop = qop;
  input.nc = "00000001";
  input.cnonce = "0a4f113b";
  return input;
}

TEST(Digest, TheExampleOfRfc2617_3_5) {
  PS_SPEC("SIP-34");
  const std::string ha1 = digest_hash(DigestAlgorithm::md5, "Mufasa:testrealm@host.com:Circle Of Life");
  DigestInput input = bob(ha1, "auth");
  input.method = "GET";
  input.uri = "/dir/index.html";
  EXPECT_EQ(digest_response(input), "6629fae49393a05397450978507c4ef1");
}

TEST(Digest, TheExamplesOfRfc7616_3_9_1WhichAreThoseOfRfc8760) {
  for (const auto& [algorithm, response] :
       {std::pair{DigestAlgorithm::md5, "8ca523f5e9506fed4657c9700eebdbec"},
        std::pair{DigestAlgorithm::sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"}}) {
    const std::string ha1 = digest_hash(algorithm, "Mufasa:http-auth@example.org:Circle of Life");
    DigestInput input = bob(ha1, "auth");
    input.algorithm = algorithm;
    input.method = "GET";
    input.uri = "/dir/index.html";
    input.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    input.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    EXPECT_EQ(digest_response(input), response) << word(algorithm);
  }
}

// The same by Python's hashlib; the first two also stand in draft-smith-sip-auth-examples-00.
TEST(Digest, SipWithoutQopWithItAndWithTheBody) {
  const std::string ha1 = digest_hash(DigestAlgorithm::md5, "bob:biloxi.com:zanzibar");
  EXPECT_EQ(ha1, "12af60467a33e8518da5c68bbff12b11");
  EXPECT_EQ(digest_response(bob(ha1, "")), "bf57e4e0d0bffc0fbaedce64d59add5e");
  EXPECT_EQ(digest_response(bob(ha1, "auth")), "89eb0059246c02b2f6ee02c7961d5ea3");
  DigestInput whole = bob(ha1, "auth-int");
  EXPECT_EQ(digest_response(whole), "2d6fc6e788367208f746582b18a69618");  // the hash of an empty body
  whole.body = "v=0\r\n";
  EXPECT_EQ(digest_response(whole), "77226bb823dc077c1ad3537415667bae");
}

TEST(Digest, AlgorithmsAreKnownInAnyCaseAndOthersNot) {
  EXPECT_EQ(digest_algorithm("md5"), DigestAlgorithm::md5);
  EXPECT_EQ(digest_algorithm("sha-256"), DigestAlgorithm::sha256);
  EXPECT_FALSE(digest_algorithm("MD5-sess"));
  EXPECT_FALSE(digest_algorithm("SHA-512-256"));
  EXPECT_FALSE(digest_algorithm(""));
}

TEST(Credentials, TheExampleOfRfc3261_22_2) {
  const auto read = parse_digest(
      "Digest username=\"bob\",\r\n realm=\"biloxi.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
      "uri=\"sip:bob@biloxi.com\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
      "response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->username, "bob");
  EXPECT_EQ(read->realm, "biloxi.com");
  EXPECT_EQ(read->nonce, kNonce);
  EXPECT_EQ(read->uri, "sip:bob@biloxi.com");
  EXPECT_EQ(read->qop, "auth");
  EXPECT_EQ(read->nc, "00000001");
  EXPECT_EQ(read->count, 1U);
  EXPECT_EQ(read->cnonce, "0a4f113b");
  EXPECT_EQ(read->response, "6629fae49393a05397450978507c4ef1");
  EXPECT_EQ(read->algorithm, "");
}

constexpr std::string_view kFour = "Digest username=\"b\", realm=\"r\", nonce=\"n\", uri=\"sip:b@r\", ";

TEST(Credentials, WhatSloppyClientsSendIsUnderstood) {
  const std::string four(kFour);
  const auto quoted =
      parse_digest(four + "response=\"AB\", qop=\"AUTH\", nc=\"000000ff\", cnonce=c, algorithm=\"MD5\"");
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->qop, "auth");
  EXPECT_EQ(quoted->count, 255U);
  EXPECT_EQ(quoted->response, "ab");
  EXPECT_EQ(quoted->algorithm, "MD5");
  EXPECT_TRUE(parse_digest("digest  USERNAME = \"b\" ,realm=r,nonce=n,uri=\"sip:b@r,c\",response=ab,x-more=\"a,b\","));
  EXPECT_EQ(parse_digest("Digest username=\"a\\\"b, c\", realm=r, nonce=n, uri=u, response=ab")->username, "a\"b, c");
}

TEST(Credentials, WhatIsMissingTwiceOrMalformedIsNone) {
  const std::string four(kFour);
  EXPECT_TRUE(parse_digest(four + "response=ab"));
  EXPECT_FALSE(parse_digest(four));
  EXPECT_FALSE(parse_digest("Digest realm=r, nonce=n, uri=u, response=ab"));
  EXPECT_FALSE(parse_digest(four + "response=ab, response=cd"));
  EXPECT_FALSE(parse_digest(four + "response=\"\""));
  EXPECT_FALSE(parse_digest(four + "response=ab, qop=auth"));
  EXPECT_FALSE(parse_digest(four + "response=ab, qop=auth, nc=1, cnonce=c"));
  EXPECT_FALSE(parse_digest(four + "response=ab, qop=auth, nc=0000000g, cnonce=c"));
  EXPECT_FALSE(parse_digest(four + "response=ab, qop=auth, nc=00000001"));
  EXPECT_FALSE(parse_digest(four + "response=\"ab"));
  EXPECT_FALSE(parse_digest(four + "response=a b"));
  EXPECT_FALSE(parse_digest(four + "response"));
  EXPECT_FALSE(parse_digest(""));
  EXPECT_FALSE(parse_digest("Digest"));
}

// [RFC3261 22] Basic must not be accepted.
TEST(Credentials, OtherSchemesAreNone) {
  EXPECT_TRUE(is_other_scheme("Basic Ym9iOnphbnppYmFy"));
  EXPECT_TRUE(is_other_scheme("DigestX username=\"b\""));
  EXPECT_TRUE(is_other_scheme(""));
  EXPECT_FALSE(is_other_scheme(" digest\tusername=\"b\""));
  EXPECT_FALSE(parse_digest("Basic Ym9iOnphbnppYmFy"));
}

}  // namespace
}  // namespace presentia::sip
