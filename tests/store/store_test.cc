// The directory as a whole: made, guarded, opened once, backed up; overrides in and out.
#include "store/store.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/tables.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

using namespace std::chrono_literals;

policy::Listing listing(const std::string& address) {
  policy::Listing made;
  made.address = address;
  return made;
}
unsigned mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}
/// What open says in a child process that is another user (if this one is root) and has its own locks.
std::string open_elsewhere(const std::string& directory, uid_t uid) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(uid) != 0 || ::setuid(uid) != 0)) ::_exit(1);
    const auto store = Store::open(directory);
    const std::string text = store ? "open" : store.error().text;
    ::_exit(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  const ssize_t got = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

TEST(Store, MakesWhatIsMissingForItselfOnly) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/store";
  const auto store = Store::open(path);
  ASSERT_TRUE(store) << store.error().text;
  EXPECT_EQ(mode_of(path), 0700U);
  EXPECT_EQ(mode_of(path + "/list.mdb"), 0600U);
  EXPECT_EQ(mode_of(path + "/signpost.lock"), 0600U);
  EXPECT_FALSE(Store::open(directory.path() + "/no/parent"));
}

TEST(Store, ASecondOneIsRefusedAndNamesTheFirst) {
  const tests::TempDir directory;
  auto store = Store::open(directory.path());
  ASSERT_TRUE(store);
  const auto second = Store::open(directory.path());
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text.find("pid " + std::to_string(::getpid())), std::string::npos)
      << second.error().text;
  EXPECT_NE(open_elsewhere(directory.path(), ::geteuid()).find("open in another process"), std::string::npos);
  store->reset();
  EXPECT_TRUE(Store::open(directory.path()));
}

TEST(Store, AnUnsafeDirectoryIsRefusedWithTheCommandThatMendsIt) {
  const tests::TempDir directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0770), 0);
  const auto store = Store::open(directory.path());
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().text.find("chmod go-w"), std::string::npos) << store.error().text;
  std::ofstream(directory.path() + "/file") << "x";
  EXPECT_NE(Store::open(directory.path() + "/file").error().text.find("not a directory"), std::string::npos);
}

TEST(Store, AForeignUserAndAReadOnlyDirectoryAreRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  constexpr uid_t kNobody = 65534;
  const tests::TempDir directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  const std::string path = directory.path() + "/store";
  EXPECT_NE(open_elsewhere(path, kNobody).find("Permission denied"), std::string::npos);
  { ASSERT_TRUE(Store::open(path)); }
  ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  EXPECT_NE(open_elsewhere(path, kNobody).find("belongs to uid 0"), std::string::npos);
  ASSERT_EQ(::chown(path.c_str(), kNobody, kNobody), 0);
  EXPECT_NE(open_elsewhere(path, kNobody).find("Permission denied"), std::string::npos)
      << "its files are still root's";
  std::filesystem::remove_all(path);
  ASSERT_EQ(::mkdir(path.c_str(), 0500), 0);
  ASSERT_EQ(::chown(path.c_str(), kNobody, kNobody), 0);
  EXPECT_NE(open_elsewhere(path, kNobody).find("Permission denied"), std::string::npos);
}

TEST(Store, AnotherVersionIsRefusedAndNamed) {
  const tests::TempDir directory;
  { ASSERT_TRUE(Store::open(directory.path())); }
  {
    const auto env = lmdb::Env::open(directory.path() + "/list.mdb", kTableNames, {});
    ASSERT_TRUE((*env)->write([](lmdb::WriteTransaction& transaction) {
      return transaction.put(tables::meta, "format", list::format_number(99));
    }));
  }
  const auto store = Store::open(directory.path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, base::ErrorKind::corrupt);
  EXPECT_NE(store.error().text.find("99"), std::string::npos) << store.error().text;
}

TEST(Store, ABackupIsAStoreOfThatMoment) {
  const tests::TempDir directory;
  const std::string copy = directory.path() + "/copy";
  {
    const auto store = Store::open(directory.path() + "/store");
    ASSERT_TRUE((*store)->suppressions().add(listing("bob@example.net")));
    ASSERT_EQ(::mkdir(copy.c_str(), 0700), 0);
    ASSERT_TRUE((*store)->backup(copy + "/list.mdb"));
    ASSERT_TRUE((*store)->suppressions().add(listing("late@example.net")));
    EXPECT_FALSE((*store)->backup(directory.path() + "/no/where"));
  }
  EXPECT_EQ(mode_of(copy + "/list.mdb"), 0600U);
  std::filesystem::copy_file(directory.path() + "/store/signpost.id", copy + "/signpost.id");
  const auto restored = Store::open(copy);
  ASSERT_TRUE(restored) << restored.error().text;
  EXPECT_EQ((*restored)->suppressions().find({"bob", "example.net"})->size(), 1U);
  EXPECT_TRUE((*restored)->suppressions().find({"late", "example.net"})->empty());
}

TEST(Store, OverridesSurviveARestart) {
  const tests::TempDir directory;
  const base::Wall until{1'800'000'000'000ms};
  {
    const auto store = Store::open(directory.path());
    RuntimeStore& runtime = (*store)->runtime();
    ASSERT_TRUE(runtime.pause("acme", {until, "operator uid=0"}));
    ASSERT_TRUE(runtime.pause("shop", {}));
    ASSERT_TRUE(runtime.set_limit("login-hour", {{{5, 1h}, {10, 24h}}, until, "operator"}));
    ASSERT_TRUE(runtime.set_limit("other", {{{1, 1s}}, {}, ""}));
    EXPECT_TRUE(*runtime.resume("shop"));
    EXPECT_FALSE(*runtime.resume("shop"));
    EXPECT_TRUE(*runtime.reset_limit("other"));
    EXPECT_FALSE(runtime.pause(std::string(600, 'x'), {}));
  }
  const auto store = Store::open(directory.path());
  const auto overrides = (*store)->runtime().load();
  ASSERT_TRUE(overrides);
  ASSERT_EQ(overrides->paused.size(), 1U);
  EXPECT_EQ(overrides->paused.at("acme").until, until);
  EXPECT_EQ(overrides->paused.at("acme").by, "operator uid=0");
  ASSERT_EQ(overrides->limits.size(), 1U);
  EXPECT_EQ(overrides->limits.at("login-hour").rates, (std::vector<policy::Rate>{{5, 1h}, {10, 24h}}));
}

}  // namespace
}  // namespace signpost::store
