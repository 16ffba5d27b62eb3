// The limits' state on disk as the daemon keeps it: what one second writes, what a kill or a full disk costs.
#include "daemon/upkeep/limit_keeper.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "store/bucket_store.h"
#include "system/file.h"
#include "system/log_writer.h"
#include "tests/support/workplace.h"

namespace signpost::daemon::upkeep {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class Clock : public base::Clock {
 public:
  base::Wall wall() const override { return wall_; }
  base::Steady steady() const override { return steady_; }
  void tick(std::chrono::milliseconds by) {
    wall_ += by;
    steady_ += by;
  }
  void jump(std::chrono::milliseconds by) { wall_ += by; }

 private:
  base::Wall wall_{std::chrono::milliseconds{1795435200000}};
  base::Steady steady_{100h};
};

/// While it lives, no file can grow beyond so many bytes.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t bytes) {
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    (void)::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

/// A daemon's limits, which a kill can end.
class LimitKeeperTest : public testing::Test {
 protected:
  struct Process {
    Process(const std::string& directory, const base::Clock& clock, system::DaemonLog& log)
        : store(directory), keeper(buckets, store, clock, log) {}
    policy::limits::Buckets buckets;
    store::BucketStore store;
    LimitKeeper keeper;
  };

  LimitKeeperTest() {
    policy::LimitSettings limit;
    limit.name = "domain-hour";
    limit.rates = {{5, 1h}};
    limit.max_keys = 1'000'000;
    settings_.limits.push_back(limit);
    start();
  }
  /// What the process before did not save is lost.
  std::string start() {
    process_ = std::make_unique<Process>(directory_.path(), clock_, log_);
    const std::string problem = process_->keeper.load(settings_);
    process_->keeper.retain(settings_, {});
    return problem;
  }
  int send(int key, int wanted) {
    int passed = 0;
    for (int i = 0; i < wanted; ++i) {
      const auto reserved = process_->buckets.reserve(
          {{settings_.limits.data(), "rcpt_domain=d" + std::to_string(key) + ".example", 1}},
          clock_.steady());
      if (!reserved) continue;
      process_->buckets.commit(reserved->id, clock_.steady());
      ++passed;
    }
    return passed;
  }
  /// One second.
  void save() {
    clock_.tick(1s);
    process_->keeper.save();
  }
  std::uintmax_t bytes() const {
    std::uintmax_t sum = 0;
    for (const auto& file : fs::directory_iterator(directory_.path())) sum += file.file_size();
    return sum;
  }
  std::size_t files() const {
    const fs::directory_iterator all(directory_.path());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  std::string newest() const {
    std::string path;
    for (const auto& file : fs::directory_iterator(directory_.path())) {
      const std::string& name = file.path().native();
      if (name.size() > path.size() || (name.size() == path.size() && name > path)) path = name;
    }
    return path;
  }

  tests::TempDir directory_;
  Clock clock_;
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock_};
  policy::Settings settings_;
  std::unique_ptr<Process> process_;
};

TEST_F(LimitKeeperTest, OfManyBucketsOnlyTheOneThatChangedIsWritten) {
  constexpr int kMany = 100'000;
  for (int i = 0; i < kMany; ++i) send(i, 1);
  for (int i = 0; i < 10; ++i) save();
  const auto full = bytes();
  EXPECT_GT(full, 30U * kMany);
  EXPECT_EQ(files(), 1U);
  save();
  EXPECT_EQ(bytes(), full) << "nothing changed, nothing is written";
  send(777, 1);
  save();
  EXPECT_GT(bytes(), full);
  EXPECT_LT(bytes() - full, 150U);
  start();
  EXPECT_EQ(send(777, 9), 3);
  EXPECT_EQ(send(778, 9), 4);
}

TEST_F(LimitKeeperTest, AtMostASecondIsLost) {
  EXPECT_EQ(send(1, 3), 3);
  save();
  EXPECT_EQ(send(1, 1), 1);
  EXPECT_EQ(start(), "");
  EXPECT_EQ(send(1, 9), 2);
  for (int i = 0; i < 20; ++i) {
    save();
    EXPECT_EQ(start(), "") << "killed before the copy of the start was complete, or after";
    EXPECT_EQ(send(1, 9), 0);
  }
  save();
  EXPECT_EQ(files(), 1U);
  clock_.tick(2h);
  EXPECT_EQ(start(), "");
  EXPECT_EQ(send(1, 9), 5);
}

TEST_F(LimitKeeperTest, FilesStaySmallHoweverMuchIsSaved) {
  std::uintmax_t largest = 0;
  for (int second = 0; second < 400; ++second) {
    for (int i = 0; i < 500; ++i) (void)send(i, 1);
    save();
    (void)process_->buckets.reset("domain-hour", "", clock_.steady());
    largest = std::max(largest, bytes());
  }
  EXPECT_LT(largest, 3U * 1024 * 1024) << "some 14 MB were written";
  EXPECT_EQ(send(1, 9), 5);
}

TEST_F(LimitKeeperTest, IdleBucketsLeaveMemoryAndDisk) {
  for (int i = 0; i < 5000; ++i) send(i, 1);
  save();
  clock_.tick(2h);
  for (int i = 0; i < 5; ++i) save();
  EXPECT_EQ(process_->buckets.size(), 0U);
  save();
  EXPECT_LT(bytes(), 100U) << "also while it runs, once an hour";
  EXPECT_EQ(start(), "");
}

TEST_F(LimitKeeperTest, WhatCouldNotBeSavedIsSavedLater) {
  send(1, 3);
  for (int i = 0; i < 3; ++i) save();
  {
    const FullDisk full(bytes() + 30);
    send(2, 2);
    for (int i = 0; i < 5; ++i) {
      save();
      EXPECT_TRUE(process_->keeper.failing());
      EXPECT_EQ(files(), 1U);
    }
  }
  save();
  EXPECT_FALSE(process_->keeper.failing());
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(start(), "") << "nothing is left of what was written in part";
  EXPECT_EQ(send(1, 9), 2);
  EXPECT_EQ(send(2, 9), 3);
}

TEST_F(LimitKeeperTest, AFileThatCannotBeMadeIsMadeLater) {
  send(3, 4);
  fs::rename(directory_.path(), directory_.path() + "-away");
  save();
  EXPECT_TRUE(process_->keeper.failing());
  fs::rename(directory_.path() + "-away", directory_.path());
  {
    const FullDisk full(5);
    save();
    EXPECT_EQ(files(), 0U);
  }
  save();
  EXPECT_FALSE(process_->keeper.failing());
  EXPECT_EQ(start(), "");
  EXPECT_EQ(send(3, 9), 1);
}

TEST_F(LimitKeeperTest, DamageIsToldAndWhatIsWholeIsUsed) {
  send(1, 3);
  save();
  send(2, 3);
  save();
  const auto size = fs::file_size(newest());
  fs::resize_file(newest(), size - 1);
  EXPECT_EQ(start(), "") << "what a kill leaves";
  EXPECT_EQ(send(1, 9), 2);
  EXPECT_EQ(send(2, 9), 5);

  process_.reset();
  std::string file = *system::read_file(newest());
  file[file.size() - 20] = static_cast<char>(file[file.size() - 20] ^ 1);
  std::ofstream(newest(), std::ios::binary | std::ios::trunc) << file << std::string(200, 'x');
  const std::string damaged = newest();
  const std::string problem = start();
  EXPECT_NE(problem.find("limits: some of the saved state is lost: " + damaged), std::string::npos)
      << problem;
  save();
  EXPECT_EQ(start(), "") << "the next copy replaced the file";
}

TEST_F(LimitKeeperTest, AClockThatJumpedWhileItRanLocksNobodyOutAndFreesNobody) {
  send(1, 5);
  save();
  clock_.jump(24h);
  send(2, 5);
  save();
  start();
  EXPECT_EQ(send(1, 9), 0) << "forward";
  EXPECT_EQ(send(2, 9), 0);
  clock_.jump(-48h);
  start();
  EXPECT_EQ(send(1, 9), 0) << "back";
  clock_.tick(64min);
  EXPECT_EQ(send(1, 9), 5);
}

}  // namespace
}  // namespace signpost::daemon::upkeep
