// A walk over the list, a stretch in each transaction, so that no reader holds pages of the past for long.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/suppression.h"
#include "store/list/listing_table.h"
#include "store/list/place.h"
#include "store/list/suppression_store.h"
#include "store/lmdb/env.h"
#include "store/tables.h"

namespace signpost::store::list {

/// Continues where its last transaction ended. `filter` must outlive it. Belongs to one thread.
class ListingWalk {
 public:
  static constexpr std::size_t kChunk = 1000;  ///< records read in one transaction

  /// `domain` is canonical; empty: all.
  ListingWalk(const ListingFilter& filter, const std::string& domain);
  void begin_after(const Place& place);
  bool at_end() const { return at_end_; }
  const std::string& last() const { return last_; }  ///< address of the last record read

  /// Appends listings, in one transaction, until there are `max`, kChunk records were read, or a table ends.
  base::Result<void> read(const lmdb::Transaction& transaction, std::size_t max,
                          std::vector<policy::Listing>& out);

 private:
  void begin(lmdb::Table table);
  void next_table();
  bool belongs(std::string_view key) const;
  base::Result<void> read_one(Sets& sets, const lmdb::Transaction::Pair& pair,
                              std::vector<policy::Listing>& out);

  const ListingFilter& filter_;
  std::string domain_key_;
  bool in_domain_;
  lmdb::Table table_ = tables::domains;
  std::string from_;
  std::string last_;
  bool at_end_ = false;
};

}  // namespace signpost::store::list
