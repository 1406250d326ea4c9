// Our own bugs, and the threads on which code may run. Never for what came from a peer.
#pragma once

#include <string_view>

namespace presentia::base {

// Counts and logs a bug; aborts in builds with PS_CHECKS. Any thread.
void report_bug(const char* file, int line, std::string_view text);
// Bugs reported by this process. Any thread.
unsigned long bugs_reported();

enum class ThreadRole { unknown, sip, shard };
// The calling thread declares its role, once, when it starts.
void this_thread_is(ThreadRole is);
[[nodiscard]] ThreadRole this_thread_role();

}  // namespace presentia::base

#define PS_BUG(condition, text)                                             \
  do {                                                                      \
    if (condition) ::presentia::base::report_bug(__FILE__, __LINE__, text); \
  } while (false)

// A thread without a role (a test's) may run anything.
#ifdef PS_CHECKS
#define PS_ON_ROLE(wanted, text)                                                            \
  PS_BUG(::presentia::base::this_thread_role() != ::presentia::base::ThreadRole::unknown && \
             ::presentia::base::this_thread_role() != (wanted),                             \
         text)
#else
#define PS_ON_ROLE(wanted, text) static_cast<void>(0)
#endif
#define PS_ON_SHARD() PS_ON_ROLE(::presentia::base::ThreadRole::shard, "not on a shard thread")
#define PS_ON_SIP_THREAD() PS_ON_ROLE(::presentia::base::ThreadRole::sip, "not on a SIP thread")
