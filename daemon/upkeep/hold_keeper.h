// Mail that the MTA holds for a limit: remembers it, and has it released in order as the limits allow, after judging it once more.
// Which mail is held, policy/judging says; the MTA's hold queue is behind the port MtaQueue (signpost-release).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/worker.h"
#include "milter/services.h"
#include "policy/limits/hold_queue.h"
#include "store/hold_store.h"
#include "system/daemon_log.h"

namespace signpost::daemon::upkeep {

/// What can be asked of the MTA's hold queue, by ids of the MTA. Thread-safe. Errors: `unavailable`, it cannot be asked now.
class MtaQueue {
 public:
  enum class Answer : std::uint8_t {
    done,      ///< it is no longer in the hold queue
    gone,      ///< it was not there any more
    not_told,  ///< it was never announced: nothing was done
    failed,    ///< nothing was done; ask again later
  };
  virtual ~MtaQueue() = default;
  /// Announces a message that is about to be held; without that it cannot be released.
  virtual base::Result<void> announce(const std::string& id) = 0;
  /// One answer an id, in their order.
  virtual base::Result<std::vector<Answer>> release(std::span<const std::string> ids) = 0;
  /// Deletes them.
  virtual base::Result<std::vector<Answer>> drop(std::span<const std::string> ids) = 0;
  /// Returns them to their senders.
  virtual base::Result<std::vector<Answer>> refuse(std::span<const std::string> ids) = 0;
};

/// Thread-safe.
class HoldKeeper final : public policy::limits::HoldQueue {
 public:
  /// All must outlive it. Without a queue nothing is held, and nothing that was is released.
  HoldKeeper(std::unique_ptr<MtaQueue> queue, store::HoldStore& store, const milter::Services& services,
             system::DaemonLog& log);
  ~HoldKeeper() override { stop(); }

  /// Must be called once the store is open, before the first message. Errors: what is held cannot be read.
  base::Result<void> load();
  void start();
  void stop() { worker_.stop(); }

  bool waits(std::string_view limit, std::string_view key) const override;
  base::Result<void> add(const policy::limits::HeldMessage& message) override;
  /// Whether a held message has a signature of that "selector:domain".
  bool carries(const std::string& signature) const;
  void give_up(std::string_view id) override;

  struct Held {
    policy::limits::HeldMessage message;
    std::string_view
        waits_for;  ///< a fixed word: "send-at", "limit", "paused", "unknown-tenant", "list", "mta"
  };
  /// The oldest first, at most `max` of those for which `wanted` is true.
  std::vector<Held> list(std::size_t max,
                         const std::function<bool(const policy::limits::HeldMessage&)>& wanted) const;
  std::size_t count() const;
  /// What is wrong, for `status`; empty if nothing is.
  std::string problem() const;

  /// By somebody's word, whatever the limits say, and without charging them. `id` is ours or the MTA's. With `forces` whatever
  /// the list and pauses say too.
  /// Errors: not_found; invalid: the list or a pause is against it; unavailable: the MTA's queue cannot be asked, or has not done it.
  base::Result<void> release(std::string_view id, const std::string& by, bool forces = false);
  struct Released {
    std::uint64_t released = 0;
    std::uint64_t left = 0;  ///< the list or a pause is against it, or the MTA has not done it
  };
  /// The same of all that are wanted.
  Released release_all(const std::function<bool(const policy::limits::HeldMessage&)>& wanted,
                       const std::string& by, bool forces = false);
  /// Deletes it; nobody is told.
  base::Result<void> drop(std::string_view id, const std::string& by);

  /// One look through all that waits. Returns how many left; for the thread, and for tests.
  std::size_t work();

  /// A message is let be for so long: the MTA has yet to put it into its hold queue.
  static constexpr std::chrono::seconds kSettles{2};
  /// A message that the queue's keeper does not know is given up after so long.
  static constexpr std::chrono::minutes kForgets{10};
  /// What the MTA did not do is tried again after so long; each time after twice as long, at most kRestsMost.
  static constexpr std::chrono::seconds kRests{10};
  static constexpr std::chrono::hours kRestsMost{1};
  static constexpr std::size_t kBatch = 500;

 private:
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;
  using Message = std::shared_ptr<const policy::limits::HeldMessage>;
  struct Entry {
    Message message;
    std::string_view waits_for = {};
    bool is_counted = false;  ///< in waiting_
    bool is_unsure = false;   ///< it may have left, and the answer was lost
    unsigned failures = 0;    ///< how often the MTA has not done it
    bool is_busy = false;     ///< one thread has it in hand
    base::Steady rests{};     ///< until then it is not tried again
  };
  struct Leaving {
    Message message;
    policy::limits::ReservationId reservation = 0;
    std::string_view reason = {};
  };
  enum class Way : std::uint8_t { release, drop, refuse };
  struct Round;

  void note(const Message& message);
  void forget(const Message& message);
  bool cannot_ask() const;
  struct Waiting {
    Message message;
    std::string_view waits_for;
    bool is_resting = false;  ///< not to be tried now, but in its place in the row
  };
  std::vector<Waiting> snapshot() const;
  Round begin_round() const;
  Message find(std::string_view id) const;
  bool take(const Message& message);
  void put_back(const Message& message, bool is_unsure);  ///< the MTA has not done it
  bool was_unsure(const Message& message) const;
  void count(Entry& entry, bool is_counted) REQUIRES(mutex_);
  void note_waiting(const Message& message, std::string_view waits_for);
  void sort_out(const Waiting& waiting, Round& round);
  /// Fixed words; both empty: it may go.
  struct Judged {
    std::string_view waits_for;
    std::string_view refused;  ///< why it will never go
  };
  Judged judge(const policy::limits::HeldMessage& message, const Round& round) const;
  Judged ask_list(const policy::limits::HeldMessage& message, const policy::Tenant& tenant,
                  const Round& round) const;
  std::size_t leave(Way way, const std::vector<Leaving>& leaving, const std::string& by);
  bool settle(const Leaving& one, MtaQueue::Answer answer);
  void tell(Way way, MtaQueue::Answer answer, const Leaving& one, const std::string& by);
  base::Result<void> by_word(Way way, std::string_view id, const std::string& by, bool forces);

  const std::unique_ptr<MtaQueue> queue_;
  store::HoldStore& store_;
  const milter::Services& services_;
  system::DaemonLog& log_;

  mutable base::Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ GUARDED_BY(mutex_);          ///< by our id, so by age
  std::map<std::string, std::string, std::less<>> queue_ids_ GUARDED_BY(mutex_);  ///< the MTA's id -> ours
  Counts waiting_ GUARDED_BY(mutex_);                                             ///< by limit and key
  Counts signatures_ GUARDED_BY(mutex_);
  std::string problem_ GUARDED_BY(mutex_);      ///< the queue could not be asked
  std::string unannounced_ GUARDED_BY(mutex_);  ///< nor be told

  base::Worker worker_;
};

}  // namespace signpost::daemon::upkeep
