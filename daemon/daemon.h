// The running daemon: builds all parts in order, does the housekeeping (bucket state, readers, reload, log files)
// in one thread, and stops everything without losing what was acknowledged. programs/signpostd.cc handles signals
// and the command line.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "config/load.h"
#include "daemon/commands/context.h"
#include "daemon/commands/overrides.h"
#include "daemon/control/server.h"
#include "daemon/delivery_filter.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/mail_log.h"
#include "daemon/ingest/notifier.h"
#include "daemon/ingest/returned_mail.h"
#include "daemon/opening.h"
#include "daemon/policy_log.h"
#include "daemon/upkeep/dkim_watch.h"
#include "daemon/upkeep/hold_keeper.h"
#include "daemon/upkeep/housekeeping.h"
#include "daemon/upkeep/limit_keeper.h"
#include "daemon/upkeep/list_watch.h"
#include "milter/held/campaign_samples.h"
#include "milter/passed_before.h"
#include "milter/self_check.h"
#include "milter/services.h"
#include "policy/limits/buckets.h"
#include "store/events/event_files.h"
#include "store/store.h"
#include "system/daemon_log.h"
#include "system/system_clock.h"

namespace signpost::daemon {

/// What the command line said; a reload reads the same files again.
struct DaemonOptions {
  std::string config_path;
  std::vector<std::string> overrides;  ///< `-o key=value`
};

/// One per process (libmilter allows no more). Not movable: its parts refer to each other.
class Daemon final : private commands::DaemonPort {
 public:
  /// Does everything except listening: logs, store, saved state. If the list must be checked first, that goes on beside
  /// mail (daemon/opening). `on_end` is called in another thread if the daemon must stop by itself.
  static tl::expected<std::unique_ptr<Daemon>, StartError> create(const DaemonOptions& options,
                                                                  config::LoadedConfig config,
                                                                  system::DaemonLog& log,
                                                                  std::function<void()> on_end);
  ~Daemon() override;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Opens both sockets and serves mail in a thread.
  tl::expected<void, StartError> listen();

  /// Asks the housekeeping thread; returns at once. Never called while mail waits.
  void request_reload();
  void request_reopen_logs();

  /// Defers new messages, waits up to ten seconds for the open ones, ends libmilter, saves what is saved once
  /// a second. False if something that should have been saved was not.
  bool stop_gracefully();
  /// Why it stopped by itself: the list could not be opened.
  std::optional<StartError> failure() const { return opening_.failure(); }
  void wait_until_milter_runs();

 private:
  /// Both are there once it is made.
  struct FactFiles {
    std::unique_ptr<store::EventFiles> events;
    std::unique_ptr<store::EventFiles> evidence;
  };
  static tl::expected<FactFiles, StartError> open_facts(const config::ProcessSettings& process);
  Daemon(const DaemonOptions& options, config::LoadedConfig config, system::DaemonLog& log, FactFiles facts,
         PolicyLog policy_log, std::unique_ptr<store::Store> store, std::function<void()> on_end);
  tl::expected<void, StartError> prepare();
  base::Result<void> load_state();
  void begin_store_work();
  void release_snapshots();
  void publish_links();
  bool sweep_hits();
  base::Result<void> replay(base::Wall since, bool acts,
                            const std::function<void(const ingest::Rejudged&)>& tell);
  void sweep_events();
  bool keep_pictures();
  void reopen_logs();
  void watch_log();
  void add_housework();
  void add_store_work(std::string name, std::chrono::nanoseconds period, upkeep::Housekeeping::Slice slice);
  commands::ReloadResult reload() override;
  commands::DaemonStatus status() const override;
  base::Result<void> set_log_level(std::string_view word) override;
  base::Result<void> backup(const std::string& path, bool replace) override;
  base::Result<void> save(const policy::limits::Overrides& overrides) override;
  void scrub_soon() override;

  static constexpr const char* kScrub = "scrub";  ///< the housework that both files name

  DaemonOptions options_;
  system::DaemonLog& log_;
  system::SystemFiles files_;  ///< outlives the Snapshots, whose keys it reads
  system::SystemClock clock_;
  config::ProcessSettings process_;
  const policy::AddressForms address_forms_;
  const FactFiles facts_;
  PolicyLog policy_log_;
  std::unique_ptr<store::Store> store_;
  const store::StoredTraffic traffic_{store_->hits()};
  policy::limits::Buckets buckets_;
  milter::Counters counters_;
  milter::OverridesHolder overrides_;
  milter::SnapshotHolder snapshots_;
  upkeep::DkimWatch dkim_watch_;
  milter::SelfCheck self_check_{policy_log_, clock_, counters_};
  milter::CampaignSamples samples_;
  milter::PassedBefore passed_before_;
  std::shared_ptr<const mail::IdentitySealer> own_sealer_;  ///< where seal.key_file names no ring
  milter::Services services_;
  upkeep::ListWatch list_watch_;
  upkeep::LimitKeeper limits_;
  upkeep::LinkSwitch links_;
  ingest::Notifier notifier_;
  ingest::ReturnedMailIntake returned_;
  ingest::Ingest ingest_;
  ingest::MailLog mail_log_;
  upkeep::HoldKeeper holds_;
  commands::OverrideEditor override_editor_{overrides_, *this};
  const std::vector<upkeep::SubjectSource> subjects_;
  commands::ControlContext control_;
  struct Losses {
    std::uint64_t before = 0;  ///< for the housekeeping thread
    std::atomic<base::Wall> at{base::Wall{}};
  };
  Losses log_losses_;       ///< lines of the policy log
  Losses event_losses_;     ///< and of the event files
  std::string hits_swept_;  ///< how far the round has come; for the housekeeping thread
  DeliveryFilter delivery_filter_{snapshots_, clock_, counters_, log_};
  std::unique_ptr<control::ControlServer> control_server_;
  base::Wall started_;

  base::Mutex former_mutex_;
  /// Snapshots that messages may still use: kept so that no message has to destroy 100,000 keys.
  std::vector<std::shared_ptr<const milter::Snapshot>> former_ GUARDED_BY(former_mutex_);
  /// Held across I/O: one reload at a time, from reading the files until the new Snapshot is published.
  base::Mutex reload_mutex_;
  std::string
      unclean_;  ///< what went wrong with saved state at start, for `status`; set before the store is open
  const std::function<void()> on_end_;
  std::atomic<bool> has_begun_{false};  ///< what needs the store

  upkeep::Housekeeping house_{clock_};
  std::thread mail_;
  Opening opening_;  ///< its thread uses all others
};

}  // namespace signpost::daemon
