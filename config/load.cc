// The order in which a configuration comes to be: read, merge, settings, checks, keys, Snapshot.
#include "config/load.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "base/text.h"
#include "config/check.h"
#include "config/draft.h"
#include "config/key_loader.h"
#include "config/reader/key_files.h"
#include "config/reader/reader.h"
#include "config/sections.h"
#include "config/shared/tracking.h"
#include "system/exit_codes.h"

namespace signpost::config {
namespace {

/// Where a setting's value stands in the file, or its table if it has none.
reader::Position place_in(const reader::Value& table, std::string_view name) {
  const reader::Value* value = table.find(name);
  return value == nullptr ? table.at : value->at;
}

class RingLoader {
 public:
  RingLoader(Draft& draft, const shared::TrackingDraft& tracking, const reader::Value& root,
             const system::Files& files, reader::Diagnostics& diagnostics)
      : draft_(draft), tracking_(tracking), root_(root), files_(files), diagnostics_(diagnostics) {}

  void load_all() {
    if (auto ring = load_ring("suppression", draft_.suppression_key_file))
      draft_.process.suppression_keys = std::move(ring);
    load_tracking_ring();
  }

 private:
  void load_tracking_ring() {
    const auto ring = load_ring("tracking", tracking_.key_file);
    if (ring == nullptr) return;
    draft_.snapshot.track.keys = ring;
    auto sealer = track::Sealer::create(*ring);
    if (!sealer) {
      diagnostics_.error(ring_place("tracking"), "tracking.key_file: " + sealer.error().text);
      return;
    }
    draft_.snapshot.sealer.emplace(std::move(*sealer));
  }

  std::shared_ptr<const base::Keyring> load_ring(const std::string& section, const std::string& path) {
    if (path.empty()) return nullptr;
    auto ring = reader::load_keyring(files_, path);
    if (ring) return std::move(*ring);
    diagnostics_.error(ring_place(section), section + ".key_file: " + ring.error().text);
    return nullptr;
  }

  reader::Position ring_place(const std::string& section) const {
    return place_in(*root_.find(section), "key_file");
  }

  Draft& draft_;
  const shared::TrackingDraft& tracking_;
  const reader::Value& root_;
  const system::Files& files_;
  reader::Diagnostics& diagnostics_;
};

/// Mail that no tenant claims belongs to "default"; a site may configure it.
void add_default_tenant(policy::Settings& settings) {
  if (settings.find_tenant("default") != nullptr) return;
  policy::Tenant tenant;
  tenant.name = "default";
  tenant.is_implied = true;
  settings.tenants.push_back(std::move(tenant));
}

/// Only tenants that have settings of their own cost anything.
void complete_tracking(Draft& draft, shared::TrackingDraft& tracking) {
  const std::vector<policy::Tenant>& tenants = draft.snapshot.policy.tenants;
  std::map<std::uint32_t, track::TenantSettings> own;
  for (std::size_t i = 0; i < tracking.tenants.size(); ++i) {
    const reader::Value& table = *draft.tenant_tables[i];
    if (table.find("tracking") != nullptr || table.find("unsubscribe") != nullptr)
      own[tenants[i].id()] = std::move(tracking.tenants[i]);
  }
  draft.snapshot.track.set_tenants(own);
}

LoadedConfig finish(LoadedConfig loaded, const reader::Diagnostics& diagnostics) {
  loaded.diagnostics = diagnostics.sorted();
  if (diagnostics.has_errors()) {
    loaded.snapshot = nullptr;
    if (loaded.exit_code == system::kExitOk) loaded.exit_code = system::kExitConfig;
  }
  return loaded;
}

LoadedConfig build(const std::vector<reader::ConfigText>& texts, const std::vector<std::string>& overrides,
                   const system::Files& files, const dkim::KeyTable* former,
                   reader::Diagnostics& diagnostics) {
  const auto [root, complete] = reader::merge_config(texts, overrides, diagnostics);
  LoadedConfig loaded;
  reader::Parts parts;
  reader::ReadSettings read =
      reader::read_settings(settings_table(), later_sections(), root, parts, diagnostics);
  auto& draft = parts.get<Draft>();
  auto& tracking = parts.get<shared::TrackingDraft>();
  loaded.effective = std::move(read.effective);
  // With a file missing from the picture, what it might have defined would be reported as unknown.
  if (complete) check_config(draft, tracking, root, files, diagnostics);
  draft.snapshot.track = std::move(tracking.settings);
  RingLoader(draft, tracking, root, files, diagnostics).load_all();
  complete_tracking(draft, tracking);
  add_default_tenant(draft.snapshot.policy);
  draft.snapshot.policy.complete_blocks();
  draft.snapshot.policy.index_tenants();
  load_signing_keys(draft, root, files, former, diagnostics);
  draft.snapshot.dkim.header_canon = draft.canonicalization.header;
  draft.snapshot.dkim.body_canon = draft.canonicalization.body;
  loaded.process = std::move(draft.process);
  loaded.process.web = std::move(parts.get<shared::WebSettings>());
  loaded.process.restart_values = std::move(read.restart_values);
  if (!diagnostics.has_errors())
    loaded.snapshot = std::make_shared<milter::Snapshot>(std::move(draft.snapshot));
  return loaded;
}

}  // namespace

LoadedConfig parse_config(const std::vector<reader::ConfigText>& texts,
                          const std::vector<std::string>& overrides, const system::Files& files,
                          const dkim::KeyTable* former) {
  reader::Diagnostics diagnostics;
  LoadedConfig loaded = build(texts, overrides, files, former, diagnostics);
  return finish(std::move(loaded), diagnostics);
}

LoadedConfig load_config(const std::string& path, const std::vector<std::string>& overrides,
                         const system::Files& files, const dkim::KeyTable* former) {
  reader::Diagnostics diagnostics;
  const reader::ConfigFiles config_files = reader::read_config_files(path, files, diagnostics);
  if (config_files.exit_code != system::kExitOk) {
    LoadedConfig loaded;
    loaded.exit_code = config_files.exit_code;
    return finish(std::move(loaded), diagnostics);
  }
  LoadedConfig loaded = build(config_files.texts, overrides, files, former, diagnostics);
  return finish(std::move(loaded), diagnostics);
}

}  // namespace signpost::config
