// The file of a unix socket: who may be there before, what it is while it is ours, and who removes it.
#include "system/unix_listener.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ip.h"
#include "system/peer_credentials.h"
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

TEST(TcpOwner, IsTheUserOfTheClient) {
  for (const int family : {AF_INET, AF_INET6}) {
    const Descriptor server(::socket(family, SOCK_STREAM, 0));
    const Descriptor client(::socket(family, SOCK_STREAM, 0));
    sockaddr_storage at{};
    socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    at.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET) reinterpret_cast<sockaddr_in&>(at).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (family == AF_INET6) reinterpret_cast<sockaddr_in6&>(at).sin6_addr = in6addr_loopback;
    if (::bind(server.get(), reinterpret_cast<sockaddr*>(&at), size) != 0) continue;  // no IPv6 here
    ASSERT_EQ(::listen(server.get(), 1), 0);
    ASSERT_EQ(::getsockname(server.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
    ASSERT_EQ(::getsockname(client.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    const base::Ip address = *base::parse_ip(family == AF_INET ? "127.0.0.1" : "::1");
    const std::uint16_t port = ntohs(family == AF_INET ? reinterpret_cast<sockaddr_in&>(at).sin_port
                                                       : reinterpret_cast<sockaddr_in6&>(at).sin6_port);
    const auto owner = find_tcp_owner(address, port);
    ASSERT_TRUE(owner) << owner.error().text;
    EXPECT_EQ(*owner, ::geteuid());
    EXPECT_EQ(find_tcp_owner(*base::parse_ip("192.0.2.1"), port).error().kind, base::ErrorKind::not_found);
  }
}

}  // namespace
}  // namespace signpost::system
