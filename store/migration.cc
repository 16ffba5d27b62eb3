#include "store/migration.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "store/list/listing_table.h"
#include "store/tables.h"

namespace signpost::store {
namespace {

constexpr std::size_t kRecordsATransaction = 1000;

/// Two entries for one reason, scope and generation become one.
base::Result<void> merge(list::Sets& sets, std::vector<list::Entry>& kept, list::Entry entry) {
  const auto same = std::find_if(kept.begin(), kept.end(), [&](const list::Entry& other) {
    return other.generation == entry.generation && list::same_scope(other.listing, entry.listing);
  });
  if (same == kept.end()) {
    kept.push_back(std::move(entry));
    return {};
  }
  same->listing.until = list::later_end(same->listing.until, entry.listing.until);
  same->listing.since = std::min(same->listing.since, entry.listing.since);
  return sets.forget_entry(entry);
}

base::Result<void> move_record(lmdb::WriteTransaction& transaction, list::Sets& sets, const list::Place& from,
                               const list::Place& to, const std::string& bytes) {
  auto entries = list::read_entries(from, bytes);
  auto kept = list::read_record(transaction, to);
  if (!entries || !kept) {
    return transaction.put(to.table, to.key, bytes).and_then([&] {
      return list::write_record(transaction, from, {});
    });
  }
  for (list::Entry& entry : *entries) {
    entry.listing.address = to.address;
    if (auto merged = merge(sets, *kept, std::move(entry)); !merged) return merged;
  }
  return list::write_record(transaction, to, *kept).and_then([&] {
    return list::write_record(transaction, from, {});
  });
}

/// The share of one transaction, from the key `from` on. Returns the key from which to continue; nullopt at the end.
base::Result<std::optional<std::string>> rekey_some(lmdb::WriteTransaction& transaction,
                                                    const std::string& from) {
  std::optional<std::string> next;
  std::vector<std::pair<std::string, std::string>> moving;
  std::size_t records = 0;
  const auto scanned = transaction.scan(tables::addresses, from, [&](const lmdb::Transaction::Pair& pair) {
    if (records++ == kRecordsATransaction) {
      next = std::string(pair.key);
      return false;
    }
    const auto address = list::parse_address_key(pair.key);
    if (address && list::address_key(*address) != pair.key) moving.emplace_back(pair.key, pair.value);
    return true;
  });
  if (!scanned) return tl::unexpected(scanned.error());
  list::Sets sets(transaction);
  for (const auto& [key, bytes] : moving) {
    const mail::Address address = *list::parse_address_key(key);
    const list::Place old{tables::addresses, key, mail::format_address(address)};
    if (auto moved = move_record(transaction, sets, old, list::place_of(address), bytes); !moved)
      return tl::unexpected(moved.error());
  }
  if (auto written = moving.empty() ? base::Result<void>{} : sets.write(transaction); !written)
    return tl::unexpected(written.error());
  return next;
}

}  // namespace

base::Result<void> rekey_addresses(lmdb::Env& env) {
  for (std::optional<std::string> from = ""; from;) {
    std::optional<std::string> next;
    const auto done = env.write([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
      auto some = rekey_some(transaction, *from);
      if (!some) return tl::unexpected(some.error());
      next = std::move(*some);
      return {};
    });
    if (!done) return done;
    from = std::move(next);
  }
  return {};
}

}  // namespace signpost::store
