// Socketmap look-ups: the protocol in bytes, and the server over a real socket: who may ask, and what a client may do to others.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mutex.h"
#include "system/socketmap/protocol.h"
#include "system/socketmap/server.h"
#include "system/system_clock.h"
#include "system/unix_listener.h"
#include "tests/support/workplace.h"

namespace signpost::system::socketmap {
namespace {

using namespace std::chrono_literals;

constexpr uid_t kStranger = 65534;
constexpr int kPatience = 20'000;  // milliseconds that a test waits before it gives up

std::string netstring(const std::string& content) {
  return std::to_string(content.size()) + ":" + content + ",";
}

TEST(SocketmapProtocol, TakesARequestApart) {
  const auto parsed = parse_socketmap_request("25:results 5.7.1 said: 550 x,29:more");
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->map, "results");
  EXPECT_EQ((*parsed)->key, "5.7.1 said: 550 x");
  EXPECT_EQ((*parsed)->bytes, 29u);
  const auto empty = parse_socketmap_request("2:m ,");
  ASSERT_TRUE(empty && *empty);
  EXPECT_EQ((*empty)->map, "m");
  EXPECT_EQ((*empty)->key, "");
  const auto longest = parse_socketmap_request(netstring("m " + std::string(kMaxRequest - 2, 'x')));
  EXPECT_TRUE(longest && *longest);
}

TEST(SocketmapProtocol, WaitsForTheRest) {
  const std::string whole = "25:results 5.7.1 said: 550 x,";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parsed = parse_socketmap_request(whole.substr(0, size));
    EXPECT_TRUE(parsed && !*parsed) << size;
  }
}

TEST(SocketmapProtocol, RefusesWhatIsNotARequest) {
  for (const char* bytes :
       {"x", ":", "3;a b,", "03:a b,", "3:a bx", "7:results,", "4: key,", "0:,", "-1:", " 3:a b,"}) {
    const auto parsed = parse_socketmap_request(bytes);
    ASSERT_FALSE(parsed) << bytes;
    EXPECT_EQ(parsed.error().kind, base::ErrorKind::invalid) << bytes;
  }
  for (const char* bytes : {"16385:", "99999", "100000", "18446744073709551617:"}) {
    const auto parsed = parse_socketmap_request(bytes);
    ASSERT_FALSE(parsed) << bytes;
    EXPECT_EQ(parsed.error().kind, base::ErrorKind::limit) << bytes;
  }
}

TEST(SocketmapProtocol, WritesReplies) {
  EXPECT_EQ(format_reply({Reply::Kind::ok, "4.7.1 text"}), "13:OK 4.7.1 text,");
  EXPECT_EQ(format_reply({}), "9:NOTFOUND ,");
  EXPECT_EQ(format_reply({Reply::Kind::temporary, "later"}), "10:TEMP later,");
  EXPECT_EQ(format_reply({Reply::Kind::permanent, "no"}), "7:PERM no,");
  EXPECT_TRUE(format_reply({Reply::Kind::ok, std::string(kMaxReply, 'x')}).starts_with("100000:OK x"));
}

/// Lines of a log that a test reads.
struct Kept {
  base::Mutex mutex;
  std::vector<std::string> lines GUARDED_BY(mutex);
  std::size_t count(std::string_view text) {
    base::MutexLock lock(mutex);
    std::size_t found = 0;
    for (const std::string& line : lines) found += line.find(text) == std::string::npos ? 0 : 1;
    return found;
  }
};
class KeptLines final : public LogLines {
 public:
  explicit KeptLines(std::shared_ptr<Kept> kept) : kept_(std::move(kept)) {}
  void write(std::string_view line, int) override {
    base::MutexLock lock(kept_->mutex);
    kept_->lines.emplace_back(line);
  }

 private:
  std::shared_ptr<Kept> kept_;
};

class Client {
 public:
  explicit Client(const std::string& path) {
    if (auto connected = connect_unix(path)) socket_ = std::move(*connected);
  }
  bool is_connected() const { return socket_.is_open(); }
  int socket() const { return socket_.get(); }
  void send(std::string_view bytes) {
    (void)!::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }
  /// Until the server closes, or `bytes` came; "(nothing)" at the end if neither happens.
  std::string hear(std::size_t bytes) {
    std::string heard;
    while (heard.size() < bytes) {
      pollfd waiting{socket_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, kPatience) <= 0) return heard + "(nothing)";
      std::string chunk(bytes - heard.size(), '\0');
      const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
      if (count <= 0) break;
      heard.append(chunk, 0, static_cast<std::size_t>(count));
    }
    return heard;
  }
  std::string ask(const std::string& key, const std::string& expected) {
    send(netstring("results " + key));
    return hear(netstring(expected).size());
  }
  /// True once the server has closed.
  bool is_closed() { return hear(1).empty(); }

 private:
  Descriptor socket_;
};

class SocketmapServer : public ::testing::Test {
 protected:
  SocketmapServer() {
    settings_.path = directory_.path() + "/results.sock";
    settings_.user = ::geteuid();
    settings_.group = ::getegid();
    settings_.strangers = &strangers_;
  }
  void start() {
    auto started = Server::start(
        settings_,
        [](std::string_view map, std::string_view key) -> Reply {
          if (key == "throw") throw std::bad_alloc();
          if (map != "results") return {Reply::Kind::permanent, "no such map"};
          if (key.starts_with("big")) return {Reply::Kind::ok, std::string(90000, 'x')};
          if (key.starts_with('5')) return {Reply::Kind::ok, "4" + std::string(key.substr(1))};
          return {};
        },
        log_);
    ASSERT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
  }
  /// In a child of that user: what it does is its exit status.
  int as_stranger(const std::function<int()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setgid(kStranger) != 0 || ::setuid(kStranger) != 0) ::_exit(99);
      ::_exit(act());
    }
    int status = 0;
    (void)::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  }

  tests::TempDir directory_;
  ServerSettings settings_;
  SystemClock clock_;
  std::atomic<std::uint64_t> strangers_{0};
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
  DaemonLog log_{KeptLines(kept_), clock_};
  std::unique_ptr<Server> server_;
};

TEST_F(SocketmapServer, AnswersOneLookUpAfterTheOther) {
  start();
  Client client(settings_.path);
  EXPECT_EQ(client.ask("5.7.1 no", "OK 4.7.1 no"), netstring("OK 4.7.1 no"));
  EXPECT_EQ(client.ask("2.0.0 fine", "NOTFOUND "), netstring("NOTFOUND "));
  client.send(netstring("other 5.7.1 no"));
  EXPECT_EQ(client.hear(19), netstring("PERM no such map").substr(0, 19));
}

TEST_F(SocketmapServer, TakesRequestsInPieces) {
  start();
  Client client(settings_.path);
  for (const char c : netstring("results 5.7.1 no")) client.send(std::string_view(&c, 1));
  EXPECT_EQ(client.hear(netstring("OK 4.7.1 no").size()), netstring("OK 4.7.1 no"));
}

TEST_F(SocketmapServer, AnswersManyAtOnceAlsoToWhoSaysNoMore) {
  start();
  Client client(settings_.path);
  std::string requests;
  std::string replies;
  for (int i = 0; i < 1000; ++i) {
    requests += netstring("results 5.7.1 " + std::to_string(i));
    replies += netstring("OK 4.7.1 " + std::to_string(i));
  }
  client.send(requests);
  client.end_sending();
  EXPECT_EQ(client.hear(replies.size() + 1), replies);
}

TEST_F(SocketmapServer, WhoDoesNotReadHoldsNobody) {
  start();
  Client lazy(settings_.path);
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += netstring("results big");
  lazy.send(requests);
  Client other(settings_.path);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(other.ask("5.0.0 a", "OK 4.0.0 a"), netstring("OK 4.0.0 a"));
  const std::size_t all = 100 * netstring("OK " + std::string(90000, 'x')).size();
  EXPECT_EQ(lazy.hear(all).size(), all) << "what was not read yet still comes";
}

TEST_F(SocketmapServer, ClosesWhatIsNotARequest) {
  start();
  for (const char* bytes : {"GET / HTTP/1.0\r\n\r\n", "99999:", "3:abc,", "7:results,", "5:abcdefgh"}) {
    Client client(settings_.path);
    client.send(bytes);
    const std::string heard = client.hear(1000);
    EXPECT_NE(heard.find("PERM "), std::string::npos) << bytes << " gave " << heard;
  }
  EXPECT_EQ(kept_->count("closed a connection"), 1u) << "one line a minute";
}

TEST_F(SocketmapServer, ClosesWhoIsSilent) {
  settings_.idle_timeout = 50ms;
  start();
  Client silent(settings_.path);
  Client slow(settings_.path);
  slow.send("25:resul");
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(slow.is_closed());
}

TEST_F(SocketmapServer, ServesABoundedNumber) {
  settings_.max_connections = 3;
  start();
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(settings_.path);
    EXPECT_EQ(clients.back().ask("5.0.0 a", "OK 4.0.0 a"), netstring("OK 4.0.0 a"));
  }
  Client fourth(settings_.path);
  EXPECT_TRUE(fourth.is_closed());
  clients.pop_back();
  // The server sees the end of the third before it accepts the next, or at the latest one connection later.
  for (int tries = 0; tries < 1000; ++tries) {
    Client next(settings_.path);
    if (next.ask("5.0.0 a", "OK 4.0.0 a") == netstring("OK 4.0.0 a")) return;
  }
  FAIL() << "no room became free";
}

TEST_F(SocketmapServer, ALookUpThatFailsEndsItsConnectionOnly) {
  start();
  Client unlucky(settings_.path);
  Client other(settings_.path);
  unlucky.send(netstring("results throw"));
  EXPECT_TRUE(unlucky.is_closed());
  EXPECT_EQ(other.ask("5.0.0 a", "OK 4.0.0 a"), netstring("OK 4.0.0 a"));
  EXPECT_EQ(kept_->count("a look-up failed"), 1u);
}

TEST_F(SocketmapServer, ServesOnWhenNoDescriptorIsLeft) {
  start();
  Client served(settings_.path);
  EXPECT_EQ(served.ask("5.0.0 a", "OK 4.0.0 a"), netstring("OK 4.0.0 a"));
  Client waiting(settings_.path);
  EXPECT_EQ(waiting.ask("5.0.0 a", "OK 4.0.0 a"), netstring("OK 4.0.0 a"));
  rlimit former{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &former), 0);
  Descriptor last(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const rlimit none{static_cast<rlim_t>(last.get()) + 1, former.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  EXPECT_EQ(::getpeername(served.socket(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  EXPECT_EQ(::connect(last.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(served.ask("5.0.0 b", "OK 4.0.0 b"), netstring("OK 4.0.0 b"));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &former), 0);
  const std::string request = netstring("results 5.0.0 c");
  ASSERT_EQ(::send(last.get(), request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  pollfd reply{last.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&reply, 1, kPatience), 1);
}

TEST_F(SocketmapServer, OnlyThatUserMayAsk) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  settings_.mode = 0666;
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  start();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(as_stranger([this] {
                Client stranger(settings_.path);
                if (!stranger.is_connected()) return 1;
                stranger.send(netstring("results 5.7.1 no"));
                return stranger.is_closed() ? 0 : 2;
              }),
              0);
  }
  EXPECT_EQ(strangers_, 3u);
  EXPECT_EQ(kept_->count("refused user 65534"), 1u) << "one line a minute";
}

TEST_F(SocketmapServer, RootIsAStrangerToo) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  settings_.user = kStranger;
  start();
  Client root(settings_.path);
  root.send(netstring("results 5.7.1 no"));
  EXPECT_TRUE(root.is_closed());
}

TEST_F(SocketmapServer, GivesItsFileToTheGroup) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give to any group";
  settings_.group = kStranger;
  start();
  struct stat facts {};
  ASSERT_EQ(::stat(settings_.path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_gid, kStranger);
  EXPECT_EQ(facts.st_mode & 0777, 0660u);
  server_.reset();
  EXPECT_NE(::stat(settings_.path.c_str(), &facts), 0) << "the file goes with the server";
}

TEST_F(SocketmapServer, SaysWhyItDoesNotStart) {
  settings_.path = directory_.path() + "/missing/results.sock";
  const auto started = Server::start(
      settings_, [](auto, auto) { return Reply{}; }, log_);
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("missing/results.sock"), std::string::npos) << started.error().text;
}

TEST_F(SocketmapServer, StopsWhileClientsWait) {
  start();
  Client client(settings_.path);
  EXPECT_EQ(client.ask("5.0.0 a", "OK 4.0.0 a"), netstring("OK 4.0.0 a"));
  server_.reset();
  EXPECT_TRUE(client.is_closed());
}

}  // namespace
}  // namespace signpost::system::socketmap
