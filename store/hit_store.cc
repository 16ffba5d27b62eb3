#include "store/hit_store.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "store/list/opt_outs.h"
#include "store/list/records.h"
#include "store/soft_scores.h"
#include "store/tables.h"

namespace signpost::store {
namespace {

constexpr std::size_t kSweep = 2000;  ///< keys visited in one call

std::string mark_key(std::string_view segment) {
  return "m" + std::string(segment);
}

base::Result<std::uint64_t> read_number(const lmdb::Transaction& transaction, std::string_view key) {
  const auto bytes = transaction.get(tables::hits, key);
  if (!bytes) return tl::unexpected(bytes.error());
  return *bytes ? list::parse_number_record(**bytes) : base::Result<std::uint64_t>(0);
}

std::string key_of(const Counter& counter) {
  return format_counter_key(counter);
}
std::string key_of(const StreamCounter& counter) {
  return format_stream_key(counter);
}
std::string key_of(const ProviderCounter& counter) {
  return format_provider_key(counter);
}

base::Result<void> add_counts(lmdb::WriteTransaction& transaction, const auto& counts) {
  for (const auto& [counter, times] : counts) {
    const std::string key = key_of(counter);
    // A damaged counter starts from zero: it must not delay what people asked for.
    const std::uint64_t before = read_number(transaction, key).value_or(0);
    if (auto put = transaction.put(tables::hits, key, list::format_number(before + times)); !put) return put;
  }
  return {};
}

base::Result<void> take_back_counts(lmdb::WriteTransaction& transaction, const auto& counts) {
  for (const auto& [counter, times] : counts) {
    const std::string key = key_of(counter);
    const std::uint64_t before = read_number(transaction, key).value_or(0);
    if (before > times) {
      if (auto put = transaction.put(tables::hits, key, list::format_number(before - times)); !put)
        return put;
    } else if (auto erased = transaction.erase(tables::hits, key); !erased) {
      return tl::unexpected(erased.error());
    }
  }
  return {};
}

/// Whether the whole commit must be given up for that error, rather than this change alone.
bool must_wait(const base::Error& error, const Changes& changes) {
  return error.kind == base::ErrorKind::unavailable ||
         (changes.waits_for_damaged && error.kind == base::ErrorKind::corrupt);
}
tl::unexpected<base::Error> unavailable(base::Error error) {
  return base::fail(base::ErrorKind::unavailable, std::move(error.text));
}

/// Calls `visit` for every pair from `from` on whose key begins with `prefix`.
base::Result<void> scan_prefix(
    const lmdb::Transaction& transaction, const std::string& prefix, const std::string& from,
    const std::function<base::Result<void>(const lmdb::Transaction::Pair&)>& visit) {
  base::Result<void> result;
  const auto scanned = transaction.scan(tables::hits, from, [&](const lmdb::Transaction::Pair& pair) {
    if (!pair.key.starts_with(prefix)) return false;
    result = visit(pair);
    return result.has_value();
  });
  return scanned ? result : scanned;
}

base::Result<bool> is_uncounted(const lmdb::Transaction& transaction, std::uint32_t tenant,
                                std::string_view campaign) {
  const std::string prefix = campaign_prefix('c', tenant, campaign);
  bool counted = false;
  const auto scanned = transaction.scan(tables::hits, prefix, [&](const lmdb::Transaction::Pair& pair) {
    counted = pair.key.starts_with(prefix);
    return false;
  });
  if (!scanned) return tl::unexpected(scanned.error());
  return !counted;
}

/// True for a counter of an hour before `hour`; and for a link's target, or a layout from before `hour`, of a
/// campaign that has no counter left. What cannot be read is old.
base::Result<bool> is_old(const lmdb::Transaction& transaction, const lmdb::Transaction::Pair& pair,
                          std::uint32_t hour, std::uint32_t reports) {
  if (pair.key.starts_with('c')) {
    const auto counter = parse_counter_key(pair.key);
    return !counter || counter->hour < hour;
  }
  if (pair.key.starts_with('r')) {
    const auto counter = parse_stream_key(pair.key);
    return !counter || counter->hour < hour;
  }
  if (pair.key.starts_with('v')) {
    const auto counter = parse_provider_key(pair.key);
    return !counter || counter->hour < hour;
  }
  if (pair.key.starts_with('p')) {
    const auto name = parse_place_key(pair.key);
    return name ? is_uncounted(transaction, name->tenant, name->campaign) : true;
  }
  if (pair.key.starts_with('q')) {
    const auto score = parse_score(pair.value);
    return !score || hour_of(score->at) < hour;
  }
  if (pair.key.starts_with(mark_key(kReportMark)))
    return list::parse_number_record(pair.value).value_or(0) < std::min(hour, reports);
  if (pair.key.starts_with('s')) {
    const auto name = parse_picture_key(pair.key);
    const auto picture = list::parse_picture(pair.value);
    if (!name || !picture) return true;
    return picture->hour < hour ? is_uncounted(transaction, name->tenant, name->campaign) : false;
  }
  return false;
}

std::uint64_t number_or_zero(std::string_view value) {
  return list::parse_number_record(value).value_or(0);
}

/// All pairs whose keys begin with `prefix`.
template <class Map, class ParseKey, class ParseValue>
base::Result<Map> read_all(lmdb::Env& env, const std::string& prefix, ParseKey parse_key,
                           ParseValue parse_value) {
  const auto transaction = env.read();
  if (!transaction) return tl::unexpected(transaction.error());
  Map found;
  const auto scanned = scan_prefix(*transaction, prefix, prefix,
                                   [&](const lmdb::Transaction::Pair& pair) -> base::Result<void> {
                                     auto key = parse_key(pair.key);
                                     if (!key) return tl::unexpected(key.error());
                                     found[std::move(*key)] = parse_value(pair.value);
                                     return {};
                                   });
  if (!scanned) return tl::unexpected(scanned.error());
  return found;
}

}  // namespace

base::Result<std::uint64_t> HitStore::mark(std::string_view source) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  return read_number(*transaction, mark_key(source));
}

base::Result<ChangesOutcome> HitStore::commit(const ReadMark& mark, const Changes& changes) {
  ChangesOutcome outcome;
  const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    outcome = {};
    const auto read = read_number(transaction, mark_key(mark.source));
    if (!read) return tl::unexpected(read.error());
    if (*read != mark.from)
      return base::invalid(mark.source + " was read up to " + std::to_string(*read) + ", not to " +
                           std::to_string(mark.from));
    list::Sets sets(transaction);
    const auto apply = [&](std::size_t at_change) -> base::Result<void> {
      const auto& [listing, undo] = changes.listings[at_change];
      base::Result<void> done;
      if (undo) {
        done = list::undo_opt_out(transaction, sets, list_, listing);
      } else {
        done = list::add_opt_out(transaction, sets, list_, listing).map([&](bool fresh) {
          if (fresh) outcome.fresh.push_back(at_change);
        });
      }
      if (!done && must_wait(done.error(), changes)) return unavailable(std::move(done).error());
      if (!done) outcome.refused.emplace_back(listing.address, std::move(done).error());
      return {};
    };
    for (std::size_t i = 0; i < changes.listings.size(); ++i) {
      if (auto done = apply(i); !done) return done;
    }
    for (std::size_t i = 0; i < changes.soft_bounces.size(); ++i) {
      const SoftBounce& bounce = changes.soft_bounces[i];
      auto is_due = add_to_score(transaction, bounce);
      if (is_due && *is_due)
        is_due = list::add_opt_out(transaction, sets, list_, bounce.listing).map([&](bool) {
          outcome.due.push_back(i);
          return true;
        });
      if (!is_due && must_wait(is_due.error(), changes)) return unavailable(is_due.error());
      if (!is_due) outcome.refused.emplace_back(bounce.listing.address, is_due.error());
    }
    for (std::size_t i = 0; i < changes.withdrawals.size(); ++i) {
      const Withdrawal& one = changes.withdrawals[i];
      const auto gone = list::withdraw(transaction, sets, list_, one.listing);
      if (!gone && gone.error().kind == base::ErrorKind::unavailable) return unavailable(gone.error());
      if (gone && *gone) outcome.withdrawn.push_back(i);
      if (auto done = take_back_counts(transaction, ProviderCounts{{one.was, 1}}); !done) return done;
      if (auto done = add_counts(transaction, ProviderCounts{{one.is, 1}}); !done) return done;
    }
    for (const Reached& one : changes.reached) {
      if (auto done = note_reached(transaction, one); !done) return done;
    }
    if (auto done = sets.write(transaction); !done) return done;
    for (const auto& [name, place] : changes.places) {
      if (auto put = transaction.put(tables::hits, format_place_key(name), place); !put) return put;
    }
    if (auto done = add_counts(transaction, changes.counts); !done) return done;
    if (auto done = add_counts(transaction, changes.streams); !done) return done;
    if (auto done = add_counts(transaction, changes.providers); !done) return done;
    if (auto done = take_back_counts(transaction, changes.taken_back); !done) return done;
    if (auto done = take_back_counts(transaction, changes.streams_taken_back); !done) return done;
    return transaction.put(tables::hits, mark_key(mark.source), list::format_number(mark.to));
  });
  if (!written) return tl::unexpected(written.error());
  add_to_totals(changes.providers);
  // Totals since the start only grow, so what was counted wrongly stays counted there.
  for (const Withdrawal& one : changes.withdrawals) add_to_totals({{one.is, 1}});
  return outcome;
}

base::Result<void> HitStore::remember_tenants(const std::map<std::uint32_t, std::string>& names) {
  std::map<std::uint32_t, std::string> fresh;
  for (const auto& [id, name] : names) {
    const auto known = tenant_name(id);
    if (!known) return tl::unexpected(known.error());
    if (*known != name) fresh.emplace(id, name);
  }
  if (fresh.empty()) return {};
  return writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    for (const auto& [id, name] : fresh) {
      if (auto put = transaction.put(tables::hits, format_tenant_key(id), name); !put) return put;
    }
    return {};
  });
}

base::Result<std::string> HitStore::tenant_name(std::uint32_t id) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  return transaction->get(tables::hits, format_tenant_key(id)).map([](const auto& name) {
    return std::string(name.value_or(std::string_view()));
  });
}

base::Result<std::map<std::uint32_t, policy::SoftScore>> HitStore::soft_scores(
    std::string_view address) const {
  return read_all<std::map<std::uint32_t, policy::SoftScore>>(
      env_, format_score_key(address, std::nullopt), parse_score_tenant,
      [](std::string_view value) { return parse_score(value).value_or(policy::SoftScore{}); });
}

base::Result<std::uint64_t> HitStore::erase_soft_scores(std::string_view address) {
  const auto scores = soft_scores(address);
  if (!scores) return tl::unexpected(scores.error());
  if (scores->empty()) return 0;
  const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    for (const auto& [tenant, score] : *scores) {
      const auto erased = transaction.erase(tables::hits, format_score_key(address, tenant));
      if (!erased) return tl::unexpected(erased.error());
    }
    return {};
  });
  if (!written) return tl::unexpected(written.error());
  return scores->size();
}

base::Result<void> HitStore::forget(std::string_view source) {
  return writer_.erase(tables::hits, mark_key(source)).map([](bool) {});
}

base::Result<void> HitStore::add(const Counts& counts, const StreamCounts& streams,
                                 const ProviderCounts& providers) {
  auto written = writer_.run([&](lmdb::WriteTransaction& transaction) {
    return add_counts(transaction, counts)
        .and_then([&] { return add_counts(transaction, streams); })
        .and_then([&] { return add_counts(transaction, providers); });
  });
  if (written) add_to_totals(providers);
  return written;
}

base::Result<std::vector<std::string>> HitStore::campaigns(std::uint32_t tenant,
                                                           const std::optional<std::string>& after,
                                                           std::size_t limit) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  const std::string all = campaign_prefix('c', tenant, "");
  const std::string_view of_tenant = std::string_view(all).substr(0, all.size() - 1);  // without the NUL
  // Behind all keys of a campaign: its name, and what is one more than the NUL behind it.
  const auto behind = [&](std::string_view name) {
    return std::string(of_tenant).append(name).append(1, '\1');
  };
  std::vector<std::string> names;
  std::string from = after ? behind(*after) : all;
  while (names.size() < limit) {
    std::optional<std::string> found;
    base::Result<void> result;
    const auto scanned = transaction->scan(tables::hits, from, [&](const lmdb::Transaction::Pair& pair) {
      if (!pair.key.starts_with(of_tenant)) return false;
      auto counter = parse_counter_key(pair.key);
      if (counter)
        found = std::move(counter->campaign);
      else
        result = tl::unexpected(counter.error());
      return false;
    });
    if (!scanned) return tl::unexpected(scanned.error());
    if (!result) return tl::unexpected(result.error());
    if (!found) break;
    from = behind(*found);
    names.push_back(std::move(*found));
  }
  return names;
}

base::Result<Counts> HitStore::counts(std::uint32_t tenant, std::string_view campaign) const {
  return read_all<Counts>(env_, campaign_prefix('c', tenant, campaign), parse_counter_key, number_or_zero);
}

base::Result<StreamCounts> HitStore::streams(std::uint32_t tenant, std::string_view campaign) const {
  return read_all<StreamCounts>(env_, campaign_prefix('r', tenant, campaign), parse_stream_key,
                                number_or_zero);
}

base::Result<std::map<LinkName, std::string>> HitStore::places(std::uint32_t tenant,
                                                               std::string_view campaign) const {
  return read_all<std::map<LinkName, std::string>>(env_, campaign_prefix('p', tenant, campaign),
                                                   parse_place_key,
                                                   [](std::string_view value) { return std::string(value); });
}

base::Result<std::uint64_t> HitStore::recipients(std::uint32_t tenant, std::string_view campaign) const {
  return counts(tenant, campaign).map([](const Counts& counts) {
    std::uint64_t recipients = 0;
    for (const auto& [counter, times] : counts) recipients += counter.what == Counted::recipient ? times : 0;
    return recipients;
  });
}

base::Result<std::string> HitStore::sweep(std::uint32_t hour, const std::string& from,
                                          std::optional<std::uint32_t> reports) {
  std::vector<std::string> gone;
  std::string next;
  {
    const auto transaction = env_.read();
    if (!transaction) return tl::unexpected(transaction.error());
    std::size_t seen = 0;
    base::Result<void> result;
    const auto scanned = transaction->scan(tables::hits, from, [&](const lmdb::Transaction::Pair& pair) {
      if (seen++ == kSweep) {
        next = pair.key;
        return false;
      }
      const auto old = is_old(*transaction, pair, hour, reports.value_or(hour));
      if (!old) result = tl::unexpected(old.error());
      if (old && *old) gone.emplace_back(pair.key);
      return old.has_value();
    });
    if (!scanned || !result) return tl::unexpected((scanned ? result : scanned).error());
  }
  if (gone.empty()) return next;
  const auto written = writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    for (const std::string& key : gone) {
      if (auto erased = transaction.erase(tables::hits, key); !erased) return tl::unexpected(erased.error());
    }
    return {};
  });
  if (!written) return tl::unexpected(written.error());
  return next;
}

}  // namespace signpost::store
