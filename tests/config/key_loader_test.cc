// Keys by file name: what is found, refused, read late and taken over by a reload; encrypted keys.
#include "config/key_loader.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "config/load.h"
#include "tests/config/memory_files.h"
#include "tests/support/source_dir.h"

namespace signpost::config {
namespace {

std::string test_pem(const std::string& name) {
  std::ifstream file(tests::source_dir() + "/tests/data/keys/" + name + ".pem");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class KeyLoaderTest : public testing::Test {
 protected:
  KeyLoaderTest() {
    files_.add_directory("/k", 0755);
    files_.add_file("/k/a.example.s1.pem", test_pem("test-ed25519"));
    files_.add_file("/k/B.example.S2.pem", test_pem("test-rsa2048"));
    files_.add_file("/k/readme.txt", "not a key");
  }

  LoadedConfig load(const std::string& text = "[dkim]\nkey_files = \"/k/*.pem\"\n",
                    const dkim::KeyTable* former = nullptr) {
    return parse_config({{"signpost.toml", text}}, {}, files_, former);
  }
  /// The errors, each a line.
  std::string errors(const std::string& text = "[dkim]\nkey_files = \"/k/*.pem\"\n") {
    std::string all;
    for (const reader::Diagnostic& diagnostic : load(text).diagnostics) {
      if (diagnostic.severity == reader::Severity::error) all += diagnostic.text + "\n";
    }
    return all;
  }

  tests::MemoryFiles files_;
};

TEST_F(KeyLoaderTest, FindsKeysByNameAndReadsThemLate) {
  const LoadedConfig config = load();
  ASSERT_TRUE(config.ok());
  const dkim::KeyTable& keys = config.snapshot->dkim.keys;
  ASSERT_EQ(keys.all().size(), 2u);
  const dkim::KeyUse* use = keys.find("b.example", "s2");
  ASSERT_NE(use, nullptr);
  EXPECT_EQ(use->key->parsed_already(), nullptr);
  const auto parsed = use->key->parsed();
  ASSERT_TRUE(parsed) << parsed.error().text;
  EXPECT_EQ((*parsed)->bits(), 2048);
}

TEST_F(KeyLoaderTest, AReloadReadsChangedFilesOnly) {
  const LoadedConfig first = load();
  ASSERT_TRUE(first.ok());
  const dkim::KeyTable& former = first.snapshot->dkim.keys;
  files_.add_file("/k/a.example.s1.pem", test_pem("test-rsa2048"));
  files_.add_file("/k/c.example.s1.pem", test_pem("test-ed25519"));
  const LoadedConfig second = load("[dkim]\nkey_files = \"/k/*.pem\"\nsubdomains = true\n", &former);
  ASSERT_TRUE(second.ok());
  const dkim::KeyTable& keys = second.snapshot->dkim.keys;
  EXPECT_EQ(keys.find("b.example", "s2")->key, former.find("b.example", "s2")->key);
  EXPECT_TRUE(keys.find("b.example", "s2")->subdomains);
  EXPECT_NE(keys.find("a.example", "s1")->key, former.find("a.example", "s1")->key);
  EXPECT_NE(keys.find("c.example", "s1"), nullptr);
}

TEST_F(KeyLoaderTest, AKeyThatWentBadAfterwardsSaysSo) {
  const LoadedConfig config = load();
  ASSERT_TRUE(config.ok());
  const auto& key = config.snapshot->dkim.keys.find("a.example", "s1")->key;
  files_.add_file("/k/a.example.s1.pem", test_pem("test-ed25519"), 0644);
  const auto open = key->parsed();
  ASSERT_FALSE(open);
  EXPECT_EQ(
      open.error().text,
      "/k/a.example.s1.pem is accessible to everyone (mode 0644); fix it with: chmod o= /k/a.example.s1.pem");
  files_.add_file("/k/a.example.s1.pem", test_pem("test-ed25519"));
  EXPECT_TRUE(key->parsed());
}

TEST_F(KeyLoaderTest, RefusesFilesAndDirectoriesThatAreNotSafe) {
  files_.add_file("/k/open.example.s.pem", "", 0604);
  files_.add_file("/k/strange.example.s.pem", "", 0600, tests::MemoryFiles::kStranger);
  files_.add_file("/k/nonsense.pem", "");
  files_.add_link("/k/link.example.s.pem", "/gone");
  const std::string text = errors();
  for (const char* wanted :
       {"/k/open.example.s.pem is accessible to everyone (mode 0604); fix it with: chmod o= "
        "/k/open.example.s.pem",
        "fix it with: chown root /k/strange.example.s.pem",
        "/k/nonsense.pem: the file name must be DOMAIN.SELECTOR.pem", "/gone: No such file"})
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
  files_.add_directory("/k", 0777);
  EXPECT_NE(errors().find("/k is writable by everyone (mode 0777); fix it with: chmod o-w /k"),
            std::string::npos);
}

TEST_F(KeyLoaderTest, NamesAtMostTwentyBadFiles) {
  for (int i = 0; i < 50; ++i) files_.add_file("/k/d" + std::to_string(i) + ".example.s.pem", "", 0644);
  const std::string text = errors();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 21);
  EXPECT_NE(text.find("30 more files cannot be used"), std::string::npos) << text;
}

TEST_F(KeyLoaderTest, ASingleKeySaysMoreAboutAFileOfTheTable) {
  const std::string table = "[dkim]\nkey_files = \"/k/*.pem\"\n";
  const std::string single = "[[dkim.key]]\ndomain = \"a.example\"\nselector = \"s1\"\n";
  const LoadedConfig config = load(table + single + "file = \"/k/a.example.s1.pem\"\nsubdomains = true\n");
  ASSERT_TRUE(config.ok());
  ASSERT_EQ(config.snapshot->dkim.keys.of("a.example").size(), 1u);
  EXPECT_TRUE(config.snapshot->dkim.keys.find("a.example", "s1")->subdomains);
  const LoadedConfig strict =
      load(table + "subdomains = true\n" + single + "file = \"/k/a.example.s1.pem\"\nsubdomains = false\n");
  ASSERT_TRUE(strict.ok());
  EXPECT_FALSE(strict.snapshot->dkim.keys.find("a.example", "s1")->subdomains);
  files_.add_file("/other.pem", test_pem("test-ed25519"));
  EXPECT_NE(errors(table + single + "file = \"/other.pem\"\n").find("names another file"), std::string::npos);
}

TEST_F(KeyLoaderTest, WhoMayUseAKeyIsChecked) {
  const std::string key = "[[dkim.key]]\nselector = \"s\"\nfile = \"/k/a.example.s1.pem\"\n";
  const std::string tenants =
      "[[tenant]]\nname = \"shop\"\nlogins = [\"shop\"]\nsender_domains = [\"shop.example\"]\n"
      "[[tenant]]\nname = \"bank\"\nlogins = [\"bank\"]\n";
  const std::pair<std::string, const char*> cases[] = {
      {key + "domain = \"*\"\n", "set allow_any = true if that is intended"},
      {key + "domain = \"x.example\"\nallow_any = true\n", "is for keys with domain = \"*\" only"},
      {key + "domain = \"x.example\"\ntenant = \"shpo\"\n" + tenants, "there is no tenant 'shpo'"},
      {key + "domain = \"shop.example\"\ntenant = \"bank\"\n" + tenants, "belongs to tenant 'shop'"},
      {"[dkim]\ndefault_domain = \"x.example\"\n", "there is no key for x.example"},
      {"[dkim]\nkey_files = \"/*/x.pem\"\n", "only the file name may contain a pattern"},
      {"[dkim]\nkey_files = \"/gone/*.pem\"\n", "/gone: No such file"},
  };
  for (const auto& [text, wanted] : cases)
    EXPECT_NE(errors(text).find(wanted), std::string::npos) << text << errors(text);
  EXPECT_EQ(errors(key + "domain = \"*\"\nallow_any = true\ntenant = \"shop\"\n" + tenants), "");
}

TEST_F(KeyLoaderTest, EncryptedKeys) {
  files_.add_file("/k/a.example.s1.pem", test_pem("test-rsa2048-encrypted"));
  files_.add_file("/password", "correct horse\r\nnot this\n");
  const LoadedConfig config = load("[dkim]\nkey_files = \"/k/a*.pem\"\npassword_file = \"/password\"\n");
  ASSERT_TRUE(config.ok());
  const auto parsed = config.snapshot->dkim.keys.find("a.example", "s1")->key->parsed();
  EXPECT_TRUE(parsed) << parsed.error().text;

  const std::string single =
      "[[dkim.key]]\ndomain = \"x.example\"\nselector = \"s\"\nfile = \"/k/a.example.s1.pem\"\n";
  EXPECT_EQ(errors(single + "password_file = \"/password\"\n"), "");
  EXPECT_NE(errors(single).find("its password is missing or wrong"), std::string::npos);
  files_.add_file("/password", "wrong\n");
  EXPECT_NE(errors(single + "password_file = \"/password\"\n").find("missing or wrong"), std::string::npos);
  files_.add_file("/password", "\n");
  EXPECT_NE(errors(single + "password_file = \"/password\"\n").find("is empty"), std::string::npos);
  files_.add_file("/password", "correct horse", 0644);
  EXPECT_NE(errors(single + "password_file = \"/password\"\n").find("chmod o= /password"), std::string::npos);
}

TEST(KeyFileName, Table) {
  const struct {
    const char* name;
    const char* domain;
    const char* selector;
  } good[] = {
      {"shop.example.s1.pem", "shop.example", "s1"},
      {"Mail.Shop.Example.S-2026a.pem", "mail.shop.example", "s-2026a"},
      {"münchen.example.s.pem", "xn--mnchen-3ya.example", "s"},
  };
  for (const auto& c : good) {
    const auto name = parse_key_file_name(c.name);
    ASSERT_TRUE(name) << c.name;
    EXPECT_EQ(name->domain, c.domain);
    EXPECT_EQ(name->selector, c.selector);
  }
  for (const char* bad : {"", ".pem", "s.pem", "example.s.pem", "shop.example.s.key", "shop.example.-s.pem",
                          "shop.example..pem", "shop..example.s.pem", "[192.0.2.1].s.pem", "a/b.c.s.pem"})
    EXPECT_FALSE(parse_key_file_name(bad)) << bad;
}

}  // namespace
}  // namespace signpost::config
