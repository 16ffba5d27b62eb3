// The control server over a real socket: who gets an answer, hostile clients, stop.
#include "daemon/control/server.h"

#include <fstream>
#include <thread>

#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/log_writer.h"
#include "system/unix_listener.h"
#include "tests/daemon/commands/support.h"

namespace signpost::daemon::control {
namespace {

using namespace std::chrono_literals;

constexpr uid_t kStranger = 65534;
constexpr gid_t kReadGroup = 64001;
constexpr gid_t kAdminGroup = 64002;

/// A client that says everything at once and hears everything there is.
class Caller {
 public:
  explicit Caller(const std::string& path) {
    auto connected = system::connect_unix(path);
    if (connected) socket_ = std::move(*connected);
  }
  bool connected() const { return socket_.get() >= 0; }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }
  /// Until the peer closes, or `until` was heard.
  std::string hear(std::string_view until = {}) {
    char bytes[4096];
    std::string heard;
    while (until.empty() || heard.find(until) == std::string::npos) {
      const ssize_t count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
      if (count <= 0) break;
      heard.append(bytes, static_cast<std::size_t>(count));
    }
    return heard;
  }
  /// Waits for the peer to hang up, reading nothing.
  bool is_hung_up_on() {
    pollfd hang_up = {socket_.get(), 0, 0};
    return ::poll(&hang_up, 1, 30'000) == 1 && (hang_up.revents & POLLHUP) != 0;
  }
  std::string ask(std::string_view line) {
    send(std::string(line) + "\n");
    return hear("\n\n");
  }

 private:
  system::Descriptor socket_;
};

class ControlServerTest : public testing::Test {
 protected:
  void start() {
    settings_.path = house_.directory.path() + "/control.sock";
    settings_.access.daemon_uid = ::geteuid();
    auto started = ControlServer::start(settings_, house_.context, log_);
    ASSERT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
  }
  /// What a process of that user and group hears. Only root can become another.
  std::string ask_as(uid_t user, gid_t group, std::vector<gid_t> groups, const std::string& line);

  tests::ControlHouse house_;
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::file, "/dev/null")),
                         house_.clock};
  ControlServerSettings settings_;
  std::unique_ptr<ControlServer> server_;
};

std::string ControlServerTest::ask_as(uid_t user, gid_t group, std::vector<gid_t> groups,
                                      const std::string& line) {
  int channel[2];
  EXPECT_EQ(::pipe(channel), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool changed =
        ::setgroups(groups.size(), groups.data()) == 0 && ::setgid(group) == 0 && ::setuid(user) == 0;
    Caller caller(settings_.path);
    const std::string heard = !changed             ? "not changed"
                              : caller.connected() ? caller.ask(line)
                                                   : "not connected";
    (void)!::write(channel[1], heard.data(), heard.size());
    ::_exit(0);
  }
  ::close(channel[1]);
  std::string heard;
  char bytes[4096];
  for (ssize_t count = ::read(channel[0], bytes, sizeof bytes); count > 0;
       count = ::read(channel[0], bytes, sizeof bytes)) {
    heard.append(bytes, static_cast<std::size_t>(count));
  }
  ::close(channel[0]);
  ::waitpid(child, nullptr, 0);
  return heard;
}

TEST_F(ControlServerTest, AnswersManyCommandsOnOneConnection) {
  start();
  Caller caller(settings_.path);
  caller.send("version\r\nsuppress add bob@example.net\nsuppress check bob@example.net\n");
  caller.finish_sending();
  const std::string heard = caller.hear();
  EXPECT_NE(heard.find("ok version="), std::string::npos);
  EXPECT_NE(heard.find("\n\nok added\n\nok listed n=1\n"), std::string::npos) << heard;
}

TEST_F(ControlServerTest, MakesAPrivateSocketAndRemovesIt) {
  start();
  struct stat facts {};
  ASSERT_EQ(::lstat(settings_.path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0660u);
  server_.reset();
  EXPECT_NE(::lstat(settings_.path.c_str(), &facts), 0);
}

TEST_F(ControlServerTest, TakesAStaleSocketAndRefusesALiveOne) {
  settings_.path = house_.directory.path() + "/control.sock";
  {
    const system::Descriptor stale(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    settings_.path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(stale.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  start();
  const auto second = ControlServer::start(settings_, house_.context, log_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text.find("is served by a running process"), std::string::npos);
  EXPECT_TRUE(Caller(settings_.path).ask("version").starts_with("ok "));
}

TEST_F(ControlServerTest, LeavesOtherFilesAlone) {
  settings_.path = house_.directory.path() + "/file";
  std::ofstream(settings_.path) << "precious";
  const auto started = ControlServer::start(settings_, house_.context, log_);
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("is not a socket"), std::string::npos);
}

TEST_F(ControlServerTest, CountsTooLongLinesOnceAndGoesOn) {
  start();
  Caller caller(settings_.path);
  caller.send(std::string(70 * 1024, 'x') + "\n" + std::string(64 * 1024, ' ') + "\r\nversion\n");
  caller.finish_sending();
  const std::string heard = caller.hear();
  EXPECT_TRUE(heard.starts_with("error limit a line must not be longer than 65536 bytes\n\nok version="))
      << heard.substr(0, 200);
}

TEST_F(ControlServerTest, AnImportCutInTheMiddleListsNothing) {
  start();
  {
    Caller caller(settings_.path);
    caller.send("suppress import\na@example.net\nb@example.net\nc@example");
  }
  {
    Caller caller(settings_.path);
    caller.send("suppress import\na@example.net\n.");
    caller.finish_sending();
    EXPECT_EQ(caller.hear(), "");
  }
  EXPECT_NE(Caller(settings_.path).ask("suppress list").find("end n=0"), std::string::npos);
}

TEST_F(ControlServerTest, DropsWhoIsTooSlow) {
  settings_.line_timeout = 50ms;
  start();
  Caller caller(settings_.path);
  caller.send("versi");
  EXPECT_EQ(caller.hear(), "");
}

TEST_F(ControlServerTest, DropsWhoDoesNotListen) {
  settings_.write_timeout = 50ms;
  start();
  std::vector<std::string> import = {"suppress import"};
  for (int i = 0; i < 20'000; ++i) import.push_back("user" + std::to_string(i) + "@example.net");
  import.emplace_back(".");
  house_.say(import);
  Caller deaf(settings_.path);
  deaf.send("suppress export\n");
  EXPECT_TRUE(deaf.is_hung_up_on());
  EXPECT_EQ(deaf.hear().find("end n="), std::string::npos);
  EXPECT_TRUE(Caller(settings_.path).ask("version").starts_with("ok "));
}

TEST_F(ControlServerTest, TurnsAwayWhatIsTooMuch) {
  settings_.max_connections = 3;
  settings_.reserved_for_writers = 1;
  start();
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < 3; ++i) {
    callers.push_back(std::make_unique<Caller>(settings_.path));
    EXPECT_TRUE(callers.back()->ask("version").starts_with("ok "));
  }
  EXPECT_EQ(Caller(settings_.path).hear(), "error limit too many connections; try again later\n\n");
  callers.clear();
  // The places are free again as soon as the threads have seen the hang-up.
  std::string heard = "error limit";
  for (int tries = 0; heard.starts_with("error limit") && tries < 10'000; ++tries)
    heard = Caller(settings_.path).ask("version");
  EXPECT_TRUE(heard.starts_with("ok ")) << heard;
}

TEST_F(ControlServerTest, StopsWhileClientsWait) {
  start();
  Caller idle(settings_.path);
  EXPECT_TRUE(idle.ask("version").starts_with("ok "));
  Caller importing(settings_.path);
  importing.send("suppress import\na@example.net\n");
  server_.reset();
  EXPECT_EQ(idle.hear(), "");
  EXPECT_EQ(importing.hear(), "");
  EXPECT_NE(house_.say("suppress list").find("end n=0"), std::string::npos);
}

TEST_F(ControlServerTest, ManyWritersAtOnce) {
  start();
  std::vector<std::thread> writers;
  std::atomic<int> added{0};
  for (int w = 0; w < 8; ++w) {
    writers.emplace_back([this, w, &added] {
      Caller caller(settings_.path);
      for (int i = 0; i < 25; ++i) {
        const std::string name = std::to_string(w) + "." + std::to_string(i);
        added += caller.ask("suppress add " + name + "@example.net") == "ok added\n\n";
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(added, 200);
}

TEST_F(ControlServerTest, AnswersByThePeersGroups) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become other users";
  settings_.access.admin_group = kAdminGroup;
  settings_.access.read_group = kReadGroup;
  start();
  ASSERT_EQ(::chmod(house_.directory.path().c_str(), 0755), 0);
  const std::string add = "suppress add bob@example.net";
  EXPECT_EQ(ask_as(kStranger, kStranger, {}, "version"), "not connected");
  EXPECT_TRUE(ask_as(kStranger, kStranger, {kReadGroup}, "version").starts_with("ok "));
  EXPECT_TRUE(ask_as(kStranger, kStranger, {kReadGroup}, add).starts_with("error denied "));
  EXPECT_TRUE(ask_as(kStranger, kReadGroup, {}, "version").starts_with("ok "));
  EXPECT_EQ(ask_as(kStranger, kStranger, {kStranger, kAdminGroup}, add), "ok added\n\n");
  // Even if the file lets everybody in.
  ASSERT_EQ(::chmod(settings_.path.c_str(), 0666), 0);
  EXPECT_TRUE(ask_as(kStranger, kStranger, {}, "version").starts_with("error denied "));
}

TEST(PeerCredentials, JudgesByUserAndGroups) {
  const AccessRules rules = {100, kAdminGroup, kReadGroup};
  using enum commands::Right;
  const commands::Rights nothing;
  const commands::Rights reader{read};
  const commands::Rights everything{read, write, admin};
  struct Case {
    system::PeerCredentials peer;
    commands::Rights rights;
  };
  const Case cases[] = {
      {{1, 0, 0, {}}, everything},
      {{1, 100, 100, {}}, everything},
      {{1, 7, 7, {}}, nothing},
      {{1, 7, kAdminGroup, {}}, everything},
      {{1, 7, 7, {1, 2, kAdminGroup}}, everything},
      {{1, 7, 7, {kReadGroup}}, reader},
      {{1, 7, 7, {kReadGroup, kAdminGroup}}, everything},
  };
  for (const Case& c : cases) EXPECT_EQ(judge_peer(c.peer, rules).rights, c.rights);
  EXPECT_EQ(judge_peer({1, 7, kAdminGroup, {}}, {100, std::nullopt, std::nullopt}).rights, nothing);
  EXPECT_FALSE(judge_peer({1, 0, 0, {}}, rules).tenant);
  EXPECT_EQ(judge_peer({1, 7, 7, {}}, rules).name, "operator uid=7");
}

}  // namespace
}  // namespace signpost::daemon::control
