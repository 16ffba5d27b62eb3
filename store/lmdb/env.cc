#include "store/lmdb/env.h"

#include <cerrno>
#include <new>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mutex.h"
#include "store/lmdb/handle.h"
#include "system/errors.h"

namespace signpost::store::lmdb {
namespace {

using Handle = Transaction::Handle;

constexpr unsigned kReaderSlots = 1024;
constexpr std::size_t kMaxReaders = 1000;  ///< of ours; a few slots stay free for copy_to
constexpr std::uint64_t kMinMapBytes = std::uint64_t{1} << 20;

/// Makes missing tables. Writes nothing if all are there.
int open_tables(MDB_env* env, const std::vector<std::string>& names, TableHandles& tables) {
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env, nullptr, 0, &txn);
  if (code != 0) return code;
  for (std::size_t i = 0; i < names.size() && code == 0; ++i) {
    code = mdb_dbi_open(txn, names[i].c_str(), MDB_CREATE, &tables[i]);
  }
  if (code == 0) return mdb_txn_commit(txn);
  mdb_txn_abort(txn);
  return code;
}

/// Reads every page of a table (0 is LMDB's list of free pages) by walking all its pairs.
int walk(MDB_txn* txn, MDB_dbi table) {
  int code = 0;
  const Cursor cursor = open_cursor(txn, table, code);
  if (code != 0) return code;
  MDB_val key{};
  MDB_val value{};
  do {
    code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT);
  } while (code == 0);
  return code == MDB_NOTFOUND ? 0 : code;
}

/// Touching a page beyond the end of the file would end the process (SIGBUS). A file that is shorter than its meta page
/// says either was cut short, or its last pages were freed before they were ever written. So it is extended with zeros,
/// which LMDB does not take for a page of a table, and walked once.
int mend_short_file(MDB_env* env, std::span<const MDB_dbi> tables) {
  MDB_envinfo info{};
  MDB_stat page{};
  int file = -1;
  struct stat status {};
  if (mdb_env_info(env, &info) != 0 || mdb_env_stat(env, &page) != 0 || mdb_env_get_fd(env, &file) != 0)
    return EINVAL;
  if (fstat(file, &status) != 0) return errno;
  const auto wanted = static_cast<off_t>((info.me_last_pgno + 1) * page.ms_psize);
  if (status.st_size >= wanted) return 0;
  if (ftruncate(file, wanted) != 0) return errno;
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn);
  if (code != 0) return code;
  code = walk(txn, 0);
  for (std::size_t i = 0; i < tables.size() && code == 0; ++i) code = walk(txn, tables[i]);
  mdb_txn_abort(txn);
  return code;
}

struct Opened {
  MDB_env* env = nullptr;
  TableHandles tables{};
};

int open_env(const std::string& path, const std::vector<std::string>& names, std::uint64_t map_bytes,
             Opened& opened) {
  int code = mdb_env_create(&opened.env);
  if (code != 0) return code;
  code = mdb_env_set_maxreaders(opened.env, kReaderSlots);
  if (code == 0) code = mdb_env_set_maxdbs(opened.env, static_cast<MDB_dbi>(names.size()));
  if (code == 0) code = mdb_env_set_mapsize(opened.env, map_bytes);
  // Default sync: a commit is on disk when it returns. No MDB_WRITEMAP: a full disk would be SIGBUS instead
  // of an error.
  if (code == 0) code = mdb_env_open(opened.env, path.c_str(), MDB_NOSUBDIR | MDB_NOTLS, 0600);
  int dead = 0;
  if (code == 0) code = mdb_reader_check(opened.env, &dead);
  if (code == 0) code = open_tables(opened.env, names, opened.tables);
  if (code == 0) code = mend_short_file(opened.env, {opened.tables.data(), names.size()});
  if (code != 0) {
    mdb_env_close(opened.env);
    opened.env = nullptr;
  }
  return code;
}

}  // namespace

/// The gate: reads pass while it is open; growth and reopening close it, wait until no read is under way, and
/// open it again.
struct Env::State {
  std::string path;
  std::vector<std::string> tables;  ///< their names
  std::uint64_t map_bytes = 0;      ///< changed by the writer only, with the gate closed
  Opened opened;                    ///< likewise; env is null if reopening failed
  struct stat file {};              ///< which file was opened
  Damages damages;

  mutable base::Mutex mutex;
  base::Condition changed;
  std::vector<Handle*> idle GUARDED_BY(mutex);  ///< reset read transactions that keep their slot
  std::size_t handles GUARDED_BY(mutex) = 0;    ///< idle and in use
  std::size_t reading GUARDED_BY(mutex) = 0;
  std::size_t copying GUARDED_BY(mutex) = 0;
  bool writing GUARDED_BY(mutex) = false;
  bool gate_closed GUARDED_BY(mutex) = false;

  void begin_write() EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    while (writing) changed.wait(mutex);
    writing = true;
  }
  void end_write() EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    writing = false;
    changed.notify_all();
  }
  /// For the writer only. Waits for copies first, with the gate open: they take long, and lookups must not wait
  /// for them.
  void close_gate() EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    while (copying > 0) changed.wait(mutex);
    gate_closed = true;
    while (reading > 0) changed.wait(mutex);
  }
  void open_gate() EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    gate_closed = false;
    changed.notify_all();
  }
  void drop_idle() EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    for (Handle* handle : idle) {
      mdb_txn_abort(handle->txn);
      delete handle;
    }
    handles -= idle.size();
    idle.clear();
  }
  /// The path names the file that is open. Without LMDB's lock: the descriptor is the environment's as long as it is open.
  bool is_in_place() const {
    struct stat now {};
    return ::stat(path.c_str(), &now) == 0 && now.st_dev == file.st_dev && now.st_ino == file.st_ino;
  }
  /// Requires that the gate is closed. What is another file by now is not opened.
  int reopen() EXCLUDES(mutex) {
    drop_idle();
    if (!is_in_place()) return ENOENT;
    if (opened.env != nullptr) mdb_env_close(opened.env);
    opened = {};
    return open_env(path, tables, map_bytes, opened);
  }
};

namespace {

/// The turn of the one thread that writes; given on also if an exception (memory ran out) passes by.
template <class State>
class WriteTurn {
 public:
  explicit WriteTurn(State& state) : state_(state) { state_.begin_write(); }
  ~WriteTurn() { state_.end_write(); }
  WriteTurn(const WriteTurn&) = delete;
  WriteTurn& operator=(const WriteTurn&) = delete;

 private:
  State& state_;
};

/// The gate is closed while it lives: nobody reads.
template <class State>
class ClosedGate {
 public:
  explicit ClosedGate(State& state) : state_(state) { state_.close_gate(); }
  ~ClosedGate() { state_.open_gate(); }
  ClosedGate(const ClosedGate&) = delete;
  ClosedGate& operator=(const ClosedGate&) = delete;

 private:
  State& state_;
};

}  // namespace

ReadTransaction::ReadTransaction(ReadTransaction&& other) noexcept
    : Transaction(other.handle_), env_(other.env_), owned_(other.owned_) {
  other.owned_ = nullptr;
}

ReadTransaction::~ReadTransaction() {
  if (owned_ != nullptr) env_->give_back(owned_);
}

std::uint64_t ReadTransaction::id() const {
  return mdb_txn_id(owned_->txn);
}

int ReadTransaction::file() const {
  int file = -1;
  (void)mdb_env_get_fd(mdb_txn_env(owned_->txn), &file);
  return file;
}

Env::Env(std::unique_ptr<State> state) : is_published_(true), state_(std::move(state)) {}

Env::Env(std::string why) : why_closed_(std::move(why)), is_published_(false) {}

void Env::take(std::unique_ptr<Env> opened) {
  state_ = std::move(opened->state_);
  opener_ = std::this_thread::get_id();
}

void Env::publish() {
  is_published_.store(true, std::memory_order_release);
}

base::Result<void> Env::is_usable() const {
  if (is_published_.load(std::memory_order_acquire) || opener_ == std::this_thread::get_id()) return {};
  return base::fail(base::ErrorKind::unavailable, why_closed_);
}

Env::~Env() {
  if (!state_) return;
  state_->drop_idle();
  if (state_->opened.env != nullptr) mdb_env_close(state_->opened.env);
}

base::Result<std::unique_ptr<Env>> Env::open(const std::string& path,
                                             std::span<const std::string_view> tables,
                                             const Options& options) {
  if (tables.size() > kMaxTables) return base::invalid("store: too many tables");
  auto state = std::make_unique<State>();
  state->path = path;
  state->tables.assign(tables.begin(), tables.end());
  state->map_bytes = options.map_bytes;
  {
    base::MutexLock lock(state->mutex);
    state->idle.reserve(kMaxReaders);  // giving one back must not need memory
  }
  int code = open_env(path, state->tables, state->map_bytes, state->opened);
  while (code == ENOMEM && state->map_bytes / 2 >= kMinMapBytes) {  // little address space (RLIMIT_AS)
    state->map_bytes /= 2;
    code = open_env(path, state->tables, state->map_bytes, state->opened);
  }
  if (code != 0) return tl::unexpected(lmdb_error(("cannot open " + path).c_str(), code));
  if (::stat(path.c_str(), &state->file) != 0) return system::system_failure("opening " + path);
  return std::unique_ptr<Env>(new Env(std::move(state)));
}

base::Result<ReadTransaction> Env::read() {
  if (auto usable = is_usable(); !usable) return tl::unexpected(usable.error());
  State& state = *state_;
  for (bool healed = false;; healed = true) {
    Handle* handle = nullptr;
    {
      base::MutexLock lock(state.mutex);
      while (state.gate_closed || (state.idle.empty() && state.handles >= kMaxReaders)) {
        state.changed.wait(state.mutex);
      }
      ++state.reading;
      if (state.idle.empty()) {
        ++state.handles;
      } else {
        handle = state.idle.back();
        state.idle.pop_back();
      }
    }
    int code = MDB_PANIC;
    if (handle != nullptr) {
      code = mdb_txn_renew(handle->txn);
    } else {
      handle = new (std::nothrow) Handle{nullptr, state.opened.tables, &state.damages};
      if (handle == nullptr) {
        code = ENOMEM;
      } else if (state.opened.env != nullptr) {
        code = mdb_txn_begin(state.opened.env, nullptr, MDB_RDONLY, &handle->txn);
      }
    }
    if (code == 0) return ReadTransaction(this, handle);
    {
      base::MutexLock lock(state.mutex);
      if (handle != nullptr && handle->txn != nullptr) mdb_txn_abort(handle->txn);
      delete handle;
      --state.handles;
      --state.reading;
      state.changed.notify_all();
    }
    if (code != MDB_PANIC || healed) return tl::unexpected(lmdb_error("cannot read", code));
    const WriteTurn turn(state);
    heal();
  }
}

void Env::give_back(Handle* handle) {
  mdb_txn_reset(handle->txn);
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  state.idle.push_back(handle);
  --state.reading;
  if (state.gate_closed || state.handles >= kMaxReaders) state.changed.notify_all();
}

int Env::write_once(const std::function<base::Result<void>(WriteTransaction&)>& body,
                    base::Result<void>& result) {
  Handle handle{nullptr, state_->opened.tables, &state_->damages};
  if (state_->opened.env == nullptr) return MDB_PANIC;
  const int begun = mdb_txn_begin(state_->opened.env, nullptr, 0, &handle.txn);
  if (begun != 0) return begun;
  WriteTransaction transaction(&handle);
  try {
    result = body(transaction);
  } catch (...) {
    mdb_txn_abort(handle.txn);  // or LMDB's lock would never be free again
    throw;
  }
  if (result && transaction.failed_ == 0) return mdb_txn_commit(handle.txn);
  mdb_txn_abort(handle.txn);
  return transaction.failed_;
}

base::Result<void> Env::write(const std::function<base::Result<void>(WriteTransaction&)>& body) {
  if (auto usable = is_usable(); !usable) return tl::unexpected(usable.error());
  if (!is_in_place())
    return base::fail(base::ErrorKind::unavailable,
                      "list.mdb was removed or replaced while the daemon runs; restart it");
  if (auto sound = state_->damages.check_write(); !sound) return sound;
  const WriteTurn turn(*state_);
  base::Result<void> result;
  int code = write_once(body, result);
  bool healed = false;
  while ((code == MDB_MAP_FULL && grow()) || (code == MDB_PANIC && !healed)) {
    if (code == MDB_PANIC) {
      heal();
      healed = true;
    }
    code = write_once(body, result);
  }
  if (code != 0) return tl::unexpected(lmdb_error("cannot write", code));
  return result;
}

bool Env::is_in_place() const {
  return !is_usable() || state_->is_in_place();
}

void Env::set_damages(std::vector<Damage> damages) {
  state_->damages.set(std::move(damages));
}

std::string Env::damage() const {
  return is_usable() ? state_->damages.first() : std::string();
}

bool Env::grow() {
  State& state = *state_;
  const ClosedGate gate(state);
  const std::uint64_t wanted = state.map_bytes * 2;
  const bool grown = mdb_env_set_mapsize(state.opened.env, wanted) == 0;
  if (grown) {
    state.map_bytes = wanted;
  } else {
    state.reopen();  // LMDB has released the old map
  }
  return grown;
}

void Env::heal() {
  State& state = *state_;
  const ClosedGate gate(state);
  if (state.opened.env == nullptr) {
    state.reopen();
  } else {
    MDB_txn* probe = nullptr;
    if (mdb_txn_begin(state.opened.env, nullptr, MDB_RDONLY, &probe) == 0) {
      mdb_txn_abort(probe);  // another thread was here first
    } else {
      state.reopen();
    }
  }
}

base::Result<void> Env::copy_to(int file) {
  if (auto usable = is_usable(); !usable) return tl::unexpected(usable.error());
  State& state = *state_;
  if (auto sound = state.damages.check_write(); !sound) return sound;
  {
    base::MutexLock lock(state.mutex);
    while (state.gate_closed) state.changed.wait(state.mutex);
    ++state.copying;
  }
  const int code = state.opened.env == nullptr ? MDB_PANIC : mdb_env_copyfd2(state.opened.env, file, 0);
  {
    base::MutexLock lock(state.mutex);
    --state.copying;
    state.changed.notify_all();
  }
  if (code != 0) return tl::unexpected(lmdb_error("cannot copy", code));
  return {};
}

void Env::check_readers() {
  if (!is_usable()) return;
  State& state = *state_;
  const WriteTurn turn(state);
  int dead = 0;
  if (state.opened.env != nullptr) mdb_reader_check(state.opened.env, &dead);
}

Env::Size Env::size() const {
  if (!is_usable()) return {};
  State& state = *state_;
  const WriteTurn turn(state);
  Size size{0, state.map_bytes};
  MDB_envinfo info{};
  MDB_stat page{};
  if (state.opened.env != nullptr && mdb_env_info(state.opened.env, &info) == 0 &&
      mdb_env_stat(state.opened.env, &page) == 0) {
    size.used_bytes = (info.me_last_pgno + 1) * page.ms_psize;
  }
  return size;
}

}  // namespace signpost::store::lmdb
