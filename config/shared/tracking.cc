// The rows of [tracking], which signpost-web reads too: it needs the hosts and the ring.
#include "config/shared/tracking.h"

#include <algorithm>

#include "base/ip.h"
#include "base/text.h"
#include "config/reader/setting_types.h"
#include "mail/address.h"
#include "track/tagging.h"

namespace signpost::config::shared {
namespace {

base::Result<std::string> parse_host(std::string_view text) {
  if (text.find("://") != std::string_view::npos || text.find_first_of("/:@?#[]") != std::string_view::npos) {
    return base::invalid(
        "expected a host name alone, as in click.example.com: links are always https://HOST/…");
  }
  auto host = mail::canonical_domain(text);
  if (host && (host->find('.') == std::string::npos || base::parse_ip(*host))) {
    return base::invalid("expected a full host name, as in click.example.com");
  }
  return host;
}

reader::Choices<track::Mode> modes() {
  return {{{"off", track::Mode::off},
           {"anonymous", track::Mode::anonymous},
           {"pseudonymous", track::Mode::pseudonymous},
           {"identified", track::Mode::identified}}};
}

constexpr const char* kStreamModesHelp =
    "How much links may tell in some streams; of all modes that apply, the narrowest is used.";
constexpr const char* kStreamModesType = R"(a list such as ["receipts=off", "bulk=anonymous"])";

reader::Section tracking_section() {
  reader::Section section{"tracking", false, "Rewriting of links. Without host nothing is rewritten.", {}};
  auto& settings = section.settings;
  settings.push_back(reader::parsed_setting(
      {"host", "", "The host name that tracking links point to."}, "a host name", parse_host,
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.host; }));
  settings.push_back(reader::parsed_setting(
      {"key_file", "", "The key ring that seals the links; signpost-web reads it too."}, "an absolute path",
      reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().key_file; }));
  settings.push_back(reader::choice_setting(
      {"mode", R"("anonymous")",
       "How much a link may tell about who clicked, "
       "from nothing (off) to the recipient's address (identified)."},
      modes(), [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.mode; }));
  settings.push_back(reader::list_setting(
      {"stream_modes", "[]", kStreamModesHelp}, kStreamModesType, track::parse_stream_mode,
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.stream_modes; }));
  settings.push_back(
      reader::flag_setting({"clicks", "true", "Whether links in HTML are rewritten."},
                           [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.clicks; }));
  settings.push_back(
      reader::flag_setting({"opens", "false", "Whether an open pixel is added to HTML."},
                           [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.opens; }));
  settings.push_back(reader::list_setting(
      {"streams", R"(["bulk"])", "Streams whose mail is tracked."}, R"(a list of streams such as ["bulk"])",
      reader::parse_name, [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.streams; }));
  settings.push_back(reader::flag_setting(
      {"trap_link", "false",
       "Whether a link that no person sees stands beside each open pixel: who follows it is a program."},
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.trap_link; }));
  settings.push_back(reader::flag_setting(
      {"plain_text", "false", "Whether links in plain text are rewritten as well."},
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.plain_text; }));
  settings.push_back(reader::flag_setting(
      {"conditional_comments", "false",
       "Whether links in Outlook's conditional comments, including VML, are rewritten as well."},
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.conditional_comments; }));
  settings.push_back(reader::flag_setting(
      {"svg", "false", "Whether links in inline SVG (xlink:href) are rewritten as well."},
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.svg; }));
  settings.push_back(reader::flag_setting(
      {"recode_long_lines", "true",
       "Whether a part is re-encoded as quoted-printable "
       "if a longer link would make one of its lines longer than 998 bytes. "
       "Otherwise the links that have no room in their lines are left alone."},
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.recode_long_lines; }));
  settings.push_back(reader::choice_setting(
      {"url_text", R"("rewrite")",
       "What happens to a link whose text is itself a URL: some mail programs warn if the two differ."},
      reader::Choices<bool>{{{"rewrite", true}, {"leave", false}}},
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.url_text; }));
  settings.push_back(reader::list_setting(
      {"exclude", "[]", "Hosts (including their subdomains), or paths on them, whose links are left alone."},
      R"(a list such as ["pay.example.com", "shop.example.com/account"])", track::parse_exclusion,
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.exclude; }));
  return section;
}

reader::Section tracking_tag_section() {
  reader::Section section{
      "tracking.tag",
      true,
      "A query parameter that is added to rewritten links to some hosts, unless they have it already.",
      {}};
  section.begin = [](reader::Parts& parts, const reader::Value&) {
    parts.get<TrackingDraft>().settings.tags.emplace_back();
  };
  auto& settings = section.settings;
  settings.push_back(reader::required(reader::parsed_setting(
      {"name", "", "The parameter's name, such as utm_source."}, "a string", reader::parse_any_text,
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.tags.back().name; })));
  settings.push_back(reader::required(reader::parsed_setting(
      {"value", "",
       "Its value; {campaign} and {stream} are filled in. If the result is empty, nothing is added."},
      "a string", track::parse_tag_value,
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.tags.back().value; })));
  settings.push_back(reader::required(reader::list_setting(
      {"hosts", "", "The hosts whose links get it, including their subdomains."},
      R"(a list of hosts such as ["shop.example.com"])", mail::canonical_domain,
      [](reader::Parts& parts) { return &parts.get<TrackingDraft>().settings.tags.back().hosts; })));
  return section;
}

reader::Section tenant_tracking_section() {
  reader::Section section{
      "tenant.tracking",
      false,
      "What differs from [tracking] for this tenant's mail, written tracking = { mode = \"off\" }.",
      {}};
  auto& settings = section.settings;
  const auto own = [](reader::Parts& parts) { return &parts.get<TrackingDraft>().tenants.back(); };
  settings.push_back(reader::parsed_setting(
      {"host", "", "The host name that its tracking links point to. If absent, what tracking.host says."},
      "a host name", parse_host, [own](reader::Parts& parts) { return &own(parts)->host; }));
  settings.push_back(
      reader::choice_setting({"mode", "", "How much its links may tell. If absent, what tracking.mode says."},
                             modes(), [own](reader::Parts& parts) { return &own(parts)->mode; }));
  settings.push_back(reader::list_setting({"stream_modes", "[]", kStreamModesHelp}, kStreamModesType,
                                          track::parse_stream_mode,
                                          [own](reader::Parts& parts) { return &own(parts)->stream_modes; }));
  settings.push_back(reader::list_setting(
      {"targets", "[]",
       "The only hosts, including their subdomains, that its rewritten links may lead to. "
       "If empty, any. Links to others are left alone."},
      R"(a list of hosts such as ["shop.example.com"])", mail::canonical_domain,
      [own](reader::Parts& parts) { return &own(parts)->targets; }));
  settings.push_back(reader::parsed_setting({"page_name", "",
                                             "The name under which signpost-web's pages, such as that for "
                                             "unsubscribing, tell recipients who sends. "
                                             "If absent, what web.page_name says."},
                                            "a name", reader::parse_any_text,
                                            [own](reader::Parts& parts) { return &own(parts)->page_name; }));
  settings.push_back(reader::parsed_setting(
      {"page_contact", "",
       "Where recipients can write, on the same pages. If absent, what web.page_contact says."},
      "an address or a sentence", reader::parse_any_text,
      [own](reader::Parts& parts) { return &own(parts)->page_contact; }));
  return section;
}

void check_stream_modes(const reader::Value& table, const std::vector<track::StreamMode>& modes,
                        const std::string& path, const std::set<std::string>& streams,
                        reader::Checks& checks) {
  const reader::Value* list = table.find("stream_modes");
  for (const track::StreamMode& mode : modes)
    checks.require_name(list->at, path, "stream", mode.stream, streams);
}

void check_tenant(const track::TenantSettings& tenant, const reader::Value& tenant_table, bool has_ring,
                  const std::set<std::string>& streams, reader::Checks& checks) {
  const reader::Value* table = tenant_table.find("tracking");
  if (table == nullptr || table->kind != reader::Value::Kind::table) return;
  check_stream_modes(*table, tenant.stream_modes, "tenant.tracking.stream_modes", streams, checks);
  if (!tenant.host.empty() && !has_ring)
    checks.error(table->at, "tenant.tracking.host has no effect without tracking.key_file");
}

/// Nothing is tracked: what asks for more than the defaults would be silently ignored.
void check_without_host(const reader::Value& tracking, track::Mode mode, reader::Checks& checks) {
  for (const reader::Setting& setting : tracking_section().settings) {
    const reader::Value* value = tracking.find(setting.name);
    const bool is_default = value == nullptr || reader::format_toml(*value) == setting.default_text;
    const bool is_off = setting.name == "mode" && mode == track::Mode::off;
    if (is_default || is_off) continue;
    checks.error(value->key_at, "tracking." + setting.name + " has no effect without tracking.host");
  }
}

}  // namespace

void begin_tenant(reader::Parts& parts, const reader::Value& table) {
  parts.get<TrackingDraft>().tenants.emplace_back();
  parts.get<TrackingDraft>().tenant_tables.push_back(&table);
}

void check_tracking(const TrackingDraft& draft, const std::set<std::string>& streams,
                    reader::Checks& checks) {
  for (std::size_t i = 0; i < draft.tenants.size(); ++i)
    check_tenant(draft.tenants[i], *draft.tenant_tables[i], !draft.key_file.empty(), streams, checks);
  const reader::Value* tracking = checks.root().find("tracking");
  if (tracking == nullptr || tracking->kind != reader::Value::Kind::table) return;
  if (const reader::Value* list = tracking->find("streams"))
    checks.require_names(*list, "tracking.streams", "stream", streams);
  check_stream_modes(*tracking, draft.settings.stream_modes, "tracking.stream_modes", streams, checks);
  const bool some_tenant_has_a_host =
      std::any_of(draft.tenants.begin(), draft.tenants.end(),
                  [](const track::TenantSettings& tenant) { return !tenant.host.empty(); });
  const bool has_host = tracking->find("host") != nullptr || some_tenant_has_a_host;
  if (has_host && draft.settings.mode != track::Mode::off && tracking->find("key_file") == nullptr) {
    checks.error(tracking->at,
                 "[tracking] needs the setting 'key_file'; create the file with: signpostctl key new FILE");
  }
  if (!has_host) check_without_host(*tracking, draft.settings.mode, checks);
}

std::vector<reader::Section> tracking_sections() {
  return {tracking_section(), tracking_tag_section(), tenant_tracking_section()};
}

}  // namespace signpost::config::shared
