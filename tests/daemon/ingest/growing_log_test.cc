// A log that is written, rotated and truncated while it is read, or while nobody reads: every line comes once.
#include "daemon/ingest/growing_log.h"

#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/workplace.h"

namespace signpost::daemon::ingest {
namespace {

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
      const auto chunk = log_->next();
      if (!chunk || chunk->to == chunk->from) return text;
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
  EXPECT_EQ(log_->next().error().kind, base::ErrorKind::not_found);
  write("a");
  EXPECT_EQ(read(), "");
  write("b\nc\n");
  EXPECT_EQ(read(), "ab\nc\n");
}

TEST_F(GrowingLogTest, TheDirectoryMayComeLater) {
  const std::string inside = directory_.path() + "/log";
  GrowingLog log(inside + "/mail.log", "log-", [](const std::string&) { return std::uint64_t{0}; });
  EXPECT_EQ(log.next().error().kind, base::ErrorKind::not_found);
  ASSERT_EQ(::mkdir(inside.c_str(), 0700), 0);
  std::ofstream(inside + "/mail.log") << "a\n";
  EXPECT_EQ(log.next()->text, "a\n");
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
    rotate(".old");
    marks_.clear();
    start();
    EXPECT_EQ(log_->next().error().kind, base::ErrorKind::not_found);
    ASSERT_EQ(::unlink((path_ + ".old").c_str()), 0);
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
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(log_->next());
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
  EXPECT_FALSE(log_->next());
}

}  // namespace
}  // namespace signpost::daemon::ingest
