// Watches the DNS records of the keys in force and moves the keys through their states (dkim/gate decides how). A
// state is on disk before it takes effect; whether a key signs is then a flag in the key itself, so that mail never
// waits for this.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/worker.h"
#include "config/dns_watch_settings.h"
#include "dkim/gate.h"
#include "milter/snapshot.h"
#include "store/key_store.h"
#include "system/daemon_log.h"
#include "system/dns_resolver.h"

namespace signpost::daemon::upkeep {

/// Thread-safe. Changes are made one at a time; calls that only read never wait for the DNS.
class DkimWatch {
 public:
  /// Makes the DNS lookup; called anew for each round, so that nothing is answered from an old cache.
  using MakeLookup = std::function<base::Result<std::unique_ptr<system::DnsLookup>>(
      const std::vector<system::DnsServer>& servers)>;

  DkimWatch(store::KeyStore& store, const milter::SnapshotHolder& snapshots, const base::Clock& clock,
            system::DaemonLog& log, MakeLookup make_lookup);
  ~DkimWatch() { stop(); }
  DkimWatch(const DkimWatch&) = delete;
  DkimWatch& operator=(const DkimWatch&) = delete;

  /// Reads the states on disk. Must be called before the first `admit`.
  base::Result<void> load();

  /// Gives each key its state; must be called before a Snapshot with these keys is published. A key that is not
  /// known yet waits for its record if the gate is on; otherwise it is active at once.
  base::Result<void> admit(const dkim::KeyTable& keys, const config::DnsWatchSettings& settings);

  /// Must be called before `start`. Whether mail with a signature of "selector:domain" has yet to be sent.
  void ask_if_needed(std::function<bool(const std::string&)> is_needed) { is_needed_ = std::move(is_needed); }

  void start();
  /// Waits for the look-up under way, at most its deadline. Idempotent.
  void stop();

  /// One round over the keys that are due, as in the thread. Returns how many were looked up.
  std::size_t look(base::Steady now);

  /// `successor`, whose file need not be there yet, will replace `selector` once its record is seen. Error
  /// `invalid` if that key is not active, or is being replaced already by one that is there.
  base::Result<void> plan(std::string_view domain, std::string_view selector, std::string_view successor);

  std::optional<dkim::KeyProgress> progress(std::string_view domain, std::string_view selector) const;
  /// For `status`: records that were correct and no longer are.
  std::vector<std::string> problems() const;
  config::DnsWatchSettings settings() const;
  /// For commands that look up records themselves.
  base::Result<std::unique_ptr<system::DnsLookup>> make_lookup() const {
    return make_lookup_(settings().servers);
  }

 private:
  struct Watched;
  std::vector<Watched> due(base::Steady now);
  void apply(const std::vector<Watched>& looked_at);
  void apply_to_domain(const std::string& domain, const std::vector<dkim::KeyUse>& uses,
                       const std::vector<Watched>& looked_at);
  void tell(const std::string& domain, const dkim::Transition& change);
  std::vector<dkim::Candidate> candidates(const std::vector<dkim::KeyUse>& uses) const REQUIRES(mutex_);
  void set_standings(const std::vector<dkim::KeyUse>& uses) const REQUIRES(mutex_);

  store::KeyStore& store_;
  const milter::SnapshotHolder& snapshots_;
  std::function<bool(const std::string&)> is_needed_;
  const base::Clock& clock_;
  system::DaemonLog& log_;
  const MakeLookup make_lookup_;

  /// Held across I/O: one change at a time, until it is on disk. Taken before mutex_.
  base::Mutex changes_;
  mutable base::Mutex mutex_;
  store::KeyProgresses progresses_ GUARDED_BY(mutex_);
  config::DnsWatchSettings settings_ GUARDED_BY(mutex_);
  base::Steady last_watch_{};  ///< of the keys that are active; the thread's
  base::Steady last_wait_{};   ///< of the keys that wait for something
  base::Worker worker_;
};

}  // namespace signpost::daemon::upkeep
