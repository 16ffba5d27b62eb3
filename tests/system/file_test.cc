// Files on a machine that works, and on one that fails: whatever goes wrong, the former file is there whole or
// the new one is, nothing else is left behind, and the error says what failed.
#include "system/file.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/errors.h"
#include "tests/system/faults.h"

namespace signpost::system {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using faults::Fault;
using faults::Plan;

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "signpost-file-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = fs::canonical(name);
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string path(const std::string& name = "file") const { return directory_ / name; }
  void put(const std::string& text, unsigned mode = 0600) const {
    std::ofstream(path()) << text;
    fs::permissions(path(), fs::perms(mode));
  }
  std::string text(const std::string& name = "file") const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  unsigned mode() const {
    struct stat facts {};
    return ::stat(path().c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
  }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(directory_), {}); }

  fs::path directory_;
};

TEST_F(FileTest, ReplacesAFileOrMakesOne) {
  ASSERT_TRUE(replace_file(path(), fill_with("one")));
  EXPECT_EQ(text(), "one");
  EXPECT_EQ(mode(), 0600u);
  ASSERT_TRUE(replace_file(path(), fill_with("two"), {.mode = 0640}));
  EXPECT_EQ(text(), "two");
  EXPECT_EQ(mode(), 0640u);
  EXPECT_EQ(files(), 1);
}

TEST_F(FileTest, ReplacesInAnOpenDirectoryWhereverThatHasGone) {
  const fs::path moved = directory_ / "moved";
  fs::create_directory(directory_ / "here");
  const auto opened = open_directory(directory_ / "here");
  ASSERT_TRUE(opened);
  fs::rename(directory_ / "here", moved);
  ASSERT_TRUE(replace_file({*opened, "file"}, fill_with("in")));
  EXPECT_EQ(text("moved/file"), "in");
  EXPECT_EQ(read_file({*opened, "file"}).value_or(""), "in");
  ASSERT_TRUE(rename_file({*opened, "file"}, {*opened, "other"}));
  EXPECT_EQ(text("moved/other"), "in");
}

TEST_F(FileTest, KeepsTheOwnerAndTheModeOfAFormerFile) {
  const auto none = replace_file(path(), fill_with("x"), {.keep_owner = true});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::not_found);
  EXPECT_EQ(files(), 0);
  put("old", 0644);
  const bool as_root = ::geteuid() == 0;
  if (as_root) {
    ASSERT_EQ(::chown(path().c_str(), 1234, 1235), 0);
  }
  ASSERT_TRUE(replace_file(path(), fill_with("new"), {.keep_owner = true}));
  EXPECT_EQ(text(), "new");
  EXPECT_EQ(mode(), 0644u);
  struct stat facts {};
  ASSERT_EQ(::stat(path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, as_root ? 1234 : ::geteuid());
  EXPECT_EQ(facts.st_gid, as_root ? 1235 : ::getegid());
}

TEST_F(FileTest, WhatTheFillerRefusesChangesNothing) {
  put("old");
  const auto refused = replace_file(path(), [](int file) {
    (void)write_all(file, "half");
    return base::Result<void>(base::invalid("no"));
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "no");
  EXPECT_EQ(text(), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(FileTest, ANewFileReplacesNothing) {
  ASSERT_TRUE(write_new_file(path(), "one"));
  EXPECT_EQ(mode(), 0600u);
  fs::create_symlink("nowhere", path("link"));
  for (const char* name : {"file", "link"}) {
    const auto again = write_new_file(path(name), "two");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::invalid);
  }
  EXPECT_EQ(text(), "one");
  EXPECT_EQ(write_new_file(path("none/file"), "x").error().kind, ErrorKind::not_found);
}

TEST_F(FileTest, ReadsWholeFilesWithinABound) {
  put(std::string(200'000, 'x'));
  EXPECT_EQ(read_file(path())->size(), 200'000u);
  EXPECT_EQ(read_file(path(), {.max_bytes = 200'000, .regular_only = true})->size(), 200'000u);
  EXPECT_EQ(read_file(path(), {.max_bytes = 199'999}).error().kind, ErrorKind::limit);
  EXPECT_EQ(read_file(path(), {.max_bytes = 0}).error().kind, ErrorKind::limit);
  EXPECT_EQ(read_file(path("none")).error().kind, ErrorKind::not_found);
  put("");
  EXPECT_EQ(read_file(path(), {.max_bytes = 0}).value_or("x"), "");
}

TEST_F(FileTest, ReadsOtherKindsOfFileOnlyIfTheyMayBe) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(path("fifo"), {.regular_only = true}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(read_file(directory_.string(), {.regular_only = true}).error().kind, ErrorKind::invalid);
  EXPECT_FALSE(read_file(directory_.string()));
  const std::string sent(300'000, 'y');  // more than a pipe holds, and more than one piece
  std::thread writer([&] {
    const Descriptor pipe(::open(path("fifo").c_str(), O_WRONLY));
    (void)write_all(pipe.get(), sent);
  });
  EXPECT_EQ(read_file(path("fifo")).value_or(""), sent);
  writer.join();
  EXPECT_FALSE(read_file("/proc/self/status")->empty()) << "a regular file that says it is empty";
  put("x");
  fs::create_symlink("file", path("link"));
  EXPECT_TRUE(read_file(path("link")));
  EXPECT_FALSE(read_file(path("link"), {.follow_link = false}));
}

TEST_F(FileTest, NamesTheDirectoryOfAPath) {
  EXPECT_EQ(directory_of("/a/b"), "/a");
  EXPECT_EQ(directory_of("/a"), "/");
  EXPECT_EQ(directory_of("a"), ".");
}

TEST_F(FileTest, ErrnoBecomesAnErrorThatNamesWhatFailed) {
  EXPECT_EQ(system_error("opening x", ENOENT).kind, ErrorKind::not_found);
  EXPECT_EQ(system_error("opening x", EACCES).kind, ErrorKind::unavailable);
  EXPECT_EQ(system_error("opening x", EACCES).text, "opening x: Permission denied");
}

TEST_F(FileTest, ShortAndInterruptedCallsAreGoneOnWith) {
  const std::vector<Fault> all = {{"write", EINTR}, {"write", 0, 2}, {"write", 0, 1}, {"close", EINTR}};
  {
    const Plan plan(all);
    EXPECT_TRUE(replace_file(path(), fill_with("0123456789")));
    EXPECT_TRUE(plan.is_spent());
  }
  EXPECT_EQ(text(), "0123456789");
  {
    const Plan plan(all);
    EXPECT_TRUE(write_new_file(path("new"), "0123456789"));
    EXPECT_TRUE(plan.is_spent());
  }
  EXPECT_EQ(text("new"), "0123456789");
  {
    const Plan plan({{"read", EINTR}, {"read", 0, 3}, {"read", 0, 1}});
    EXPECT_EQ(read_file(path()).value_or(""), "0123456789");
    EXPECT_TRUE(plan.is_spent());
  }
  const Descriptor file(::open(path().c_str(), O_RDWR | O_CLOEXEC));
  std::string bytes(20, ' ');
  {
    const Plan plan({{"pread", EINTR}, {"pread", 0, 3}, {"pwrite", EINTR}, {"pwrite", 0, 1}});
    EXPECT_TRUE(write_at(file.get(), 8, "ab"));
    EXPECT_EQ(read_at(file.get(), 0, bytes.data(), bytes.size()).value_or(0), 10u);
    EXPECT_TRUE(plan.is_spent());
  }
  EXPECT_EQ(bytes.substr(0, 10), "01234567ab");
}

TEST_F(FileTest, TellsHowFarAWriteCame) {
  const Descriptor file(::open(path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const Plan plan({{"write", 0, 3}, {"write", ENOSPC}});
  std::size_t written = 99;
  EXPECT_FALSE(write_all(file.get(), "0123456789", &written));
  EXPECT_EQ(written, 3u);
}

TEST_F(FileTest, AReadThatFailsIsNoShortFile) {
  put("0123456789");
  const Plan plan({{"read", 0, 3}, {"read", EIO}, {"pread", 0, 3}, {"pread", EIO}});
  EXPECT_EQ(read_file(path()).error().text, path() + ": Input/output error");
  const Descriptor file(::open(path().c_str(), O_RDONLY | O_CLOEXEC));
  std::string bytes(10, ' ');
  EXPECT_FALSE(read_at(file.get(), 0, bytes.data(), bytes.size()));
  EXPECT_TRUE(plan.is_spent());
}

/// Everything that can fail before the new name is there. What is planned, and the system's text for it.
struct Failure {
  std::vector<Fault> faults;
  std::string text;
};
const std::vector<Failure> kBeforeTheName = {
    {{{"write", ENOSPC}}, "No space left on device"},
    {{{"write", 0, 4}, {"write", EDQUOT}}, "Disk quota exceeded"},
    {{{"fsync", EIO}}, "Input/output error"},
    {{{"close", EIO}}, "Input/output error"},
    {{{"close", ENOSPC}}, "No space left on device"},
};

TEST_F(FileTest, AFailureLeavesTheFormerFileAndNothingElse) {
  put("old");
  std::vector<Failure> failures = kBeforeTheName;
  failures.push_back({{{"renameat", EACCES}}, "Permission denied"});
  for (const Failure& failure : failures) {
    const Plan plan(failure.faults);
    const auto done = replace_file(path(), fill_with("new text"));
    ASSERT_FALSE(done) << failure.text;
    EXPECT_TRUE(plan.is_spent()) << failure.text;
    EXPECT_EQ(done.error().kind, ErrorKind::unavailable);
    EXPECT_NE(done.error().text.find(failure.text), std::string::npos) << done.error().text;
    EXPECT_EQ(text(), "old");
    EXPECT_EQ(files(), 1);
  }
}

TEST_F(FileTest, AFailureLeavesNoNewFile) {
  std::vector<Failure> failures = kBeforeTheName;
  failures.push_back({{{"fsync", EIO, 1, 1}}, "syncing the directory"});
  for (const Failure& failure : failures) {
    const Plan plan(failure.faults);
    const auto done = write_new_file(path(), "new text");
    ASSERT_FALSE(done) << failure.text;
    EXPECT_TRUE(plan.is_spent()) << failure.text;
    EXPECT_NE(done.error().text.find(failure.text), std::string::npos) << done.error().text;
    EXPECT_EQ(files(), 0);
  }
}

TEST_F(FileTest, ADirectoryThatIsNotSyncedIsAnError) {
  put("old");
  {
    const Plan plan({{"fsync", EIO, 1, 1}});
    const auto done = replace_file(path(), fill_with("new"));
    ASSERT_FALSE(done);
    EXPECT_TRUE(plan.is_spent());
    EXPECT_NE(done.error().text.find("syncing the directory"), std::string::npos);
  }
  EXPECT_EQ(text(), "new") << "it has its name already";
  EXPECT_EQ(files(), 1);
  const Plan plan({{"fsync", EIO}, {"fsync", EIO}});
  EXPECT_FALSE(rename_file(path(), path("other")));
  EXPECT_FALSE(sync_directory(directory_));
  EXPECT_TRUE(plan.is_spent());
}

}  // namespace
}  // namespace signpost::system
