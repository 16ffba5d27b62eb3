// Handing in a mail of our own: what is said to the MTA, and that no answer of whatever kind holds it up or
// passes for a "taken". A real Postfix takes such mails in tests/e2e/hits_e2e.py.
#include "system/smtp_client.h"

#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/file.h"
#include "system/listen_socket.h"
#include "tests/support/workplace.h"

namespace signpost::system {
namespace {

using std::chrono::milliseconds;

const std::vector<std::string> kGood = {
    "220 mx.example\r\n",      "250-mx.example\r\n250-SIZE\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    "250 2.1.0 sender ok\r\n", "250 2.1.5 recipient ok\r\n",
    "354 go on\r\n",           "250 2.0.0 queued\r\n"};

/// Takes one connection: says the first reply, and each further one after a line of the client, after the
/// DATA reply after its final dot. With no reply left it says nothing more, or hangs up.
class Server {
 public:
  explicit Server(std::vector<std::string> replies, bool hangs_up = true,
                  ListenAddress address = {{}, "127.0.0.1", 0})
      : replies_(std::move(replies)), hangs_up_(hangs_up), address_(std::move(address)) {
    auto opened = open_listening(address_);
    EXPECT_TRUE(opened);
    socket_ = std::move(opened->handle);
    if (opened->file) file_.emplace(std::move(*opened->file));
    if (address_.path.empty()) address_.port = opened->port;
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const ListenAddress& address() const { return address_; }
  /// All that the client said, once it has gone.
  std::string heard() {
    join();
    return heard_;
  }

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void serve() {
    pollfd waiting{socket_.get(), POLLIN, 0};
    ::poll(&waiting, 1, -1);
    const Descriptor client(::accept(socket_.get(), nullptr, nullptr));
    if (!client.is_open()) return;
    std::size_t read = 0;
    bool in_data = false;
    for (const std::string& reply : replies_) {
      if (!write_all(client.get(), reply)) return;
      in_data = reply.starts_with("354");
      if (&reply == &replies_.back()) break;
      const std::string_view end = in_data ? "\r\n.\r\n" : "\r\n";
      std::size_t found = 0;
      while ((found = heard_.find(end, read)) == std::string::npos) {
        if (!receive(client)) return;
      }
      read = found + end.size();
    }
    if (hangs_up_) ::shutdown(client.get(), SHUT_WR);
    while (receive(client)) {
    }
  }
  bool receive(const Descriptor& client) {
    char chunk[4096];
    const ssize_t count = ::recv(client.get(), chunk, sizeof chunk, 0);
    if (count > 0) heard_.append(chunk, static_cast<std::size_t>(count));
    return count > 0;
  }

  const std::vector<std::string> replies_;
  const bool hangs_up_;
  ListenAddress address_;
  Descriptor socket_;
  std::optional<UnixListener> file_;
  std::string heard_;
  std::thread thread_;
};

std::vector<std::string> first(std::size_t count, const std::string& last) {
  std::vector<std::string> replies(kGood.begin(), kGood.begin() + static_cast<std::ptrdiff_t>(count));
  replies.push_back(last);
  return replies;
}

/// Why it was not sent.
std::string problem(Server& server, const std::string& to = "ops@example.com") {
  const auto sent = send_by_smtp(server.address(), to, "To: a\n\nhello\n");
  return sent ? "" : sent.error().text;
}

TEST(SmtpClient, HandsAMessageOver) {
  Server server(kGood);
  ASSERT_TRUE(send_by_smtp(server.address(), "ops@example.com",
                           "To: a\n\n.dot\n..\nGr\xc3\xbc\xc3\x9f"
                           "e"));
  EXPECT_EQ(server.heard(),
            "EHLO [127.0.0.1]\r\nMAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<ops@example.com>\r\nDATA\r\n"
            "To: a\r\n\r\n..dot\r\n...\r\nGr\xc3\xbc\xc3\x9f"
            "e\r\n.\r\nQUIT\r\n");
}

TEST(SmtpClient, TakesAUnixSocketAndASizeableText) {
  const tests::TempDir directory;
  Server server(kGood, true, {directory.path() + "/smtp.sock", {}, 0});
  const std::string text(3 << 20, 'x');
  ASSERT_TRUE(send_by_smtp(server.address(), "ops@example.com", text));
  EXPECT_NE(server.heard().find(text), std::string::npos);
}

TEST(SmtpClient, Utf8AddressesNeedTheExtension) {
  const std::string to =
      "gr\xc3\xbc\xc3\x9f"
      "e@example.com";
  Server able(kGood);
  EXPECT_EQ(problem(able, to), "");
  EXPECT_NE(able.heard().find("MAIL FROM:<> BODY=8BITMIME SMTPUTF8\r\n"), std::string::npos);
  Server ascii_only({kGood[0], "250 mx.example\r\n"});
  EXPECT_NE(
      send_by_smtp(ascii_only.address(), "ops@example.com", "gr\u00fc\u00df\n").error().text.find("8BITMIME"),
      std::string::npos);
  Server unable({kGood[0], "250 mx.example\r\n"});
  EXPECT_NE(problem(unable, to).find("SMTPUTF8"), std::string::npos);
}

TEST(SmtpClient, NothingButATakenIsOne) {
  for (std::size_t step = 0; step < kGood.size(); ++step) {
    Server refuses(first(step, "450-try\r\n450 4.3.2 later\r\n"));
    const std::string text = problem(refuses);
    EXPECT_NE(text.find("the server answered: 450-try"), std::string::npos) << step << text;
    EXPECT_TRUE(text.starts_with("127.0.0.1:")) << text;
    Server hangs_up(first(step, "25"));
    EXPECT_NE(problem(hangs_up).find("closed the connection"), std::string::npos) << step;
  }
  Server chatters({std::string(1 << 20, 'x')});
  EXPECT_NE(problem(chatters).find("is too long"), std::string::npos);
  Server speaks_http({"HTTP/1.1 400 Bad Request\r\n"});
  EXPECT_NE(problem(speaks_http).find("is not SMTP"), std::string::npos);
}

TEST(SmtpClient, WaitsForNobodyForEver) {
  Server silent(first(2, "25"), false);
  const auto sent = send_by_smtp(silent.address(), "ops@example.com", "x\n", milliseconds(50));
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().text.find("did not answer in time"), std::string::npos) << sent.error().text;
}

TEST(SmtpClient, SaysWhereNobodyListens) {
  std::uint16_t port = 0;
  { port = open_listening({{}, "127.0.0.1", 0})->port; }
  const auto sent = send_by_smtp({{}, "127.0.0.1", port}, "ops@example.com", "x\n");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().text, "127.0.0.1:" + std::to_string(port) + ": connect: Connection refused");
  EXPECT_FALSE(send_by_smtp({{}, "127.0.0.1", port}, "a@example.com>\r\nRCPT TO:<b@example.com", "x\n"));
}

}  // namespace
}  // namespace signpost::system
