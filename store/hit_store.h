// What became of mail, counted: recipients reached, clicks, opens, unsubscribes, by hour, tenant, campaign
// and link; and how far the web program's spool was read. daemon/ingest/hit_effect decides what a hit counts
// as; store/hit_keys spells the keys. Holds no address.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/suppression.h"
#include "store/hit_keys.h"
#include "store/list/suppression_store.h"
#include "store/lmdb/env.h"
#include "store/lmdb/writer.h"

namespace signpost::store {

/// What a recipient did to the list: an unsubscribe, or one taken back.
struct ListChange {
  policy::Listing listing;
  /// Takes back the entry with exactly this address, tenant, stream, `since` and `by`; any other stays.
  bool undo = false;
};

/// A stretch of one spool segment and all that it leads to.
struct HitBatch {
  std::string segment;
  std::uint64_t from = 0;  ///< where the stretch begins: what mark() said
  std::uint64_t to = 0;
  Counts counts;
  std::map<LinkName, std::string> places;
  std::vector<ListChange> changes;  ///< in the order in which they were asked for
  StreamCounts streams = {};
};

/// What became of a batch's changes.
struct HitOutcome {
  /// Addresses that could not be listed, because they are not valid or their record is damaged, each with the
  /// reason: they do not hold up the rest.
  std::vector<std::pair<std::string, base::Error>> refused;
  /// The unsubscribes, as indexes of HitBatch::changes, of people who were not listed yet.
  std::vector<std::size_t> fresh;
};

/// Thread-safe. Writes are on disk when they return.
class HitStore {
 public:
  HitStore(lmdb::Env& env, lmdb::Writer& writer, const list::SuppressionStore& list)
      : env_(env), writer_(writer), list_(list) {}

  /// How far a segment was read; 0 for one never seen.
  base::Result<std::uint64_t> mark(std::string_view segment) const;
  /// The whole batch and its mark in one commit, so that each hit counts exactly once. Error `invalid`, and
  /// nothing done, if the segment was not read up to `from`. An unsubscribe that is already listed keeps its
  /// `since`, and `by` and `note` of whoever else listed it. An undo takes back the entry that a link made at
  /// the moment it names, or up to track::kUndoTime before (who unsubscribes twice has one entry).
  base::Result<HitOutcome> commit(const HitBatch& batch);
  /// Names of tenants by their ids, so that links of one that is not configured any more still find it.
  /// Writes only what is new.
  base::Result<void> remember_tenants(const std::map<std::uint32_t, std::string>& names);
  /// Empty if it was never remembered.
  base::Result<std::string> tenant_name(std::uint32_t id) const;

  /// For a segment that is gone.
  base::Result<void> forget(std::string_view segment);

  /// Adds to counters alone.
  base::Result<void> add(const Counts& counts, const StreamCounts& streams = {});

  /// All counters of a campaign of one tenant, in the order of hours.
  base::Result<Counts> counts(std::uint32_t tenant, std::string_view campaign) const;
  base::Result<StreamCounts> streams(std::uint32_t tenant, std::string_view campaign) const;
  base::Result<std::map<LinkName, std::string>> places(std::uint32_t tenant, std::string_view campaign) const;
  /// How many recipients it reached.
  base::Result<std::uint64_t> recipients(std::uint32_t tenant, std::string_view campaign) const;

  /// Looks at some keys from `from` on ("": the first) and removes counters of hours before `hour`, and the
  /// places and pictures (unless they are younger) of campaigns that have no counter left. Returns where to
  /// go on; empty at the end.
  base::Result<std::string> sweep(std::uint32_t hour, const std::string& from);

 private:
  lmdb::Env& env_;
  lmdb::Writer& writer_;
  const list::SuppressionStore& list_;
};

}  // namespace signpost::store
