// The test MTA itself: it must notice a filter that breaks the protocol, and apply edits as Postfix does.
#include "tests/support/mta.h"

#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/milter_wire.h"
#include "tests/support/workplace.h"

namespace signpost::tests {
namespace {

std::string packet(char command, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size() + 1)) + command + data;
}

std::string offer(std::uint32_t actions, std::uint32_t steps) {
  return packet(wire::kNegotiate, big_endian(6) + big_endian(actions) + big_endian(steps));
}

/// A filter that says what it was told to, whatever it hears, and ends the connection.
class ScriptedFilter {
 public:
  explicit ScriptedFilter(std::string script) : script_(std::move(script)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    thread_ = std::thread([this] {
      const int peer = accept(listener_, nullptr, nullptr);
      EXPECT_EQ(send(peer, script_.data(), script_.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(script_.size()));
      shutdown(peer, SHUT_WR);
      char ignored[4096];
      while (recv(peer, ignored, sizeof ignored, 0) > 0) continue;
      close(peer);
    });
  }
  ~ScriptedFilter() {
    thread_.join();
    close(listener_);
  }
  ScriptedFilter(const ScriptedFilter&) = delete;
  ScriptedFilter& operator=(const ScriptedFilter&) = delete;
  std::string path() const { return directory_.path() + "/filter.sock"; }

 private:
  TempDir directory_;
  std::string script_;
  int listener_ = -1;
  std::thread thread_;
};

/// What the MTA makes of one message when the filter waives all but end of body and then sends `script`.
base::Result<Ending> converse(std::uint32_t actions, const std::string& script) {
  const std::uint32_t steps = wire::kWaiveConnect | wire::kWaiveHelo | wire::kWaiveMail | wire::kWaiveRcpt |
                              wire::kWaiveData | wire::kWaiveHeader | wire::kWaiveEndOfHeaders |
                              wire::kWaiveBody;
  const ScriptedFilter filter(offer(actions, steps) + script);
  auto mta = Mta::open("unix:" + filter.path());
  if (!mta) return tl::unexpected(mta.error());
  if (auto agreed = mta->negotiate({}); !agreed) return tl::unexpected(agreed.error());
  if (auto answer = mta->connect({}); !answer) return tl::unexpected(answer.error());
  if (auto answer = mta->mail("a@b.example"); !answer) return tl::unexpected(answer.error());
  if (auto answer = mta->rcpt("c@d.example"); !answer) return tl::unexpected(answer.error());
  return mta->send({{{"Subject", " x"}}, "body\r\n"});
}

TEST(Mta, TakesEditsThatWereNegotiated) {
  const auto ending =
      converse(wire::kMayAddHeaders | wire::kMayChangeBody,
               packet(wire::kInsertHeader, big_endian(0) + zero_ended("X-A") + zero_ended(" 1")) +
                   packet(wire::kReplaceBody, "new ") + packet(wire::kReplaceBody, "body\r\n") +
                   packet(wire::kProgress, "") + packet(wire::kContinue, ""));
  ASSERT_TRUE(ending) << ending.error().text;
  EXPECT_EQ(ending->answer.format(), "continue");
  ASSERT_EQ(ending->edits.size(), 1u);
  EXPECT_EQ(ending->edits[0].name, "X-A");
  EXPECT_EQ(ending->new_body, "new body\r\n");
}

TEST(Mta, NoticesAFilterThatBreaksTheProtocol) {
  struct Case {
    std::string script;
    const char* complaint;
  };
  const std::string insert =
      packet(wire::kInsertHeader, big_endian(0) + zero_ended("X-A") + zero_ended(" 1"));
  for (const Case& c : {Case{packet(wire::kReplaceBody, "x"), "was not negotiated"},
                        Case{packet(wire::kInsertHeader, big_endian(0) + "X-A"), "without its NUL"},
                        Case{packet(wire::kInsertHeader, "x"), "without its index"}, Case{insert, "closed"},
                        Case{packet('?', ""), "unexpected answer"}, Case{big_endian(0), "packet of 0 bytes"},
                        Case{packet(wire::kReplyCode, "550 no end"), "malformed reply"}}) {
    const auto ending = converse(wire::kMayAddHeaders, c.script);
    ASSERT_FALSE(ending) << c.complaint;
    EXPECT_NE(ending.error().text.find(c.complaint), std::string::npos) << ending.error().text;
  }
}

TEST(Mta, ReadsARepliesPercentAsTheClientWould) {
  const auto ending = converse(0, packet(wire::kReplyCode, zero_ended("550 5.7.1 100%% sure")));
  ASSERT_TRUE(ending) << ending.error().text;
  EXPECT_EQ(ending->answer.format(), "550 5.7.1 100% sure");
}

TEST(Mta, AppliesEditsAsPostfixDoes) {
  const mail::Message message{{{"A", " 1"}, {"B", " 1"}, {"A", " 2"}}, "body\r\n"};
  const Ending ending{{},
                      {{wire::kInsertHeader, 0, "Top", " t"},
                       {wire::kChangeHeader, 2, "a", " changed"},
                       {wire::kChangeHeader, 1, "B", ""},
                       {wire::kChangeHeader, 1, "C", " added"},
                       {wire::kAddHeader, 0, "End", " e"}},
                      "new\r\n"};
  const mail::Message queued = apply_wire_edits(message, ending);
  const std::vector<mail::Field> expected = {
      {"Top", " t"}, {"A", " 1"}, {"A", " changed"}, {"C", " added"}, {"End", " e"}};
  EXPECT_EQ(queued.fields, expected);
  EXPECT_EQ(queued.body, "new\r\n");
}

}  // namespace
}  // namespace signpost::tests
