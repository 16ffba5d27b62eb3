// Everything signpostd keeps on disk, under one directory: the list and the overrides (LMDB), the limits'
// state (files). Opens and guards the directory; each part has its own header.
//
//   signpost.lock   held by the one process that has the store open; empty once it was closed
//   list.mdb        the LMDB environment (list.mdb-lock is LMDB's own)
//   limits.N        the buckets
//   signpost.id     which list this is (store/identity), unless store.identity_file names another place
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/bucket_store.h"
#include "store/hit_store.h"
#include "store/hold_store.h"
#include "store/identity.h"
#include "store/key_store.h"
#include "store/link_store.h"
#include "store/list/bulk_load.h"
#include "store/list/suppression_store.h"
#include "store/list/sweep.h"
#include "store/lmdb/env.h"
#include "store/lmdb/page_watch.h"
#include "store/lmdb/scrub.h"
#include "store/lmdb/writer.h"
#include "store/picture_store.h"
#include "store/runtime_store.h"

namespace signpost::store {

/// Opened in two steps by the daemon, because the second takes seconds for a large list after a kill: `take`, then `begin`
/// and `publish` in a thread beside mail. Until then all parts that read or write the list answer `unavailable`.
/// Thread-safe, except for `buckets`, `sweep`, `scrub` and `page_watch`, each of which only one thread may use.
class Store {
 public:
  /// Makes the directory (mode 0700; its parent must exist) and the files if they are missing. Errors say
  /// what to do: unavailable (another process has it open, no permission, owner or mode wrong, disk full),
  /// corrupt (damaged, or of another version). If the last process did not close it, every page and record
  /// is checked first (store/lmdb/page_check). `identity_file`: see store/identity; empty: in the directory.
  static base::Result<std::unique_ptr<Store>> open(const std::string& directory,
                                                   const lmdb::Env::Options& options = {},
                                                   const std::string& identity_file = {});
  /// The first step: directory and lock. Errors as for `open`.
  static base::Result<std::unique_ptr<Store>> take(const std::string& directory,
                                                   const lmdb::Env::Options& options = {},
                                                   const std::string& identity_file = {});
  /// The second step, without the directory; must be called once. The list can then be used by the calling thread, which
  /// brings it up to date and calls `publish`. Errors as for `open`; `unavailable` once `stops` returns true.
  base::Result<void> begin(const std::function<bool()>& stops = {});
  /// From now on for all threads.
  void publish();
  bool is_open() const { return is_open_; }
  /// How much of the list has been checked, in percent; nothing if no check runs.
  std::optional<unsigned> checked() const;
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  list::SuppressionStore& suppressions() { return suppressions_; }
  list::Sweep& sweep() { return sweep_; }
  lmdb::Scrub& scrub() { return scrub_; }
  /// Damage that it finds keeps the store from being closed, so that the next start checks the whole list.
  lmdb::PageWatch& page_watch() { return page_watch_; }
  list::BulkLoader& bulk() { return bulk_; }
  RuntimeStore& runtime() { return runtime_; }
  LinkStore& links() { return links_; }
  HitStore& hits() { return hits_; }
  HoldStore& held() { return held_; }
  PictureStore& pictures() { return pictures_; }
  BucketStore& buckets() { return buckets_; }
  KeyStore& keys() { return keys_; }

  /// Must be called once a minute. If the last write failed, it tries one that changes nothing, so that `problem` ends when
  /// its cause does.
  void maintain();
  /// Once it is open.
  const Identity& identity() const { return identity_; }
  /// What is wrong with the open store, with the cure; empty if nothing is. Either list.mdb was removed or replaced while it is
  /// open: lookups go on with the file that was opened, writes are refused. Or the last write failed.
  std::string problem() const;
  /// What page_watch found; empty if nothing is damaged.
  std::string damage() const { return env_->damage(); }
  lmdb::Env::Size size() const { return env_->size(); }
  /// Copies the list and the overrides of one moment to an LMDB file of mode 0600. To restore it, stop the daemon
  /// and replace list.mdb with it. A file that is there is replaced if it is a backup of this store, else only with
  /// `replace`, and never if store/output_file forbids it (error `invalid`).
  base::Result<void> backup(const std::string& path, bool replace = false);

 private:
  class Lock;
  Store(std::unique_ptr<Lock> lock, const std::string& directory, const lmdb::Env::Options& options,
        const std::string& identity_file);

  const std::string directory_;
  const lmdb::Env::Options options_;
  const std::string identity_file_;
  std::atomic<bool> is_open_{false};
  static constexpr unsigned kNoCheck = 101;
  std::atomic<unsigned> checked_{kNoCheck};  ///< percent
  Identity identity_;
  std::unique_ptr<Lock> lock_;
  std::unique_ptr<lmdb::Env> env_;
  lmdb::Writer writer_;
  list::SuppressionStore suppressions_;
  list::Sweep sweep_;
  lmdb::Scrub scrub_;
  lmdb::PageWatch page_watch_;
  list::BulkLoader bulk_;
  RuntimeStore runtime_;
  LinkStore links_;
  HitStore hits_;
  HoldStore held_;
  PictureStore pictures_;
  KeyStore keys_;
  BucketStore buckets_;
};

}  // namespace signpost::store
