// One measurement: what has to stand on the server before, the load, and the figures.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/presentia-bench/tally.h"
#include "tools/presentia-bench/wire.h"

namespace presentia::bench {

struct Options {
  Transport transport = Transport::kUdp;
  std::string server;          // ADDRESS:PORT
  pid_t server_pid = 0;        // 0: no CPU and memory figures
  std::string memory_command;  // see ServerProcess
  std::string operation;       // one of operation_names()
  std::string domain = "bench.test";
  std::string run;  // is in all names and Call-IDs; empty: a fresh one
  std::uint64_t count = 10000;
  std::uint64_t warm_up = 1000;
  std::uint32_t presentities = 1000;  // that exist before, where the operation needs any
  std::uint32_t watchers = 1;         // of each presentity, where the operation needs any
  std::uint32_t in_flight = 32;
  double rate = 0;
  bool open_loop = false;
  std::uint32_t deaf_every = 0;  // every so many-th watcher answers no NOTIFY while it is measured; 0: all answer
  std::chrono::milliseconds lasts{120'000};
  std::chrono::milliseconds settle{36'000};  // growth: until the server has forgotten its transactions
  std::chrono::milliseconds sample_every{0};
};

struct Sample {
  double at_s = 0;
  std::uint64_t memory = 0;
  std::chrono::microseconds cpu{0};
};

struct Report {
  Tally tally;                                   // of the measured operations
  std::uint64_t errors = 0;                      // failures and anything unexpected, before and after as well
  std::map<std::string, std::uint64_t> trouble;  // the same by reason
  std::chrono::microseconds server_cpu{0};
  std::chrono::microseconds own_cpu{0};
  std::uint64_t memory = 0;                // of the server at the end of the measured part
  std::optional<double> bytes_each;        // growth: memory for one more publication or subscription
  std::optional<double> bytes_each_fresh;  // the same with its transaction, before that is forgotten
  std::vector<Sample> samples;
};

const std::vector<std::string>& operation_names();

// Throws WireError, also if the server does not take what has to stand before; std::invalid_argument if the operation
// is unknown.
Report measure(const Options& options);

}  // namespace presentia::bench
