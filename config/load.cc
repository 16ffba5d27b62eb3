// The order in which a configuration is made: read, merge, settings, checks, keys, Snapshot.
#include "config/load.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "base/text.h"
#include "config/key_loader.h"
#include "config/reader/checks.h"
#include "config/reader/key_files.h"
#include "config/reader/reader.h"
#include "config/rows_feedback.h"
#include "config/rows_message.h"
#include "config/rows_policy.h"
#include "config/rows_process.h"
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

/// The key ring of `section`; null if there is none, or after an error.
std::shared_ptr<const base::Keyring> load_ring(const std::string& section, const std::string& path,
                                               const reader::Value& root, const system::Files& files,
                                               reader::Diagnostics& diagnostics) {
  if (path.empty()) return nullptr;
  auto ring = reader::load_keyring(files, path);
  if (ring) return std::move(*ring);
  diagnostics.error(place_in(*root.find(section), "key_file"), section + ".key_file: " + ring.error().text);
  return nullptr;
}

void load_tracking_ring(milter::Snapshot& snapshot, const std::string& path, const reader::Value& root,
                        const system::Files& files, reader::Diagnostics& diagnostics) {
  const auto ring = load_ring("tracking", path, root, files, diagnostics);
  if (ring == nullptr) return;
  snapshot.track.keys = ring;
  auto sealer = track::Sealer::create(*ring);
  if (!sealer) {
    diagnostics.error(place_in(*root.find("tracking"), "key_file"),
                      "tracking.key_file: " + sealer.error().text);
    return;
  }
  snapshot.sealer.emplace(std::move(*sealer));
}

void load_seal_ring(milter::Snapshot& snapshot, const std::string& path, const reader::Value& root,
                    const system::Files& files, reader::Diagnostics& diagnostics) {
  snapshot.milter.seals_all = !path.empty();
  const auto ring = load_ring("seal", path, root, files, diagnostics);
  if (ring == nullptr) return;
  auto sealer = mail::IdentitySealer::create(*ring);
  if (!sealer)
    return diagnostics.error(place_in(*root.find("seal"), "key_file"),
                             "seal.key_file: " + sealer.error().text);
  snapshot.identity_sealer = std::make_shared<const mail::IdentitySealer>(std::move(*sealer));
}

void load_feedback(milter::Snapshot& snapshot, FeedbackDraft& feedback, const reader::Value& root,
                   const system::Files& files, reader::Diagnostics& diagnostics) {
  snapshot.feedback = std::move(feedback.settings);
  const auto ring = load_ring("feedback", feedback.key_file, root, files, diagnostics);
  if (ring == nullptr) return;
  auto paths = feedback::ReturnPaths::create(*ring);
  auto ids = feedback::SealedIds::create(*ring);
  if (!paths || !ids)
    return diagnostics.error(place_in(*root.find("feedback"), "key_file"),
                             "feedback.key_file: " + (paths ? ids.error() : paths.error()).text);
  snapshot.return_paths.emplace(std::move(*paths));
  snapshot.sealed_ids.emplace(std::move(*ids));
}

/// Mail that no tenant claims belongs to "default"; a site may configure it.
void add_default_tenant(policy::Settings& settings) {
  if (settings.find_tenant("default") != nullptr) return;
  policy::Tenant tenant;
  tenant.name = "default";
  tenant.is_implied = true;
  settings.tenants.push_back(std::move(tenant));
}

/// Only tenants that have settings of their own cost anything. Before the default tenant is added.
void complete_tracking(milter::Snapshot& snapshot, shared::TrackingDraft& tracking) {
  const std::vector<policy::Tenant>& tenants = snapshot.policy.tenants;
  std::map<std::uint32_t, track::TenantSettings> own;
  for (std::size_t i = 0; i < tracking.tenants.size(); ++i) {
    const reader::Value& table = *tracking.tenant_tables[i];
    if (table.find("tracking") != nullptr || table.find("unsubscribe") != nullptr)
      own[tenants[i].id()] = std::move(tracking.tenants[i]);
  }
  snapshot.track.set_tenants(own);
}

/// The checks that concern more than one setting, part by part.
void check_parts(reader::Parts& parts, const reader::Value& root, const system::Files& files,
                 reader::Diagnostics& diagnostics) {
  reader::Checks checks(root, diagnostics);
  const auto& policy = parts.get<PolicyDraft>();
  const KnownNames known = known_names(policy.settings);
  check_process(parts.get<ProcessSettings>(), parts.get<milter::Settings>(), policy.suppression_key_file,
                files, checks);
  check_policy(policy, known, checks);
  check_signing(parts.get<SigningDraft>(), parts.get<milter::Settings>(), known, checks);
  check_feedback(parts.get<FeedbackDraft>(), policy, known, checks);
  check_results(parts.get<ProcessSettings>(), files, checks);
  shared::check_tracking(parts.get<shared::TrackingDraft>(), known.streams, checks);
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
  loaded.effective = std::move(read.effective);
  // If a file could not be read, what it defines would be reported as unknown.
  if (complete) check_parts(parts, root, files, diagnostics);

  auto& process = parts.get<ProcessSettings>();
  auto& policy = parts.get<PolicyDraft>();
  auto& tracking = parts.get<shared::TrackingDraft>();
  auto& signing = parts.get<SigningDraft>();
  milter::Snapshot snapshot;
  snapshot.milter = parts.get<milter::Settings>();
  snapshot.policy = std::move(policy.settings);
  snapshot.track = std::move(tracking.settings);
  process.suppression_keys = load_ring("suppression", policy.suppression_key_file, root, files, diagnostics);
  load_seal_ring(snapshot, policy.seal_key_file, root, files, diagnostics);
  load_tracking_ring(snapshot, tracking.key_file, root, files, diagnostics);
  complete_tracking(snapshot, tracking);
  load_feedback(snapshot, parts.get<FeedbackDraft>(), root, files, diagnostics);
  add_default_tenant(snapshot.policy);
  snapshot.policy.complete_blocks();
  snapshot.policy.index_tenants();
  snapshot.policy.index_limits();
  load_signing_keys(signing, process.publish, snapshot.policy, root, files, former, diagnostics);
  snapshot.dkim = std::move(signing.settings);
  snapshot.dkim.header_canon = signing.canonicalization.header;
  snapshot.dkim.body_canon = signing.canonicalization.body;

  loaded.process = std::move(process);
  loaded.process.web = std::move(parts.get<shared::WebSettings>());
  loaded.process.restart_values = std::move(read.restart_values);
  if (!diagnostics.has_errors()) loaded.snapshot = std::make_shared<milter::Snapshot>(std::move(snapshot));
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
