// A DNS server on loopback that knows what the test tells it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace presentia::test {

class FakeDns {
 public:
  FakeDns();
  ~FakeDns();
  void a(const std::string& name, const std::string& address);
  void srv(const std::string& name, std::uint16_t priority, std::uint16_t port, const std::string& target);
  void naptr(const std::string& name, std::uint16_t order, const std::string& service, const std::string& replacement);
  // Path of a resolver configuration that points here.
  const std::string& resolv_conf() const { return conf_; }

 private:
  struct Record {
    std::string name;
    std::uint16_t type;
    std::string data;
  };
  void add(Record record);
  void serve();
  std::string answer(const std::string& query) const;

  int fd_ = -1;
  std::string conf_;
  mutable std::mutex mutex_;
  std::vector<Record> records_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace presentia::test
