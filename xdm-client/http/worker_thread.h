// A thread that takes no signals: they are for the main thread, and a broken TLS connection must not raise SIGPIPE.
#pragma once

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace presentia::xdm {

// Throws std::system_error where no thread is to be had.
template <class Run>
[[nodiscard]] std::thread worker_thread(Run run) {
  return std::thread([run = std::move(run)] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    run();
  });
}

}  // namespace presentia::xdm
