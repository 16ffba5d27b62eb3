// Which messages Signpost holds: the told ids, what became of each, and whether one may be released. The rule that keeps a daemon
// in wrong hands from freeing what others held is here (docs/held-mail.md): told while it is received, seen moving from there
// into the hold queue, and still the same file, held the same time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "release/held_queue.h"
#include "release/protocol.h"
#include "release/told_file.h"

namespace signpost::release {

struct Instance {
  std::string name;
  const HeldQueue* queue = nullptr;  ///< outlives all that use it
};

/// A message that may leave its hold queue.
struct Job {
  std::uint64_t entry = 0;  ///< the keeper's number of it
  Verb verb = Verb::release;
  const HeldQueue* queue = nullptr;
  std::string id;
  FileMark mark;
  std::int64_t moved = 0;
};
/// Whether what is seen now is still what the job means.
bool is_still_held(const Job& job, const Sight& sight);

struct KeeperLimits {
  std::size_t max_told = 500'000;
  /// How long after it was last seen coming a message may have moved into the hold queue. Matters after a restart only.
  std::chrono::milliseconds coming_time = std::chrono::minutes(2);
  std::chrono::milliseconds keeps_gone = std::chrono::hours(24 * 7);
  std::size_t sweep = 1000;  ///< of those that are held or gone, looked at in one sweep
};

/// Not thread-safe. Time is the caller's.
class Keeper {
 public:
  using Limits = KeeperLimits;
  /// At least one instance; the first is that of ids without a name. Ids of an instance that is not there any more are kept.
  static base::Result<Keeper> open(const std::string& path, std::vector<Instance> instances,
                                   const Limits& limits = Limits());

  /// Answers `held`. A `done` may be given away only after `sync` returned success.
  Reply tell(const Request& request, base::Wall now);
  /// Writes what changed; with `durable` all of it is on disk when it returns. After an error what was told since the last sync
  /// is not told.
  base::Result<void> sync(bool durable);

  /// Answers `release`, `drop` or `refuse` at once, or says what is to be done.
  std::variant<Reply, Job> take(const Request& request, base::Wall now);
  /// Takes what became of a job: `done` and `gone` end it.
  void finish(const Job& job, Answer answer);

  /// Up to `max` lines for `list` behind the entry numbered `after` (0 for the first), which becomes the last of them. Empty at
  /// the end.
  std::vector<std::string> list(std::uint64_t& after, std::size_t max, base::Wall now);

  /// Looks at those that are coming, and at some others in turn. To be called often while any is coming.
  void sweep(base::Wall now);
  bool any_coming() const { return !coming_.empty(); }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    ToldRecord record;
    const HeldQueue* queue = nullptr;  ///< none if its instance is not configured
    base::Wall last_coming{};
  };
  using Entries = std::map<std::uint64_t, Entry>;

  Keeper(ToldFile file, std::vector<Instance> instances, const Limits& limits)
      : file_(std::move(file)), instances_(std::move(instances)), limits_(limits) {}
  void load(ToldRecord record);
  const Instance* find_instance(const std::string& name) const;
  Entries::iterator find(const std::string& instance, const std::string& id);
  void add(Entry entry);
  void forget(Entries::iterator at);
  void note(const ToldRecord& record) { pending_ += format_told_record(record); }
  void change(std::uint64_t number, Entry& entry, ToldRecord::State to, base::Wall now);
  base::Result<void> refresh(std::uint64_t number, Entry& entry, base::Wall now);
  std::string all_records() const;

  ToldFile file_;
  std::vector<Instance> instances_;
  Limits limits_;
  Entries entries_;  ///< by number; later told ones have higher numbers
  std::unordered_map<std::string, std::uint64_t> numbers_;  ///< by "NAME:ID"
  std::set<std::uint64_t> coming_;
  std::uint64_t next_ = 1;
  std::uint64_t swept_ = 0;
  std::string pending_;                  ///< lines that are not written yet
  std::vector<std::uint64_t> unsynced_;  ///< told, and not on disk yet
  bool must_rewrite_ = false;            ///< writing failed: nobody knows what the file holds
};

}  // namespace signpost::release
