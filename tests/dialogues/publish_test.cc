// Rotation on the whole daemon, against a DNS server on loopback: the new key signs once its record is seen,
// stays after a restart without DNS, and hands back to the old one when its record goes.
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "dkim/record.h"
#include "mail/message.h"
#include "system/dns_resolver.h"
#include "tests/support/daemon_player.h"
#include "tests/support/dns_stub.h"
#include "tests/support/workplace.h"

namespace signpost::tests {
namespace {

constexpr const char* kNewRecord = "new._domainkey.shop.example";
constexpr const char* kOldRecord = "old._domainkey.shop.example";

bool comes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

class PublishDaemon : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(write_keys(directory_.path()));
    const std::string keys = directory_.path() + "/keys";
    std::filesystem::create_directory(keys);
    const auto key = base::PrivateKey::generate(base::KeyType::ed25519);
    std::ofstream(keys + "/shop.example.old.pem") << key->to_pem();
    std::filesystem::permissions(keys + "/shop.example.old.pem", std::filesystem::perms(0600));
    dns_.set(kOldRecord, txt_reply(dkim::format_record(*key)));
    ASSERT_TRUE(start());
  }

  base::Result<void> start() {
    return player_.start(
        "[[tenant]]\nname = \"shop\"\nlogins = [\"shop\"]\n[dkim]\nkey_files = \"@DIR@/keys/*.pem\"\n"
        "watch_every = \"1s\"\n[dns]\ntimeout = \"1s\"\nservers = [\"" +
        dns_.address() + "\"]\n");
  }

  /// The selector that signs a message now.
  std::string signs() {
    EXPECT_TRUE(player_.connect({}));
    EXPECT_TRUE(player_.mail("news@shop.example", {}, "shop"));
    EXPECT_EQ(player_.rcpt("ann@example.org").value(), "continue");
    const auto sent =
        player_.send(mail::parse_message("From: news@shop.example\r\nSubject: x\r\n\r\nbody\r\n"));
    EXPECT_TRUE(player_.quit());
    std::string selectors;
    for (const SeenEdit& edit : sent->edits) {
      const std::size_t at = edit.value.find("s=");
      if (edit.name == "DKIM-Signature")
        selectors += edit.value.substr(at + 2, edit.value.find(';', at) - at - 2);
    }
    return selectors;
  }

  bool answers(const std::string& command, const std::string& wanted) {
    const auto lines = player_.control(command);
    for (const std::string& line : lines.value()) {
      if (line.find(wanted) != std::string::npos) return true;
    }
    return false;
  }

  TempDir directory_;
  DnsStub dns_;
  DaemonPlayer player_{directory_.path()};
};

TEST_F(PublishDaemon, Rotates) {
  EXPECT_EQ(signs(), "old");
  EXPECT_TRUE(answers("dkim check shop.example", "record=matches problems=-"));
  const auto rotated = player_.control("dkim rotate shop.example to=new");
  ASSERT_TRUE(rotated);
  ASSERT_EQ(rotated->front(), "ok selector=new replaces=old");
  std::string record;
  for (const std::string& line : *rotated) {
    if (line.starts_with("record=\"")) record = line.substr(8, line.size() - 9);
  }
  ASSERT_TRUE(record.starts_with("v=DKIM1; k=ed25519; p=")) << record;
  EXPECT_EQ(signs(), "old");
  EXPECT_TRUE(answers("dkim list", "state=waiting"));
  EXPECT_TRUE(answers("dkim check shop.example", "record=absent"));

  dns_.set(kNewRecord, txt_reply(record));
  ASSERT_TRUE(comes_true([&] { return answers("dkim list", "state=retiring"); }));
  EXPECT_EQ(signs(), "new");

  // DNS failures across a restart stop no key from signing.
  dns_.set(kNewRecord, {DnsReply::Kind::silence});
  dns_.set(kOldRecord, {DnsReply::Kind::server_failure});
  ASSERT_TRUE(player_.daemon().stop());
  ASSERT_TRUE(start());
  EXPECT_EQ(signs(), "new");
  const std::size_t asked = dns_.asked();
  ASSERT_TRUE(comes_true([&] { return dns_.asked() > asked + 2; }));
  EXPECT_EQ(signs(), "new");

  // The record goes: an alarm, and the old key signs again.
  dns_.set(kNewRecord, {DnsReply::Kind::no_name});
  ASSERT_TRUE(comes_true(
      [&] { return answers("status", "dkim: the record new._domainkey.shop.example is absent"); }));
  EXPECT_EQ(signs(), "old");
  EXPECT_NE(player_.daemon().errors().find("dkim-alarm: the record new._domainkey.shop.example"),
            std::string::npos);
  dns_.set(kNewRecord, txt_reply(record));
  ASSERT_TRUE(comes_true([&] { return signs() == "new"; }));
}

}  // namespace
}  // namespace signpost::tests
