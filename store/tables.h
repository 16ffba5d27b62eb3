// The tables of the store's one LMDB file: the name and the contents of each. store/lmdb knows them only by their
// place in the list.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "store/lmdb/env.h"

namespace signpost::store {

/// In the order of their places. Add new ones at the end.
inline constexpr std::array<std::string_view, 10> kTableNames = {
    "meta", "addresses", "domains", "sets", "hashed", "runtime", "links", "folded", "hits", "held"};
static_assert(kTableNames.size() <= lmdb::kMaxTables);

namespace tables {

/// The place of a name in kTableNames; a name that is not there does not compile.
consteval lmdb::Table place_of(std::string_view name) {
  for (std::size_t i = 0; i < kTableNames.size(); ++i) {
    if (kTableNames[i] == name) return lmdb::Table(i);
  }
  throw "no such table";
}

/// Format and normalisation version, and the state of the list itself.
inline constexpr lmdb::Table meta = place_of("meta");
/// Listings of addresses.
inline constexpr lmdb::Table addresses = place_of("addresses");
/// Listings of domains.
inline constexpr lmdb::Table domains = place_of("domains");
/// (reason, tenant) -> generation and size of that set.
inline constexpr lmdb::Table sets = place_of("sets");
/// Listings of addresses and domains known by their keyed hash only.
inline constexpr lmdb::Table hashed = place_of("hashed");
/// Overrides set while running, states of DKIM keys.
inline constexpr lmdb::Table runtime = place_of("runtime");
/// Which tracking links are switched off.
inline constexpr lmdb::Table links = place_of("links");
/// Folded address and tenant -> the address that is listed.
inline constexpr lmdb::Table folded = place_of("folded");
/// How far the web program's spool was read; what was clicked, opened and sent.
inline constexpr lmdb::Table hits = place_of("hits");
/// Messages in the MTA's hold queue, by our id.
inline constexpr lmdb::Table held = place_of("held");

}  // namespace tables

/// Finds a table by its name in the file.
constexpr std::optional<lmdb::Table> table_named(std::string_view name) {
  const auto* const found = std::find(kTableNames.begin(), kTableNames.end(), name);
  if (found == kTableNames.end()) return std::nullopt;
  return lmdb::Table(found - kTableNames.begin());
}

}  // namespace signpost::store
