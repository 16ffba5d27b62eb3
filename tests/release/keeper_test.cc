// Which messages may be released: the whole rule, with a queue and a clock that the test moves by hand.
#include "release/keeper.h"

#include <csignal>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <variant>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "system/file.h"
#include "tests/release/twin_queue.h"
#include "tests/support/workplace.h"

namespace signpost::release {
namespace {

using namespace std::chrono_literals;
using Place = Sight::Place;

const std::string kOne = "AAAAAA1";
const std::string kTwo = "AAAAAA2";

class KeeperTest : public testing::Test {
 protected:
  KeeperTest() { open(); }
  void open() {
    keeper_.reset();
    auto keeper = Keeper::open(path_, {{"main", &queue_}, {"second", &second_}}, limits_);
    ASSERT_TRUE(keeper) << keeper.error().text;
    keeper_.emplace(std::move(*keeper));
  }

  Answer tell(const std::string& id, const std::string& instance = "") {
    return keeper_->tell({Verb::held, instance, id}, now_).answer;
  }
  /// Told, synced, and in the hold queue.
  void hold(const std::string& id, std::uint64_t inode = 7) {
    queue_.put(id, Place::receiving, inode);
    ASSERT_EQ(tell(id), Answer::done);
    ASSERT_TRUE(keeper_->sync(true));
    queue_.put(id, Place::held, inode, changed());
  }
  std::int64_t changed() const { return std::chrono::nanoseconds(now_.time_since_epoch()).count(); }
  /// `done` if there is a job.
  Answer take(const std::string& id, Verb verb = Verb::release, const std::string& instance = "") {
    const auto taken = keeper_->take({verb, instance, id}, now_);
    const Reply* reply = std::get_if<Reply>(&taken);
    return reply == nullptr ? Answer::done : reply->answer;
  }
  Job job(const std::string& id) { return std::get<Job>(keeper_->take({Verb::release, "", id}, now_)); }
  std::string list() {
    std::string all;
    std::uint64_t after = 0;
    for (;;) {
      const auto lines = keeper_->list(after, 2, now_);
      for (const std::string& line : lines)
        all += line.substr(5, line.find(' ', 5) - 5) + line.substr(line.rfind(' '));
      if (lines.size() < 2) return all;
    }
  }

  tests::TempDir directory_;
  const std::string path_ = directory_.path() + "/told";
  TwinQueue queue_;
  TwinQueue second_;
  KeeperLimits limits_;
  base::Wall now_{1795913137956ms};
  std::optional<Keeper> keeper_;
};

TEST_F(KeeperTest, WhatWasToldAndIsHeldMayGo) {
  hold(kOne);
  EXPECT_EQ(list(), kOne + " hold\n");
  const Job found = job(kOne);
  EXPECT_EQ(found.id, kOne);
  EXPECT_EQ(found.queue, &queue_);
  EXPECT_TRUE(is_still_held(found, queue_.look(kOne).value()));
  keeper_->finish(found, Answer::done);
  EXPECT_EQ(take(kOne), Answer::not_told);
  EXPECT_EQ(list(), "");
}

TEST_F(KeeperTest, WhatWasNotDoneStays) {
  hold(kOne);
  keeper_->finish(job(kOne), Answer::unavailable);
  EXPECT_EQ(list(), kOne + " hold\n");
}

TEST_F(KeeperTest, OnlyWhatIsBeingReceivedCanBeTold) {
  EXPECT_EQ(tell(kOne), Answer::not_found);
  queue_.put(kOne, Place::passed, 7);
  EXPECT_EQ(tell(kOne), Answer::not_found);
  for (const Place place : {Place::held, Place::being_held}) {
    queue_.put(kOne, place, 7);
    EXPECT_EQ(tell(kOne), Answer::conflict);
  }
  EXPECT_EQ(tell("6AT0l9B7027086"), Answer::invalid) << "of another MTA";
  EXPECT_EQ(tell(kOne, "third"), Answer::invalid);
  queue_.set_unreadable(true);
  EXPECT_EQ(tell(kOne), Answer::unavailable);
  EXPECT_EQ(keeper_->size(), 0u);
}

TEST_F(KeeperTest, ToldTwiceIsToldOnce) {
  queue_.put(kOne, Place::receiving, 7);
  EXPECT_EQ(tell(kOne), Answer::done);
  EXPECT_EQ(tell(kOne), Answer::done);
  EXPECT_EQ(keeper_->size(), 1u);
}

TEST_F(KeeperTest, WhatIsNotHeldByTheMtaIsGone) {
  queue_.put(kOne, Place::receiving, 7);
  ASSERT_EQ(tell(kOne), Answer::done);
  EXPECT_EQ(list(), kOne + " coming\n");
  EXPECT_EQ(take(kOne), Answer::unavailable);
  queue_.put(kOne, Place::passed, 7);
  keeper_->sweep(now_);
  // Now somebody else holds it.
  queue_.put(kOne, Place::held, 7, changed());
  EXPECT_EQ(list(), kOne + " gone\n");
  EXPECT_EQ(take(kOne), Answer::gone);
  EXPECT_EQ(take(kOne), Answer::not_told);
}

TEST_F(KeeperTest, WhatComesSlowlyIsAwaited) {
  queue_.put(kOne, Place::receiving, 7);
  ASSERT_EQ(tell(kOne), Answer::done);
  for (int minute = 0; minute < 60; ++minute) {
    now_ += 1min;
    keeper_->sweep(now_);
  }
  EXPECT_TRUE(keeper_->any_coming());
  queue_.put(kOne, Place::being_held, 7);
  EXPECT_EQ(list(), kOne + " coming\n");
  queue_.put(kOne, Place::held, 7, changed());
  EXPECT_EQ(take(kOne), Answer::done);
  EXPECT_FALSE(keeper_->any_coming());
}

TEST_F(KeeperTest, AnotherFileWithTheIdIsNotIt) {
  hold(kOne);
  EXPECT_EQ(list(), kOne + " hold\n");
  queue_.put(kOne, Place::held, 8, changed());
  EXPECT_EQ(take(kOne), Answer::gone);

  queue_.put(kTwo, Place::receiving, 7);
  ASSERT_EQ(tell(kTwo), Answer::done);
  queue_.put(kTwo, Place::held, 8, changed());
  EXPECT_EQ(take(kTwo), Answer::gone);
}

TEST_F(KeeperTest, WhatIsHeldAnewIsSomebodyElses) {
  hold(kOne);
  EXPECT_EQ(list(), kOne + " hold\n");
  queue_.put(kOne, Place::held, 7, changed() + 1);
  EXPECT_EQ(list(), kOne + " gone\n");
  EXPECT_EQ(take(kOne), Answer::gone);
}

TEST_F(KeeperTest, TheRunnerLooksAgain) {
  hold(kOne);
  const Job found = job(kOne);
  queue_.put(kOne, Place::held, 7, changed() + 1);
  EXPECT_FALSE(is_still_held(found, queue_.look(kOne).value()));
  queue_.put(kOne, Place::held, 8, changed());
  EXPECT_FALSE(is_still_held(found, queue_.look(kOne).value()));
  queue_.take(kOne);
  EXPECT_FALSE(is_still_held(found, queue_.look(kOne).value()));
}

TEST_F(KeeperTest, AnIdThatIsGivenAgainIsToldAnew) {
  hold(kOne);
  const Job old = job(kOne);
  queue_.put(kOne, Place::receiving, 8);  // the first was deleted
  EXPECT_EQ(tell(kOne), Answer::done);
  EXPECT_EQ(list(), kOne + " coming\n");
  keeper_->finish(old, Answer::gone);
  EXPECT_EQ(list(), kOne + " coming\n") << "what became of the first is nothing to the second";
  queue_.put(kOne, Place::held, 8, changed());
  EXPECT_EQ(take(kOne), Answer::done);
}

TEST_F(KeeperTest, AQueueThatCannotBeReadChangesNothing) {
  hold(kOne);
  EXPECT_EQ(list(), kOne + " hold\n");
  queue_.set_unreadable(true);
  EXPECT_EQ(take(kOne), Answer::unavailable);
  keeper_->sweep(now_);
  EXPECT_EQ(list(), kOne + " hold\n");
  queue_.set_unreadable(false);
  EXPECT_EQ(take(kOne), Answer::done);
}

TEST_F(KeeperTest, OutlivesARestart) {
  hold(kOne);
  EXPECT_EQ(list(), kOne + " hold\n");
  queue_.put(kTwo, Place::receiving, 9);
  ASSERT_EQ(tell(kTwo), Answer::done);
  ASSERT_TRUE(keeper_->sync(true));
  open();
  EXPECT_EQ(list(), kOne + " hold\n" + kTwo + " coming\n");
  keeper_->finish(job(kOne), Answer::done);
  ASSERT_TRUE(keeper_->sync(false));
  queue_.put(kTwo, Place::held, 9, changed());
  open();
  EXPECT_EQ(list(), kTwo + " hold\n");
  queue_.put(kTwo, Place::held, 9, changed() + 1);
  EXPECT_EQ(list(), kTwo + " gone\n");
  ASSERT_TRUE(keeper_->sync(false));
  open();
  EXPECT_EQ(list(), kTwo + " gone\n");
}

TEST_F(KeeperTest, WhatMovedLongAfterItWasToldIsSomebodyElses) {
  for (const std::string& id : {kOne, kTwo}) {
    queue_.put(id, Place::receiving, 7);
    ASSERT_EQ(tell(id), Answer::done);
  }
  ASSERT_TRUE(keeper_->sync(true));
  queue_.put(kOne, Place::held, 7, changed() + std::chrono::nanoseconds(limits_.coming_time).count());
  queue_.put(kTwo, Place::held, 7, changed() + std::chrono::nanoseconds(limits_.coming_time + 1s).count());
  now_ += 1h;  // nobody looked meanwhile
  open();
  EXPECT_EQ(list(), kOne + " hold\n" + kTwo + " gone\n");
}

TEST_F(KeeperTest, InstancesAreApart) {
  queue_.put(kOne, Place::receiving, 7);
  second_.put(kOne, Place::receiving, 7);
  ASSERT_EQ(tell(kOne, "second"), Answer::done);
  second_.put(kOne, Place::held, 7, changed());
  queue_.put(kOne, Place::held, 7, changed());
  EXPECT_EQ(take(kOne), Answer::not_told);
  EXPECT_EQ(list(), "second:" + kOne + " hold\n");
  EXPECT_EQ(take(kOne, Verb::drop, "second"), Answer::done);
  EXPECT_EQ(take(kOne, Verb::drop, "third"), Answer::invalid);
}

TEST_F(KeeperTest, AVerbThatTheMtaDoesNotHave) {
  hold(kOne);
  queue_.can_refuse = false;
  EXPECT_EQ(take(kOne, Verb::refuse), Answer::unsupported);
  EXPECT_EQ(take(kTwo, Verb::refuse), Answer::not_told);
  EXPECT_EQ(take(kOne), Answer::done);
}

TEST_F(KeeperTest, WhatIsGoneIsForgottenInTheEnd) {
  hold(kOne);
  EXPECT_EQ(list(), kOne + " hold\n");
  queue_.take(kOne);
  keeper_->sweep(now_);
  EXPECT_EQ(list(), kOne + " gone\n");
  now_ += limits_.keeps_gone - 1ms;
  keeper_->sweep(now_);
  EXPECT_EQ(keeper_->size(), 1u);
  now_ += 1ms;
  keeper_->sweep(now_);
  EXPECT_EQ(keeper_->size(), 0u);
  ASSERT_TRUE(keeper_->sync(false));
  open();
  EXPECT_EQ(keeper_->size(), 0u);
}

TEST_F(KeeperTest, ASweepComesToAll) {
  limits_.sweep = 2;
  open();
  for (int i = 0; i < 5; ++i) hold("AAAAAA" + std::to_string(i), 7);
  keeper_->sweep(now_);
  for (int i = 0; i < 5; ++i) queue_.take("AAAAAA" + std::to_string(i));
  for (int i = 0; i < 4; ++i) keeper_->sweep(now_);
  now_ += limits_.keeps_gone;
  for (int i = 0; i < 4; ++i) keeper_->sweep(now_);
  EXPECT_EQ(keeper_->size(), 0u);
}

TEST_F(KeeperTest, HasABound) {
  limits_.max_told = 1;
  open();
  hold(kOne);
  queue_.put(kTwo, Place::receiving, 9);
  EXPECT_EQ(tell(kTwo), Answer::limit);
  EXPECT_EQ(keeper_->size(), 1u);
}

TEST_F(KeeperTest, WhatIsNotOnDiskIsNotTold) {
  hold(kOne);
  EXPECT_EQ(list(), kOne + " hold\n");
  queue_.put(kTwo, Place::receiving, 9);
  ASSERT_EQ(tell(kTwo), Answer::done);
  rlimit former{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &former), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{0, former.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  const auto synced = keeper_->sync(true);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &former), 0);
  (void)std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(synced);
  EXPECT_EQ(list(), kOne + " hold\n");
  // The next one writes everything.
  ASSERT_EQ(tell(kTwo), Answer::done);
  ASSERT_TRUE(keeper_->sync(true));
  open();
  EXPECT_EQ(list(), kOne + " hold\n" + kTwo + " coming\n");
}

TEST_F(KeeperTest, TheFileStaysSmall) {
  for (int i = 0; i < 20000; ++i) {
    queue_.put(kOne, Place::receiving, 7);
    ASSERT_EQ(tell(kOne), Answer::done);
    queue_.put(kOne, Place::held, 7, changed());
    keeper_->finish(job(kOne), Answer::done);
    queue_.take(kOne);
    if (i % 100 == 0) {
      ASSERT_TRUE(keeper_->sync(false));
    }
  }
  ASSERT_TRUE(keeper_->sync(true));
  EXPECT_LT(system::read_file(path_)->size(), 1u << 20);
}

TEST_F(KeeperTest, AnInstanceThatIsNotConfiguredAnyMoreIsKept) {
  second_.put(kOne, Place::receiving, 7);
  ASSERT_EQ(tell(kOne, "second"), Answer::done);
  ASSERT_TRUE(keeper_->sync(true));
  keeper_.reset();
  auto keeper = Keeper::open(path_, {{"main", &queue_}}, limits_);
  ASSERT_TRUE(keeper);
  keeper->sweep(now_);
  EXPECT_EQ(keeper->size(), 1u);
}

// Against a simple model: whatever happens, and with restarts between, only what went from reception into the hold queue after it
// was told, and never left it, may go.
TEST_F(KeeperTest, NothingElseEverMayGo) {
  struct Model {
    bool told = false;  // while it was received
    bool ours = false;  // and then held by the MTA, ever since
    Place place = Place::none;
    std::uint64_t inode = 0;
    std::int64_t moved = 0;
  };
  std::map<std::string, Model> model;
  std::mt19937 dice(7);
  std::uint64_t next_inode = 1;
  for (int step = 0; step < 20000; ++step) {
    now_ += 10ms;
    const std::string id = "AAAAAA" + std::to_string(dice() % 4);
    Model& one = model[id];
    switch (dice() % 10) {
      case 0:  // a new message of that id
        if (one.place == Place::none) one = {false, false, Place::receiving, next_inode++, 0};
        break;
      case 1:
      case 2:
        if (tell(id) == Answer::done) {
          EXPECT_EQ(one.place, Place::receiving);
          one.told = true;
        }
        break;
      case 3:
      case 4:  // the MTA holds it
        if (one.place == Place::receiving) {
          one.place = Place::held;
          one.ours = one.told;
          one.moved = changed();
        }
        break;
      case 5:  // it passes
        if (one.place == Place::receiving) {
          one.place = Place::passed;
          one.told = false;
        }
        break;
      case 6:  // the administrator holds it, or takes it out and holds it again
        if (one.place == Place::passed || one.place == Place::held) {
          one.place = Place::held;
          one.ours = false;
          one.moved = changed();
        }
        break;
      case 7:  // delivered, or deleted
        if (one.place != Place::receiving) one = {};
        break;
      case 8:
        if (dice() % 10 == 0) {
          ASSERT_TRUE(keeper_->sync(true));
          open();
        }
        break;
      default: {
        const auto taken = keeper_->take({Verb::release, "", id}, now_);
        const Job* found = std::get_if<Job>(&taken);
        ASSERT_EQ(found != nullptr, one.ours && one.place == Place::held) << "step " << step;
        if (found != nullptr) {
          keeper_->finish(*found, Answer::done);
          one = {};
        }
      }
    }
    if (one.place == Place::none)
      queue_.take(id);
    else
      queue_.put(id, one.place, one.inode, one.moved);
    keeper_->sweep(now_);  // as often as anything happens; see docs/held-mail.md for what is between
  }
}

}  // namespace
}  // namespace signpost::release
