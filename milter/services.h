// What a session needs beside its Snapshot: the ports, each thread-safe, owned by the daemon (or by a test)
// and outliving all sessions.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/mutex.h"
#include "milter/counts/campaign_counts.h"
#include "milter/counts/headless_aborts.h"
#include "milter/counts/sent_counts.h"
#include "milter/counts/tenant_counts.h"
#include "milter/held/memory.h"
#include "milter/snapshot.h"
#include "policy/event.h"
#include "policy/limits/hold_queue.h"
#include "policy/limits/limiter.h"
#include "policy/limits/overrides.h"
#include "policy/probation.h"
#include "policy/suppression.h"
#include "policy/trace.h"

namespace signpost::milter {

/// Totals since start, for `stats` and `metrics`. Relaxed counters: each is correct, but together they
/// do not show a single moment.
struct Counters {
  std::atomic<std::uint64_t> connections{0}, connections_open{0}, messages{0}, accepted{0}, refused{0},
      deferred{0}, held{0}, discarded{0}, passed{0}, aborted{0}, recipients{0}, recipients_refused{0},
      recipients_deferred{0}, recipients_dropped{0}, is_signed{0}, not_signed{0}, rewritten{0}, links{0},
      errors{0}, held_bytes{0}, self_checked{0}, self_check_failed{0}, self_check_dropped{0};
  /// Whose mail: messages that came back without a seal, strangers' messages on a port of role submit, and fields
  /// Signpost-Seal that were not believed.
  std::atomic<std::uint64_t> reinjected{0}, strangers_submissions{0}, seals_refused{0};
  /// Of the first kind, those with an author of a tenant or a key; and MTAs that could not do what signing needs.
  std::atomic<std::uint64_t> reinjected_own{0}, negotiations_failed{0};
  /// Messages that reached a port of role egress, from this host or a hop, with no seal that opens, and passed.
  std::atomic<std::uint64_t> unsealed_at_egress{0};
  /// Messages of a login that no tenant names, while some tenant names logins; and strangers' messages that came back,
  /// known by our seal alone because a port strips Received.
  std::atomic<std::uint64_t> unknown_logins{0}, stripped_traces{0};
  /// Reports that came back to return paths; rows of them that list or score an address, and that are only counted.
  std::atomic<std::uint64_t> reports{0}, reports_acted_on{0}, reports_counted{0};
  /// Results of deliveries that Postfix asked about; refusals of the sender among them that wait, and that bounce because
  /// they waited long enough; and connections of others than Postfix.
  std::atomic<std::uint64_t> results_asked{0}, results_waited{0}, results_let_through{0},
      results_strangers{0};
  HeadlessAborts headless_aborts;
  Memory memory{held_bytes};  ///< bounded by milter.max_held
  /// By what limits could count, where they are charged: messages with a login; messages at ports without a role; at
  /// ports of role egress those whose seal tells whose they are, and those with neither a seal nor a login.
  std::atomic<std::uint64_t> charged_logins{0}, charged_without_role{0}, sealed_at_egress{0},
      nameless_at_egress{0};
  /// Messages between MAIL and their end: a graceful stop waits for them. While `draining`, new
  /// ones are deferred.
  std::atomic<std::uint64_t> open_transactions{0};
  std::atomic<bool> draining{false};
  /// The list, pauses and states of keys are not known: the site's own messages are deferred.
  std::atomic<bool> store_closed{false};
  CampaignCounts campaigns;  ///< recipients of messages that carry tracked or unsubscribe links
  SentCounts sent;           ///< recipients of messages that went out, by provider
  TenantCounts trap_hits;    ///< recipients listed as spam traps that the tenant tried to reach
};

/// Published overrides, like the Snapshot. Thread-safe.
class OverridesHolder {
 public:
  std::shared_ptr<const policy::limits::Overrides> get() const {
    base::MutexLock lock(mutex_);
    return current_;
  }
  void set(std::shared_ptr<const policy::limits::Overrides> next) {
    base::MutexLock lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable base::Mutex mutex_;
  std::shared_ptr<const policy::limits::Overrides> current_ GUARDED_BY(mutex_) =
      std::make_shared<policy::limits::Overrides>();
};

class CampaignSamples;
class PassedBefore;
class ReturnedMailSink;
class SelfCheck;

struct Services {
  SnapshotHolder& snapshots;
  OverridesHolder& overrides;
  const policy::Suppressions& suppressions;
  policy::limits::Limiter& limiter;
  policy::EventSink& events;
  const base::Clock& clock;
  Counters& counters;
  policy::Probation* probation = nullptr;      ///< nullptr: listings that ended no longer block
  SelfCheck* self_check = nullptr;             ///< nullptr: nothing is checked (offline, tests)
  CampaignSamples* samples = nullptr;          ///< nullptr: no campaign's first message is kept
  PassedBefore* passed_before = nullptr;       ///< nullptr: a message that passes twice is judged twice
  ReturnedMailSink* returned = nullptr;        ///< nullptr: mail that comes back is deferred
  policy::TraceSink* traces = nullptr;         ///< nullptr: nobody asks how it was judged
  policy::limits::HoldQueue* holds = nullptr;  ///< nullptr: limits that hold defer
};

}  // namespace signpost::milter
