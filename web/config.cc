#include "web/config.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/name_id.h"
#include "base/text.h"
#include "config/reader/key_files.h"
#include "config/reader/reader.h"
#include "config/reader/sources.h"
#include "config/shared/tracking.h"
#include "system/exit_codes.h"

namespace signpost::web {
namespace {

constexpr std::size_t kMaxPageBytes = 64u << 10;
constexpr std::size_t kMaxJsonBytes = 128u << 10;  // Apple takes no larger one
constexpr const char* kStyleName = "style.css";

/// Where `section.name` stands in the files; the section's own place, or the whole file's, if it does not.
config::reader::Position place_of(const config::reader::Value& root, std::string_view section,
                                  std::string_view name) {
  const config::reader::Value* table = root.find(section);
  const config::reader::Value* value = table == nullptr ? nullptr : table->find(name);
  if (value != nullptr) return value->at;
  return table == nullptr ? root.at : table->at;
}

void keep_members(config::reader::Value& table, std::initializer_list<std::string_view> names) {
  for (auto member = table.members.begin(); member != table.members.end();) {
    const bool kept = std::find(names.begin(), names.end(), member->first) != names.end();
    member = kept ? std::next(member) : table.members.erase(member);
  }
}

/// Leaves only what signpost-web has to do with.
void keep_own_tables(config::reader::Value& root) {
  keep_members(root, {"web", "tracking", "tenant"});
  const auto tenants = root.members.find("tenant");
  if (tenants == root.members.end()) return;
  for (config::reader::Value& tenant : tenants->second.items) keep_members(tenant, {"name", "tracking"});
}

/// Of a [[tenant]] its name and its tracking host, nothing else.
config::reader::Section tenant_section() {
  config::reader::Section section{"tenant", true, "A customer or department.", {}};
  section.begin = config::shared::begin_tenant;
  config::reader::Setting name;
  name.name = "name";
  name.type = "a name";
  name.read = [](const config::reader::SettingContext&, const config::reader::Value&,
                 config::reader::Parts&) {};
  section.settings.push_back(std::move(name));
  return section;
}

const std::vector<config::reader::Section>& web_table() {
  static const std::vector<config::reader::Section> table = [] {
    std::vector<config::reader::Section> all = config::shared::web_sections();
    all.push_back(tenant_section());
    for (config::reader::Section& section : config::shared::tracking_sections())
      all.push_back(std::move(section));
    return config::reader::with_defaults(std::move(all));
  }();
  return table;
}

/// The tracking hosts of the site and of its tenants, each once.
std::vector<std::string> tracking_hosts(const config::shared::TrackingDraft& tracking) {
  std::vector<std::string> hosts;
  const auto add = [&hosts](const std::string& host) {
    if (!host.empty() && std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  };
  add(tracking.settings.host);
  for (const track::TenantSettings& tenant : tracking.tenants) add(tenant.host);
  return hosts;
}

bool is_object(std::string_view json) {
  return json.starts_with('{') && json.ends_with('}');
}

bool is_list_of_objects(std::string_view json) {
  if (!json.starts_with('[') || !json.ends_with(']')) return false;
  const std::string_view inside = base::trim(json.substr(1, json.size() - 1));
  return inside == "]" || inside.starts_with('{');
}

class SiteBuilder {
 public:
  SiteBuilder(const config::shared::WebSettings& web, const config::shared::TrackingDraft& tracking,
              const config::reader::Value& root, const system::Files& files,
              config::reader::Diagnostics& diagnostics)
      : web_(web), tracking_(tracking), root_(root), files_(files), diagnostics_(diagnostics) {}

  std::shared_ptr<const web::Site> build() {
    warn_of_plain_listeners();
    std::vector<std::string> hosts = web_.hosts;
    if (hosts.empty()) hosts = tracking_hosts(tracking_);
    if (hosts.empty()) {
      diagnostics_.error(place_of(root_, "tracking", "host"),
                         "signpost-web needs tracking.host or web.hosts");
    }
    auto ring = load_ring();
    web::Pages pages;
    std::string style(web::default_style());
    if (!web_.pages.empty()) load_pages(pages, style);
    std::string apple = load_json("apple_app_site_association", web_.apple_app_site_association, is_object);
    std::string android = load_json("assetlinks", web_.assetlinks, is_list_of_objects);
    web::Networks networks = load_networks();
    if (ring == nullptr || diagnostics_.has_errors()) return nullptr;

    auto sealer = track::Sealer::create(*ring);
    auto undo = track::UndoSealer::create(*ring);
    if (!sealer || !undo) {
      diagnostics_.error(place_of(root_, "tracking", "key_file"),
                         "tracking.key_file: " + (sealer ? undo.error() : sealer.error()).text);
      return nullptr;
    }
    std::string abuse = web_.abuse_contact.empty() ? "abuse@" + hosts.front() : web_.abuse_contact;
    return std::make_shared<web::Site>(web::Site{std::move(hosts),
                                                 web_.trusted_proxies,
                                                 std::move(abuse),
                                                 std::move(*sealer),
                                                 std::move(*undo),
                                                 std::move(pages),
                                                 std::move(style),
                                                 {web_.page_name, web_.page_contact},
                                                 tenant_senders(),
                                                 host_tenants(),
                                                 std::move(apple),
                                                 std::move(android),
                                                 std::move(networks)});
  }

 private:
  /// The id of each [[tenant]], in their order.
  std::vector<std::uint32_t> tenant_ids() const {
    std::vector<std::uint32_t> ids;
    for (const config::reader::Value* table : tracking_.tenant_tables) {
      const config::reader::Value* name = table->find("name");
      ids.push_back(base::name_id(name == nullptr ? "" : name->text));
    }
    return ids;
  }

  std::map<std::uint32_t, web::Sender> tenant_senders() const {
    std::map<std::uint32_t, web::Sender> senders;
    const std::vector<std::uint32_t> ids = tenant_ids();
    for (std::size_t i = 0; i < ids.size(); ++i)
      senders[ids[i]] = {tracking_.tenants[i].page_name, tracking_.tenants[i].page_contact};
    return senders;
  }

  /// Hosts that are one tenant's alone.
  std::map<std::string, std::uint32_t> host_tenants() const {
    std::map<std::string, std::uint32_t> tenants;
    std::set<std::string> shared = {"", tracking_.settings.host};
    const std::vector<std::uint32_t> ids = tenant_ids();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string& host = tracking_.tenants[i].host;
      if (!shared.contains(host) && !tenants.emplace(host, ids[i]).second) shared.insert(host);
    }
    for (const std::string& host : shared) tenants.erase(host);
    return tenants;
  }

  void warn_of_plain_listeners() {
    for (const auto& [name, address] :
         {std::pair("listen", web_.listen), std::pair("metrics", web_.metrics)}) {
      if (address.is_local()) continue;
      diagnostics_.warning(place_of(root_, "web", name), std::string("web.") + name + ": " +
                                                             system::format_listen(address) +
                                                             " can be reached from other hosts, without TLS");
    }
  }

  std::shared_ptr<const base::Keyring> load_ring() {
    const config::reader::Position at = place_of(root_, "tracking", "key_file");
    if (tracking_.key_file.empty()) {
      diagnostics_.error(at, "signpost-web needs tracking.key_file");
      return nullptr;
    }
    auto ring = config::reader::load_keyring(files_, tracking_.key_file);
    if (ring) return std::move(*ring);
    diagnostics_.error(at, "tracking.key_file: " + ring.error().text);
    return nullptr;
  }

  /// The file of a setting, which begins as `is_one` says; empty if there is none, or after an error. More than the
  /// beginning is checked by those who fetch it.
  std::string load_json(const char* setting, const std::string& path, bool (*is_one)(std::string_view)) {
    if (path.empty()) return {};
    const auto report = [&](const std::string& text) {
      diagnostics_.error(place_of(root_, "web", setting), std::string("web.") + setting + ": " + text);
      return std::string();
    };
    auto json = files_.read(path, kMaxJsonBytes);
    if (!json) return report(json.error().text);
    if (!is_one(base::trim(*json))) return report(path + ": this does not begin like JSON of that kind");
    return std::move(*json);
  }

  web::Networks load_networks() {
    if (web_.networks.empty()) return {};
    const auto report = [&](const std::string& text) {
      diagnostics_.error(place_of(root_, "web", "networks"), "web.networks: " + text);
    };
    const auto text = files_.read(web_.networks, web::kMaxNetworkBytes);
    if (!text) {
      report(text.error().text);
      return {};
    }
    auto networks = web::parse_networks(*text);
    if (networks) return std::move(*networks);
    report(web_.networks + ": " + networks.error().text);
    return {};
  }

  /// A template's text; nullopt if there is no such file, or after an error.
  std::optional<std::string> read_template(const std::string& name) {
    auto text = files_.read(web_.pages + "/" + name, kMaxPageBytes);
    if (text) return std::move(*text);
    if (text.error().kind != base::ErrorKind::not_found) report_page(text.error().text);
    return std::nullopt;
  }

  /// NAME.html is for every language that has no NAME.LANGUAGE.html.
  void load_pages(web::Pages& pages, std::string& style) {
    for (std::size_t i = 0; i < web::kPageKinds; ++i) {
      const auto kind = static_cast<web::PageKind>(i);
      const std::string word = web::page_word(kind);
      const auto for_all = read_page(kind, word + ".html");
      for (std::size_t language = 0; language < web::all_texts().size(); ++language) {
        auto own = read_page(kind, word + "." + std::string(web::all_texts()[language].language()) + ".html");
        if (own) {
          pages.replace(kind, language, std::move(*own));
        } else if (for_all) {
          pages.replace(kind, language, *for_all);
        }
      }
    }
    if (auto text = read_template(kStyleName)) style = std::move(*text);
  }

  /// nullopt if there is no such file, or after an error.
  std::optional<web::Page> read_page(web::PageKind kind, const std::string& name) {
    const auto text = read_template(name);
    if (!text) return std::nullopt;
    auto page = web::parse_page(kind, *text);
    if (page) return std::move(*page);
    report_page(web_.pages + "/" + name + ": " + page.error().text);
    return std::nullopt;
  }

  void report_page(const std::string& text) {
    diagnostics_.error(place_of(root_, "web", "pages"), "web.pages: " + text);
  }

  const config::shared::WebSettings& web_;
  const config::shared::TrackingDraft& tracking_;
  const config::reader::Value& root_;
  const system::Files& files_;
  config::reader::Diagnostics& diagnostics_;
};

}  // namespace

LoadedWebConfig load_web_config(const std::string& path, const system::Files& files) {
  config::reader::Diagnostics diagnostics;
  LoadedWebConfig loaded;
  const config::reader::ConfigFiles texts = config::reader::read_config_files(path, files, diagnostics);
  loaded.exit_code = texts.exit_code;
  if (!diagnostics.has_errors()) {
    config::reader::Value root = config::reader::merge_config(texts.texts, {}, diagnostics).root;
    keep_own_tables(root);
    config::reader::Parts parts;
    loaded.restart_values =
        config::reader::read_settings(web_table(), {}, root, parts, diagnostics).restart_values;
    const auto& tracking = parts.get<config::shared::TrackingDraft>();
    loaded.web = std::move(parts.get<config::shared::WebSettings>());
    loaded.site = SiteBuilder(loaded.web, tracking, root, files, diagnostics).build();
  }
  loaded.diagnostics = diagnostics.sorted();
  if (diagnostics.has_errors()) {
    loaded.site = nullptr;
    if (loaded.exit_code == system::kExitOk) loaded.exit_code = system::kExitConfig;
  }
  return loaded;
}

}  // namespace signpost::web
