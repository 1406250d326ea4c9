// What the load generator knows about the state it has made on the server: presentities with one publication each, and
// the dialogs of their watchers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace presentia::bench {

inline constexpr std::uint32_t kNone = UINT32_MAX;

struct Presentity {
  std::string etag;                    // of its publication; empty: none
  std::uint32_t revision = 0;          // of the document published last
  std::uint32_t cseq = 0;              // of the PUBLISH sent last
  std::uint32_t operation = kNone;     // slot of the operation that has it to itself
  std::vector<std::uint32_t> dialogs;  // of its watchers
};

struct Dialog {
  std::uint32_t generation = 0;  // how often this place was used before
  std::uint32_t presentity = kNone;
  std::uint32_t cseq = 0;           // of the SUBSCRIBE sent last
  std::int64_t notify_cseq = -1;    // highest of the NOTIFYs received
  std::uint32_t revision = 0;       // of the newest document seen
  std::uint32_t operation = kNone;  // slot of the SUBSCRIBE under way
  std::string remote_tag;
  std::string remote_target;
};

class Population {
 public:
  std::vector<Presentity> presentities;
  std::vector<Dialog> dialogs;

  std::uint32_t add_presentity() {
    presentities.emplace_back();
    return static_cast<std::uint32_t>(presentities.size() - 1);
  }

  // A place for a dialog; places of ended dialogs are used again under the next generation.
  std::uint32_t add_dialog(std::uint32_t presentity) {
    if (free_.empty()) {
      dialogs.emplace_back();
      free_.push_back(static_cast<std::uint32_t>(dialogs.size() - 1));
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    dialogs[place].presentity = presentity;
    return place;
  }

  void end_dialog(std::uint32_t place) {
    const std::uint32_t generation = dialogs[place].generation;
    dialogs[place] = Dialog{};
    dialogs[place].generation = generation + 1;
    free_.push_back(place);
  }

 private:
  std::vector<std::uint32_t> free_;
};

}  // namespace presentia::bench
