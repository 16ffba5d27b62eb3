// A log that is written, rotated and truncated while it is read, or while nobody reads: every line comes once.
#include "daemon/ingest/growing_log.h"

#include <ctime>
#include <fstream>
#include <map>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/workplace.h"

namespace signpost::daemon::ingest {
namespace {

/// Long before the files of these tests were written.
constexpr base::Wall kNow{std::chrono::hours(24 * 365 * 40)};

class GrowingLogTest : public testing::Test {
 protected:
  GrowingLogTest() { start(); }
  /// A daemon that starts, with the marks that the one before has kept.
  void start() {
    log_.emplace(path_, "log-",
                 [this](const std::string& source) -> base::Result<std::uint64_t> { return marks_[source]; });
  }
  void write(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }
  /// Everything that there is to read.
  std::string read() {
    std::string text;
    for (;;) {
      const auto chunk = log_->next(kNow);
      if (!chunk || chunk->to == chunk->from) return text;
      // As the store demands it.
      EXPECT_EQ(chunk->from, marks_[chunk->source]);
      text += chunk->text;
      marks_[chunk->source] = chunk->to;
      log_->advance(*chunk);
    }
  }
  void rotate(const char* suffix = ".1") { ASSERT_EQ(::rename(path_.c_str(), (path_ + suffix).c_str()), 0); }

  tests::TempDir directory_;
  const std::string path_ = directory_.path() + "/mail.log";
  std::map<std::string, std::uint64_t> marks_;
  std::optional<GrowingLog> log_;
};

TEST_F(GrowingLogTest, BeginsAtTheEndOfWhatWasThereBefore) {
  write("old\nolder\nhal");
  EXPECT_EQ(read(), "");
  write("f\nnew\n");
  EXPECT_EQ(read(), "half\nnew\n");
}

TEST_F(GrowingLogTest, ReadsAllOfAFileThatCameLater) {
  EXPECT_EQ(read(), "");
  EXPECT_EQ(log_->next(kNow).error().kind, base::ErrorKind::not_found);
  write("a");
  EXPECT_EQ(read(), "");
  write("b\nc\n");
  EXPECT_EQ(read(), "ab\nc\n");
}

TEST_F(GrowingLogTest, TheDirectoryMayComeLater) {
  const std::string inside = directory_.path() + "/log";
  GrowingLog log(inside + "/mail.log", "log-", [](const std::string&) { return std::uint64_t{0}; });
  log.advance(*log.next(kNow));
  EXPECT_EQ(log.next(kNow).error().kind, base::ErrorKind::not_found);
  ASSERT_EQ(::mkdir(inside.c_str(), 0700), 0);
  std::ofstream(inside + "/mail.log") << "a\n";
  EXPECT_EQ(log.next(kNow)->text, "a\n");
}

TEST_F(GrowingLogTest, GoesOnWhereItWasLeft) {
  EXPECT_EQ(read(), "");
  write("a\nb\n");
  EXPECT_EQ(read(), "a\nb\n");
  write("c\n");
  start();
  EXPECT_EQ(read(), "c\n");
  start();
  EXPECT_EQ(read(), "");
}

TEST_F(GrowingLogTest, FollowsARotation) {
  EXPECT_EQ(read(), "");
  write("a\n");
  EXPECT_EQ(read(), "a\n");
  write("b\n");
  rotate();
  write("c\n");
  EXPECT_EQ(read(), "b\nc\n");
}

TEST_F(GrowingLogTest, TheOldFileIsReadUntilTheNewOneHasALine) {
  EXPECT_EQ(read(), "");
  write("a\n");
  std::ofstream still(path_, std::ios::app);
  EXPECT_EQ(read(), "a\n");
  rotate();
  std::ofstream made(path_);
  EXPECT_EQ(read(), "");
  still << "b\n" << std::flush;
  EXPECT_EQ(read(), "b\n");
  made << "c\n" << std::flush;
  EXPECT_EQ(read(), "c\n");
}

TEST_F(GrowingLogTest, ARotationWhileNobodyReadLosesNothing) {
  for (const char* suffix : {".1", "-20261128"}) {
    marks_.clear();
    start();
    EXPECT_EQ(read(), "");
    write(std::string("a") + suffix + "\n");
    EXPECT_EQ(read(), std::string("a") + suffix + "\n");
    write("b\n");
    rotate(suffix);
    write("c\n");
    std::ofstream(path_ + ".2.gz") << "packed\n";
    start();
    EXPECT_EQ(read(), "b\nc\n") << suffix;
    ASSERT_EQ(::unlink(path_.c_str()), 0);
    ASSERT_EQ(::unlink((path_ + suffix).c_str()), 0);
  }
}

TEST_F(GrowingLogTest, ARotationToNothingYetLosesNothing) {
  EXPECT_EQ(read(), "");
  write("a\n");
  EXPECT_EQ(read(), "a\n");
  write("b\n");
  rotate();
  start();
  EXPECT_EQ(read(), "b\n");
  write("c\n");
  EXPECT_EQ(read(), "c\n");
}

TEST_F(GrowingLogTest, SeveralRotationsWhileNobodyReadLoseNothing) {
  EXPECT_EQ(read(), "");
  write("a\n");
  EXPECT_EQ(read(), "a\n");
  write("b\n");
  rotate(".3");
  write("c\n");
  rotate(".2");
  write("d\n");
  rotate(".1");
  write("e\n");
  for (const auto& [suffix, age] : {std::pair{".3", 30}, {".2", 20}, {".1", 10}}) {
    const timespec times[2] = {{std::time(nullptr) - age, 0}, {std::time(nullptr) - age, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (path_ + suffix).c_str(), times, 0), 0);
  }
  start();
  EXPECT_EQ(read(), "b\nc\nd\ne\n");
  // The one that was read in part is packed meanwhile.
  write("f\n");
  EXPECT_EQ(read(), "f\n");
  write("g\n");
  rotate(".4.gz");
  write("h\n");
  rotate(".0");
  write("i\n");
  start();
  EXPECT_EQ(read(), "h\ni\n");
}

TEST_F(GrowingLogTest, AFileOfTheTimeBeforeUsIsLeftAlone) {
  write("long ago\n");
  rotate();
  const timespec times[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (path_ + ".1").c_str(), times, 0), 0);
  EXPECT_EQ(read(), "");
  write("a\n");
  start();
  EXPECT_EQ(read(), "a\n");
}

TEST_F(GrowingLogTest, AFileThatWasEditedIsReadFromItsEnd) {
  EXPECT_EQ(read(), "");
  write("a\nb\nsomebody\nd\n");
  EXPECT_EQ(read(), "a\nb\nsomebody\nd\n");
  std::ofstream(path_) << "a\nb\nd\n";
  EXPECT_EQ(read(), "");
  write("e\n");
  EXPECT_EQ(read(), "e\n");
  std::ofstream(path_) << "a\nb\n";
  start();
  write("f\n");
  EXPECT_EQ(read(), "") << "what was written before the edit was seen is taken for old";
  write("g\n");
  EXPECT_EQ(read(), "g\n");
}

TEST_F(GrowingLogTest, AsksForTheMarksAgain) {
  EXPECT_EQ(read(), "");
  write("a\nb\n");
  const auto chunk = log_->next(kNow);
  marks_[chunk->source] = 2;
  log_->start_over();
  EXPECT_EQ(read(), "b\n");
}

TEST_F(GrowingLogTest, FollowsATruncationInPlace) {
  EXPECT_EQ(read(), "");
  write("a long line\n");
  EXPECT_EQ(read(), "a long line\n");
  ASSERT_EQ(::truncate(path_.c_str(), 0), 0);
  EXPECT_EQ(read(), "");
  write("b\n");
  EXPECT_EQ(read(), "b\n");
  ASSERT_EQ(::truncate(path_.c_str(), 0), 0);
  write("a line that is longer than the one before\n");
  EXPECT_EQ(read(), "a line that is longer than the one before\n");
}

TEST_F(GrowingLogTest, PassesOverALineWithoutEnd) {
  EXPECT_EQ(read(), "");
  write("a\n" + std::string(3 * GrowingLog::kMaxChunk, 'x'));
  EXPECT_EQ(read(), "a\n");
  write("end\nb\n");
  const std::string text = read();
  EXPECT_TRUE(text.ends_with("end\nb\n"));
  EXPECT_LT(text.size(), GrowingLog::kMaxChunk);
}

TEST_F(GrowingLogTest, WhatIsNoFileIsAnError) {
  EXPECT_EQ(read(), "");
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(log_->next(kNow));
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
  EXPECT_FALSE(log_->next(kNow));
}

}  // namespace
}  // namespace signpost::daemon::ingest
