// Verifies a sample of what was signed, as it was handed to the MTA: an edit made after signing, or a key
// that signs wrongly, raises an alarm before a recipient complains. In a thread of its own, off the mail's
// way. Canonicalization is the signer's own, so this proves nothing about that (tests with
// other verifiers do).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/worker.h"
#include "dkim/settings.h"
#include "mail/edit.h"
#include "mail/message.h"
#include "milter/services.h"
#include "policy/event.h"

namespace signpost::milter {

struct Transaction;

/// One message: as it came, what was done to it, and who signed.
struct CheckJob {
  std::string id;
  std::string queue_id;
  mail::Message message;
  std::vector<mail::Edit> edits;
  std::optional<std::string> new_body;
  std::vector<dkim::SigningKey> keys;
  std::size_t signatures = 0;  ///< how many were put on top

  std::size_t size() const { return message.body.size() + (new_body ? new_body->size() : 0); }
};

/// Empty if all signatures are valid, otherwise "edit" (a change does not fit) or what dkim::verify says of the
/// first that is not.
std::string problem_of(CheckJob job, base::Wall now);

/// Thread-safe. Without start(), jobs that are offered only wait.
class SelfCheck {
 public:
  SelfCheck(policy::EventSink& events, const base::Clock& clock, Counters& counters)
      : events_(events), clock_(clock), counters_(counters) {}
  ~SelfCheck() { stop(); }
  SelfCheck(const SelfCheck&) = delete;
  SelfCheck& operator=(const SelfCheck&) = delete;

  void start();
  /// Returns when the running check has ended; waiting jobs are dropped. Idempotent.
  void stop();

  /// True for one in `every`, the first included; never for 0.
  bool is_due(std::uint64_t every) { return every > 0 && turn_++ % every == 0; }
  /// Never waits: if too much is waiting already, the job is dropped and counted.
  void offer(CheckJob job);

 private:
  /// Checks one waiting job. Returns how long to wait before the next.
  std::chrono::nanoseconds check_next();
  void check(CheckJob job);

  policy::EventSink& events_;
  const base::Clock& clock_;
  Counters& counters_;
  std::atomic<std::uint64_t> turn_{0};
  base::Mutex mutex_;
  std::deque<CheckJob> waiting_ GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
  base::Worker worker_;
};

/// After plan.selection is known: whether this message is checked, so that its body must be kept.
void choose_sample(Transaction& transaction, const Services& services);
/// Must be called after the MTA has accepted all edits.
void offer_sample(Transaction& transaction, const Services& services);

}  // namespace signpost::milter
