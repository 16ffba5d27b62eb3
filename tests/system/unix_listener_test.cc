// The file of a unix socket: who may be there before, what it is while it is ours, and who removes it.
#include "system/unix_listener.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "system/system_address.h"

namespace signpost::system {
namespace {

namespace fs = std::filesystem;

class UnixListenerTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "signpost-unix-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    path_ = directory_ / "socket";
  }
  void TearDown() override { fs::remove_all(directory_); }

  base::Result<UnixListener> open(mode_t mode = 0660) const {
    return UnixListener::open(path_, {mode, GetParam()});
  }
  /// What a killed process leaves: a socket file that nobody reads from.
  void leave_stale() const {
    const Descriptor socket(::socket(AF_UNIX, GetParam() | SOCK_CLOEXEC, 0));
    const auto address = unix_address(path_);
    ASSERT_EQ(::bind(socket.get(), address->get(), address->size), 0);
  }

  fs::path directory_;
  std::string path_;
};

TEST_P(UnixListenerTest, ReplacesAStaleSocketAndRefusesALiveOne) {
  leave_stale();
  const auto first = open();
  ASSERT_TRUE(first) << first.error().text;
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text.find("is served by a running process"), std::string::npos)
      << second.error().text;
  EXPECT_TRUE(fs::exists(path_));
}

TEST_P(UnixListenerTest, HasTheModeWhateverTheUmask) {
  const mode_t former = ::umask(0077);
  const auto listener = open(0666);
  ::umask(former);
  ASSERT_TRUE(listener);
  struct stat facts {};
  ASSERT_EQ(::lstat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0666u);
}

TEST_P(UnixListenerTest, RemovesItsFileAndNobodyElses) {
  std::optional<UnixListener> first(std::move(*open()));
  const Descriptor socket(first->release_descriptor());
  first.reset();
  EXPECT_FALSE(fs::exists(path_)) << "also when the socket is somebody else's by now";
  first.emplace(std::move(*open()));
  fs::rename(path_, path_ + ".kept");  // keeps its inode from being used again
  const auto other = open();
  ASSERT_TRUE(other);
  first.reset();
  EXPECT_TRUE(fs::exists(path_));
}

TEST_P(UnixListenerTest, RefusesAFileOfAnotherKindAndALongPath) {
  std::ofstream(path_) << "text";
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::invalid);
  EXPECT_TRUE(fs::exists(path_));
  EXPECT_FALSE(UnixListener::open(path_ + std::string(108, 'x'), {0660, GetParam()}));
  EXPECT_FALSE(UnixListener::open("", {0660, GetParam()}));
}

INSTANTIATE_TEST_SUITE_P(Types, UnixListenerTest, ::testing::Values(SOCK_STREAM, SOCK_DGRAM));

TEST(ConnectUnix, TellsAMissingSocketFromADeadOne) {
  EXPECT_EQ(connect_unix("/nonexistent/socket").error().kind, base::ErrorKind::not_found);
}

}  // namespace
}  // namespace signpost::system
