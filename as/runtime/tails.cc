#include "as/runtime/tails.h"

#include <algorithm>
#include <string>
#include <utility>

namespace presentia::runtime {

Tails::Channel::Channel(std::size_t tellers, std::size_t capacity) {
  for (std::size_t i = 0; i < tellers; ++i)
    rings.push_back(std::make_unique<base::DroppingRing<ports::CoreEvent>>(capacity));
}

class Tails::Tail final : public ports::EventTail {
 public:
  Tail(Tails& owner, std::shared_ptr<Channel> channel) : owner_(owner), channel_(std::move(channel)) {}
  ~Tail() override { owner_.close(channel_); }
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  std::uint64_t take(std::vector<ports::CoreEvent>& out) override {
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    std::uint64_t lost = 0;
    for (const auto& ring : channel_->rings) lost += ring->take(out);
    std::stable_sort(out.begin() + first, out.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    return lost;
  }

 private:
  Tails& owner_;
  std::shared_ptr<Channel> channel_;
};

ports::Inspected<std::unique_ptr<ports::EventTail>> Tails::open() {
  auto channel = std::make_shared<Channel>(tellers_, capacity_);
  const bool room = channels_.replace([&](const std::shared_ptr<const Channels>& held) {
    auto next = held ? std::make_shared<Channels>(*held) : std::make_shared<Channels>();
    const bool free = next->size() < kMost;
    if (free) next->push_back(channel);
    return std::pair{std::shared_ptr<const Channels>(std::move(next)), free};
  });
  if (!room) {
    return base::Unexpected{
        ports::InspectError{ports::InspectTrouble::busy, std::to_string(kMost) + " follow the events already"}};
  }
  return std::unique_ptr<ports::EventTail>(std::make_unique<Tail>(*this, std::move(channel)));
}

void Tails::close(const std::shared_ptr<Channel>& channel) {
  channels_.replace([&](const std::shared_ptr<const Channels>& held) {
    auto next = std::make_shared<Channels>(*held);
    std::erase(*next, channel);
    return std::pair{std::shared_ptr<const Channels>(std::move(next)), true};
  });
}

void Teller::tell(const ports::CoreEvent& event) {
  const Tails::Channels* channels = view_.get();
  if (channels == nullptr) return;
  for (const auto& channel : *channels) channel->rings[number_]->push(event);
}

}  // namespace presentia::runtime
