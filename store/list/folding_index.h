// The foldings in force, and the index that is kept up to date for them (store/list/foldings): for each listing
// that is added or removed, and for all at once when the configuration changes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/list/foldings.h"
#include "store/list/listing_table.h"
#include "store/lmdb/env.h"

namespace signpost::store::list {

/// Thread-safe.
class FoldingIndex {
 public:
  explicit FoldingIndex(lmdb::Env& env) : env_(env) {}

  std::shared_ptr<const Foldings> now() const;
  /// Sets which tenants treat several addresses as one mailbox. If the index on disk was made for other foldings, it is
  /// rebuilt first, in bounded transactions, while the former ones stay in force. One call at a time.
  base::Result<void> use(Foldings wanted);
  /// True if the tenant folds like that, or will once `use` returns.
  bool folds_as(std::string_view tenant, mail::Folds folds) const;

  /// The ways in which the tenant folds, or will once `use` returns.
  std::vector<mail::Folds> ways_of(std::string_view tenant) const;

  /// For a listing of that tenant that was added at the place.
  base::Result<void> index(lmdb::WriteTransaction& transaction, const Place& place,
                           std::string_view tenant) const;
  /// For the tenants that had an entry there `before` and have none now.
  base::Result<void> unindex(lmdb::WriteTransaction& transaction, const Place& place,
                             const std::vector<Entry>& before) const;

 private:
  struct InForce {
    std::shared_ptr<const Foldings> now = std::make_shared<Foldings>();
    std::shared_ptr<const Foldings> coming;  ///< the index is being made for these; else null
  };
  InForce in_force() const;
  void set(InForce next);
  base::Result<std::optional<std::string>> index_some(lmdb::WriteTransaction& transaction,
                                                      const std::string& from) const;

  lmdb::Env& env_;
  mutable base::Mutex mutex_;
  InForce in_force_ GUARDED_BY(mutex_);
};

}  // namespace signpost::store::list
