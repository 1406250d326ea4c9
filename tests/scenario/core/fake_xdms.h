// The XDM server of scenario tests, as the core sees it: documents that are put, removed and made unavailable, told at
// once, after a while, or never.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "as/base/time.h"
#include "as/ports/documents.h"

namespace presentia::test {

class FakeXdms final : public ports::Documents {
 public:
  explicit FakeXdms(const base::Clock& clock) : clock_(clock) {}

  // From now on the document is this, that there is none, or that it cannot be had. Who follows it is told.
  void put(const ports::DocumentKey& key, const std::string& text);
  void remove(const ports::DocumentKey& key);
  void fail(const ports::DocumentKey& key);

  void follow(const ports::DocumentKey& key) override;
  void unfollow(const ports::DocumentKey& key) override { followed.erase(key); }
  std::size_t look_again(std::string_view path) override;
  void standings(std::vector<std::string> /*documents*/,
                 std::function<void(std::vector<ports::DocumentStanding>)> told) override {
    told({});
  }

  // What is due to be told now; each once.
  std::vector<ports::DocumentReading> take();
  [[nodiscard]] std::optional<base::Instant> next() const;
  // The process died: nobody follows anything.
  void forget();

  base::Millis after{0};           // until an answer comes
  bool silent = false;             // none comes
  std::size_t failing_answer = 0;  // the n-th answer (from 1) says that the document cannot be had; 0: none
  bool fails_late = false;         // that one says nothing wrong instead, but comes kLate later
  static constexpr base::Millis kLate{10'000};
  std::size_t answers = 0;  // so far
  std::set<ports::DocumentKey> followed;
  std::map<ports::DocumentKey, std::size_t> follows;  // how often each was asked for

 private:
  struct Held {
    ports::DocumentStatus status = ports::DocumentStatus::absent;
    std::string text, etag;
  };
  void tell(const ports::DocumentKey& key);

  const base::Clock& clock_;
  std::map<ports::DocumentKey, Held> documents_;
  std::multimap<base::Instant, ports::DocumentKey> due_;
  int tags_ = 0;
};

}  // namespace presentia::test
