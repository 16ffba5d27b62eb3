#include "store/runtime_store.h"

#include <map>
#include <vector>

#include "store/key_store.h"
#include "store/list/records.h"
#include "store/tables.h"

namespace signpost::store {
namespace {

constexpr std::string_view kPause = "pause";
constexpr std::string_view kLimit = "limit";

std::string key_of(std::string_view kind, std::string_view name) {
  return std::string(kind).append(1, '\0').append(name);
}

/// True for the pairs of store/key_store, which shares the table.
bool is_key_progress(const lmdb::Transaction::Pair& pair) {
  return pair.key.starts_with(KeyStore::kPrefix);
}

/// Adds what the pair says to the overrides.
base::Result<void> read_pair(const lmdb::Transaction::Pair& pair, policy::limits::Overrides& overrides) {
  const std::size_t end = pair.key.find('\0');
  const std::string_view kind = pair.key.substr(0, end);
  const std::string name(end == std::string_view::npos ? "" : pair.key.substr(end + 1));
  if (kind == kPause) {
    auto pause = list::parse_pause(pair.value);
    if (!pause) return tl::unexpected(base::in_context("pause of tenant " + name, pause.error()));
    overrides.paused.emplace(name, std::move(*pause));
    return {};
  }
  if (kind == kLimit) {
    auto limit = list::parse_limit_override(pair.value);
    if (!limit) return tl::unexpected(base::in_context("changed limit " + name, limit.error()));
    overrides.limits.emplace(name, std::move(*limit));
    return {};
  }
  if (is_key_progress(pair)) return {};
  return base::fail(base::ErrorKind::corrupt, "store: an override has an unknown kind");
}

}  // namespace

base::Result<policy::limits::Overrides> RuntimeStore::load() const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  policy::limits::Overrides overrides;
  base::Result<void> read;
  const auto scanned = transaction->scan(tables::runtime, "", [&](const lmdb::Transaction::Pair& pair) {
    read = read_pair(pair, overrides);
    return read.has_value();
  });
  if (!scanned || !read) return tl::unexpected((scanned ? read : scanned).error());
  return overrides;
}

base::Result<void> RuntimeStore::save(const policy::limits::Overrides& overrides) {
  std::map<std::string, std::string> wanted;
  for (const auto& [tenant, pause] : overrides.paused)
    wanted[key_of(kPause, tenant)] = list::format_pause(pause);
  for (const auto& [limit, rates] : overrides.limits) {
    wanted[key_of(kLimit, limit)] = list::format_limit_override(rates);
  }
  for (const auto& [key, value] : wanted) {
    if (key.size() > lmdb::kMaxKeyBytes) return base::invalid("the name is too long");
  }
  return writer_.run([&](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    std::vector<std::string> gone;
    auto done = transaction.scan(tables::runtime, "", [&](const lmdb::Transaction::Pair& pair) {
      if (!is_key_progress(pair) && !wanted.contains(std::string(pair.key))) gone.emplace_back(pair.key);
      return true;
    });
    for (auto key = gone.begin(); done && key != gone.end(); ++key) {
      if (const auto erased = transaction.erase(tables::runtime, *key); !erased)
        return tl::unexpected(erased.error());
    }
    for (auto pair = wanted.begin(); done && pair != wanted.end(); ++pair) {
      done = transaction.put(tables::runtime, pair->first, pair->second);
    }
    return done;
  });
}

base::Result<void> RuntimeStore::pause(std::string_view tenant, const policy::limits::Pause& pause) {
  return put(kPause, tenant, list::format_pause(pause));
}
base::Result<bool> RuntimeStore::resume(std::string_view tenant) {
  return erase(kPause, tenant);
}

base::Result<void> RuntimeStore::set_limit(std::string_view limit,
                                           const policy::limits::LimitOverride& rates) {
  return put(kLimit, limit, list::format_limit_override(rates));
}
base::Result<bool> RuntimeStore::reset_limit(std::string_view limit) {
  return erase(kLimit, limit);
}

base::Result<void> RuntimeStore::put(std::string_view kind, std::string_view name, const std::string& value) {
  const std::string key = key_of(kind, name);
  if (key.size() > lmdb::kMaxKeyBytes) return base::invalid("the name is too long");
  return writer_.run(
      [&](lmdb::WriteTransaction& transaction) { return transaction.put(tables::runtime, key, value); });
}

base::Result<bool> RuntimeStore::erase(std::string_view kind, std::string_view name) {
  return writer_.erase(tables::runtime, key_of(kind, name));
}

}  // namespace signpost::store
