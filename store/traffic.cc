// Also the part of HitStore that counts by provider.
#include "store/traffic.h"

#include "store/hit_store.h"
#include "store/list/records.h"
#include "store/tables.h"

namespace signpost::store {

void add_to(policy::limits::TrafficSums& sums, const ProviderCounter& counter, std::uint64_t times) {
  switch (counter.what) {
    case Counted::recipient:
      sums.sent += times;
      break;
    case Counted::delivered:
      sums.delivered += times;
      break;
    case Counted::undelivered:
      sums.undelivered += times;
      break;
    case Counted::bounce_hard:
      sums.hard += times;
      break;
    case Counted::bounce_soft:
      sums.soft += times;
      break;
    case Counted::bounce_block:
      sums.block += times;
      sums.blocked_for[counter.reason] += times;
      break;
    case Counted::complaint:
      sums.complaints += times;
      break;
    case Counted::unsubscribe:
      sums.unsubscribes += times;
      break;
    case Counted::refusal:
      sums.refusals += times;
      sums.refused_for[counter.reason] += times;
      break;
    default:
      break;
  }
}

base::Result<void> HitStore::visit_providers(
    std::uint32_t tenant, std::uint32_t from_hour, std::uint32_t to_hour,
    const std::function<void(const ProviderCounter& counter, std::uint64_t times)>& visit) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  const std::string prefix = provider_prefix(tenant);
  base::Result<void> result;
  const auto scanned = transaction->scan(tables::hits, provider_prefix(tenant, from_hour),
                                         [&](const lmdb::Transaction::Pair& pair) {
                                           if (!pair.key.starts_with(prefix)) return false;
                                           const auto counter = parse_provider_key(pair.key);
                                           if (!counter) result = tl::unexpected(counter.error());
                                           if (!counter || counter->hour > to_hour) return false;
                                           visit(*counter, list::parse_number_record(pair.value).value_or(0));
                                           return true;
                                         });
  return scanned ? result : scanned;
}

void HitStore::add_to_totals(const ProviderCounts& counts) {
  base::MutexLock lock(mutex_);
  for (const auto& [counter, times] : counts) add_to(totals_[counter.provider], counter, times);
}

ProviderTotals HitStore::provider_totals() const {
  base::MutexLock lock(mutex_);
  return totals_;
}

base::Result<policy::limits::TrafficTable> StoredTraffic::traffic(
    const policy::limits::TrafficQuery& query) const {
  policy::limits::TrafficTable table;
  const auto read = hits_.visit_providers(query.tenant, hour_of(query.from), hour_of(query.to),
                                          [&](const ProviderCounter& counter, std::uint64_t times) {
                                            if (query.stream && *query.stream != counter.stream) return;
                                            if (query.provider && *query.provider != counter.provider) return;
                                            add_to(table[{counter.stream, counter.provider}], counter, times);
                                          });
  if (!read) return tl::unexpected(read.error());
  return table;
}

}  // namespace signpost::store
