// The settings of signpost-web. signpostd reads them too: it empties the spool and publishes the
// kill switch's file.
#include "config/shared/web_settings.h"

#include "base/text.h"
#include "config/reader/setting_types.h"
#include "config/reader/table.h"
#include "mail/address.h"

namespace signpost::config::shared {
namespace {

base::Result<std::string> parse_web_host(std::string_view text) {
  if (text.find_first_of("/:@?#[]") != std::string_view::npos) {
    return base::invalid("expected a host name alone, as in click.example.com");
  }
  return mail::canonical_domain(text);
}

}  // namespace

std::vector<reader::Section> web_sections() {
  reader::Section section{
      "web", false, "signpost-web: clicks, opens and unsubscribes, behind a TLS proxy.", {}};
  auto& settings = section.settings;
  const auto web = [](reader::Parts& parts) { return &parts.get<WebSettings>(); };
  settings.push_back(reader::needs_restart(
      reader::parsed_setting({"listen", R"("127.0.0.1:8880")",
                              "Where the TLS proxy connects to; must not be reachable from the internet."},
                             R"(an address such as "127.0.0.1:8880" or "unix:/path")", system::parse_listen,
                             [web](reader::Parts& parts) { return &web(parts)->listen; })));
  settings.push_back(reader::needs_restart(
      reader::parsed_setting({"metrics", R"("127.0.0.1:8881")", "Where /metrics is served."},
                             R"(an address such as "127.0.0.1:8881" or "unix:/path")", system::parse_listen,
                             [web](reader::Parts& parts) { return &web(parts)->metrics; })));
  settings.push_back(reader::list_setting(
      {"hosts", "", "The host names that are answered. If absent, tracking.host and those of the tenants."},
      R"(a list of host names such as ["click.example.com"])", parse_web_host,
      [web](reader::Parts& parts) { return &web(parts)->hosts; }));
  settings.push_back(reader::list_setting(
      {"trusted_proxies", R"(["127.0.0.1", "::1"])",
       "The proxies whose X-Forwarded-For is trusted. A client that connects by a unix socket always is."},
      R"(a list of networks such as ["127.0.0.1", "192.0.2.0/24"])", base::parse_network,
      [web](reader::Parts& parts) { return &web(parts)->trusted_proxies; }));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"spool", R"("/var/spool/signpost-web")",
       "The directory to which signpost-web writes hits, and from which signpostd reads and removes them."},
      "an absolute path", reader::parse_absolute_path,
      [web](reader::Parts& parts) { return &web(parts)->spool; })));
  settings.push_back(reader::needs_restart(
      reader::parsed_setting({"blocked_links", R"("/run/signpost/blocked-links")",
                              "The file in which signpostd publishes the links that are disabled."},
                             "an absolute path", reader::parse_absolute_path,
                             [web](reader::Parts& parts) { return &web(parts)->blocked_links; })));
  settings.push_back(reader::needs_restart(
      reader::parsed_setting({"ingest", R"("/run/signpost/ingest.sock")",
                              "The datagram socket on which signpost-web tells signpostd about new hits."},
                             "an absolute path", reader::parse_absolute_path,
                             [web](reader::Parts& parts) { return &web(parts)->ingest; })));
  settings.push_back(reader::parsed_setting(
      {"abuse_contact", "",
       "The address for complaints that the host's front page shows. If absent, abuse@ the first host."},
      "an address or a sentence", reader::parse_any_text,
      [web](reader::Parts& parts) { return &web(parts)->abuse_contact; }));
  settings.push_back(reader::parsed_setting(
      {"page_name", "",
       "The name that the pages give as the sender's; a tenant's tracking.page_name goes before it."},
      "a name", reader::parse_any_text, [web](reader::Parts& parts) { return &web(parts)->page_name; }));
  settings.push_back(reader::parsed_setting(
      {"page_contact", "",
       "Where the pages say that recipients can write; a tenant's tracking.page_contact goes before it."},
      "an address or a sentence", reader::parse_any_text,
      [web](reader::Parts& parts) { return &web(parts)->page_contact; }));
  settings.push_back(reader::parsed_setting(
      {"pages", "", "A directory of HTML templates and a style.css that replace the built-in ones."},
      "an absolute path", reader::parse_absolute_path,
      [web](reader::Parts& parts) { return &web(parts)->pages; }));
  settings.push_back(reader::parsed_setting(
      {"networks", "",
       "A file of networks from which nobody reads mail, beside those that are compiled in: lines such as "
       "\"hosting 192.0.2.0/24\"."},
      "an absolute path", reader::parse_absolute_path,
      [web](reader::Parts& parts) { return &web(parts)->networks; }));
  settings.push_back(reader::parsed_setting(
      {"apple_app_site_association", "",
       "The JSON file that is served at /.well-known/apple-app-site-association, by which iOS lets an app "
       "open links."},
      "an absolute path", reader::parse_absolute_path,
      [web](reader::Parts& parts) { return &web(parts)->apple_app_site_association; }));
  settings.push_back(reader::parsed_setting({"assetlinks", "",
                                             "The JSON file that is served at /.well-known/assetlinks.json, "
                                             "by which Android lets an app open links."},
                                            "an absolute path", reader::parse_absolute_path,
                                            [web](reader::Parts& parts) { return &web(parts)->assetlinks; }));
  return {std::move(section)};
}

}  // namespace signpost::config::shared
