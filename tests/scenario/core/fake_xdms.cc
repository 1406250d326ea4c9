#include "tests/scenario/core/fake_xdms.h"

#include <memory>
#include <utility>

namespace presentia::test {

void FakeXdms::put(const ports::DocumentKey& key, const std::string& text) {
  documents_[key] = {ports::DocumentStatus::present, text, "tag" + std::to_string(++tags_)};
  tell(key);
}

void FakeXdms::remove(const ports::DocumentKey& key) {
  documents_.erase(key);
  tell(key);
}

void FakeXdms::fail(const ports::DocumentKey& key) {
  documents_[key].status = ports::DocumentStatus::unavailable;
  tell(key);
}

void FakeXdms::follow(const ports::DocumentKey& key) {
  followed.insert(key);
  ++follows[key];
  tell(key);
}

std::size_t FakeXdms::look_again(std::string_view path) {
  std::size_t looked = 0;
  for (const ports::DocumentKey& key : followed) {
    if (!key.document.starts_with(path)) continue;
    tell(key);
    ++looked;
  }
  return looked;
}

void FakeXdms::tell(const ports::DocumentKey& key) {
  if (!silent && followed.contains(key)) due_.emplace(clock_.now() + after, key);
}

std::vector<ports::DocumentReading> FakeXdms::take() {
  std::vector<ports::DocumentReading> told;
  while (!due_.empty() && due_.begin()->first <= clock_.now()) {
    const ports::DocumentKey key = due_.begin()->second;
    due_.erase(due_.begin());
    if (!followed.contains(key)) continue;
    const bool fails = ++answers == failing_answer;
    if (fails && fails_late) {
      due_.emplace(clock_.now() + kLate, key);
      continue;
    }
    const auto found = documents_.find(key);
    ports::DocumentReading& reading = told.emplace_back();
    reading.key = key;
    reading.status = found == documents_.end() ? ports::DocumentStatus::absent : found->second.status;
    reading.fetched_at = clock_.now();
    if (fails) reading.status = ports::DocumentStatus::unavailable;
    if (reading.status == ports::DocumentStatus::unavailable) reading.why = "by order of the test";
    if (reading.status != ports::DocumentStatus::present) continue;
    reading.etag = found->second.etag;
    reading.text = std::make_shared<const std::string>(found->second.text);
  }
  return told;
}

std::optional<base::Instant> FakeXdms::next() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

void FakeXdms::forget() {
  followed.clear();
  due_.clear();
}

}  // namespace presentia::test
