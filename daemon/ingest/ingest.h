// Empties the web program's spool into the store: the daemon's side of clicks, opens and unsubscribes. Reads
// with care (web/spool/reader), commits what hits lead to (daemon/ingest/hit_effect) together with how
// far it read, and only then writes their log lines and removes what was read. Killed anywhere, each hit is
// stored exactly once; a log line may be lost with the daemon, a counter or listing never.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "daemon/ingest/bursts.h"
#include "daemon/ingest/hit_effect.h"
#include "daemon/ingest/notifier.h"
#include "daemon/ingest/tracking_opt_outs.h"
#include "milter/services.h"
#include "store/store.h"
#include "system/daemon_log.h"
#include "web/spool/reader.h"

namespace signpost::daemon::ingest {

struct IngestCounts {
  std::uint64_t hits = 0;     ///< stored
  std::uint64_t refused = 0;  ///< not genuine
  std::uint64_t damaged = 0;  ///< bytes of the spool given up
};

/// Thread-safe but for start, stop and pass.
class Ingest {
 public:
  struct Settings {
    std::string spool;   ///< [web] spool; it need not be there
    std::string socket;  ///< [web] ingest: a datagram there means that there are new hits
    /// Called for each unsubscribe that is on disk, if its tenant is to be told; must not wait.
    std::function<void(UnsubscribeNotice)> notify;
  };
  Ingest(Settings settings, store::Store& store, const milter::Services& services, system::DaemonLog& log);
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  /// Binds the socket and starts the thread. If the socket cannot be bound, that is logged; the spool is read once a
  /// second anyway.
  void start();
  /// Returns when the batch that runs is stored. Idempotent.
  void stop();

  /// Reads everything that is there now; called by the thread, and by tests. Errors: what prevents it; the next
  /// call tries again.
  base::Result<void> pass();

  /// Stores the recipients of campaigns, and at each provider, since the last call; before a pass, and once a second.
  base::Result<void> store_recipients();

  /// Tells the listing's tenant that somebody unsubscribed, if it is to be told. Thread-safe.
  void notify_of(const policy::Listing& listing, const milter::Snapshot& snapshot) const;

  IngestCounts counts() const;
  /// Why hits wait; empty while all is well.
  std::string failure() const;

 private:
  struct Bell;
  void run();
  base::Result<void> read_segment(const web::spool::SpoolReader& reader, const std::string& segment,
                                  const milter::Snapshot& snapshot);
  base::Result<HitEffects::Reached> reached(std::uint32_t tenant, const std::string& campaign) const;
  base::Result<void> store_batch(const web::spool::SpoolBatch& batch, std::uint64_t from,
                                 const milter::Snapshot& snapshot);
  base::Result<void> remove_strange(const web::spool::SpoolReader& reader, const std::string& segment,
                                    const std::string& what);
  bool may_be_named(const policy::Listing& listing, const track::Settings& settings) const;
  void tell(const base::Result<void>& passed);

  const Settings settings_;
  store::Store& store_;
  milter::Services services_;
  system::DaemonLog& log_;
  Refusals refusals_;
  Bursts bursts_;
  std::unique_ptr<Bell> bell_;
  std::weak_ptr<const milter::Snapshot>
      remembered_;                 ///< whose tenants' names are in the store; keeps no keys alive
  std::set<std::string> strange_;  ///< segments that were already logged
  std::thread thread_;
  std::atomic<bool> stops_{false};
  std::atomic<std::uint64_t> hits_{0}, refused_{0}, damaged_{0};
  mutable base::Mutex mutex_;
  std::string failure_ GUARDED_BY(mutex_);
};

}  // namespace signpost::daemon::ingest
