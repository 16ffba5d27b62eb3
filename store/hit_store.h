// Counts of recipients reached, clicks, opens and unsubscribes, by hour, tenant, campaign and link; of deliveries and of what
// came back, by hour, tenant, stream and provider; and how far each source of these was read. daemon/ingest decides what
// counts as what; store/hit_keys spells the keys. Holds no address.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "store/changes.h"
#include "store/hit_keys.h"
#include "store/list/suppression_store.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"
#include "store/traffic.h"

namespace signpost::store {

/// Thread-safe. Writes are on disk when they return.
class HitStore {
 public:
  HitStore(lmdb::Env& env, lmdb::Writer& writer, const list::SuppressionStore& list)
      : env_(env), writer_(writer), list_(list) {}

  /// How far a source was read; 0 for one never seen.
  base::Result<std::uint64_t> mark(std::string_view source) const;
  /// Commits all changes together with the mark, so that each fact counts exactly once. Error `invalid`, and
  /// nothing is done, if the source was not read up to `mark.from`. An unsubscribe that is already listed keeps its
  /// `since`, and the `by` and `note` of another who listed it. An undo removes the entry that a link made at the
  /// moment that the undo names, or up to track::kUndoTime before (unsubscribing twice makes only one entry). A soft
  /// withdrawal takes back what a report did. A soft
  /// bounce adds to the score of its address; once that is due, the address is listed, and the score begins anew.
  base::Result<ChangesOutcome> commit(const ReadMark& mark, const Changes& changes);
  /// Stores the names of tenants by their ids, so that links of a tenant that is no longer configured still find
  /// it. Writes only what is new.
  base::Result<void> remember_tenants(const std::map<std::uint32_t, std::string>& names);
  /// Empty if it was never stored.
  base::Result<std::string> tenant_name(std::uint32_t id) const;

  /// The scores of soft bounces of an address (its canonical key), by tenant; and erasing them. Returns how many there
  /// were.
  base::Result<std::map<std::uint32_t, policy::SoftScore>> soft_scores(std::string_view address) const;
  base::Result<std::uint64_t> erase_soft_scores(std::string_view address);

  /// Forgets the mark of a source that no longer exists.
  base::Result<void> forget(std::string_view source);

  /// Adds to counters, without a mark.
  base::Result<void> add(const Counts& counts, const StreamCounts& streams = {},
                         const ProviderCounts& providers = {});

  /// The names of at most `limit` campaigns of one tenant that have counters, in byte order, behind `after` (nullopt:
  /// from the first). Looks each up once, however many counters it has.
  base::Result<std::vector<std::string>> campaigns(std::uint32_t tenant,
                                                   const std::optional<std::string>& after,
                                                   std::size_t limit) const;
  /// All counters of a campaign of one tenant, in the order of hours.
  base::Result<Counts> counts(std::uint32_t tenant, std::string_view campaign) const;
  base::Result<StreamCounts> streams(std::uint32_t tenant, std::string_view campaign) const;
  /// Visits what a tenant's mail met at each provider, in the order of hours, both included. Looks at no older counter.
  base::Result<void> visit_providers(
      std::uint32_t tenant, std::uint32_t from_hour, std::uint32_t to_hour,
      const std::function<void(const ProviderCounter& counter, std::uint64_t times)>& visit) const;
  /// What was counted by provider since this object was made, of all tenants. Asks no disk.
  ProviderTotals provider_totals() const;
  base::Result<std::map<LinkName, std::string>> places(std::uint32_t tenant, std::string_view campaign) const;
  /// How many recipients it reached.
  base::Result<std::uint64_t> recipients(std::uint32_t tenant, std::string_view campaign) const;

  /// Visits some keys from `from` on ("": the first) and removes counters of hours before `hour`, and the link
  /// targets and layouts (unless they are younger) of campaigns that have no counter left. Returns the key from
  /// which to continue; empty at the end.
  /// The marks of reports go only if they are from before `reports` too (absent: `hour`).
  base::Result<std::string> sweep(std::uint32_t hour, const std::string& from,
                                  std::optional<std::uint32_t> reports = std::nullopt);

 private:
  void add_to_totals(const ProviderCounts& counts);

  lmdb::Env& env_;
  lmdb::Writer& writer_;
  const list::SuppressionStore& list_;
  mutable base::Mutex mutex_;
  ProviderTotals totals_ GUARDED_BY(mutex_);
};

}  // namespace signpost::store
