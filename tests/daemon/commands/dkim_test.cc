// The dkim commands over a scripted DNS.
#include <filesystem>

#include <gtest/gtest.h>

#include "dkim/record.h"
#include "tests/daemon/commands/support.h"

namespace signpost::daemon::commands {
namespace {

class ControlDkimTest : public testing::Test {
 protected:
  ControlDkimTest() {
    settings_.key_pattern = house_.directory.path() + "/*.pem";
    add("shop.example", "s1", base::KeyType::ed25519);
  }

  void add(const char* domain, const char* selector, base::KeyType type, bool subdomains = false) {
    auto parsed = std::make_shared<const base::PrivateKey>(std::move(*base::PrivateKey::generate(type)));
    house_.zone.publish(dkim::record_name(domain, selector), dkim::format_record(*parsed));
    auto next = tests::configured("");
    next->dkim = house_.snapshots.get()->dkim;
    next->dkim.keys.add(
        {std::make_shared<const dkim::Key>(dkim::SigningKey{domain, selector, parsed}), {}, subdomains});
    EXPECT_TRUE(house_.dkim_watch.admit(next->dkim.keys, settings_));
    house_.snapshots.set(next);
  }

  tests::ControlHouse house_;
  config::DnsWatchSettings settings_;
};

TEST_F(ControlDkimTest, ListShowsStateAndWhy) {
  EXPECT_EQ(house_.say("dkim list"),
            "ok\ndomain=shop.example selector=s1 type=ed25519 bits=256 signs=yes state=active "
            "since=2026-11-23T12:00:00.000Z why=-\nend n=1\n\n");
  settings_.gate = true;
  add("late.example", "s1", base::KeyType::ed25519);
  EXPECT_NE(house_.say("dkim list")
                .find("signs=no state=waiting since=2026-11-23T12:00:00.000Z "
                      "why=record-not-seen"),
            std::string::npos);
}

TEST_F(ControlDkimTest, CheckComparesRecords) {
  add("bad.example", "s1", base::KeyType::ed25519);
  house_.zone.publish("s1._domainkey.bad.example", "v=DKIM1; k=ed25519; t=y; p=");
  add("strict.example", "s1", base::KeyType::ed25519, true);
  house_.zone.publish("_dmarc.strict.example", "v=DMARC1; p=none; adkim=s");
  add("mail.strict.example", "s1", base::KeyType::ed25519,
      true);  // the organizational domain's policy counts
  add("gone.example", "s1", base::KeyType::ed25519);
  house_.zone.take_down("s1._domainkey.gone.example");
  EXPECT_EQ(house_.say("dkim check"),
            "ok wrong=4\n"
            "domain=bad.example selector=s1 type=ed25519 bits=256 record=revoked problems=testing\n"
            "domain=gone.example selector=s1 type=ed25519 bits=256 record=absent problems=- why=NXDOMAIN\n"
            "domain=mail.strict.example selector=s1 type=ed25519 bits=256 record=matches "
            "problems=strict-dmarc\n"
            "domain=shop.example selector=s1 type=ed25519 bits=256 record=matches problems=-\n"
            "domain=strict.example selector=s1 type=ed25519 bits=256 record=matches problems=strict-dmarc\n"
            "end n=5\n\n");
  EXPECT_EQ(house_.say("dkim check shop.example").substr(0, 10), "ok wrong=0");
  EXPECT_EQ(house_.say("dkim check other.example"),
            "error not-found no signing key matches; `dkim list` shows all keys\n\n");
  house_.zone.clear();
  EXPECT_NE(house_.say("dkim check shop.example").find("record=unknown problems=- why=timeout"),
            std::string::npos);
}

TEST_F(ControlDkimTest, CheckTakesAMissingRecordOfAKeyThatWaitsForNormal) {
  settings_.gate = true;
  add("late.example", "s1", base::KeyType::ed25519);
  house_.zone.take_down("s1._domainkey.late.example");
  const std::string answer = house_.say("dkim check late.example");
  EXPECT_TRUE(answer.starts_with("ok wrong=0\n")) << answer;
  EXPECT_TRUE(tests::has(answer, "record=absent")) << answer;
}

TEST_F(ControlDkimTest, RotateMakesAKeyThatWaits) {
  const std::string answer = house_.say("dkim rotate shop.example");
  EXPECT_EQ(answer.substr(0, answer.find('\n')), "ok selector=s20261123 replaces=s1");
  const std::string file = house_.directory.path() + "/shop.example.s20261123.pem";
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  EXPECT_FALSE(std::filesystem::exists(file + ".new"));
  EXPECT_EQ(house_.twin.reloads, 1);
  for (const char* wanted :
       {"\nname=s20261123._domainkey.shop.example\n",
        "\nrecord=\"v=DKIM1; k=ed25519; p=", "\nzone=\"s20261123._domainkey.shop.example. IN TXT ("})
    EXPECT_NE(answer.find(wanted), std::string::npos) << answer;
  EXPECT_EQ(house_.dkim_watch.progress("shop.example", "s20261123")->state, dkim::KeyState::waiting);
  EXPECT_EQ(house_.dkim_watch.progress("shop.example", "s1")->successor, "s20261123");
}

TEST_F(ControlDkimTest, RotateSaysWhyNot) {
  const std::pair<const char*, const char*> cases[] = {
      {"dkim rotate other.example", "error not-found domain other.example has no active key"},
      {"dkim rotate shop.example from=s2", "error not-found"},
      {"dkim rotate shop.example type=dsa", "'dsa' is not one of rsa2048"},
      {"dkim rotate shop.example to=s1", "has been used before"},
      {"dkim rotate shop.example to=a_b", "is not a selector"},
  };
  for (const auto& [command, wanted] : cases)
    EXPECT_NE(house_.say(command).find(wanted), std::string::npos) << command << house_.say(command);
  add("shop.example", "s2", base::KeyType::rsa);
  EXPECT_NE(house_.say("dkim rotate shop.example").find("choose one with from=s1 or from=s2"),
            std::string::npos);
  add("special.example", "s1", base::KeyType::ed25519, true);
  EXPECT_NE(house_.say("dkim rotate special.example").find("has a [[dkim.key]] of its own"),
            std::string::npos);
  settings_.key_pattern.clear();
  add("x.example", "s1", base::KeyType::ed25519);
  EXPECT_NE(house_.say("dkim rotate x.example").find("set dkim.key_files"), std::string::npos);
  EXPECT_EQ(house_.twin.reloads, 0);
  for (const auto& entry : std::filesystem::directory_iterator(house_.directory.path()))
    EXPECT_NE(entry.path().extension(), ".new") << entry.path();
}

}  // namespace
}  // namespace signpost::daemon::commands
