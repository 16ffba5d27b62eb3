// Loads many listings at once: sorted in bounded memory, then merged with what is there in transactions that
// leave lookups and other writers their turn; or replaces all listings of one reason and tenant at one
// moment. The caller turns a file's lines into listings.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/suppression.h"
#include "store/list/bulk_merge.h"
#include "store/list/records.h"
#include "store/list/sorter.h"
#include "store/list/suppression_store.h"
#include "store/lmdb/writer.h"

namespace signpost::store::list {

/// What a load does.
struct BulkPlan {
  bool dry_run = false;  ///< counts what would happen and writes nothing
  /// The listings replace all of this reason and tenant ("": everywhere); listings of others are refused.
  std::optional<SetName> replaced;
  bool may_shrink = false;  ///< allows a replacement that leaves less than half
  bool hashed = false;      ///< only keyed hashes of the addresses are kept
};

struct BulkCounts {
  std::uint64_t added = 0;
  std::uint64_t changed = 0;  ///< were listed in that scope already
  std::uint64_t removed = 0;  ///< by a replacement
  std::uint64_t refused = 0;
  /// The first of the refused, by the number that `add` was given: their records are damaged.
  std::vector<std::pair<std::uint64_t, base::Error>> refusals;
};

/// The progress of the running load; for any thread.
struct BulkProgress {
  bool loading = false;     ///< a load is running
  std::uint64_t taken = 0;  ///< listings given to it
  std::uint64_t done = 0;   ///< and merged into the list
};

class BulkLoad;

/// Thread-safe. Only one load runs at a time, so that memory is bounded.
class BulkLoader {
 public:
  BulkLoader(lmdb::Env& env, lmdb::Writer& writer, const SuppressionStore& list, std::string directory)
      : env_(env), writer_(writer), list_(list), directory_(std::move(directory)) {}

  /// Errors: limit (another load is running), invalid (there is no key to hash with).
  base::Result<std::unique_ptr<BulkLoad>> begin(BulkPlan plan);
  /// Ends the running load soon, with an error; for the end of the process.
  void stop() { stopping_ = true; }
  BulkProgress progress() const { return {busy_.load(), taken_.load(), done_.load()}; }

 private:
  friend class BulkLoad;
  lmdb::Env& env_;
  lmdb::Writer& writer_;
  const SuppressionStore& list_;
  std::string directory_;
  std::atomic<bool> busy_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> taken_ = 0;
  std::atomic<std::uint64_t> done_ = 0;
};

/// For one thread. Of whom only a hash is kept, that stays so: a listing in the clear becomes a hash, and a
/// replacement keeps the hashed listings that were not given to it, since nobody could name those people to it. What
/// others add to a set after `begin` of its replacement is kept: it was acknowledged. Without `run`, or if the
/// process ends before `run` returns, a replacement has changed nothing and an addition has added some or none of its
/// listings.
class BulkLoad {
 public:
  ~BulkLoad();
  BulkLoad(const BulkLoad&) = delete;
  BulkLoad& operator=(const BulkLoad&) = delete;

  /// `number` names the listing in refusals; of two for the same place and scope the later one counts. Errors:
  /// invalid (this one cannot be listed; the load continues), unavailable (give up).
  base::Result<void> add(policy::Listing listing, std::uint64_t number);
  /// On disk when it returns. Errors: limit (the replacement would leave less than half), unavailable.
  base::Result<BulkCounts> run();

 private:
  friend class BulkLoader;
  BulkLoad(BulkLoader& loader, BulkPlan plan);
  base::Result<std::size_t> set_index(policy::Reason reason, const std::string& tenant);
  base::Result<void> check_set(const policy::Listing& listing) const;
  base::Result<std::size_t> read_chunk();
  base::Result<void> pass(bool writing, BulkTally& tally);
  base::Result<BulkTally> merge_chunk(BulkMerge& merge, std::span<const Sorter::Item> items, bool writing);
  base::Result<void> index(lmdb::WriteTransaction& transaction, std::span<const Sorter::Item> items) const;
  base::Result<void> count_in(lmdb::WriteTransaction& transaction, const BulkTally& tally) const;
  base::Result<void> count_hashes();
  base::Result<void> read_former();
  base::Result<void> announce();
  void withdraw();
  base::Result<void> replace();
  base::Result<std::vector<Place>> places_of(const Place& place, const policy::Listing& listing) const;

  /// A set that listings were given for, and the generation they are written with.
  struct Target {
    SetName name;
    std::uint64_t generation;
  };
  BulkLoader& loader_;
  BulkPlan plan_;
  Set former_;  ///< the replaced one
  std::uint64_t generation_ = 0;
  bool meets_hashes_ = false;  ///< there are hashed listings
  bool announced_ = false;
  std::vector<Target> targets_;
  std::map<std::string, std::size_t> target_of_;  ///< by set_key
  Sorter sorter_;
  std::vector<Sorter::Item> chunk_;  ///< its strings are reused
};

}  // namespace signpost::store::list
