// The store is opened beside mail: what others see meanwhile, and what becomes of a start that fails late.
#include "daemon/opening.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "system/log_writer.h"
#include "system/system_clock.h"
#include "tests/support/workplace.h"

namespace signpost::daemon {
namespace {

using Prepared = tl::expected<void, StartError>;

/// Lets a thread go on when the test says so.
class Barrier {
 public:
  void open() {
    base::MutexLock lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void wait() {
    base::MutexLock lock(mutex_);
    while (!is_open_) changed_.wait(mutex_);
  }

 private:
  base::Mutex mutex_;
  base::Condition changed_;
  bool is_open_ GUARDED_BY(mutex_) = false;
};

class OpeningTest : public testing::Test {
 protected:
  OpeningTest() {
    const auto first = store::Store::open(path_);
    EXPECT_TRUE((*first)->suppressions().add(bob()));
  }
  static policy::Listing bob() {
    policy::Listing listing;
    listing.address = "bob@example.net";
    return listing;
  }
  void take(config::WhenUnknown when_unknown = config::WhenUnknown::refuse) {
    store_ = std::move(*store::Store::take(path_));
    opening_ = std::make_unique<Opening>(*store_, when_unknown, counters_, log_);
  }
  base::Result<std::size_t> find() const {
    return store_->suppressions().find({"bob", "example.net"}).map([](const auto& found) {
      return found.size();
    });
  }
  std::string lock_file() const {
    std::ifstream file(path_ + "/signpost.lock");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const tests::TempDir directory_;
  const std::string path_ = directory_.path() + "/store";
  const system::SystemClock clock_;
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::file, "/dev/null")), clock_};
  milter::Counters counters_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Opening> opening_;
};

TEST_F(OpeningTest, WhatIsOpenInTimeIsWaitedFor) {
  take();
  Barrier opened;
  ASSERT_TRUE(opening_->start({[] { return Prepared(); }, [&] { opened.open(); }, [] { ADD_FAILURE(); }}));
  opened.wait();
  EXPECT_EQ(find(), 1u);
  EXPECT_FALSE(counters_.store_closed);
  EXPECT_EQ(opening_->problem(), "");
}

TEST_F(OpeningTest, WhatTakesLongIsClosedToAllOthersUntilItIsReady) {
  take();
  Barrier may_go_on;
  Barrier opened;
  const auto prepare = [&] {
    may_go_on.wait();
    EXPECT_EQ(find(), 1u) << "this thread has it already";
    return Prepared();
  };
  ASSERT_TRUE(opening_->start({prepare, [&] { opened.open(); }, [] { ADD_FAILURE(); }}));
  EXPECT_TRUE(counters_.store_closed);
  ASSERT_FALSE(find());
  EXPECT_EQ(find().error().kind, base::ErrorKind::unavailable);
  EXPECT_FALSE(store_->suppressions().add(bob())) << "nothing is acknowledged";
  EXPECT_FALSE(store_->backup(directory_.path() + "/copy"));
  EXPECT_EQ(store_->problem(), "");
  EXPECT_NE(opening_->problem().find("mail is deferred"), std::string::npos) << opening_->problem();
  may_go_on.open();
  opened.wait();
  EXPECT_EQ(find(), 1u);
  EXPECT_FALSE(counters_.store_closed);
  EXPECT_EQ(store_->problem(), "") << "refused writes are not told any more";
  opening_.reset();
  store_.reset();
  EXPECT_EQ(lock_file(), "") << "closed";
}

TEST_F(OpeningTest, ALateFailureEndsTheDaemon) {
  take();
  Barrier may_go_on;
  Barrier failed;
  const auto prepare = [&]() -> Prepared {
    may_go_on.wait();
    return tl::unexpected(StartError{78, "a key is missing"});
  };
  ASSERT_TRUE(opening_->start({prepare, [] { ADD_FAILURE(); }, [&] { failed.open(); }}));
  EXPECT_FALSE(opening_->failure());
  may_go_on.open();
  failed.wait();
  ASSERT_TRUE(opening_->failure());
  EXPECT_EQ(opening_->failure()->exit_code, 78);
  EXPECT_TRUE(counters_.store_closed);
}

TEST_F(OpeningTest, AListThatIsNotTheRightOneIsRefusedOrDefers) {
  std::filesystem::remove(path_ + "/list.mdb");
  take();
  const auto refused = opening_->start({[] { return Prepared(); }, [] {}, [] { ADD_FAILURE(); }});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().exit_code, 74);
  EXPECT_NE(refused.error().text.find("list.mdb is missing or empty"), std::string::npos);
  opening_.reset();
  store_.reset();

  take(config::WhenUnknown::defer);
  ASSERT_TRUE(opening_->start({[] { return Prepared(); }, [] { ADD_FAILURE(); }, [] { ADD_FAILURE(); }}));
  EXPECT_TRUE(counters_.store_closed);
  EXPECT_FALSE(find());
  const std::string problem = opening_->problem();
  for (const char* part : {"put a backup of list.mdb in place", "only to begin with an empty list, remove ",
                           "then restart signpostd", "mail is deferred"})
    EXPECT_NE(problem.find(part), std::string::npos) << problem;
  opening_.reset();
  store_.reset();
  EXPECT_NE(lock_file(), "") << "the next start checks the whole list";
}

TEST_F(OpeningTest, AStopEndsACheck) {
  std::ofstream(path_ + "/signpost.lock") << "1\n";
  take();
  ASSERT_FALSE(store_->begin([] { return true; })) << "as a stop makes it end";
  EXPECT_FALSE(store_->is_open());
  EXPECT_EQ(store_->checked(), std::nullopt);
  store_.reset();
  EXPECT_NE(lock_file(), "") << "the next start checks again";
}

}  // namespace
}  // namespace signpost::daemon
