#include "store/list/bulk_load.h"

#include <algorithm>
#include <numeric>

#include "store/list/bulk_merge.h"
#include "store/list/carried.h"
#include "store/list/place.h"
#include "store/tables.h"

namespace signpost::store::list {
namespace {

/// Sorted in memory at a time.
constexpr std::size_t kRunBytes = std::size_t{64} << 20;
/// Records of a transaction: enough to share its fdatasync, few enough that others do not wait long.
constexpr std::size_t kChunk = 20'000;
constexpr std::string_view kGenerationKey = "generation";

/// The generation above all that were ever begun, so that remains of an interrupted load are never taken for part
/// of a later one.
base::Result<std::uint64_t> newest_generation(const lmdb::Transaction& transaction, const Set& set) {
  const auto bytes = transaction.get(tables::meta, kGenerationKey);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return set.generation;
  const auto number = parse_number_record(**bytes);
  if (!number) return tl::unexpected(number.error());
  return std::max(*number, set.generation);
}

base::Result<Set> read_set(const lmdb::Transaction& transaction, const SetName& name) {
  Sets sets(transaction);
  const auto set = sets.get(name.reason, name.tenant);
  if (!set) return tl::unexpected(set.error());
  return **set;
}

std::string describe(const SetName& name) {
  return std::string(policy::reason_word(name.reason)) +
         (name.tenant.empty() ? " everywhere" : " of tenant " + name.tenant);
}

}  // namespace

base::Result<std::unique_ptr<BulkLoad>> BulkLoader::begin(BulkPlan plan) {
  if (plan.hashed) {
    if (auto possible = list_.keys().hash(""); !possible) return tl::unexpected(possible.error());
  }
  if (busy_.exchange(true)) return base::fail(base::ErrorKind::limit, "another import is running");
  taken_ = 0;
  done_ = 0;
  std::unique_ptr<BulkLoad> load(
      new BulkLoad(*this, std::move(plan)));  // its destructor lets the next load begin
  const auto hashes = load->count_hashes();
  if (!hashes) return tl::unexpected(hashes.error());
  if (!load->plan_.replaced) return load;
  if (auto read = load->read_former(); !read) return tl::unexpected(read.error());
  if (auto announced = load->announce(); !announced) return tl::unexpected(announced.error());
  return load;
}

BulkLoad::BulkLoad(BulkLoader& loader, BulkPlan plan)
    : loader_(loader), plan_(std::move(plan)), sorter_(loader.directory_, kRunBytes) {}

BulkLoad::~BulkLoad() {
  withdraw();
  loader_.busy_ = false;
}

base::Result<void> BulkLoad::count_hashes() {
  const auto transaction = loader_.env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  return transaction->count(tables::hashed).map([this](std::uint64_t count) { meets_hashes_ = count > 0; });
}

/// The read ends before anything is written: growth waits for all readers.
base::Result<void> BulkLoad::read_former() {
  const auto transaction = loader_.env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  const auto former = read_set(*transaction, *plan_.replaced);
  if (!former) return tl::unexpected(former.error());
  former_ = *former;
  const auto newest = newest_generation(*transaction, *former);
  if (!newest) return tl::unexpected(newest.error());
  generation_ = *newest + 1;
  return {};
}

/// From here on what others add to the set is added to the coming generation too (store/list/listing_table).
base::Result<void> BulkLoad::announce() {
  if (plan_.dry_run) return {};
  auto written = loader_.writer_.run([&](lmdb::WriteTransaction& transaction) {
    return transaction.put(tables::meta, kGenerationKey, format_number(generation_)).and_then([&] {
      return transaction.put(tables::meta, kReplacingKey,
                             format_replacing({*plan_.replaced, generation_, 0}));
    });
  });
  announced_ = written.has_value();
  return written;
}

/// If this fails, others' listings are also written to a generation that never counts, until the
/// store is opened again.
void BulkLoad::withdraw() {
  if (!announced_) return;
  announced_ = false;
  (void)loader_.writer_.erase(tables::meta, kReplacingKey);
}

base::Result<void> BulkLoad::check_set(const policy::Listing& listing) const {
  const auto& replaced = plan_.replaced;
  if (!replaced || (listing.reason == replaced->reason && listing.tenant == replaced->tenant)) return {};
  return base::invalid("belongs to " + describe({listing.reason, listing.tenant}) +
                       ", but the import replaces " + describe(*replaced));
}

base::Result<std::size_t> BulkLoad::set_index(policy::Reason reason, const std::string& tenant) {
  std::string key = set_key(reason, tenant);
  const auto known = target_of_.find(key);
  if (known != target_of_.end()) return known->second;
  SetName name{reason, tenant};
  std::uint64_t generation = generation_;
  if (!plan_.replaced) {
    // It stays what it is: only a load changes it, and this is the only one.
    const auto transaction = loader_.env_.read();
    if (!transaction) return tl::unexpected(transaction.error());
    const auto set = read_set(*transaction, name);
    if (!set) return tl::unexpected(set.error());
    generation = set->generation;
  }
  targets_.push_back({std::move(name), generation});
  return target_of_.emplace(std::move(key), targets_.size() - 1).first->second;
}

base::Result<void> BulkLoad::add(policy::Listing listing, std::uint64_t number) {
  if (auto fits = check_set(listing); !fits) return fits;
  const auto place = checked_place(listing, loader_.list_.keys());
  if (!place) return tl::unexpected(place.error());
  const auto places = places_of(*place, listing);
  if (!places) return tl::unexpected(places.error());
  const auto target = set_index(listing.reason, listing.tenant);
  if (!target) return tl::unexpected(target.error());
  if (listing.as_given.empty()) listing.as_given = place->address;
  for (const Place& one : *places) {
    const std::string record =
        format_record(one.key, {{listing_at(one, listing), targets_[*target].generation}});
    auto added = sorter_.add(sort_key(one), format_sorted({number, *target, record}));
    if (!added) return added;
  }
  loader_.taken_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

base::Result<std::vector<Place>> BulkLoad::places_of(const Place& place,
                                                     const policy::Listing& listing) const {
  if (!meets_hashes_ && !plan_.hashed) return std::vector<Place>{place};
  const auto transaction = loader_.env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  return loader_.list_.places_of_new(*transaction, place, listing.tenant, plan_.hashed);
}

/// Fills the chunk; returns how many records of it count.
base::Result<std::size_t> BulkLoad::read_chunk() {
  chunk_.resize(kChunk);
  for (std::size_t used = 0; used < kChunk; ++used) {
    const auto more = sorter_.next(chunk_[used]);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return used;
  }
  return kChunk;
}

/// Walks all sorted records once.
base::Result<void> BulkLoad::pass(bool writing, BulkTally& tally) {
  if (auto begun = sorter_.rewind(); !begun) return begun;
  BulkMerge merge(plan_.replaced ? std::optional(former_.generation) : std::nullopt);
  for (std::size_t used = kChunk; used == kChunk;) {
    if (loader_.stopping_) return base::fail(base::ErrorKind::unavailable, "the daemon is stopping");
    const auto read = read_chunk();
    if (!read) return tl::unexpected(read.error());
    used = *read;
    const auto merged = merge_chunk(merge, std::span(chunk_).first(used), writing);
    if (!merged) return tl::unexpected(merged.error());
    tally.add(*merged);
    if (writing || plan_.dry_run) loader_.done_ += used;
  }
  return {};
}

base::Result<BulkTally> BulkLoad::merge_chunk(BulkMerge& merge, std::span<const Sorter::Item> items,
                                              bool writing) {
  BulkTally tally;
  if (items.empty()) return tally;
  if (!writing) {
    const auto transaction = loader_.env_.read();
    if (!transaction) return tl::unexpected(transaction.error());
    const auto counted = merge.run(*transaction, nullptr, items, tally);
    if (!counted) return tl::unexpected(counted.error());
    return tally;
  }
  const auto written = loader_.writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    tally = {};  // it may run again
    auto merged = merge.run(transaction, &transaction, items, tally);
    // Others' writes share the transaction: half of ours must not be committed with them.
    if (merged) merged = index(transaction, items);
    if (!merged) return base::fail(base::ErrorKind::unavailable, merged.error().text);
    return plan_.replaced ? base::Result<void>{} : count_in(transaction, tally);
  });
  if (!written) return tl::unexpected(written.error());
  return tally;
}

/// For tenants that treat several addresses as one mailbox.
base::Result<void> BulkLoad::index(lmdb::WriteTransaction& transaction,
                                   std::span<const Sorter::Item> items) const {
  for (const Sorter::Item& item : items) {
    const auto sorted = parse_sorted(item.value);
    if (!sorted) return tl::unexpected(sorted.error());
    const std::string& tenant = targets_[sorted->target].name.tenant;
    if (tenant.empty()) continue;
    const auto place = place_of_sort_key(item.key);
    if (!place) return tl::unexpected(place.error());
    if (auto indexed = loader_.list_.folded().index(transaction, *place, tenant); !indexed) return indexed;
  }
  return {};
}

base::Result<void> BulkLoad::count_in(lmdb::WriteTransaction& transaction, const BulkTally& tally) const {
  Sets sets(transaction);
  for (std::size_t i = 0; i < tally.fresh.size(); ++i) {
    const auto set = sets.get(targets_[i].name.reason, targets_[i].name.tenant);
    if (!set) return tl::unexpected(set.error());
    (*set)->entries += tally.fresh[i];
  }
  return sets.write(transaction);
}

base::Result<BulkCounts> BulkLoad::run() {
  BulkTally tally;
  const bool survey = plan_.dry_run || plan_.replaced;
  if (auto passed = pass(!survey, tally); !passed) return tl::unexpected(passed.error());
  std::uint64_t fresh = std::accumulate(tally.fresh.begin(), tally.fresh.end(), std::uint64_t{0});
  if (plan_.replaced && meets_hashes_) {
    const auto hashed = count_hashed(loader_.env_, {*plan_.replaced, former_.generation});
    if (!hashed) return tl::unexpected(hashed.error());
    const std::uint64_t carried = *hashed - std::min(tally.kept_hashed, *hashed);
    fresh += carried;
    tally.kept += carried;
  }
  BulkCounts counts;
  counts.added = fresh - tally.kept;
  counts.changed = plan_.replaced ? tally.kept : tally.changed;
  counts.refused = tally.refused;
  counts.refusals = std::move(tally.refusals);
  if (!plan_.replaced) return counts;
  counts.removed = former_.entries - std::min(tally.kept, former_.entries);
  if (fresh < former_.entries - former_.entries / 2 && !plan_.may_shrink) {
    return base::fail(base::ErrorKind::limit, describe(*plan_.replaced) + " has " +
                                                  std::to_string(former_.entries) +
                                                  " listings and would have " + std::to_string(fresh) +
                                                  "; repeat with force=yes if that is intended");
  }
  if (plan_.dry_run) return counts;
  if (auto replaced = replace(); !replaced) return tl::unexpected(replaced.error());
  return counts;
}

/// Writes the new generation beside the former one, then makes it the current one atomically.
base::Result<void> BulkLoad::replace() {
  BulkTally tally;
  if (auto written = pass(true, tally); !written) return written;
  std::uint64_t fresh = std::accumulate(tally.fresh.begin(), tally.fresh.end(), std::uint64_t{0});
  if (meets_hashes_) {
    const auto carried =
        carry_hashed(loader_.env_, loader_.writer_, {*plan_.replaced, former_.generation}, generation_);
    if (!carried) return tl::unexpected(carried.error());
    fresh += *carried;
  }
  auto swapped = loader_.writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    const auto replacing = read_replacing(transaction);
    if (!replacing) return tl::unexpected(replacing.error());
    if (!*replacing) return base::fail(base::ErrorKind::unavailable, "the replacement was cancelled");
    const Set set{generation_, fresh + (*replacing)->added};
    return transaction
        .put(tables::sets, set_key(plan_.replaced->reason, plan_.replaced->tenant), format_set(set))
        .and_then([&] { return transaction.erase(tables::meta, kReplacingKey).map([](bool) {}); });
  });
  announced_ = announced_ && !swapped;
  return swapped;
}

}  // namespace signpost::store::list
