// The settings of signpost-web. signpostd reads them too: it empties the spool and publishes the kill
// switch's file.
#include "programs/web_settings.h"

#include "base/text.h"
#include "mail/address.h"
#include "programs/setting_types.h"
#include "programs/settings_table.h"

namespace signpost::programs {
namespace {

base::Result<std::string> parse_web_host(std::string_view text) {
  if (text.find_first_of("/:@?#[]") != std::string_view::npos) {
    return base::invalid("a host name alone is wanted, as in click.example.com");
  }
  return mail::canonical_domain(text);
}

}  // namespace

std::vector<Section> web_sections() {
  Section section{"web", false, "signpost-web: clicks, opens and unsubscribes, behind a TLS proxy.", {}};
  auto& settings = section.settings;
  const auto web = [](Draft& draft) { return &draft.process.web; };
  settings.push_back(needs_restart(parsed_setting(
      {"listen", R"("127.0.0.1:8880")", "Where the TLS proxy finds it; never the internet itself."},
      R"(an address such as "127.0.0.1:8880" or "unix:/path")", parse_listen,
      [web](Draft& draft) { return &web(draft)->listen; })));
  settings.push_back(
      needs_restart(parsed_setting({"metrics", R"("127.0.0.1:8881")", "Where /metrics is served."},
                                   R"(an address such as "127.0.0.1:8881" or "unix:/path")", parse_listen,
                                   [web](Draft& draft) { return &web(draft)->metrics; })));
  settings.push_back(list_setting(
      {"hosts", "", "Host names that are answered; absent: tracking.host and those of the tenants."},
      R"(a list of host names such as ["click.example.com"])", parse_web_host,
      [web](Draft& draft) { return &web(draft)->hosts; }));
  settings.push_back(
      list_setting({"trusted_proxies", R"(["127.0.0.1", "::1"])",
                    "Whose X-Forwarded-For is believed; who connects by a unix socket is trusted anyway."},
                   R"(a list of networks such as ["127.0.0.1", "192.0.2.0/24"])", mail::parse_network,
                   [web](Draft& draft) { return &web(draft)->trusted_proxies; }));
  settings.push_back(needs_restart(parsed_setting(
      {"spool", R"("/var/spool/signpost-web")",
       "A directory that signpost-web writes hits to and signpostd reads and removes them from."},
      "an absolute path", parse_absolute_path, [web](Draft& draft) { return &web(draft)->spool; })));
  settings.push_back(needs_restart(parsed_setting(
      {"blocked_links", R"("/run/signpost/blocked-links")",
       "The file in which signpostd publishes which links are switched off."},
      "an absolute path", parse_absolute_path, [web](Draft& draft) { return &web(draft)->blocked_links; })));
  settings.push_back(needs_restart(parsed_setting(
      {"ingest", R"("/run/signpost/ingest.sock")",
       "The datagram socket at which signpost-web tells signpostd of new hits."},
      "an absolute path", parse_absolute_path, [web](Draft& draft) { return &web(draft)->ingest; })));
  settings.push_back(parsed_setting(
      {"abuse_contact", "",
       "The address that the host's front page names for complaints; absent: abuse@ the first host."},
      "an address or a sentence", parse_any_text,
      [web](Draft& draft) { return &web(draft)->abuse_contact; }));
  settings.push_back(parsed_setting(
      {"pages", "", "A directory of HTML templates and a style.css that replace the built-in ones."},
      "an absolute path", parse_absolute_path, [web](Draft& draft) { return &web(draft)->pages; }));
  return {std::move(section)};
}

}  // namespace signpost::programs
