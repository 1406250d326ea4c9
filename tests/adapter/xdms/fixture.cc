#include "tests/adapter/xdms/fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "as/xml/reader.h"

namespace presentia::test {
namespace {

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), n);
  ::pclose(pipe);
  return output;
}

HttpReply parse(std::string text) {
  HttpReply reply;
  while (text.starts_with("HTTP/1.1 100")) text.erase(0, text.find("\r\n\r\n") + 4);
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return reply;
  std::istringstream head(text.substr(0, end));
  std::string line, version;
  std::getline(head, line);
  std::istringstream(line) >> version >> reply.status;
  while (std::getline(head, line)) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    reply.headers[name] = line.substr(colon + 2, line.find('\r') - colon - 2);
  }
  reply.body = text.substr(end + 4);
  return reply;
}

}  // namespace

std::string HttpReply::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

void Xdms::start(xdms::Options options) {
  ASSERT_TRUE(xml::initialize());
  options.schemas = PS_BINARY_DIR "/presentia-xdms-schemas";
  server.reset();
  server = std::make_unique<xdms::Server>(std::move(options));
  const auto started = server->start();
  ASSERT_TRUE(started) << started.error().text;
}

std::string Xdms::port() const {
  const std::string& root = server->root_uri();
  const std::size_t colon = root.rfind(':');
  return root.substr(colon + 1, root.rfind('/') - colon - 1);
}

HttpReply Xdms::curl(const std::string& method, const std::string& path, const std::vector<std::string>& more) const {
  std::string command = "curl -s -i --http1.1 --path-as-is --globoff --max-time 30";
  command += method == "HEAD" ? " -I" : " -X " + method;
  for (const std::string& one : more) command += " " + shell_quoted(one);
  return parse(output_of(command + " " + shell_quoted(server->root_uri() + "/" + path)));
}

HttpReply Xdms::get(const std::string& path, const std::vector<std::string>& more) const {
  return curl("GET", path, more);
}

HttpReply Xdms::put(const std::string& path, const std::string& type, const std::string& body,
                    const std::vector<std::string>& more) const {
  const std::string file = folder.path("body");
  std::ofstream(file, std::ios::binary) << body;
  std::vector<std::string> options{"-H", "Content-Type: " + type, "--data-binary", "@" + file};
  options.insert(options.end(), more.begin(), more.end());
  return curl("PUT", path, options);
}

HttpReply Xdms::remove(const std::string& path, const std::vector<std::string>& more) const {
  return curl("DELETE", path, more);
}

std::string Xdms::raw(const std::string& bytes) const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port())));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  timeval wait{20, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  std::string received;
  EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
    received.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(fd);
  return received;
}

std::string Xdms::conflict(const HttpReply& reply) {
  if (reply.status != 409) return "status " + std::to_string(reply.status);
  EXPECT_EQ(reply.header("content-type"), "application/xcap-error+xml");
  EXPECT_TRUE(is_valid(reply.body, data("xcap-error.xsd"))) << reply.body;
  for (const char* name :
       {"not-well-formed", "not-xml-frag", "no-parent", "schema-validation-error", "not-xml-att-value", "cannot-insert",
        "cannot-delete", "uniqueness-failure", "constraint-failure", "not-utf-8"})
    if (!xpath(reply.body, "/*/*[local-name()='" + std::string(name) + "']").empty()) return name;
  return reply.body;
}

std::string data(const std::string& name) { return std::string(PS_TEST_DATA) + "/xdms/" + name; }

}  // namespace presentia::test
