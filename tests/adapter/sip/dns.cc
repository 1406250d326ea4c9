#include "tests/adapter/sip/dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace presentia::test {
namespace {

std::string number16(std::uint16_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}; }

std::string labels(const std::string& name) {
  std::string wire;
  std::size_t start = 0;
  while (start < name.size()) {
    const std::size_t dot = std::min(name.find('.', start), name.size());
    wire += static_cast<char>(dot - start);
    wire += name.substr(start, dot - start);
    start = dot + 1;
  }
  return wire + '\0';
}

std::string text(const std::string& value) { return static_cast<char>(value.size()) + value; }

}  // namespace

FakeDns::FakeDns() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(fd_, reinterpret_cast<sockaddr*>(&own), sizeof own);
  socklen_t size = sizeof own;
  getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size);
  conf_ = (std::filesystem::temp_directory_path() /
           ("presentia-dns-" + std::to_string(getpid()) + '-' + std::to_string(ntohs(own.sin_port))))
              .string();
  std::ofstream(conf_) << "nameserver 127.0.0.1\nport " << ntohs(own.sin_port) << '\n';
  thread_ = std::thread([this] { serve(); });
}

FakeDns::~FakeDns() {
  stop_ = true;
  thread_.join();
  close(fd_);
  std::filesystem::remove(conf_);
}

void FakeDns::add(Record record) {
  const std::lock_guard lock(mutex_);
  records_.push_back(std::move(record));
}

void FakeDns::a(const std::string& name, const std::string& address) {
  in_addr binary{};
  inet_pton(AF_INET, address.c_str(), &binary);
  add({name, 1, std::string(reinterpret_cast<const char*>(&binary), 4)});
}

void FakeDns::srv(const std::string& name, std::uint16_t priority, std::uint16_t port, const std::string& target) {
  add({name, 33, number16(priority) + number16(1) + number16(port) + labels(target)});
}

void FakeDns::naptr(const std::string& name, std::uint16_t order, const std::string& service,
                    const std::string& replacement) {
  add({name, 35, number16(order) + number16(10) + text("s") + text(service) + text("") + labels(replacement)});
}

void FakeDns::serve() {
  while (!stop_) {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, 50) != 1) continue;
    std::array<char, 1500> bytes{};
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const ssize_t got = recvfrom(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
    if (got < 12) continue;
    const std::string reply = answer({bytes.data(), static_cast<std::size_t>(got)});
    sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
  }
}

std::string FakeDns::answer(const std::string& query) const {
  std::string name;
  std::size_t at = 12;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(query[at]));
    if (!name.empty()) name += '.';
    name += query.substr(at + 1, length);
    at += length + 1;
  }
  const auto type = static_cast<std::uint16_t>(static_cast<unsigned char>(query.at(at + 2)));
  const std::string question = query.substr(12, at + 5 - 12);
  std::string answers;
  std::uint16_t count = 0;
  const std::lock_guard lock(mutex_);
  for (const Record& record : records_) {
    if (record.name != name || record.type != type) continue;
    answers += number16(0xc00c) + number16(type) + number16(1) + number16(0) + number16(60) +
               number16(static_cast<std::uint16_t>(record.data.size())) + record.data;
    ++count;
  }
  const std::uint16_t flags = count == 0 ? 0x8183 : 0x8180;  // no such name
  return query.substr(0, 2) + number16(flags) + number16(1) + number16(count) + number16(0) + number16(0) + question +
         answers;
}

}  // namespace presentia::test
