// The settings of signpost-web. signpostd reads them too: it empties the spool and publishes the kill
// switch's file.
#include "config/shared/web_settings.h"

#include "base/text.h"
#include "config/reader/setting_types.h"
#include "config/reader/table.h"
#include "mail/address.h"

namespace signpost::config::shared {
namespace {

base::Result<std::string> parse_web_host(std::string_view text) {
  if (text.find_first_of("/:@?#[]") != std::string_view::npos) {
    return base::invalid("a host name alone is wanted, as in click.example.com");
  }
  return mail::canonical_domain(text);
}

}  // namespace

std::vector<reader::Section> web_sections() {
  reader::Section section{
      "web", false, "signpost-web: clicks, opens and unsubscribes, behind a TLS proxy.", {}};
  auto& settings = section.settings;
  const auto web = [](reader::Parts& parts) { return &parts.get<WebSettings>(); };
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"listen", R"("127.0.0.1:8880")", "Where the TLS proxy finds it; never the internet itself."},
      R"(an address such as "127.0.0.1:8880" or "unix:/path")", system::parse_listen,
      [web](reader::Parts& parts) { return &web(parts)->listen; })));
  settings.push_back(reader::needs_restart(
      reader::parsed_setting({"metrics", R"("127.0.0.1:8881")", "Where /metrics is served."},
                             R"(an address such as "127.0.0.1:8881" or "unix:/path")", system::parse_listen,
                             [web](reader::Parts& parts) { return &web(parts)->metrics; })));
  settings.push_back(reader::list_setting(
      {"hosts", "", "Host names that are answered; absent: tracking.host and those of the tenants."},
      R"(a list of host names such as ["click.example.com"])", parse_web_host,
      [web](reader::Parts& parts) { return &web(parts)->hosts; }));
  settings.push_back(reader::list_setting(
      {"trusted_proxies", R"(["127.0.0.1", "::1"])",
       "Whose X-Forwarded-For is believed; who connects by a unix socket is trusted anyway."},
      R"(a list of networks such as ["127.0.0.1", "192.0.2.0/24"])", base::parse_network,
      [web](reader::Parts& parts) { return &web(parts)->trusted_proxies; }));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"spool", R"("/var/spool/signpost-web")",
       "A directory that signpost-web writes hits to and signpostd reads and removes them from."},
      "an absolute path", reader::parse_absolute_path,
      [web](reader::Parts& parts) { return &web(parts)->spool; })));
  settings.push_back(reader::needs_restart(
      reader::parsed_setting({"blocked_links", R"("/run/signpost/blocked-links")",
                              "The file in which signpostd publishes which links are switched off."},
                             "an absolute path", reader::parse_absolute_path,
                             [web](reader::Parts& parts) { return &web(parts)->blocked_links; })));
  settings.push_back(reader::needs_restart(
      reader::parsed_setting({"ingest", R"("/run/signpost/ingest.sock")",
                              "The datagram socket at which signpost-web tells signpostd of new hits."},
                             "an absolute path", reader::parse_absolute_path,
                             [web](reader::Parts& parts) { return &web(parts)->ingest; })));
  settings.push_back(reader::parsed_setting(
      {"abuse_contact", "",
       "The address that the host's front page names for complaints; absent: abuse@ the first host."},
      "an address or a sentence", reader::parse_any_text,
      [web](reader::Parts& parts) { return &web(parts)->abuse_contact; }));
  settings.push_back(reader::parsed_setting(
      {"pages", "", "A directory of HTML templates and a style.css that replace the built-in ones."},
      "an absolute path", reader::parse_absolute_path,
      [web](reader::Parts& parts) { return &web(parts)->pages; }));
  return {std::move(section)};
}

}  // namespace signpost::config::shared
