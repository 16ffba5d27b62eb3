#include "store/list/folding_index.h"

#include <algorithm>
#include <utility>

#include "store/tables.h"

namespace signpost::store::list {
namespace {

constexpr std::size_t kRecordsATransaction = 1000;
constexpr std::string_view kMadeFor = "folds";  ///< in meta: the foldings for which the index was made

}  // namespace

std::shared_ptr<const Foldings> FoldingIndex::now() const {
  return in_force().now;
}

FoldingIndex::InForce FoldingIndex::in_force() const {
  base::MutexLock lock(mutex_);
  return in_force_;
}

void FoldingIndex::set(InForce next) {
  base::MutexLock lock(mutex_);
  in_force_ = std::move(next);
}

bool FoldingIndex::folds_as(std::string_view tenant, mail::Folds folds) const {
  const InForce both = in_force();
  return both.now->of(tenant) == folds || (both.coming && both.coming->of(tenant) == folds);
}

std::vector<mail::Folds> FoldingIndex::ways_of(std::string_view tenant) const {
  const InForce both = in_force();
  std::vector<mail::Folds> ways = {both.now->of(tenant)};
  if (both.coming && both.coming->of(tenant) != ways.front()) ways.push_back(both.coming->of(tenant));
  std::erase_if(ways, [](mail::Folds folds) { return !folds.any(); });
  return ways;
}

/// Asked within the transaction, so that a change of the foldings misses no listing.
base::Result<void> FoldingIndex::index(lmdb::WriteTransaction& transaction, const Place& place,
                                       std::string_view tenant) const {
  const InForce both = in_force();
  auto indexed = index_folded(transaction, place, tenant, *both.now);
  return indexed && both.coming ? index_folded(transaction, place, tenant, *both.coming) : indexed;
}

/// For the tenants that had an entry there before and have none now.
base::Result<void> FoldingIndex::unindex(lmdb::WriteTransaction& transaction, const Place& place,
                                         const std::vector<Entry>& before) const {
  const auto after = read_record(transaction, place);
  if (!after) return tl::unexpected(after.error());
  const InForce both = in_force();
  for (const Entry& gone : before) {
    const std::string& tenant = gone.listing.tenant;
    const bool stays = std::any_of(after->begin(), after->end(),
                                   [&](const Entry& entry) { return entry.listing.tenant == tenant; });
    if (stays) continue;
    auto unindexed = unindex_folded(transaction, place, tenant, *both.now);
    if (unindexed && both.coming) unindexed = unindex_folded(transaction, place, tenant, *both.coming);
    if (!unindexed) return unindexed;
  }
  return {};
}

/// The key from which to continue; nullopt at the end.
base::Result<std::optional<std::string>> FoldingIndex::index_some(lmdb::WriteTransaction& transaction,
                                                                  const std::string& from) const {
  std::optional<std::string> next;
  std::vector<std::pair<Place, std::string>> listed;
  std::size_t records = 0;
  const auto scanned = transaction.scan(tables::addresses, from, [&](const lmdb::Transaction::Pair& pair) {
    if (records++ == kRecordsATransaction) {
      next = std::string(pair.key);
      return false;
    }
    const auto entries = parse_record(pair.key, "", pair.value);
    for (std::size_t i = 0; entries && i < entries->size(); ++i)
      listed.emplace_back(Place{tables::addresses, std::string(pair.key), ""}, (*entries)[i].listing.tenant);
    return true;
  });
  if (!scanned) return tl::unexpected(scanned.error());
  for (const auto& [place, tenant] : listed) {
    if (auto indexed = index(transaction, place, tenant); !indexed) return tl::unexpected(indexed.error());
  }
  return next;
}

base::Result<void> FoldingIndex::use(Foldings wanted) {
  const auto coming = std::make_shared<const Foldings>(std::move(wanted));
  std::string made_for;
  {
    const auto transaction = env_.read();
    if (!transaction) return tl::unexpected(transaction.error());
    const auto bytes = transaction->get(tables::meta, kMadeFor);
    if (!bytes) return tl::unexpected(bytes.error());
    made_for = bytes->value_or("");
  }
  if (made_for != coming->format()) {
    set({in_force().now, coming});
    for (std::optional<std::string> from = ""; from;) {
      std::optional<std::string> next;
      const auto done = env_.write([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
        auto some = index_some(transaction, *from);
        if (!some) return tl::unexpected(some.error());
        next = std::move(*some);
        return next ? base::Result<void>{} : transaction.put(tables::meta, kMadeFor, coming->format());
      });
      if (!done) {
        set({in_force().now, nullptr});
        return done;
      }
      from = std::move(next);
    }
  }
  set({coming, nullptr});
  return {};
}

}  // namespace signpost::store::list
