// The commands of presentiactl: each asks the server, prints to stdout, explains failures on stderr.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/presentiactl/client.h"

namespace presentia::ctl {

// Exit status of the program.
inline constexpr int kDone = 0, kRefused = 1, kUsage = 2, kUnreachable = 3;

struct Options {
  Connection connection;
  bool json = false;
  bool dry_run = false;
  bool persist = false;
  bool current = false;
  std::int64_t expected_version = -1;  // negative: not given
  std::uint32_t limit = 20;
  std::string mode;   // of a drain; empty: drain.mode
  bool wait = false;  // for the end of a drain
  std::string shell;
  std::string line;
  std::vector<std::string> words;  // names, patterns or assignments

  // Of the commands about presentities.
  std::string presentity;
  std::uint64_t id = 0;  // of a subscription
  std::string etag;
  std::string watcher;
  std::string package;
  std::string domain;
  bool publications = false;
  bool subscriptions = false;
  std::uint32_t most = 100;  // entries
  std::string reason = "deactivated";
  std::int64_t retry_after = -1;  // s; negative: not given
  std::string at;                 // RFC 3339; empty: now
  std::string rules;              // file with rules to try; empty: none
  std::string path;               // of documents: how it begins
  std::string state;              // of documents; empty: all
  std::string pcap;               // file
  bool bodies = false;
  std::uint32_t seconds = 0;   // 0: as long as the server lets it
  std::uint32_t messages = 0;  // 0: as many

  // Of the commands about the HSS; `presentity` is the user, `domain` cs or ps.
  std::vector<std::string> references;
  std::string service;                // Service-Indication; empty: sh.service_indication
  std::string server_name;            // URI of an application server
  std::vector<std::string> tags;      // of DSAI
  std::string file;                   // empty or -: standard input
  std::int64_t expected_number = -1;  // of repository data; negative: not given
};

// Says on stderr why a call failed; gives the exit status.
int report(const CallFailure& failure, bool as_json);

// Each gives the exit status.
int list(Client& client, const Options& options);
int describe(Client& client, const Options& options);
int get(Client& client, const Options& options);
int set(Client& client, const Options& options);
int reset(Client& client, const Options& options);
int watch(Client& client, const Options& options);  // until the server ends it
int history(Client& client, const Options& options);
int metrics(Client& client, const Options& options);
int status(Client& client, const Options& options);
int drain(Client& client, const Options& options);  // with `wait`: until the server has ended
int backup(Client& client, const Options& options);
int complete(Client& client, const Options& options);  // words for the shell

}  // namespace presentia::ctl
