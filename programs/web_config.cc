#include "programs/web_config.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "programs/config_draft.h"
#include "programs/config_reader.h"
#include "programs/key_files.h"
#include "programs/sysexits.h"

namespace signpost::programs {
namespace {

constexpr std::size_t kMaxPageBytes = 64u << 10;
constexpr const char* kStyleName = "style.css";

/// Where `section.name` stands in the files; the section's own place, or the whole file's, if it does not.
Position place_of(const Value& root, std::string_view section, std::string_view name) {
  const Value* table = root.find(section);
  const Value* value = table == nullptr ? nullptr : table->find(name);
  if (value != nullptr) return value->at;
  return table == nullptr ? root.at : table->at;
}

void keep_members(Value& table, std::initializer_list<std::string_view> names) {
  for (auto member = table.members.begin(); member != table.members.end();) {
    const bool kept = std::find(names.begin(), names.end(), member->first) != names.end();
    member = kept ? std::next(member) : table.members.erase(member);
  }
}

/// Leaves only what signpost-web has to do with.
void keep_own_tables(Value& root) {
  keep_members(root, {"web", "tracking", "tenant"});
  const auto tenants = root.members.find("tenant");
  if (tenants == root.members.end()) return;
  for (Value& tenant : tenants->second.items) keep_members(tenant, {"name", "tracking"});
}

/// The tracking hosts of the site and of its tenants, each once.
std::vector<std::string> tracking_hosts(const Draft& draft) {
  std::vector<std::string> hosts;
  const auto add = [&hosts](const std::string& host) {
    if (!host.empty() && std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  };
  add(draft.snapshot.track.host);
  for (const track::TenantSettings& tenant : draft.tenant_tracking) add(tenant.host);
  return hosts;
}

class SiteBuilder {
 public:
  SiteBuilder(const Draft& draft, const Value& root, const Files& files, Diagnostics& diagnostics)
      : draft_(draft), root_(root), files_(files), diagnostics_(diagnostics) {}

  std::shared_ptr<const track::Site> build() {
    warn_of_plain_listeners();
    std::vector<std::string> hosts = draft_.process.web.hosts;
    if (hosts.empty()) hosts = tracking_hosts(draft_);
    if (hosts.empty()) {
      diagnostics_.error(place_of(root_, "tracking", "host"),
                         "signpost-web wants tracking.host or web.hosts");
    }
    auto ring = load_ring();
    track::Pages pages;
    std::string style(track::default_style());
    if (!draft_.process.web.pages.empty()) load_pages(pages, style);
    if (ring == nullptr || diagnostics_.has_errors()) return nullptr;

    auto sealer = track::Sealer::create(*ring);
    auto undo = track::UndoSealer::create(*ring);
    if (!sealer || !undo) {
      diagnostics_.error(place_of(root_, "tracking", "key_file"),
                         "tracking.key_file: " + (sealer ? undo.error() : sealer.error()).text);
      return nullptr;
    }
    std::string abuse = draft_.process.web.abuse_contact.empty() ? "abuse@" + hosts.front()
                                                                 : draft_.process.web.abuse_contact;
    return std::make_shared<track::Site>(track::Site{std::move(hosts), draft_.process.web.trusted_proxies,
                                                     std::move(abuse), std::move(*sealer), std::move(*undo),
                                                     std::move(pages), std::move(style)});
  }

 private:
  void warn_of_plain_listeners() {
    for (const auto& [name, address] :
         {std::pair("listen", draft_.process.web.listen), std::pair("metrics", draft_.process.web.metrics)}) {
      if (address.is_local()) continue;
      diagnostics_.warning(place_of(root_, "web", name), std::string("web.") + name + ": " +
                                                             format_listen(address) +
                                                             " can be reached from other hosts, without TLS");
    }
  }

  std::shared_ptr<const base::Keyring> load_ring() {
    const Position at = place_of(root_, "tracking", "key_file");
    if (draft_.tracking_key_file.empty()) {
      diagnostics_.error(at, "signpost-web wants tracking.key_file");
      return nullptr;
    }
    auto ring = load_keyring(files_, draft_.tracking_key_file);
    if (ring) return std::move(*ring);
    diagnostics_.error(at, "tracking.key_file: " + ring.error().text);
    return nullptr;
  }

  /// A template's text; nullopt if there is no such file, or after an error.
  std::optional<std::string> read_template(const std::string& name) {
    auto text = files_.read(draft_.process.web.pages + "/" + name, kMaxPageBytes);
    if (text) return std::move(*text);
    if (text.error().kind != base::ErrorKind::not_found) report_page(text.error().text);
    return std::nullopt;
  }

  void load_pages(track::Pages& pages, std::string& style) {
    for (std::size_t i = 0; i < track::kPageKinds; ++i) {
      const auto kind = static_cast<track::PageKind>(i);
      const std::string name = std::string(track::page_word(kind)) + ".html";
      const auto text = read_template(name);
      if (!text) continue;
      auto page = track::parse_page(kind, *text);
      if (page) {
        pages.replace(kind, std::move(*page));
      } else {
        report_page(draft_.process.web.pages + "/" + name + ": " + page.error().text);
      }
    }
    if (auto text = read_template(kStyleName)) style = std::move(*text);
  }

  void report_page(const std::string& text) {
    diagnostics_.error(place_of(root_, "web", "pages"), "web.pages: " + text);
  }

  const Draft& draft_;
  const Value& root_;
  const Files& files_;
  Diagnostics& diagnostics_;
};

}  // namespace

LoadedWebConfig load_web_config(const std::string& path, const Files& files) {
  Diagnostics diagnostics;
  LoadedWebConfig loaded;
  const ConfigFiles texts = read_config_files(path, files, diagnostics);
  loaded.exit_code = texts.exit_code;
  if (!diagnostics.has_errors()) {
    Value root = merge_config(texts.texts, {}, diagnostics).root;
    keep_own_tables(root);
    Draft draft;
    read_settings(root, draft, diagnostics);
    loaded.site = SiteBuilder(draft, root, files, diagnostics).build();
    loaded.process = std::move(draft.process);
  }
  loaded.diagnostics = diagnostics.sorted();
  if (diagnostics.has_errors()) {
    loaded.site = nullptr;
    if (loaded.exit_code == kExitOk) loaded.exit_code = kExitConfig;
  }
  return loaded;
}

}  // namespace signpost::programs
