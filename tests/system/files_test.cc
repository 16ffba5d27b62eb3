// The system's files: what the in-memory twin cannot show, above all what another user may not read.
#include "system/files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/reader/key_files.h"

namespace signpost::system {
namespace {

namespace fs = std::filesystem;

class SystemFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "signpost-files-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = fs::canonical(name);
    fs::permissions(directory_, fs::perms(0755));
    write("secret", "hello", 0600);
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ / name; }
  void write(const std::string& name, const std::string& text, unsigned mode) const {
    std::ofstream(path(name)) << text;
    fs::permissions(path(name), fs::perms(mode));
  }

  fs::path directory_;
  SystemFiles files_;
};

/// Runs the body in a child without root's rights; true if it returned true. Root would pass
/// every permission test.
template <class Body>
bool holds_for_another_user(Body body) {
  constexpr uid_t kNobody = 65534;
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::geteuid() != 0 || (::setgid(kNobody) == 0 && ::setuid(kNobody) == 0);
    ::_exit(dropped && body() ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(SystemFilesTest, ReadsWithinItsBound) {
  EXPECT_EQ(files_.read(path("secret"), 5).value_or(""), "hello");
  const auto too_large = files_.read(path("secret"), 4);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().kind, base::ErrorKind::limit);
  const auto missing = files_.read(path("none"), 4);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::not_found);
}

TEST_F(SystemFilesTest, AFifoOrADirectoryIsNoFile) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_FALSE(files_.read(path("fifo"), 10));
  EXPECT_FALSE(files_.read(directory_, 10));
}

TEST_F(SystemFilesTest, ListsNamesInOrder) {
  write("b.toml", "", 0600);
  write("a.toml", "", 0600);
  const auto names = files_.list(directory_);
  ASSERT_TRUE(names);
  EXPECT_EQ(std::vector<std::string>(names->end() - 3, names->end()),
            (std::vector<std::string>{"a.toml", "b.toml", "secret"}));
  EXPECT_TRUE(files_.list(path("none")).value_or(std::vector<std::string>{"x"}).empty());
}

TEST_F(SystemFilesTest, InspectDoesNotFollowALink) {
  fs::create_symlink("secret", path("link"));
  const auto facts = files_.inspect(path("link"));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->kind, FileFacts::Kind::link);
  EXPECT_EQ(facts->target, "secret");
  EXPECT_EQ(files_.inspect(path("secret"))->permissions, 0600u);
}

TEST_F(SystemFilesTest, SecretsAreCheckedOnARealPath) {
  EXPECT_TRUE(config::reader::find_secret(files_, path("secret")));
  write("open", "x", 0604);
  const auto open = config::reader::find_secret(files_, path("open"));
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().text,
            path("open") + " is accessible to everyone (mode 0604); fix it with: chmod o= " + path("open"));
  fs::permissions(directory_, fs::perms(0777));
  const auto directory = config::reader::find_secret(files_, path("secret"));
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().text, directory_.string() +
                                        " is writable by everyone (mode 0777); fix it with: chmod o-w " +
                                        directory_.string());
}

TEST_F(SystemFilesTest, AnotherUserMayNotReadOrOwn) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  EXPECT_TRUE(holds_for_another_user([this] {
    const auto text = files_.read(path("secret"), 10);
    return !text && text.error().kind == base::ErrorKind::unavailable;
  }));
  ASSERT_EQ(::chown(path("secret").c_str(), 65534, 65534), 0);
  const auto foreign = config::reader::find_secret(files_, path("secret"));
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().text.find("fix it with: chown root " + path("secret")), std::string::npos)
      << foreign.error().text;
  EXPECT_TRUE(holds_for_another_user(
      [this] { return config::reader::find_secret(files_, path("secret")).has_value(); }));
}

TEST_F(SystemFilesTest, KnowsGroups) {
  EXPECT_TRUE(files_.group_exists("root"));
  EXPECT_FALSE(files_.group_exists("no-such-group"));
}

TEST_F(SystemFilesTest, KnowsUsers) {
  EXPECT_TRUE(files_.user_exists("root"));
  EXPECT_FALSE(files_.user_exists("no-such-user"));
}

}  // namespace
}  // namespace signpost::system
