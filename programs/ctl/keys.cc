// Keys without a daemon: a DKIM key, a key ring, and what a token says that was sealed with one.
#include "daemon/commands/make_keys.h"
#include "programs/ctl/offline_token.h"
#include "programs/ctl/output.h"
#include "programs/ctl/session.h"
#include "programs/ctl/tasks.h"
#include "system/exit_codes.h"
#include "system/file.h"

namespace signpost::programs {

int run(const GenerateDkimKey& task, const CtlOptions&) {
  const auto made = daemon::commands::generate_dkim_key(task.key);
  if (!made) return file_failed(made.error(), system::kExitCannotCreate);
  complain("the key was written to " + made->file);
  return put(task.json ? daemon::commands::format_json(*made)
                       : made->zone_record + "\n\n" + made->record + "\n");
}

int run(const ChangeRing& task, const CtlOptions&) {
  const auto changed = daemon::commands::change_ring(task.change, task.file, task.id);
  return changed ? put(*changed + "\n") : file_failed(changed.error(), system::kExitCannotCreate);
}

int find_sealer(const std::string& keys, const CtlOptions& options, config::LoadedConfig& config,
                std::optional<track::Sealer>& own) {
  if (keys.empty()) {
    const int code = load_or_complain(options.config, config);
    if (code != system::kExitOk || config.snapshot->sealer) return code;
    complain("the configuration has no tracking.key_file; give a key ring with --keys");
    return system::kExitConfig;
  }
  const auto text = system::read_file(keys);
  if (!text) return file_failed(text.error(), system::kExitNoPermission);
  const auto ring = base::parse_keyring(*text);
  if (!ring) return file_failed(base::in_context(keys, ring.error()), system::kExitNoPermission);
  auto sealer = track::Sealer::create(*ring);
  if (!sealer) return file_failed(base::in_context(keys, sealer.error()), system::kExitNoPermission);
  own.emplace(std::move(*sealer));
  return system::kExitOk;
}

int run(const DecodeToken& task, const CtlOptions& options) {
  config::LoadedConfig config;
  std::optional<track::Sealer> own;
  if (const int code = find_sealer(task.keys, options, config, own); code != system::kExitOk) return code;
  const std::vector<policy::Tenant> tenants =
      config.ok() ? config.snapshot->policy.tenants : std::vector<policy::Tenant>{};
  const auto described = describe_token(task.url, own ? *own : *config.snapshot->sealer, tenants);
  return described ? put(*described) : file_failed(described.error(), system::kExitSoftware);
}

}  // namespace signpost::programs
