// A presentia-xdms in this process, and what talks to it without sharing code with it: curl for HTTP, a raw socket for
// what curl would not send.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/libxml2.h"
#include "tools/presentia-xdms/server.h"

namespace presentia::test {

inline constexpr const char* kAlice = "sip:alice@example.com";
inline constexpr const char* kBob = "sip:bob@example.com";
inline constexpr const char* kListType = "application/resource-lists+xml";
inline constexpr const char* kPolicyType = "application/auth-policy+xml";
inline constexpr const char* kElementType = "application/xcap-el+xml";
inline constexpr const char* kAttributeType = "application/xcap-att+xml";

struct HttpReply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const;
  std::string etag() const { return header("etag"); }
};

class Xdms : public testing::Test {
 protected:
  void TearDown() override { server.reset(); }
  // With these options, `open` unless told otherwise.
  void start(xdms::Options options = {.open = true});
  std::string port() const;

  // "METHOD /xcap/PATH"; `more`: options for curl, as {"-H", "If-Match: \"a\""}.
  HttpReply curl(const std::string& method, const std::string& path, const std::vector<std::string>& more = {}) const;
  HttpReply get(const std::string& path, const std::vector<std::string>& more = {}) const;
  HttpReply put(const std::string& path, const std::string& type, const std::string& body,
                const std::vector<std::string>& more = {}) const;
  HttpReply remove(const std::string& path, const std::vector<std::string>& more = {}) const;
  // All bytes that come back until the server closes.
  std::string raw(const std::string& bytes) const;
  // The name of the element in the report of a 409; checks that the report is valid by RFC 4825's schema.
  static std::string conflict(const HttpReply& reply);

  const TemporaryFolder folder;
  std::unique_ptr<xdms::Server> server;
};

std::string data(const std::string& name);  // a file of tests/data/xdms

}  // namespace presentia::test
