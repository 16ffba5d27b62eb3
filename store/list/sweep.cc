#include "store/list/sweep.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "policy/settings.h"
#include "store/list/listing_table.h"
#include "store/list/suppression_store.h"
#include "store/tables.h"

namespace signpost::store::list {
namespace {

constexpr std::size_t kRecordsASlice = 1000;

/// The table to visit after this one; nullopt after the last.
std::optional<lmdb::Table> next_table(lmdb::Table table) {
  if (table == tables::domains) return tables::addresses;
  if (table == tables::addresses) return tables::hashed;
  if (table == tables::hashed) return tables::folded;
  return std::nullopt;
}

bool has_ended(const policy::Listing& listing, base::Wall before) {
  return listing.until && *listing.until <= before && (!listing.trial || *listing.trial <= before);
}

/// Removes the entries that no longer count. Returns how many.
base::Result<std::uint64_t> prune(Sets& sets, std::vector<Entry>& entries, base::Wall ended_before) {
  const std::size_t before = entries.size();
  if (auto pruned = sets.prune(entries, true); !pruned) return tl::unexpected(pruned.error());
  std::vector<Entry> kept;
  for (Entry& entry : entries) {
    if (!has_ended(entry.listing, ended_before)) {
      kept.push_back(std::move(entry));
    } else if (auto counted = sets.forget_entry(entry); !counted) {
      return tl::unexpected(counted.error());
    }
  }
  entries = std::move(kept);
  return before - entries.size();
}

base::Result<std::uint64_t> clean_record(lmdb::WriteTransaction& transaction, Sets& sets, const Place& place,
                                         base::Wall ended_before) {
  auto entries = read_record(transaction, place);
  if (!entries)
    return entries.error().kind == base::ErrorKind::corrupt
               ? 0
               : base::Result<std::uint64_t>(tl::unexpected(entries.error()));
  const bool was_empty = entries->empty();
  auto removed = prune(sets, *entries, ended_before);
  if (!removed || (*removed == 0 && !was_empty)) return removed;
  return write_record(transaction, place, *entries).map([&] { return *removed; });
}

}  // namespace

/// Whether an index row leads to a listing of its tenant, and folds as the tenant does.
base::Result<bool> Sweep::is_wanted(const lmdb::Transaction& transaction,
                                    const lmdb::Transaction::Pair& row) const {
  const auto key = parse_folded_key(row.key);
  const auto address = address_at(tables::addresses, row.value);
  if (!key || !address) return false;
  const auto entries = read_record(transaction, {tables::addresses, std::string(row.value), *address});
  if (!entries)
    return entries.error().kind == base::ErrorKind::corrupt ? base::Result<bool>(true)
                                                            : tl::unexpected(entries.error());
  return std::any_of(entries->begin(), entries->end(), [&](const Entry& entry) {
    const std::string& tenant = entry.listing.tenant;
    return policy::tenant_id(tenant) == key->tenant && list_.folded().folds_as(tenant, key->folds);
  });
}

base::Result<std::uint64_t> Sweep::clean(lmdb::WriteTransaction& transaction,
                                         const std::vector<std::string>& keys,
                                         base::Wall ended_before) const {
  std::uint64_t removed = 0;
  Sets sets(transaction);
  for (const std::string& key : keys) {
    base::Result<std::uint64_t> one = 0;
    if (table_ == tables::folded) {
      one = transaction.erase(table_, key).map([](bool was_there) -> std::uint64_t {
        return was_there ? 1 : 0;
      });
    } else if (const auto address = address_at(table_, key)) {
      one = clean_record(transaction, sets, {table_, key, *address}, ended_before);
    }
    if (!one) return one;
    removed += *one;
  }
  const auto written = sets.write(transaction);
  if (!written) return tl::unexpected(written.error());
  return removed;
}

base::Result<std::vector<std::string>> Sweep::look(const lmdb::Transaction& transaction,
                                                   base::Wall ended_before,
                                                   std::optional<std::string>& next) const {
  std::vector<std::string> found;
  Sets sets(transaction);
  base::Result<void> read;
  std::size_t records = 0;
  const auto scanned = transaction.scan(table_, from_, [&](const lmdb::Transaction::Pair& pair) {
    if (records++ == kRecordsASlice) {
      next = std::string(pair.key);
      return false;
    }
    base::Result<bool> garbage = false;
    if (table_ == tables::folded) {
      garbage = is_wanted(transaction, pair).map([](bool wanted) { return !wanted; });
    } else if (auto entries = parse_record(pair.key, "", pair.value)) {
      garbage = prune(sets, *entries, ended_before).map([&](std::uint64_t count) {
        return count > 0 || entries->empty();
      });
    }
    if (!garbage) read = tl::unexpected(garbage.error());
    if (garbage && *garbage) found.emplace_back(pair.key);
    return read.has_value();
  });
  if (!scanned || !read) return tl::unexpected((scanned ? read : scanned).error());
  return found;
}

base::Result<Sweep::Done> Sweep::slice(base::Wall ended_before) {
  std::optional<std::string> next;
  std::vector<std::string> keys;
  {
    const auto transaction = env_.read();
    if (!transaction) return tl::unexpected(transaction.error());
    auto found = look(*transaction, ended_before, next);
    if (!found) return tl::unexpected(found.error());
    keys = std::move(*found);
  }
  Done done;
  if (!keys.empty()) {
    const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
      const auto removed = clean(transaction, keys, ended_before);
      if (!removed) return tl::unexpected(removed.error());
      done.removed = *removed;
      return {};
    });
    if (!written) return tl::unexpected(written.error());
  }
  if (next) {
    from_ = std::move(*next);
    return done;
  }
  const auto table = next_table(table_);
  done.at_end = !table;
  table_ = table.value_or(tables::domains);
  from_.clear();
  return done;
}

}  // namespace signpost::store::list
