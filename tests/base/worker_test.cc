// The thread that waits, works and stops: wakes are never lost, and no rest outlasts a stop.
#include "base/worker.h"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::base {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kLong = 24h;

/// A turn that the test holds up until it says go.
class Gate {
 public:
  void pass() {
    entered_.set_value();
    go_.get_future().wait();
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  void open() { go_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> go_;
};

TEST(Worker, WorksUntilItHasNothingToDoAndAgainWhenItIsWoken) {
  std::atomic<int> turns{0};
  std::promise<void> third;
  std::promise<void> fourth;
  Worker worker;
  worker.start([&]() -> std::chrono::nanoseconds {
    ++turns;
    if (turns == 3) third.set_value();
    if (turns == 4) fourth.set_value();
    return turns < 3 ? 0ns : Worker::kUntilWoken;
  });
  third.get_future().wait();
  worker.wake();
  fourth.get_future().wait();
  worker.stop();
  EXPECT_EQ(turns, 4);
}

TEST(Worker, AWakeDuringATurnMakesAnother) {
  Gate gate;
  std::atomic<int> turns{0};
  std::promise<void> second;
  Worker worker;
  worker.start([&] {
    if (++turns == 1) gate.pass();
    if (turns == 2) second.set_value();
    return kLong;
  });
  gate.wait_until_entered();
  for (int i = 0; i < 10; ++i) worker.wake();
  gate.open();
  second.get_future().wait();
  worker.stop();
  EXPECT_EQ(turns, 2) << "ten wakes during one turn are one";
}

TEST(Worker, RestsBeforeItsFirstTurnIfToldSo) {
  std::atomic<int> turns{0};
  Worker idle;
  idle.start(
      [&] {
        ++turns;
        return kLong;
      },
      kLong);
  idle.stop();
  EXPECT_EQ(turns, 0);

  std::promise<void> worked;
  Worker woken;
  woken.start(
      [&] {
        worked.set_value();
        return kLong;
      },
      Worker::kUntilWoken);
  woken.wake();
  worked.get_future().wait();
}

TEST(Worker, AWakeBeforeTheStartCounts) {
  std::promise<void> worked;
  Worker worker;
  worker.wake();
  worker.start(
      [&] {
        worked.set_value();
        return kLong;
      },
      kLong);
  worked.get_future().wait();
}

TEST(Worker, StopWaitsForTheTurnThatRunsAndLetsNoOtherFollow) {
  Gate gate;
  std::atomic<int> turns{0};
  std::atomic<bool> ended{false};
  Worker worker;
  worker.start([&] {
    if (++turns == 1) gate.pass();
    while (!worker.stopping()) std::this_thread::yield();
    ended = true;
    return 0ns;
  });
  gate.wait_until_entered();
  worker.wake();
  std::thread opener([&] {
    while (!worker.stopping()) std::this_thread::yield();
    EXPECT_FALSE(ended);
    gate.open();
  });
  worker.stop();
  EXPECT_TRUE(ended);
  EXPECT_EQ(turns, 1);
  opener.join();
  worker.stop();
}

TEST(Worker, APauseEndsByItselfOrByStopButNotByAWake) {
  std::promise<bool> short_pause;
  std::promise<void> pausing;
  std::promise<bool> long_pause;
  Worker worker;
  worker.start([&] {
    short_pause.set_value(worker.pause(1ns));
    worker.wake();
    pausing.set_value();
    long_pause.set_value(worker.pause(kLong));
    return kLong;
  });
  EXPECT_TRUE(short_pause.get_future().get());
  pausing.get_future().wait();
  worker.wake();
  auto ended = long_pause.get_future();
  EXPECT_EQ(ended.wait_for(0s), std::future_status::timeout);
  worker.stop();
  EXPECT_FALSE(ended.get());
}

TEST(Worker, NeedsNoStart) {
  Worker worker;
  worker.wake();
  worker.stop();
  EXPECT_TRUE(worker.stopping());
  EXPECT_FALSE(worker.pause(kLong));
}

TEST(Worker, GoesOnAfterATurnThatRanOutOfMemory) {
  std::atomic<int> turns{0};
  Worker worker;
  worker.start([&]() -> std::chrono::nanoseconds {
    if (++turns == 1) throw std::bad_alloc();
    return Worker::kUntilWoken;
  });
  while (turns < 1) std::this_thread::yield();
  while (turns < 2) worker.wake();
}

TEST(Worker, IsWokenByManyThreadsAtOnce) {
  std::atomic<int> asked{0};
  std::atomic<int> served{0};
  Worker worker;
  worker.start([&] {
    served = asked.load();
    return Worker::kUntilWoken;
  });
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) {
        ++asked;
        worker.wake();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  while (served != 4000) std::this_thread::yield();
}

}  // namespace
}  // namespace signpost::base
