// The event files: lines reach the file of their day, stay in place, survive a torn end, are lost and counted on a disk that
// fails, and go by age and by size.
#include "store/events/event_files.h"

#include <csignal>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

base::Wall at(std::string_view text) {
  return *base::parse_time(text);
}

/// No file of this process grows beyond `size`.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{size, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

class EventFilesTest : public testing::Test {
 protected:
  EventFiles& files() {
    if (!files_) files_ = std::move(*EventFiles::open(path_, max_bytes_));
    return *files_;
  }
  void close() { files_.reset(); }
  std::string file_of(const std::string& day) const { return path_ + "/" + day + ".events"; }
  std::vector<std::string> lines_of(const std::string& day) {
    std::vector<std::string> lines;
    EXPECT_TRUE(files().visit({std::chrono::floor<std::chrono::days>(at(day)), 0},
                              [&](const EventPlace& place, std::string_view line) {
                                lines.push_back(format_event_place(place) + " " + std::string(line));
                                return true;
                              }));
    return lines;
  }
  using Lines = std::vector<std::string>;

  tests::TempDir directory_;
  const std::string path_ = directory_.path() + "/events";
  std::uint64_t max_bytes_ = 1 << 30;
  std::unique_ptr<EventFiles> files_;
};

TEST_F(EventFilesTest, EachDayHasAFile) {
  files().append(at("2026-11-27T23:59:59Z"), "one");
  files().append(at("2026-11-28T00:00:01Z"), "two");
  files().append(at("2026-11-28T00:00:02Z"), "three");
  files().flush();
  EXPECT_EQ(lines_of("2026-11-27"), Lines{"20261127.0 one"});
  EXPECT_EQ(lines_of("2026-11-28"), (Lines{"20261128.0 two", "20261128.4 three"}));
  EXPECT_EQ(lines_of("2026-11-26"), Lines{});
  EXPECT_EQ(files().days()->size(), 2u);
  struct stat facts {};
  ASSERT_EQ(::stat(file_of("2026-11-28").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0640u);
}

TEST_F(EventFilesTest, WhatWaitsIsWrittenAtTheEnd) {
  for (int i = 0; i < 1000; ++i) files().append(at("2026-11-28"), "line " + std::to_string(i));
  close();
  EXPECT_EQ(lines_of("2026-11-28").size(), 1000u);
  EXPECT_EQ(files().lost(), 0u);
}

TEST_F(EventFilesTest, ATornLineIsALineOfItsOwn) {
  files().append(at("2026-11-28"), "one");
  close();
  std::ofstream(file_of("2026-11-28"), std::ios::app) << "tor";
  EXPECT_EQ(lines_of("2026-11-28"), Lines{"20261128.0 one"});
  files().append(at("2026-11-28"), "two");
  files().flush();
  EXPECT_EQ(lines_of("2026-11-28"), (Lines{"20261128.0 one", "20261128.4 tor", "20261128.8 two"}));
}

TEST_F(EventFilesTest, ReadsAcrossBuffersAndPassesOverWhatIsTooLong) {
  Lines expected;
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    const std::string line = std::to_string(i) + std::string(static_cast<std::size_t>(i % 700), 'x');
    expected.push_back("20261128." + std::to_string(text.size()) + " " + line);
    text += line + "\n";
    if (i % 1000 == 500) text += std::string(500'000, 'y') + "\n";
  }
  ASSERT_TRUE(files().days());
  std::ofstream(file_of("2026-11-28")) << text;
  EXPECT_EQ(lines_of("2026-11-28"), expected);
}

TEST_F(EventFilesTest, OverwritingMovesNothing) {
  for (const char* line : {"one", "two", "three"}) files().append(at("2026-11-28"), line);
  files().flush();
  const Day day = std::chrono::floor<std::chrono::days>(at("2026-11-28"));
  ASSERT_TRUE(files().overwrite({day, 4}, "xxx"));
  ASSERT_TRUE(files().sync(day));
  files().append(at("2026-11-28"), "four");
  files().flush();
  EXPECT_EQ(lines_of("2026-11-28"),
            (Lines{"20261128.0 one", "20261128.4 xxx", "20261128.8 three", "20261128.14 four"}));
}

TEST_F(EventFilesTest, OldDaysGoAndTodayStays) {
  max_bytes_ = 2100;
  for (const char* day : {"2026-11-20", "2026-11-26", "2026-11-27", "2026-11-28", "2030-01-01"})
    files().append(at(day), std::string(1000, 'x'));
  files().flush();
  const auto sweep = [&](const char* oldest, const char* today) {
    EXPECT_TRUE(files().sweep(std::chrono::floor<std::chrono::days>(at(oldest)),
                              std::chrono::floor<std::chrono::days>(at(today))));
    return files().days()->size();
  };
  EXPECT_EQ(sweep("2026-11-25", "2026-11-28"), 2u) << "of four recent ones two are too many";
  EXPECT_EQ(lines_of("2026-11-27").size(), 1u);
  EXPECT_EQ(sweep("2026-12-25", "2026-11-28"), 1u);
  EXPECT_EQ(lines_of("2026-11-28").size(), 1u);
  EXPECT_EQ(sweep("2026-12-25", "2026-12-26"), 0u) << "none is kept for ever";
}

TEST_F(EventFilesTest, ADayThatWouldTakeTooMuchLosesWhatComesThen) {
  max_bytes_ = 2100;
  for (int i = 0; i < 3; ++i) {
    files().append(at("2026-11-28"), std::string(1000, 'x'));
    files().flush();
  }
  EXPECT_EQ(lines_of("2026-11-28").size(), 2u);
  EXPECT_EQ(files().lost(), 1u);
  EXPECT_NE(files().problem().find("retention.events_size"), std::string::npos) << files().problem();
}

TEST_F(EventFilesTest, AFileThatSomebodyRemovedIsMadeAgain) {
  files().append(at("2026-11-28"), "one");
  files().flush();
  ASSERT_EQ(::unlink(file_of("2026-11-28").c_str()), 0);
  files().append(at("2026-11-28"), "two");
  files().flush();
  EXPECT_EQ(lines_of("2026-11-28"), Lines{"20261128.0 two"});
}

TEST_F(EventFilesTest, WhatCannotBeWrittenIsLostAndCounted) {
  files().append(at("2026-11-28"), "one");
  files().flush();
  ASSERT_EQ(::mkdir(file_of("2026-11-29").c_str(), 0700), 0);  // no file can have that name
  files().append(at("2026-11-29"), "two");
  files().flush();
  EXPECT_EQ(files().lost(), 1u);
  EXPECT_NE(files().problem().find("2026-11-29.events"), std::string::npos) << files().problem();
  files().append(at("2026-11-28"), "three");
  files().flush();
  EXPECT_EQ(files().problem(), "");
  EXPECT_EQ(lines_of("2026-11-28").size(), 2u);
}

TEST_F(EventFilesTest, AFullDiskLosesWholeLines) {
  files().append(at("2026-11-28"), "one");
  files().flush();
  {
    const FullDisk full(10'000);
    files().append(at("2026-11-28"), std::string(8000, 'x'));
    files().flush();
    files().append(at("2026-11-28"), std::string(8000, 'y'));
    files().flush();
    EXPECT_EQ(files().lost(), 1u);
    EXPECT_NE(files().problem(), "");
  }
  files().append(at("2026-11-28"), "four");
  files().flush();
  EXPECT_EQ(lines_of("2026-11-28"),
            (Lines{"20261128.0 one", "20261128.4 " + std::string(8000, 'x'), "20261128.8005 four"}));
}

TEST_F(EventFilesTest, ADirectoryThatCannotBeUsedIsAnError) {
  EXPECT_FALSE(EventFiles::open(directory_.path() + "/no/such", 1));
  std::ofstream(directory_.path() + "/file") << "x";
  EXPECT_FALSE(EventFiles::open(directory_.path() + "/file", 1));
}

}  // namespace
}  // namespace signpost::store
