// The order in which a configuration comes to be: read, merge, settings, checks, keys, Snapshot.
#include "programs/load_config.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "base/text.h"
#include "programs/config_check.h"
#include "programs/config_draft.h"
#include "programs/config_reader.h"
#include "programs/key_files.h"
#include "programs/key_loader.h"
#include "programs/sysexits.h"

namespace signpost::programs {
namespace {

/// Where a setting's value stands in the file, or its table if it has none.
Position place_in(const Value& table, std::string_view name) {
  const Value* value = table.find(name);
  return value == nullptr ? table.at : value->at;
}

class RingLoader {
 public:
  RingLoader(Draft& draft, const Value& root, const Files& files, Diagnostics& diagnostics)
      : draft_(draft), root_(root), files_(files), diagnostics_(diagnostics) {}

  void load_all() {
    if (auto ring = load_ring("suppression", draft_.suppression_key_file))
      draft_.process.suppression_keys = std::move(ring);
    load_tracking_ring();
  }

 private:
  void load_tracking_ring() {
    const auto ring = load_ring("tracking", draft_.tracking_key_file);
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
    auto ring = load_keyring(files_, path);
    if (ring) return std::move(*ring);
    diagnostics_.error(ring_place(section), section + ".key_file: " + ring.error().text);
    return nullptr;
  }

  Position ring_place(const std::string& section) const { return place_in(*root_.find(section), "key_file"); }

  Draft& draft_;
  const Value& root_;
  const Files& files_;
  Diagnostics& diagnostics_;
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
void complete_tracking(Draft& draft) {
  const std::vector<policy::Tenant>& tenants = draft.snapshot.policy.tenants;
  std::map<std::uint32_t, track::TenantSettings> own;
  for (std::size_t i = 0; i < draft.tenant_tracking.size(); ++i) {
    const Value& table = *draft.tenant_tables[i];
    if (table.find("tracking") != nullptr || table.find("unsubscribe") != nullptr)
      own[tenants[i].id()] = std::move(draft.tenant_tracking[i]);
  }
  draft.snapshot.track.set_tenants(own);
}

LoadedConfig finish(LoadedConfig loaded, const Diagnostics& diagnostics) {
  loaded.diagnostics = diagnostics.sorted();
  if (diagnostics.has_errors()) {
    loaded.snapshot = nullptr;
    if (loaded.exit_code == kExitOk) loaded.exit_code = kExitConfig;
  }
  return loaded;
}

LoadedConfig build(const std::vector<ConfigText>& texts, const std::vector<std::string>& overrides,
                   const Files& files, const dkim::KeyTable* former, Diagnostics& diagnostics) {
  const auto [root, complete] = merge_config(texts, overrides, diagnostics);
  LoadedConfig loaded;
  Draft draft;
  loaded.effective = read_settings(root, draft, diagnostics);
  // With a file missing from the picture, what it might have defined would be reported as unknown.
  if (complete) check_config(draft, root, files, diagnostics);
  RingLoader(draft, root, files, diagnostics).load_all();
  complete_tracking(draft);
  add_default_tenant(draft.snapshot.policy);
  draft.snapshot.policy.complete_blocks();
  draft.snapshot.policy.index_tenants();
  load_signing_keys(draft, root, files, former, diagnostics);
  draft.snapshot.dkim.header_canon = draft.canonicalization.header;
  draft.snapshot.dkim.body_canon = draft.canonicalization.body;
  loaded.process = std::move(draft.process);
  if (!diagnostics.has_errors())
    loaded.snapshot = std::make_shared<milter::Snapshot>(std::move(draft.snapshot));
  return loaded;
}

}  // namespace

LoadedConfig parse_config(const std::vector<ConfigText>& texts, const std::vector<std::string>& overrides,
                          const Files& files, const dkim::KeyTable* former) {
  Diagnostics diagnostics;
  LoadedConfig loaded = build(texts, overrides, files, former, diagnostics);
  return finish(std::move(loaded), diagnostics);
}

LoadedConfig load_config(const std::string& path, const std::vector<std::string>& overrides,
                         const Files& files, const dkim::KeyTable* former) {
  Diagnostics diagnostics;
  const ConfigFiles config_files = read_config_files(path, files, diagnostics);
  if (config_files.exit_code != kExitOk) {
    LoadedConfig loaded;
    loaded.exit_code = config_files.exit_code;
    return finish(std::move(loaded), diagnostics);
  }
  LoadedConfig loaded = build(config_files.texts, overrides, files, former, diagnostics);
  return finish(std::move(loaded), diagnostics);
}

std::vector<std::string> settings_awaiting_restart(const ProcessSettings& running,
                                                   const ProcessSettings& next) {
  std::vector<std::string> changed;
  for (const auto& [path, value] : next.restart_values) {
    const auto found = running.restart_values.find(path);
    if (found == running.restart_values.end() || found->second != value) changed.push_back(path);
  }
  for (const auto& [path, value] : running.restart_values) {
    if (next.restart_values.count(path) == 0) changed.push_back(path);
  }
  std::sort(changed.begin(), changed.end());
  return changed;
}

}  // namespace signpost::programs
