// What signpost-web reads of the configuration, and what it leaves alone.
#include "web/config.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/name_id.h"
#include "tests/config/memory_files.h"

namespace signpost::web {
namespace {

constexpr const char* kTracking =
    "[tracking]\nhost = \"click.example.com\"\nkey_file = \"/keys/tracking.keys\"\n";

class WebConfig : public testing::Test {
 protected:
  WebConfig() {
    files_.add_directory("/keys", 0755);
    files_.add_directory("/pages", 0755);
    files_.add_file("/keys/tracking.keys", "1 active " + base::encode_base64(std::string(32, 'k')) + "\n",
                    0640);
  }

  LoadedWebConfig load(const std::string& text) {
    files_.add_file("/etc/signpost.toml", text, 0644);
    return load_web_config("/etc/signpost.toml", files_);
  }
  static bool says(const LoadedWebConfig& config, const std::string& text) {
    return std::any_of(config.diagnostics.begin(), config.diagnostics.end(),
                       [&text](const config::reader::Diagnostic& diagnostic) {
                         return config::reader::format_diagnostic(diagnostic).find(text) != std::string::npos;
                       });
  }

  tests::MemoryFiles files_;
};

TEST_F(WebConfig, NeedsTrackingOnly) {
  const LoadedWebConfig config = load(kTracking);
  ASSERT_TRUE(config.ok());
  EXPECT_TRUE(config.diagnostics.empty());
  EXPECT_EQ(config.site->hosts, std::vector<std::string>{"click.example.com"});
  EXPECT_EQ(config.site->abuse_contact, "abuse@click.example.com");
  EXPECT_EQ(config.web.listen, (system::ListenAddress{{}, "127.0.0.1", 8880}));
  EXPECT_EQ(config.web.metrics, (system::ListenAddress{{}, "127.0.0.1", 8881}));
  EXPECT_EQ(config.web.spool, "/var/spool/signpost-web");
  EXPECT_EQ(config.site->trusted_proxies.size(), 2u);
}

TEST_F(WebConfig, ReadsTheSitesNetworks) {
  files_.add_file("/etc/networks.txt", "hosting 192.0.2.0/24\n", 0644);
  const std::string named = std::string(kTracking) + "[web]\nnetworks = \"/etc/networks.txt\"\n";
  const LoadedWebConfig config = load(named);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config.site->networks.find("192.0.2.9"), track::Network::hosting);
  EXPECT_EQ(config.site->networks.find("40.107.1.2"), track::Network::scanner) << "those compiled in";
  files_.add_file("/etc/networks.txt", "# ours\nhostng 192.0.2.0/24\n", 0644);
  const LoadedWebConfig wrong = load(named);
  EXPECT_FALSE(wrong.ok());
  EXPECT_TRUE(says(wrong, "web.networks: /etc/networks.txt: line 2: "));
  EXPECT_FALSE(load(std::string(kTracking) + "[web]\nnetworks = \"/nowhere\"\n").ok());
}

TEST_F(WebConfig, AnswersAtTheTenantsHostsToo) {
  const LoadedWebConfig config =
      load(std::string(kTracking) +
           "[[tenant]]\nname = \"acme\"\nclients = \"wrong, and not its business\"\n"
           "tracking = { host = \"Go.Acme.example\" }\n"
           "[[tenant]]\nname = \"shop\"\n[tenant.tracking]\nhost = \"click.example.com\"\n");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config.site->hosts, (std::vector<std::string>{"click.example.com", "go.acme.example"}));
}

TEST_F(WebConfig, ReadsItsTable) {
  const LoadedWebConfig config =
      load(std::string(kTracking) +
           "[web]\nlisten = \"unix:/run/web.sock\"\nhosts = [\"A.Example\", \"b.example\"]\n"
           "trusted_proxies = [\"192.0.2.0/24\"]\nabuse_contact = \"help@a.example\"\n");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config.web.listen.path, "/run/web.sock");
  EXPECT_EQ(config.site->hosts, (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_EQ(config.site->abuse_contact, "help@a.example");
}

TEST_F(WebConfig, LeavesOtherTablesAlone) {
  files_.add_file("/etc/conf.d/50-web.toml", "[web]\nspool = \"/spool\"\n", 0644);
  const LoadedWebConfig config =
      load(std::string(kTracking) +
           "[[dkim.key]]\ndomain = \"a.example\"\nselector = \"s\"\nfile = \"/keys/none.pem\"\n"
           "[milter]\nmode = \"nonsense\"\n");
  EXPECT_TRUE(config.ok());
  EXPECT_TRUE(config.diagnostics.empty());
  EXPECT_EQ(config.web.spool, "/spool");
}

TEST_F(WebConfig, NamesWhatIsWrong) {
  const struct {
    std::string text;
    const char* says;
  } rows[] = {
      {"", "signpost-web needs tracking.host or web.hosts"},
      {"[tracking]\nhost = \"click.example.com\"\n", "signpost-web needs tracking.key_file"},
      {"[tracking]\nhost = \"click.example.com\"\nkey_file = \"/keys/none\"\n",
       "signpost.toml:3:12: error: tracking.key_file: /keys/none"},
      {std::string(kTracking) + "[web]\nlisten = \"8880\"\n",
       "signpost.toml:5:10: error: web.listen: write ADDRESS:PORT"},
      {std::string(kTracking) + "[web]\nlisten = \"0.0.0.0:8880\"\n",
       "warning: web.listen: 0.0.0.0:8880 can be reached from other hosts"},
      {std::string(kTracking) + "[web]\nspol = \"/x\"\n", "did you mean 'spool'?"},
      {std::string(kTracking) + "[web]\nhosts = [\"https://a.example\"]\n", "expected a host name alone"},
      {"[web\n", "signpost.toml:1:"},
  };
  for (const auto& row : rows) {
    const LoadedWebConfig config = load(row.text);
    EXPECT_TRUE(says(config, row.says))
        << row.text
        << (config.diagnostics.empty() ? "" : config::reader::format_diagnostic(config.diagnostics[0]));
    EXPECT_EQ(config.exit_code, config.ok() ? 0 : 78);
  }
  EXPECT_EQ(load_web_config("/none.toml", files_).exit_code, 66);
}

TEST_F(WebConfig, TakesPagesFromADirectory) {
  const std::string text = std::string(kTracking) + "[web]\npages = \"/pages\"\n";
  files_.add_file("/pages/gone.html", "<p>Weg.</p>", 0644);
  files_.add_file("/pages/style.css", "p { color: red }", 0644);
  const LoadedWebConfig config = load(text);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config.site->pages.find(web::PageKind::gone, 0).render({}), "<p>Weg.</p>");
  files_.add_file("/pages/gone.fr.html", "<p>Parti.</p>", 0644);
  const auto two = load(text);
  EXPECT_EQ(two.site->pages.find(web::PageKind::gone, web::choose_language("fr")).render({}),
            "<p>Parti.</p>");
  EXPECT_EQ(two.site->pages.find(web::PageKind::gone, web::choose_language("it")).render({}), "<p>Weg.</p>");
  EXPECT_EQ(config.site->style, "p { color: red }");

  files_.add_file("/pages/unsubscribed.html", "{{action}}", 0644);
  EXPECT_TRUE(
      says(load(text), "/pages/unsubscribed.html: the page 'unsubscribed' needs the placeholder {{undo}}"));
  files_.lock("/pages/style.css");
  EXPECT_TRUE(says(load(text), "/pages/style.css: Permission denied"));
}

TEST_F(WebConfig, TakesWhatAppsAskForFromFiles) {
  const std::string text = std::string(kTracking) +
                           "[web]\nassetlinks = \"/pages/android.json\"\n"
                           "apple_app_site_association = \"/pages/apple.json\"\n";
  EXPECT_TRUE(says(load(text), "web.assetlinks: ")) << "no such file";
  files_.add_file("/pages/android.json", " [\n {\"relation\": []}]\n", 0644);
  files_.add_file("/pages/apple.json", "{\"applinks\": {}}", 0644);
  const auto config = load(text);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config.site->android_links, " [\n {\"relation\": []}]\n");
  EXPECT_EQ(config.site->apple_links, "{\"applinks\": {}}");
  for (const char* wrong : {"<html>", "[tracking]\nhost = \"x\"\n", "{\"applinks\": {}}", "[", ""}) {
    files_.add_file("/pages/android.json", wrong, 0644);
    EXPECT_TRUE(says(load(text), "/pages/android.json: this does not begin like JSON of that kind")) << wrong;
  }
  files_.add_file("/pages/android.json", "[]", 0644);
  files_.add_file("/pages/apple.json", "[]", 0644);
  EXPECT_TRUE(says(load(text), "web.apple_app_site_association: /pages/apple.json: this does not begin"));
}

TEST_F(WebConfig, KnowsWhoseAPageIs) {
  const auto config =
      load("[web]\npage_name = \"Example\"\npage_contact = \"post@example.com\"\n" + std::string(kTracking) +
           "[[tenant]]\nname = \"acme\"\ntracking = { host = \"go.acme.example\", page_name = \"Acme\" }\n");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config.site->sender.contact, "post@example.com");
  ASSERT_EQ(config.site->host_tenants.size(), 1u);
  const std::uint32_t acme = config.site->host_tenants.at("go.acme.example");
  EXPECT_EQ(acme, base::name_id("acme"));
  EXPECT_EQ(config.site->tenant_senders.at(acme).name, "Acme");
  const auto shared = load(std::string(kTracking) +
                           "[[tenant]]\nname = \"acme\"\ntracking = { host = \"go.example.com\" }\n"
                           "[[tenant]]\nname = \"beta\"\ntracking = { host = \"go.example.com\" }\n"
                           "[[tenant]]\nname = \"site\"\ntracking = { host = \"click.example.com\" }\n");
  EXPECT_TRUE(shared.site->host_tenants.empty()) << "nobody's alone";
}

}  // namespace
}  // namespace signpost::web
