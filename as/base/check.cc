#include "as/base/check.h"

#include <atomic>
#include <cstdlib>
#include <string>

#include "as/base/log.h"

namespace presentia::base {
namespace {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): counts for the whole process
std::atomic<unsigned long> bugs{0};
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): each thread has its own
thread_local ThreadRole role = ThreadRole::unknown;
}  // namespace

void report_bug(const char* file, int line, std::string_view text) {
  bugs.fetch_add(1, std::memory_order_relaxed);
  log(Module::main, Level::error, "bug", {{"file", file}, {"line", line}, {"text", text}});
#ifdef PS_CHECKS
  std::abort();
#endif
}

unsigned long bugs_reported() { return bugs.load(std::memory_order_relaxed); }
void this_thread_is(ThreadRole is) { role = is; }
ThreadRole this_thread_role() { return role; }

}  // namespace presentia::base
