// The running daemon: builds all parts in their order, keeps house (bucket state, readers, reload, log files)
// in one thread, and takes it all down again without losing what was acknowledged. Signals and the command
// line are signpostd.cc's business.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "milter/campaign_samples.h"
#include "milter/self_check.h"
#include "milter/services.h"
#include "milter/system_clock.h"
#include "policy/buckets.h"
#include "programs/control_context.h"
#include "programs/control_server.h"
#include "programs/daemon_log.h"
#include "programs/housekeeping.h"
#include "programs/ingest.h"
#include "programs/limit_keeper.h"
#include "programs/load_config.h"
#include "programs/notifier.h"
#include "programs/policy_log.h"
#include "programs/publisher.h"
#include "store/store.h"

namespace signpost::programs {

/// What the command line said; a reload reads the same again.
struct DaemonOptions {
  std::string config_path;
  std::vector<std::string> overrides;  ///< `-o key=value`
};

/// Why start failed: a sysexits code and a text.
struct StartError {
  int exit_code = 70;
  std::string text;
};

/// One per process (libmilter allows no more). Not movable: its parts refer to each other.
class Daemon {
 public:
  /// Everything but listening: logs, store, saved state.
  static tl::expected<std::unique_ptr<Daemon>, StartError> create(const DaemonOptions& options,
                                                                  LoadedConfig config, DaemonLog& log);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Opens both sockets and serves mail in a thread. `on_end` is called in it if libmilter ends by itself.
  tl::expected<void, StartError> listen(std::function<void()> on_end);

  /// Asks the housekeeping thread; returns at once. Never called while mail waits.
  void request_reload();
  void request_reopen_logs();

  /// Defers new messages, waits up to ten seconds for the open ones, ends libmilter, saves what is saved once
  /// a second. False if something that should have been saved was not.
  bool stop_gracefully();
  void wait_until_milter_runs();

 private:
  Daemon(const DaemonOptions& options, LoadedConfig config, DaemonLog& log, PolicyLog policy_log,
         std::unique_ptr<store::Store> store);
  base::Result<void> load_state();
  void release_snapshots();
  void publish_links();
  bool sweep_hits();
  bool keep_pictures();
  void reopen_logs();
  void add_housework();
  ReloadResult reload();
  DaemonStatus status() const;

  DaemonOptions options_;
  DaemonLog& log_;
  SystemFiles files_;  ///< outlives the Snapshots, whose keys it reads
  milter::SystemClock clock_;
  ProcessSettings process_;
  PolicyLog policy_log_;
  std::unique_ptr<store::Store> store_;
  policy::Buckets buckets_;
  milter::Counters counters_;
  milter::OverridesHolder overrides_;
  milter::SnapshotHolder snapshots_;
  Publisher publisher_;
  milter::SelfCheck self_check_{policy_log_, clock_, counters_};
  milter::CampaignSamples samples_;
  milter::Services services_;
  LimitKeeper limits_;
  LinkSwitch links_;
  Notifier notifier_;
  Ingest ingest_;
  ControlContext control_;
  std::string hits_swept_;  ///< how far the round has come; the house's
  std::unique_ptr<ControlServer> control_server_;
  base::Wall started_;

  base::Mutex former_mutex_;
  /// Snapshots that messages may still hold: kept so that none of them pays for taking apart 100,000 keys.
  std::vector<std::shared_ptr<const milter::Snapshot>> former_ GUARDED_BY(former_mutex_);
  base::Mutex reload_mutex_;  ///< one reload at a time
  std::string unclean_;       ///< what went wrong with saved state at start, for `status`

  Housekeeping house_{clock_};
  std::thread mail_;
};

}  // namespace signpost::programs
