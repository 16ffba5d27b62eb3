// The sliding window against a log of all that was admitted.
#include "policy/limits/window.h"

#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace signpost::policy::limits {
namespace {

using base::Steady;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr Steady kStart{1h};

TEST(Window, CountsTheOldestSliceWhole) {
  Window window(16s);
  window.add(3, kStart + 500ms);
  EXPECT_EQ(window.used(kStart + 500ms), 3U);
  EXPECT_EQ(window.used(kStart + 16s + 999ms), 3U);
  EXPECT_EQ(window.used(kStart + 17s), 0U);
}

struct WaitRow {
  const char* name;
  std::uint64_t count, reserved, amount;
  nanoseconds at, wait;
};

// Used before: 4 at +0 s, 5 at +3 s, in slices of one second.
constexpr WaitRow kWaits[] = {
    {"fits", 10, 0, 1, 3s, 0s},
    {"waits for the first slice", 10, 0, 2, 3s, 14s},
    {"waits for the second slice", 10, 0, 7, 3s, 17s},
    {"reserved counts as used now", 10, 1, 10, 5s, 17s},
    {"reserved may stay beside it", 10, 3, 2, 5s, 12s},
    {"above the count waits until nothing is left", 10, 0, 11, 5s, 15s},
    {"above the count passes when nothing is left", 10, 0, 11, 20s, 0s},
    {"zero admits nothing", 0, 0, 1, 40s, 16s},
};

TEST(Window, TellsHowLongToWait) {
  for (const WaitRow& row : kWaits) {
    Window window(16s);
    window.add(4, kStart);
    window.add(5, kStart + 3s);
    EXPECT_EQ(window.wait(row.count, row.reserved, row.amount, kStart + row.at), row.wait) << row.name;
  }
}

TEST(Window, NeverAddsBeyondTheLargestNumber) {
  Window window(1s);
  window.add(~std::uint64_t{0}, kStart);
  window.add(5, kStart);
  EXPECT_EQ(window.used(kStart), ~std::uint64_t{0});
  EXPECT_GT(window.wait(10, 3, 4, kStart), 0s);
}

/// What was admitted when; the judge is a sum over every closed window that ends now.
struct Log {
  std::deque<std::pair<Steady, std::uint64_t>> entries;
  std::uint64_t within(Steady now, nanoseconds length) const {
    std::uint64_t sum = 0;
    for (const auto& [at, amount] : entries) {
      if (at >= now - length) sum += amount;
    }
    return sum;
  }
};

TEST(Window, NoWindowEverHoldsMoreThanTheCount) {
  std::mt19937_64 random(7);
  for (const nanoseconds length :
       {nanoseconds{1s}, nanoseconds{60s}, nanoseconds{1001}, nanoseconds{1}, nanoseconds{24h}}) {
    Window window(length);
    Log log;
    const std::uint64_t count = 40;
    Steady now = kStart - 2h;
    for (int i = 0; i < 4000; ++i) {
      now += nanoseconds{
          static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(length.count() / 8 + 2))};
      const std::uint64_t amount = 1 + random() % 12;
      const nanoseconds wait = window.wait(count, 0, amount, now);
      if (wait == 0s) {
        window.add(amount, now);
        log.entries.emplace_back(now, amount);
      } else {
        ASSERT_EQ(window.wait(count, 0, amount, now + wait), 0s);
        ASSERT_GT(window.wait(count, 0, amount, now + wait - 1ns), 0s);
        ASSERT_LE(wait, length + length / 16 + 16ns);
      }
      ASSERT_LE(log.within(now, length), count) << "length " << length.count();
    }
  }
}

TEST(Window, RefusesOnlyWhatASeventeenthSliceMayHold) {
  std::mt19937_64 random(8);
  Window window(16s);
  Log log;
  Steady now = kStart;
  for (int i = 0; i < 4000; ++i) {
    now += std::chrono::milliseconds(random() % 3000);
    if (window.wait(20, 0, 1, now) == 0s) {
      window.add(1, now);
      log.entries.emplace_back(now, 1);
    } else {
      ASSERT_GE(log.within(now, 17s), 20U) << "refused though a window longer by a sixteenth has room";
    }
  }
}

TEST(Window, SavedUseComesBackExactToTwoSlices) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 200; ++round) {
    Window before(16s);
    Log log;
    Steady now = kStart;
    for (int i = 0; i < 30; ++i) {
      now += std::chrono::milliseconds(random() % 1500);
      log.entries.emplace_back(now, 1 + random() % 5);
      before.add(log.entries.back().second, now);
    }
    const Steady elsewhere = Steady{} - std::chrono::milliseconds(random() % 100000);
    Window after(16s);
    for (const Window::Use& use : before.uses(now)) after.add(use.amount, elsewhere - use.age);
    for (nanoseconds later = 0s; later < 20s; later += 100ms) {
      ASSERT_GE(after.used(elsewhere + later), log.within(now + later, 16s));
      ASSERT_LE(after.used(elsewhere + later), log.within(now + later, 18s));
    }
  }
}

}  // namespace
}  // namespace signpost::policy::limits
