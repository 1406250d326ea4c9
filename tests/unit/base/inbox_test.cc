#include "as/base/inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace presentia::base {
namespace {

using testing::ElementsAre;

TEST(Inbox, CompletionsAreDrainedBeforeAdmissionsThatCameEarlier) {
  Inbox<int> inbox(10);
  inbox.post(Lane::admission, 1);
  inbox.post(Lane::completion, 2);
  inbox.post(Lane::relief, 3);
  inbox.post(Lane::completion, 4);
  std::vector<int> out;
  inbox.drain(out);
  EXPECT_THAT(out, ElementsAre(2, 4, 1, 3));
  EXPECT_EQ(inbox.waiting(), 0U);
}

TEST(Inbox, WhatFreesStateIsRefusedLastAndCompletionsNever) {
  Inbox<int> inbox(10);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(inbox.post(Lane::admission, i));
  EXPECT_FALSE(inbox.post(Lane::admission, 9));
  EXPECT_TRUE(inbox.post(Lane::relief, 10));
  EXPECT_FALSE(inbox.post(Lane::relief, 11));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(inbox.post(Lane::completion, i));
}

TEST(Inbox, WakesOnceForEachTimeItFills) {
  int wakes = 0;
  Inbox<int> inbox(10, [&wakes] { ++wakes; });
  std::vector<int> out;
  inbox.post(Lane::admission, 1);
  inbox.post(Lane::completion, 2);
  EXPECT_EQ(wakes, 1);
  inbox.drain(out);
  inbox.post(Lane::completion, 3);
  EXPECT_EQ(wakes, 2);
}

TEST(Inbox, ClosingRefusesAndWakesButKeepsWhatIsInside) {
  Inbox<int> inbox(10);
  inbox.post(Lane::admission, 1);
  std::vector<int> out;
  std::thread consumer([&] {
    while (out.empty()) inbox.wait_and_drain(out, std::chrono::steady_clock::time_point::max());
  });
  inbox.close();
  consumer.join();
  EXPECT_FALSE(inbox.post(Lane::completion, 2));
  EXPECT_THAT(out, ElementsAre(1));
}

}  // namespace
}  // namespace presentia::base
