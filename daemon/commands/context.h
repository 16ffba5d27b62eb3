// What control commands may touch, as references and functions: the daemon fills it, tests fill it with their
// own. Knows no socket and no daemon. Everything in it is thread-safe and outlives the server.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "daemon/upkeep/link_switch.h"
#include "daemon/upkeep/subject.h"
#include "milter/services.h"
#include "policy/limits/overrides.h"
#include "store/hit_store.h"
#include "store/list/bulk_load.h"
#include "store/list/suppression_store.h"
#include "store/picture_store.h"

namespace signpost::daemon::upkeep {
class DkimWatch;
}  // namespace signpost::daemon::upkeep

namespace signpost::daemon::commands {

/// What a reload did. Its failure is the list of errors, each a line as `signpostd -t` prints it.
struct ReloadReport {
  std::uint64_t generation = 0;
  std::vector<std::string> warnings;
  std::vector<std::string> needs_restart;  ///< settings that changed but count only from the next start
};
using ReloadResult = tl::expected<ReloadReport, std::vector<std::string>>;

/// What only the daemon knows.
struct DaemonStatus {
  base::Wall started{};
  std::uint64_t log_lines_lost = 0;
  std::vector<std::string> problems;  ///< why the daemon is not well: "store: …"; empty: all is well
};

struct ControlContext {
  const base::Clock& clock;
  milter::SnapshotHolder& snapshots;
  milter::OverridesHolder& overrides;
  policy::limits::Limiter& limiter;
  milter::Counters& counters;
  store::list::SuppressionStore& suppressions;

  /// Builds, checks and publishes a new Snapshot, or changes nothing.
  std::function<ReloadResult()> reload;
  std::function<DaemonStatus()> status;
  /// Makes the overrides durable before they are published.
  std::function<base::Result<void>(const policy::limits::Overrides&)> save_overrides;
  /// "error", "warning", "info" or "debug": how much the daemon's own log tells.
  std::function<base::Result<void>(std::string_view)> set_log_level;
  /// Copies the store to a new file.
  std::function<base::Result<void>(const std::string&)> backup{};
  /// Knows where each signing key stands.
  upkeep::DkimWatch* dkim_watch = nullptr;
  /// Imports; never null once the server has started.
  store::list::BulkLoader* bulk = nullptr;

  /// What became of mail, counted; never null once the server has started.
  const store::HitStore* hits = nullptr;
  /// What campaigns looked like; never null once the server has started.
  const store::PictureStore* pictures = nullptr;
  /// Which tracking links are switched off; never null once the server has started.
  upkeep::LinkSwitch* links = nullptr;

  /// Called when something about a person was erased; returns at once.
  std::function<void()> after_erasure = [] {};
  /// What is stored about people beside the list; filled before the server starts.
  std::vector<upkeep::SubjectSource> subjects{};

  /// Held across I/O: one change of the overrides at a time, from reading the old ones until the new ones are
  /// on disk and published.
  base::Mutex overrides_change{};
};

}  // namespace signpost::daemon::commands
