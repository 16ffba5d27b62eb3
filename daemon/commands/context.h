// What commands may use, as references; the daemon fills it, and tests fill it with twins. Knows no socket.
// Everything in it is thread-safe and outlives the command server.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "daemon/ingest/returned_mail.h"
#include "daemon/upkeep/dkim_watch.h"
#include "daemon/upkeep/hold_keeper.h"
#include "daemon/upkeep/link_switch.h"
#include "daemon/upkeep/subject.h"
#include "milter/returned_mail.h"
#include "milter/services.h"
#include "policy/event_line.h"
#include "policy/limits/overrides.h"
#include "policy/limits/traffic.h"
#include "store/events/event_files.h"
#include "store/hit_store.h"
#include "store/list/bulk_load.h"
#include "store/list/suppression_store.h"
#include "store/picture_store.h"

namespace signpost::daemon::commands {

/// What a reload did. Its failure is the list of errors, each a line as `signpostd -t` prints it.
struct ReloadReport {
  std::uint64_t generation = 0;
  std::vector<std::string> warnings;
  std::vector<std::string> needs_restart;  ///< changed settings that take effect only at the next start
};
using ReloadResult = tl::expected<ReloadReport, std::vector<std::string>>;

/// Refusals of the sender by one provider.
struct ProviderRefusals {
  std::string name;
  std::uint64_t waited = 0, let_through = 0;
};

/// What only the daemon knows.
struct DaemonStatus {
  base::Wall started{};
  std::uint64_t log_lines_lost = 0;
  std::optional<base::Wall> list_checked = {};  ///< when the last look through the whole list ended
  unsigned list_percent = 0;                    ///< how far the one under way is
  std::vector<std::string> hints = {};          ///< what somebody may want to look at, without being wrong
  std::vector<ProviderRefusals> refusals = {};  ///< the most frequent first, a bounded number
  std::vector<std::string> problems;            ///< why the daemon is not healthy: "store: …"; empty: it is
};

/// What only the daemon can do; tests have a twin. Thread-safe.
class DaemonPort {
 public:
  virtual ~DaemonPort() = default;
  /// Builds, checks and publishes a new Snapshot, or changes nothing.
  virtual ReloadResult reload() = 0;
  virtual DaemonStatus status() const = 0;
  /// "error", "warning", "info" or "debug": how much the daemon's own log tells.
  virtual base::Result<void> set_log_level(std::string_view word) = 0;
  /// Copies the store to a file; one that is not its backup is replaced only with `replace` (store/store.h).
  virtual base::Result<void> backup(const std::string& path, bool replace) = 0;
  /// On disk when it returns.
  virtual base::Result<void> save(const policy::limits::Overrides& overrides) = 0;
  /// Something about a person was erased: the rest of it in free pages is overwritten soon. Returns at once.
  virtual void scrub_soon() = 0;
};

class OverrideEditor;

/// Judges the kept reports since that time by the rules of today; `acts`: does what differs. Calls `tell` for each difference.
using Replay = std::function<base::Result<void>(base::Wall since, bool acts,
                                                const std::function<void(const ingest::Rejudged&)>& tell)>;

struct ControlContext {
  const base::Clock& clock;
  milter::SnapshotHolder& snapshots;
  milter::OverridesHolder& overrides;
  OverrideEditor& override_editor;  ///< the only way to change them
  policy::limits::Limiter& limiter;
  milter::Counters& counters;
  store::list::SuppressionStore& suppressions;
  store::list::BulkLoader& bulk;              ///< imports
  const store::HitStore& hits;                ///< what became of mail, counted
  const policy::limits::Traffic& traffic;     ///< the same of deliveries and of what came back, summed
  const store::PictureStore& pictures;        ///< what campaigns looked like
  upkeep::LinkSwitch& links;                  ///< which tracking links are switched off
  upkeep::DkimWatch& dkim_watch;              ///< the state of each signing key
  store::EventFiles& events;                  ///< facts of the last weeks
  const policy::AddressForms& address_forms;  ///< how they may show addresses
  /// What is stored about people beside the list; complete before the first command.
  const std::vector<upkeep::SubjectSource>& subjects;
  milter::ReturnedMailSink& returned;  ///< takes what comes back by another way than the milter
  upkeep::HoldKeeper& holds;           ///< mail that the MTA keeps for limits
  Replay replay;                       ///< judges reports of the past anew
  DaemonPort& daemon;
};

}  // namespace signpost::daemon::commands
