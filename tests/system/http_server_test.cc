// The server over loopback, spoken to in raw bytes: what a client may do wrong, and what it may do to others.
#include "system/http_server.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "system/file.h"
#include "system/system_clock.h"

namespace signpost::system {
namespace {

constexpr int kPatience = 20'000;  // milliseconds that a test waits before it gives up

/// One client connection.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  explicit Client(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  bool is_connected() const { return connected_; }

  /// False if the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }

  /// What comes until the server closes, or until it holds `mark` `times` times.
  std::string receive(std::string_view mark = {}, int times = 1) {
    std::string text;
    std::array<char, 4096> chunk{};
    for (;;) {
      pollfd waiting{socket_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, kPatience) <= 0) return text + "(nothing more came)";
      const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
      if (count <= 0) return text;
      text.append(chunk.data(), static_cast<std::size_t>(count));
      int seen = 0;
      for (std::size_t at = text.find(mark); !mark.empty() && at != text.npos; at = text.find(mark, at + 1))
        ++seen;
      if (!mark.empty() && seen >= times) return text;
    }
  }

 private:
  Descriptor socket_;
  bool connected_ = false;
};

/// Answers "METHOD TARGET BODY-SIZE\n".
void echo(const system::HttpRequest& request, const HttpReply& reply) {
  std::string text(request.method);
  text.append(" ")
      .append(request.target)
      .append(" ")
      .append(std::to_string(request.body.size()))
      .append("\n");
  reply({200, "text/plain", {}, {}, text});
}

class Server : public testing::Test {
 protected:
  void start(HttpLimits limits = {}, HttpHandler handler = echo) {
    auto started = HttpServer::open({{{{}, "127.0.0.1", 0}, std::move(handler)}}, limits, clock_);
    ASSERT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
    server_->serve();
    port_ = server_->port(0);
  }
  /// Sends the bytes and ends; gives all that comes back.
  std::string ask(std::string_view bytes) {
    Client client(port_);
    client.send(bytes);
    client.end_sending();
    return client.receive();
  }
  static int status_of(const std::string& answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.substr(9, 3).c_str()) : 0;
  }
  static std::size_t answers_in(const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = text.find("HTTP/1.1 "); at != text.npos; at = text.find("HTTP/1.1 ", at + 1))
      ++count;
    return count;
  }

  system::SystemClock clock_;
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
};

TEST_F(Server, AnswersSeveralRequestsOnAConnection) {
  start();
  Client client(port_);
  for (const char* target : {"/a", "/b", "/c"}) {
    ASSERT_TRUE(client.send(std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_NE(client.receive(" 0\n").find(std::string("GET ") + target), std::string::npos);
  }
}

TEST_F(Server, AnswersPipelinedRequestsInOrder) {
  start();
  std::string requests;
  for (int i = 0; i < 100; ++i)
    requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  const std::string answers = ask(requests);
  EXPECT_EQ(answers_in(answers), 100u);
  std::size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    at = answers.find("POST /" + std::to_string(i) + " 3\n", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(Server, JudgesRequestsByTheirShape) {
  start();
  const std::string chunked = "3\r\nabc\r\n0\r\n\r\n";
  const struct {
    std::string bytes;
    int status;
  } rows[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 200},
      {"GET / HTTP/1.0\r\n\r\n", 200},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, 200},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n\r\n" + std::string(65536, 'x'), 200},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n" + std::string(65537, 'x'), 413},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
       400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + chunked,
       400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" +
           chunked,
       400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + chunked, 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n" + chunked, 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0b"
       "chunked\r\n\r\n" +
           chunked,
       400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n" + chunked, 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n", 400},
      {"GET / HTTP/1.1\nHost: h\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 36), 400},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(7900, 'x') + "\r\n\r\n", 200},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(8200, 'x') + "\r\n\r\n", 431},
      {"GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", 431},
  };
  for (const auto& row : rows) {
    const std::string answer = ask(row.bytes);
    EXPECT_EQ(status_of(answer), row.status) << row.bytes.substr(0, 120) << "\n=> " << answer;
    if (row.status == 200) continue;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(answers_in(answer), 1u)
        << "what follows a bad request is never read as another: " << row.bytes.substr(0, 120);
  }
}

TEST_F(Server, NeverReadsAHiddenRequest) {
  start();
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const std::string head :
       {"Content-Length: 0\r\nTransfer-Encoding: chunked", "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity", "Content-Length: 0\r\nContent-Length: 35"}) {
    const std::string answer = ask("POST / HTTP/1.1\r\nHost: h\r\n" + head + "\r\n\r\n" + hidden);
    EXPECT_EQ(answer.find("/hidden"), std::string::npos) << head << "\n" << answer;
    EXPECT_EQ(status_of(answer), 400) << head;
  }
}

TEST_F(Server, EndsAStreamWithoutLines) {
  start();
  Client client(port_);
  const std::string block(1u << 20, 'A');
  int sent = 0;
  while (sent < 60 && client.send(block)) ++sent;
  EXPECT_LT(sent, 60) << "closed long before 60 MiB";
  EXPECT_GE(server_->counts().malformed, 1u);
  EXPECT_EQ(status_of(ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n")), 200);
}

TEST_F(Server, GivesUpOnTheSlow) {
  HttpLimits limits;
  limits.request_time = std::chrono::milliseconds(200);
  start(limits);
  Client silent(port_);
  Client half(port_);
  half.send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
  EXPECT_EQ(silent.receive(), "");
  EXPECT_EQ(half.receive(), "");
  while (server_->counts().timed_out < 2) std::this_thread::yield();
}

TEST_F(Server, GivesUpOnReadersThatDoNotRead) {
  HttpLimits limits;
  limits.request_time = std::chrono::milliseconds(300);
  start(limits, [](const system::HttpRequest&, const HttpReply& reply) {
    reply({200, "text/plain", {}, {}, std::string(16u << 20, 'x')});
  });
  Client client(port_);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server_->counts().timed_out == 0 || server_->counts().open > 0) std::this_thread::yield();
  EXPECT_EQ(server_->counts().timed_out, 1u);
}

TEST_F(Server, ServesOthersWhileThousandsAreHalfOpen) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const std::size_t count = limit.rlim_cur > 11'000 ? 5'000 : limit.rlim_cur / 3;
  HttpLimits limits;
  limits.request_time = std::chrono::minutes(10);
  start(limits);
  std::vector<std::unique_ptr<Client>> half_open;
  for (std::size_t i = 0; i < count; ++i) {
    half_open.push_back(std::make_unique<Client>(port_));
    ASSERT_TRUE(half_open.back()->is_connected()) << i;
    half_open.back()->send("GET /c/");
  }
  while (server_->counts().open < count) std::this_thread::yield();
  EXPECT_EQ(status_of(ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n")), 200);
  EXPECT_EQ(server_->counts().evicted, 0u);
  half_open.clear();
  while (server_->counts().open > 0) std::this_thread::yield();
}

TEST_F(Server, LetsTheLongestWaitingMakeWay) {
  HttpLimits limits;
  limits.connections = 3;
  limits.request_time = std::chrono::minutes(10);
  start(limits);
  Client first(port_), second(port_), third(port_);
  while (server_->counts().open < 3) std::this_thread::yield();
  // The first asks and so is the youngest now.
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  first.receive(" 0\n");
  Client fourth(port_);
  fourth.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(fourth.receive(" 0\n")), 200);
  EXPECT_EQ(second.receive(), "") << "made way";
  EXPECT_EQ(server_->counts().evicted, 1u);
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(first.receive(" 0\n")), 200);
}

TEST_F(Server, LeavesTheBodyOutForHead) {
  start();
  const std::string answer = ask("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(Server, ClosesWhenAsked) {
  start();
  for (const char* request :
       {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    Client client(port_);
    client.send(request);
    EXPECT_NE(client.receive().find("Connection: close\r\n"), std::string::npos);
  }
}

TEST_F(Server, TakesAnAnswerFromAnotherThread) {
  std::vector<std::thread> threads;
  start({}, [&threads](const system::HttpRequest&, const HttpReply& reply) {
    threads.emplace_back([reply] { reply({200, "text/plain", {}, {}, "later\n"}); });
  });
  EXPECT_NE(ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").find("later\n"), std::string::npos);
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Server, DrainsWhatIsBeingAnswered) {
  std::promise<HttpReply> held;
  start({}, [&held](const system::HttpRequest&, const HttpReply& reply) { held.set_value(reply); });
  Client idle(port_);
  Client busy(port_);
  busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  HttpReply reply = held.get_future().get();
  while (server_->counts().open < 2) std::this_thread::yield();
  std::thread drainer([this] { server_->drain(std::chrono::seconds(20)); });
  EXPECT_EQ(idle.receive(), "");
  EXPECT_FALSE(Client(port_).is_connected());
  reply({200, "text/plain", {}, {}, "done\n"});
  reply = nullptr;  // holds the connection
  const std::string answer = busy.receive();
  EXPECT_NE(answer.find("done\n"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  busy.end_sending();
  drainer.join();
  EXPECT_EQ(server_->counts().open, 0u);
}

TEST_F(Server, ListensOnAUnixSocket) {
  std::string name = (std::filesystem::temp_directory_path() / "signpost-web-XXXXXX").string();
  const std::string directory = ::mkdtemp(name.data());
  const std::string path = directory + "/web.sock";
  const HttpHandler handler = [](const system::HttpRequest& request, const HttpReply& reply) {
    reply({200, "text/plain", {}, {}, request.peer ? "address\n" : "no address\n"});
  };
  for (int round = 0; round < 2; ++round) {
    auto started = HttpServer::open({{{path, {}, 0}, handler}}, {}, clock_);
    ASSERT_TRUE(started) << started.error().text;
    (*started)->serve();
    EXPECT_FALSE(HttpServer::open({{{path, {}, 0}, handler}}, {}, clock_)) << "served by a running process";
    Client client(path);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_NE(client.receive("address\n").find("no address\n"), std::string::npos);
    started->reset();
    EXPECT_FALSE(std::filesystem::exists(path));
    // A socket file that a killed process left behind is replaced in the second round.
    const Descriptor left(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  std::filesystem::remove_all(directory);
}

TEST_F(Server, SaysWhereItCannotListen) {
  start();
  const auto second = HttpServer::open({{{{}, "127.0.0.1", port_}, echo}}, {}, clock_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text.find("cannot listen on 127.0.0.1:"), std::string::npos);
  EXPECT_FALSE(HttpServer::open({{{"/nonexistent/web.sock", {}, 0}, echo}}, {}, clock_));
}

TEST(ParseListen, ReadsAddressesAndUnixPaths) {
  EXPECT_EQ(parse_listen("127.0.0.1:8880").value(), (ListenAddress{{}, "127.0.0.1", 8880}));
  EXPECT_EQ(parse_listen("[::1]:8880").value(), (ListenAddress{{}, "::1", 8880}));
  EXPECT_EQ(parse_listen("unix:/run/signpost/web.sock").value(),
            (ListenAddress{"/run/signpost/web.sock", {}, 0}));
  for (const char* text :
       {"", "8880", ":8880", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "::1:8880",
        "[127.0.0.1]:80", "localhost:80", "[]:80", "unix:web.sock", "unix:", "inet:8880@127.0.0.1"}) {
    EXPECT_FALSE(parse_listen(text)) << text;
  }
  EXPECT_FALSE(parse_listen("unix:/" + std::string(107, 'x')));
}

}  // namespace
}  // namespace signpost::system
