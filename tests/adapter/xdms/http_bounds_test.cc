// Clients that are slow, endless or many.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "tests/adapter/xdms/fixture.h"

namespace presentia::test {
namespace {

using Clock = std::chrono::steady_clock;

class Connection {
 public:
  explicit Connection(const std::string& address) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    timeval wait{0, 100'000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool send(const std::string& bytes) const { return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0; }
  // What came within a tenth of a second; false if the server closed.
  bool receive(std::string& received) const {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size > 0) received.append(buffer.data(), static_cast<std::size_t>(size));
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
  }
  // Sends `piece` again and again; the bytes sent until the server closed, 0 if it did not within `most`.
  std::size_t trickle(const std::string& piece, Clock::duration most) const {
    std::size_t sent = 0;
    std::string received;
    for (const auto until = Clock::now() + most; Clock::now() < until;) {
      if (!send(piece) || !receive(received)) return sent + 1;
      sent += piece.size();
    }
    return 0;
  }

 private:
  int fd_;
};

class XdmsHttpBounds : public testing::Test {
 protected:
  void serve(const xdms::HttpLimits& limits) {
    server = std::make_unique<xdms::HttpServer>(
        [](const xdms::XcapRequest& request) {
          return xdms::XcapResponse{200, {}, "text/plain", request.body};
        },
        limits, clock);
    const auto bound = server->bind("127.0.0.1:0");
    ASSERT_TRUE(bound) << bound.error().text;
    address = *bound;
    server->start();
  }

  base::SteadyClock clock;
  std::unique_ptr<xdms::HttpServer> server;
  std::string address;
};

TEST_F(XdmsHttpBounds, ARequestThatNeverEndsIsEnded) {
  serve({.request = base::Seconds(1), .silence = base::Seconds(20)});
  EXPECT_NE(Connection(address).trickle("X", std::chrono::seconds(15)), 0U) << "in the head";
  Connection body(address);
  body.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_NE(body.trickle("X", std::chrono::seconds(15)), 0U) << "in the body";
}

TEST_F(XdmsHttpBounds, AHeadWithoutEndIsEnded) {
  serve({.request_bytes = 50'000});
  const std::string field = "X-Field: " + std::string(1000, 'a') + "\r\n";
  Connection connection(address);
  connection.send("GET / HTTP/1.1\r\n");
  const std::size_t sent = connection.trickle(field, std::chrono::seconds(30));
  EXPECT_GT(sent, 0U);
  EXPECT_LT(sent, 150'000U);
}

TEST_F(XdmsHttpBounds, EachRequestOfAConnectionHasItsOwnTime) {
  serve({.request = base::Seconds(2)});
  Connection connection(address);
  std::string received;
  std::size_t answers = 0;
  const auto until = Clock::now() + std::chrono::seconds(5);
  while (Clock::now() < until && answers < 30) {
    ASSERT_TRUE(connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    const std::size_t before = received.size();
    while (received.size() == before) ASSERT_TRUE(connection.receive(received)) << "after " << answers;
    ++answers;
    std::string more;
    ASSERT_TRUE(connection.receive(more));  // a tenth of a second passes
    received += more;
  }
  EXPECT_GT(answers, 5U);
}

}  // namespace
}  // namespace presentia::test
