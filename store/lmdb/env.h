// One LMDB environment: the only user of lmdb.h. Knows transactions, the pool of reader slots, growth of the map
// and how LMDB's error codes translate; the caller decides which tables there are and what they contain. No LMDB
// type leaks out of this header.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "store/lmdb/damages.h"
#include "store/lmdb/table.h"

namespace signpost::store::lmdb {

/// LMDB's own limit; longer keys cannot be stored.
inline constexpr std::size_t kMaxKeyBytes = 511;

/// Views that it returns point into the map: valid until the transaction ends or writes.
class Transaction {
 public:
  struct Handle;  ///< an MDB_txn and the tables' handles, see store/lmdb/handle.h

  /// Nullopt if there is no such key. Errors: unavailable, corrupt.
  base::Result<std::optional<std::string_view>> get(Table table, std::string_view key) const;
  struct Pair {
    std::string_view key;
    std::string_view value;
  };
  /// Calls `visit` for each pair from the first key >= `from` on, in order, until it returns false or the
  /// table ends.
  base::Result<void> scan(Table table, std::string_view from,
                          const std::function<bool(const Pair&)>& visit) const;
  base::Result<std::uint64_t> count(Table table) const;
  /// Nullopt if the table is empty.
  base::Result<std::optional<std::string_view>> last_key(Table table) const;

 protected:
  friend class Env;
  explicit Transaction(const Handle* handle) : handle_(handle) {}
  const Handle* handle_;
};

class WriteTransaction : public Transaction {
 public:
  base::Result<void> put(Table table, std::string_view key, std::string_view value);
  /// The same for a key above all others of the table: faster, and fills its pages.
  base::Result<void> append(Table table, std::string_view key, std::string_view value);
  /// True if the key was there.
  base::Result<bool> erase(Table table, std::string_view key);
  /// Rewrites the pages of the keys from `key` on, so that the tree no longer contains an erased key as the border
  /// of a page. For keys that are personal data. Costs some hundred puts.
  /// Limitation: a border that also separates two branches may stay.
  base::Result<void> forget_border(Table table, std::string_view key);
  /// Overwrites with zeros the free pages that no transaction needs any more, and the gaps of all others. Returns
  /// how many pages were not zero. For store/lmdb/scrub, where it is implemented.
  base::Result<std::uint64_t> overwrite_free_pages();

 private:
  friend class Env;
  explicit WriteTransaction(const Handle* handle) : Transaction(handle) {}
  base::Result<void> put_with(unsigned flags, Table table, std::string_view key, std::string_view value);
  void note(int code);
  int failed_ = 0;  ///< the first code after which the transaction cannot be committed
};

/// A read transaction from the pool; returned when it is destroyed. One thread at a time. Keep it short: pages freed
/// while it is open cannot be used again, and growth waits for it.
class ReadTransaction : public Transaction {
 public:
  ReadTransaction(ReadTransaction&& other) noexcept;
  ReadTransaction& operator=(ReadTransaction&&) = delete;
  ~ReadTransaction();

  /// The number of the commit that it sees, and the open file: for store/lmdb/page_watch.
  std::uint64_t id() const;
  int file() const;

 private:
  friend class Env;
  ReadTransaction(class Env* env, Handle* handle) : Transaction(handle), env_(env), owned_(handle) {}
  Env* env_;
  Handle* owned_;
};

/// Thread-safe. The process that opens it must be the only one (store/store holds a lock file), and must open
/// it once.
/// Limitation: LMDB trusts its pages. A file that is not ours or was cut short is an error of open, and a damaged
/// value is found by its record's checksum, but a damaged page inside may end the process; store/lmdb/page_check
/// finds it before, store/lmdb/page_watch while it is open.
class Env {
 public:
  struct Options {
    /// Reserved address space, not disk; doubled when it is used up.
    std::uint64_t map_bytes = std::uint64_t{16} << 30;
  };
  /// `path` is a file, made with mode 0600 if missing; LMDB puts its lock file beside it. `tables` are the names
  /// of its tables, at most kMaxTables; missing ones are made. Errors: unavailable (cannot be opened
  /// now), corrupt (not an LMDB file, damaged or cut short), invalid (too many tables).
  static base::Result<std::unique_ptr<Env>> open(const std::string& path,
                                                 std::span<const std::string_view> tables,
                                                 const Options& options);
  /// One that is opened later: until `publish`, its calls fail with `unavailable` and the text `why`, and it has no size.
  explicit Env(std::string why);
  ~Env();
  Env(const Env&) = delete;
  Env& operator=(const Env&) = delete;

  /// Becomes what `opened` was, for the calling thread only, so that it can look whether everything is in order and bring it
  /// up to date. Must be called once, by the thread that calls `publish`.
  void take(std::unique_ptr<Env> opened);
  /// From now on for all threads: what they see was written before.
  void publish();
  /// Whether the calling thread may use it; if not, the error that its calls would return.
  base::Result<void> is_usable() const;

  /// Waits if all reader slots are in use.
  base::Result<ReadTransaction> read();

  /// Runs `body` in a write transaction and commits it to disk (fdatasync) before it returns. If the map is
  /// full it grows and `body` runs again, so it must start from nothing each time. An error that `body`
  /// returns aborts the transaction and is returned. After an error nothing was acknowledged; a failed commit
  /// is `unavailable`, and the next write starts again. A write waits for those before it; growth and healing
  /// wait for all readers, so the calling thread must not be one.
  base::Result<void> write(const std::function<base::Result<void>(WriteTransaction&)>& body);

  /// What is damaged, as far as it is known. Nothing is looked up there any more (`corrupt`); with a damaged page, writes and
  /// copies are refused as well.
  void set_damages(std::vector<Damage> damages);
  /// The first of it as text; empty if there is none.
  std::string damage() const;

  /// A copy of one moment into an open file. Growth waits for it, reads and writes do not.
  base::Result<void> copy_to(int file);
  /// Whether the path still names the file that is open. If not, writes fail with `unavailable`, and nothing is reopened.
  bool is_in_place() const;
  /// Frees reader slots of dead processes: at open and once a minute.
  void check_readers();

  struct Size {
    std::uint64_t used_bytes = 0;  ///< pages up to the last used one
    std::uint64_t map_bytes = 0;
  };
  Size size() const;

 private:
  friend class ReadTransaction;
  struct State;
  explicit Env(std::unique_ptr<State> state);
  void give_back(Transaction::Handle* handle);
  int write_once(const std::function<base::Result<void>(WriteTransaction&)>& body,
                 base::Result<void>& result);
  bool grow();  ///< by the writer, like heal
  void heal();  ///< reopens after a fatal error, unless another thread did

  const std::string why_closed_;
  std::atomic<bool> is_published_;
  std::atomic<std::thread::id> opener_{};  ///< may use it before it is published
  std::unique_ptr<State> state_;           ///< set before either of them
};

}  // namespace signpost::store::lmdb
