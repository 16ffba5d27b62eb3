// The service over a real socket, with the daemon's own channel and with peers that behave badly. The queue is a twin.
#include "release/server.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/release_channel.h"
#include "system/standard_error.h"
#include "system/system_clock.h"
#include "system/unix_listener.h"
#include "tests/release/twin_queue.h"
#include "tests/support/workplace.h"

namespace signpost::release {
namespace {

using namespace std::chrono_literals;
using Place = Sight::Place;
using Channel = system::ReleaseChannel;
using ChannelAnswer = system::ReleaseChannel::Answer;
using ToldState = system::ReleaseChannel::Told::State;

constexpr uid_t kStranger = 65534;
constexpr int kPatience = 20'000;  // milliseconds that a test waits before it gives up

/// A peer that sends bytes as they are.
class Peer {
 public:
  explicit Peer(const std::string& path) : socket_(system::connect_unix(path).value()) {}
  void send(const std::string& bytes) const {
    ASSERT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// Sends as long as the other side takes it; how much.
  std::size_t flood(const std::string& bytes) const {
    std::size_t sent = 0;
    for (;;) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count <= 0) return sent;
      sent += static_cast<std::size_t>(count);
    }
  }
  void end() const { ::shutdown(socket_.get(), SHUT_WR); }
  /// The next line; "" at the end.
  std::string line() {
    for (;;) {
      if (const std::size_t end = in_.find('\n'); end != std::string::npos) {
        const std::string found = in_.substr(0, end);
        in_.erase(0, end + 1);
        return found;
      }
      pollfd waits{socket_.get(), POLLIN, 0};
      if (::poll(&waits, 1, kPatience) != 1) return "nothing came";
      char chunk[4096];
      const ssize_t count = ::recv(socket_.get(), chunk, sizeof chunk, 0);
      if (count <= 0) return "";
      in_.append(chunk, static_cast<std::size_t>(count));
    }
  }

 private:
  system::Descriptor socket_;
  std::string in_;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    settings_.path = directory_.path() + "/release.sock";
    settings_.user = ::geteuid();
  }
  void start() {
    server_.reset();
    auto keeper = Keeper::open(directory_.path() + "/told", {{"main", &queue_}, {"second", &second_}});
    ASSERT_TRUE(keeper) << keeper.error().text;
    auto server = Server::start(settings_, std::move(*keeper), clock_, log_);
    ASSERT_TRUE(server) << server.error().text;
    server_ = std::move(*server);
  }
  std::string id(int number) const {
    std::string digits = std::to_string(number);
    return "AA" + std::string(8 - digits.size(), '0') + digits;
  }
  Channel channel(std::chrono::milliseconds timeout = std::chrono::milliseconds(kPatience)) const {
    return Channel::at(settings_.path, timeout);
  }
  /// Told, and in the hold queue.
  void hold(const std::string& id) {
    queue_.put(id, Place::receiving, 7);
    const auto held = channel().held(id);
    ASSERT_TRUE(held) << held.error().text;
    queue_.put(id, Place::held, 7, now());
  }
  std::int64_t now() const { return std::chrono::nanoseconds(clock_.wall().time_since_epoch()).count(); }

  tests::TempDir directory_;
  TwinQueue queue_;
  TwinQueue second_;
  ServerSettings settings_;
  system::SystemClock clock_;
  system::DaemonLog log_{system::StandardError(), clock_};
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, TheChannelTellsListsAndReleases) {
  start();
  hold(id(1));
  hold(id(2));
  second_.put(id(3), Place::receiving, 9);
  ASSERT_TRUE(channel().held("second:" + id(3)));
  const auto told = channel().list();
  ASSERT_TRUE(told);
  ASSERT_EQ(told->size(), 3u);
  EXPECT_EQ((*told)[0].id, id(1));
  EXPECT_EQ((*told)[0].state, ToldState::hold);
  EXPECT_LE((*told)[0].since, clock_.wall());
  EXPECT_EQ((*told)[2].id, "second:" + id(3));
  EXPECT_EQ((*told)[2].state, ToldState::coming);

  queue_.take(id(2));
  const std::vector<std::string> ids = {id(2), id(1), id(4), "not an id\nrelease ALL", "", "second:" + id(3)};
  const auto answers = channel().release(ids);
  ASSERT_TRUE(answers) << answers.error().text;
  EXPECT_EQ(*answers, (std::vector<ChannelAnswer>{ChannelAnswer::gone, ChannelAnswer::done,
                                                  ChannelAnswer::not_told, ChannelAnswer::not_told,
                                                  ChannelAnswer::not_told, ChannelAnswer::failed}));
  EXPECT_EQ(queue_.calls(), (std::vector<TwinQueue::Call>{{Verb::release, {id(1)}}}));
  EXPECT_EQ(channel().list()->size(), 1u);
}

TEST_F(ServerTest, TheChannelDropsAndRefuses) {
  start();
  hold(id(1));
  hold(id(2));
  EXPECT_EQ(channel().drop(std::vector{id(1)}).value(), std::vector{ChannelAnswer::done});
  EXPECT_EQ(channel().refuse(std::vector{id(2)}).value(), std::vector{ChannelAnswer::done});
  EXPECT_EQ(queue_.calls(), (std::vector<TwinQueue::Call>{{Verb::drop, {id(1)}}, {Verb::refuse, {id(2)}}}));
}

TEST_F(ServerTest, TheChannelSaysWhyAMessageIsNotTold) {
  start();
  EXPECT_EQ(channel().held(id(1)).error().kind, base::ErrorKind::not_found);
  queue_.put(id(1), Place::held, 7, now());
  EXPECT_EQ(channel().held(id(1)).error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(channel().held("ALL").error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(channel().held("-").error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(channel().held(id(1) + "\n").error().kind, base::ErrorKind::invalid);
  queue_.set_unreadable(true);
  EXPECT_EQ(channel().held(id(1)).error().kind, base::ErrorKind::unavailable);
}

TEST_F(ServerTest, ManyAreReleasedInBatchesAndAnsweredInOrder) {
  start();
  constexpr int kMany = 5000;
  std::vector<std::string> ids;
  std::vector<ChannelAnswer> expected(kMany, ChannelAnswer::done);
  Peer peer(settings_.path);
  for (int i = 0; i < kMany; ++i) {
    ids.push_back(id(i));
    queue_.put(ids.back(), Place::receiving, static_cast<std::uint64_t>(i));
  }
  for (int begin = 0; begin < kMany; begin += 1000) {
    std::string requests;
    for (int i = begin; i < begin + 1000; ++i) requests += "held " + ids[static_cast<std::size_t>(i)] + "\n";
    peer.send(requests);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(peer.line(), "ok held");
  }
  for (int i = 0; i < kMany; ++i)
    queue_.put(ids[static_cast<std::size_t>(i)], Place::held, static_cast<std::uint64_t>(i), now());
  queue_.take(ids[4321]);
  expected[4321] = ChannelAnswer::gone;
  EXPECT_EQ(channel().list()->size(), std::size_t{kMany});
  const auto answers = channel().release(ids);
  ASSERT_TRUE(answers) << answers.error().text;
  EXPECT_EQ(*answers, expected);
  std::vector<std::string> called;
  for (const TwinQueue::Call& call : queue_.calls())
    called.insert(called.end(), call.ids.begin(), call.ids.end());
  ids.erase(ids.begin() + 4321);
  EXPECT_EQ(called, ids);
  EXPECT_LT(queue_.calls().size(), 500u);
}

TEST_F(ServerTest, TheMtaIsAskedToLookAtWhatMovedButNotForEachMessage) {
  start();
  std::vector<std::string> ids;
  for (int i = 0; i < 500; ++i) {
    ids.push_back(id(i));
    hold(ids.back());
  }
  ASSERT_TRUE(channel().drop(std::vector{ids.back()}));
  ids.pop_back();
  EXPECT_EQ(queue_.hurries(), 0);
  ASSERT_TRUE(channel().release(ids));
  queue_.wait_for_hurries(1);
  hold(id(1000));
  ASSERT_TRUE(channel().refuse(std::vector{id(1000)}));
  server_.reset();
  EXPECT_GE(queue_.hurries(), 2);
  EXPECT_LT(queue_.hurries(), 100);
}

TEST_F(ServerTest, WhatTheProgramDidNotDoIsAnError) {
  start();
  hold(id(1));
  hold(id(2));
  queue_.set_stuck(id(1), true);
  const std::vector<std::string> ids = {id(1), id(2)};
  EXPECT_EQ(channel().release(ids).value(), (std::vector{ChannelAnswer::failed, ChannelAnswer::done}));
  Peer peer(settings_.path);
  peer.send("release " + id(1) + "\n");
  EXPECT_EQ(peer.line(), "error unavailable postsuper exited with 1");
  queue_.set_stuck(id(1), false);
  peer.send("release " + id(1) + "\n");
  EXPECT_EQ(peer.line(), "error unavailable the MTA left it in the hold queue");
  queue_.set_stuck("", false);
  peer.send("release " + id(1) + "\n");
  EXPECT_EQ(peer.line(), "ok released");
}

TEST_F(ServerTest, SurvivesARestart) {
  start();
  hold(id(1));
  start();
  EXPECT_EQ(channel().release(std::vector{id(1)}).value(), std::vector{ChannelAnswer::done});
}

TEST_F(ServerTest, AnswersWhatCameBeforeTheEnd) {
  start();
  hold(id(1));
  Peer peer(settings_.path);
  peer.send("release " + id(1) + "\nlist\nwhat\nlist");
  peer.end();
  EXPECT_EQ(peer.line(), "ok released");
  // Asked while the release was running, or written after it.
  std::string next = peer.line();
  if (next.starts_with("told ")) next = peer.line();
  EXPECT_TRUE(next.starts_with("ok ")) << next;
  EXPECT_EQ(peer.line().substr(0, 14), "error invalid ");
  EXPECT_EQ(peer.line(), "") << "closed; a line without its end is no request";
}

TEST_F(ServerTest, ALineThatIsTooLongEndsTheConnection) {
  start();
  Peer peer(settings_.path);
  peer.send("list\n" + std::string(600, 'x'));
  EXPECT_EQ(peer.line(), "ok 0");
  EXPECT_EQ(peer.line().substr(0, 14), "error invalid ");
  EXPECT_EQ(peer.line(), "");
}

TEST_F(ServerTest, WhoDoesNotReadHoldsNobodyAndIsDropped) {
  settings_.idle_timeout = 300ms;
  start();
  Peer deaf(settings_.path);
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "list all\n";
  EXPECT_GT(deaf.flood(requests), requests.size());
  hold(id(1));
  EXPECT_EQ(channel().list()->size(), 1u);
  Peer silent(settings_.path);
  EXPECT_EQ(silent.line(), "") << "closed";
}

TEST_F(ServerTest, HasABoundedNumberOfConnections) {
  settings_.max_connections = 2;
  start();
  Peer one(settings_.path);
  one.send("list\n");
  EXPECT_EQ(one.line(), "ok 0");
  {
    Peer two(settings_.path);
    two.send("list\n");
    EXPECT_EQ(two.line(), "ok 0");
    Peer three(settings_.path);
    EXPECT_EQ(three.line(), "");
  }
  one.send("list\n");
  EXPECT_EQ(one.line(), "ok 0");
}

TEST_F(ServerTest, OtherUsersGetNoAnswer) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  start();
  hold(id(1));
  struct stat facts {};
  ASSERT_EQ(::stat(settings_.path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(settings_.path.c_str(), 0666), 0);
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(kStranger) != 0 || ::setuid(kStranger) != 0) ::_exit(99);
    const auto answers = channel().release(std::vector{id(1)});
    ::_exit(answers ? 1 : 0);
  }
  int status = 0;
  (void)::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(queue_.calls().empty());
}

TEST_F(ServerTest, TheUserOwnsTheSocketAndRootMayAskToo) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  settings_.user = kStranger;
  start();
  struct stat facts {};
  ASSERT_EQ(::stat(settings_.path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, kStranger);
  EXPECT_TRUE(channel().list());
}

TEST_F(ServerTest, ManyThreadsTellAtOnce) {
  start();
  std::vector<std::thread> threads;
  std::atomic<int> told{0};
  for (int i = 0; i < 200; ++i) queue_.put(id(i), Place::receiving, 7);
  for (int t = 0; t < 10; ++t)
    threads.emplace_back([this, t, &told] {
      for (int i = 0; i < 20; ++i)
        if (channel().held(id(20 * t + i))) ++told;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(told, 200);
  EXPECT_EQ(channel().list()->size(), 200u);
}

TEST_F(ServerTest, TheChannelDoesNotWaitForEver) {
  EXPECT_EQ(channel().list().error().kind, base::ErrorKind::unavailable) << "no service";
  auto listener = system::UnixListener::open(settings_.path, {0600, SOCK_STREAM});
  ASSERT_TRUE(listener);  // takes connections, and never answers
  const auto silent = channel(50ms).held(id(1));
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().kind, base::ErrorKind::unavailable);
  EXPECT_NE(silent.error().text.find("in time"), std::string::npos) << silent.error().text;
  EXPECT_EQ(channel(50ms).release(std::vector{id(1)}).error().kind, base::ErrorKind::unavailable);
}

TEST_F(ServerTest, SaysWhyItDoesNotStart) {
  settings_.path = directory_.path() + "/missing/release.sock";
  auto keeper = Keeper::open(directory_.path() + "/told", {{"main", &queue_}});
  ASSERT_TRUE(keeper);
  EXPECT_FALSE(Server::start(settings_, std::move(*keeper), clock_, log_));
}

}  // namespace
}  // namespace signpost::release
