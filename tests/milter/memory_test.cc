// The account of memory, and the header that takes from it: bounds, waiting, and that everything is given back.
#include "milter/held/memory.h"

#include <thread>

#include <gtest/gtest.h>

#include "milter/held/header.h"
#include "milter/services.h"

namespace signpost::milter {
namespace {

using std::chrono::milliseconds;
constexpr std::uint64_t kPlenty = 1 << 20;

TEST(Memory, NeverGivesMoreThanThereIs) {
  Counters counters;
  Share first(counters.memory);
  EXPECT_TRUE(first.grow(60, 100));
  Share second(counters.memory);
  EXPECT_FALSE(second.grow(41, 100));
  EXPECT_TRUE(second.grow(40, 100));
  EXPECT_EQ(counters.held_bytes, 100u);
  first.shrink_to(10);
  EXPECT_EQ(counters.held_bytes, 50u);
  first.clear();
  second.clear();
  EXPECT_EQ(counters.held_bytes, 0u);
}

TEST(Memory, WhoCannotHaveItFromAnybodyDoesNotWait) {
  Counters counters;
  Share held(counters.memory);
  ASSERT_TRUE(held.grow(60, 100));
  Share work(counters.memory);
  EXPECT_FALSE(work.wait_to_grow(50, 100, std::chrono::hours{1})) << "nobody works, so nobody will give back";
  EXPECT_FALSE(work.wait_to_grow(101, 100, std::chrono::hours{1})) << "more than there is";
}

TEST(Memory, WaitsForThoseWhoWork) {
  Counters counters;
  auto first = std::make_unique<Share>(counters.memory);
  ASSERT_TRUE(first->wait_to_grow(60, 100, milliseconds{0}));
  std::thread other([&] {
    Share second(counters.memory);
    EXPECT_TRUE(second.wait_to_grow(60, 100, std::chrono::hours{1}));
  });
  first.reset();
  other.join();
  EXPECT_EQ(counters.held_bytes, 0u);
}

TEST(Memory, WaitsNoLongerThanItIsTold) {
  Counters counters;
  Share first(counters.memory);
  ASSERT_TRUE(first.wait_to_grow(60, 100, milliseconds{0}));
  Share second(counters.memory);
  EXPECT_FALSE(second.wait_to_grow(60, 100, milliseconds{1}));
}

TEST(Memory, ManyWhoWorkShareIt) {
  Counters counters;
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 200; ++turn) {
        Share share(counters.memory);
        if (share.wait_to_grow(40, 100, std::chrono::hours{1})) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 8 * 200);
  EXPECT_EQ(counters.held_bytes, 0u);
}

TEST(Header, KeepsAllOfOursAndCountsIt) {
  Counters counters;
  {
    Header header(counters.memory);
    header.begin(Header::Keep::all, kPlenty, kPlenty);
    header.add("Received", " one\n two");
    header.add("Signpost-Seal", " x");
    header.add("From", " a@b.example");
    EXPECT_EQ(header.fields().size(), 3u);
    EXPECT_EQ(header.size(),
              std::string("Received: one\r\n two\r\nSignpost-Seal: x\r\nFrom: a@b.example\r\n").size());
    EXPECT_EQ(header.seal_places(), std::vector<std::size_t>{1});
    EXPECT_EQ(header.cost(), header.size() + 3 * kFieldCost);
    EXPECT_EQ(counters.held_bytes, header.cost());
  }
  EXPECT_EQ(counters.held_bytes, 0u);
}

TEST(Header, KeepsNextToNothingOfOthers) {
  Counters counters;
  Header header(counters.memory);
  header.begin(Header::Keep::few, kPlenty, kPlenty);
  for (int i = 0; i < 100000; ++i) header.add("X", " y");
  header.add("from", " a@b.example");
  header.add("signpost-seal", " x");
  EXPECT_EQ(header.fields().size(), 2u);
  EXPECT_EQ(header.seal_places(), std::vector<std::size_t>{100001});
  for (int i = 0; i < 100000; ++i) header.add("From", " y");
  EXPECT_LE(counters.held_bytes, 64u << 10);
}

TEST(Header, ABoundThatWasPassedIsTold) {
  Counters counters;
  Header large(counters.memory);
  large.begin(Header::Keep::all, 1000, kPlenty);
  for (int i = 0; i < 100; ++i) large.add("X", " y");
  EXPECT_TRUE(large.too_large());
  EXPECT_FALSE(large.no_room());
  EXPECT_EQ(large.size(), 600u);
  EXPECT_LE(counters.held_bytes, 1000u);

  Header late(counters.memory);
  late.begin(Header::Keep::all, 1000, 1100);
  for (int i = 0; i < 10; ++i) late.add("X", " y");
  EXPECT_TRUE(late.no_room());
  EXPECT_FALSE(late.too_large());
  EXPECT_LE(counters.held_bytes, 1100u);
}

}  // namespace
}  // namespace signpost::milter
