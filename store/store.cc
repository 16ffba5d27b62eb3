#include "store/store.h"

#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/backup_target.h"
#include "store/list/listing_table.h"
#include "store/lmdb/page_check.h"
#include "store/migration.h"
#include "store/tables.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/file.h"

namespace signpost::store {
namespace {

constexpr std::uint64_t kOldestFormat = 1;         ///< its records are read as they are
constexpr std::uint64_t kOldestNormalisation = 1;  ///< re-keyed at open

tl::unexpected<base::Error> unavailable(std::string text) {
  return base::fail(base::ErrorKind::unavailable, std::move(text));
}

base::Result<void> check_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return system::system_failure("making the store's directory " + path);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system::system_failure("opening the store " + path);
  if (!S_ISDIR(status.st_mode)) return unavailable("the store " + path + " is not a directory");
  if (status.st_uid != ::geteuid()) {
    return unavailable("the store " + path + " belongs to uid " + std::to_string(status.st_uid) +
                       ", but this process is uid " + std::to_string(::geteuid()) +
                       "; fix it with: chown -R " + std::to_string(::geteuid()) + " " + path);
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return unavailable("the store " + path + " is writable by others; fix it with: chmod go-w " + path);
  }
  return {};
}

/// Nullopt in a new store. Refuses a version that this program does not know.
base::Result<std::optional<std::uint64_t>> read_version(const lmdb::Transaction& transaction,
                                                        std::string_view name, std::uint64_t oldest,
                                                        std::uint64_t newest) {
  const auto bytes = transaction.get(tables::meta, name);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return std::optional<std::uint64_t>();
  const auto found = list::parse_number_record(**bytes);
  if (!found) return tl::unexpected(found.error());
  if (*found >= oldest && *found <= newest) return std::optional(*found);
  return base::fail(base::ErrorKind::corrupt, "the store's " + std::string(name) + " version is " +
                                                  std::to_string(*found) + ", but this program reads " +
                                                  std::to_string(oldest) + " to " + std::to_string(newest));
}

base::Result<void> write_version(lmdb::Env& env, std::string_view name, std::uint64_t version) {
  return env.write([&](lmdb::WriteTransaction& transaction) {
    return transaction.put(tables::meta, name, list::format_number(version));
  });
}

/// Whether the list holds anything: each one has its format.
base::Result<bool> has_list(lmdb::Env& env) {
  const auto transaction = env.read();
  if (!transaction) return tl::unexpected(transaction.error());
  return transaction->get(tables::meta, "format").map([](const auto& bytes) { return bytes.has_value(); });
}

/// The format is written first, so that an older program refuses a store that is half re-keyed; the normalisation
/// last, so that re-keying starts again after a crash.
base::Result<void> bring_up_to_date(lmdb::Env& env) {
  std::optional<std::uint64_t> format;
  std::optional<std::uint64_t> normalisation;
  {
    const auto transaction = env.read();
    if (!transaction) return tl::unexpected(transaction.error());
    const auto tables = read_version(*transaction, "format", kOldestFormat, list::kFormatVersion);
    const auto rules =
        read_version(*transaction, "normalisation", kOldestNormalisation, list::kNormalisationVersion);
    if (!tables || !rules) return tl::unexpected((tables ? rules : tables).error());
    format = *tables;
    normalisation = *rules;
  }
  base::Result<void> done;
  if (format != list::kFormatVersion) done = write_version(env, "format", list::kFormatVersion);
  if (done && normalisation && normalisation != list::kNormalisationVersion) done = rekey_addresses(env);
  if (done && normalisation != list::kNormalisationVersion)
    done = write_version(env, "normalisation", list::kNormalisationVersion);
  return done;
}

/// A replacement ends with the process that made it.
base::Result<void> forget_replacement(lmdb::Env& env) {
  {
    const auto transaction = env.read();
    if (!transaction) return tl::unexpected(transaction.error());
    const auto bytes = transaction->get(tables::meta, list::kReplacingKey);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return {};
  }
  return env.write([](lmdb::WriteTransaction& transaction) {
    return transaction.erase(tables::meta, list::kReplacingKey).map([](bool) {});
  });
}

base::Result<void> check_pair(std::string_view table_name, std::string_view key, std::string_view value) {
  const auto table = table_named(table_name);
  if (table == tables::sets)
    return list::parse_set_key(key).and_then(
        [&](const list::SetName&) { return list::parse_set(value).map([](const list::Set&) {}); });
  if (table != tables::addresses && table != tables::domains && table != tables::hashed) return {};
  return list::address_at(*table, key).and_then([&](std::string address) {
    return list::read_entries({*table, std::string(key), std::move(address)}, value)
        .map([](const std::vector<list::Entry>&) {});
  });
}

base::Result<void> check_list(const std::string& directory, const lmdb::Watch& watch) {
  const auto checked = lmdb::check_pages(directory + "/list.mdb", check_pair, watch);
  if (checked) return {};
  if (checked.error().kind != base::ErrorKind::corrupt) return tl::unexpected(checked.error());
  return base::fail(base::ErrorKind::corrupt, directory + "/list.mdb is damaged: " + checked.error().text +
                                                  "; replace it with a backup, or empty " + directory +
                                                  "/signpost.lock to start with the damaged file");
}

}  // namespace

/// Holds signpost.lock as long as it lives. The file stays: removing it would let two processes hold two
/// files of that name.
class Store::Lock {
 public:
  static base::Result<std::unique_ptr<Lock>> take(const std::string& directory) {
    const std::string path = directory + "/signpost.lock";
    system::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) return system::system_failure("opening " + path);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return system::system_failure("locking " + path);
      const std::string holder(base::trim(system::read_file(path).value_or("")));
      return unavailable("the store " + directory + " is open in another process" +
                         (holder.empty() ? "" : " (pid " + holder + ")"));
    }
    std::unique_ptr<Lock> lock(new Lock(std::move(file)));
    lock->was_left_open_ = !system::read_file(path).value_or("").empty();
    if (::ftruncate(lock->file_.get(), 0) != 0) return system::system_failure("writing " + path);
    const auto written = system::write_all(lock->file_.get(), std::to_string(::getpid()) + "\n");
    if (!written) return tl::unexpected(written.error());
    return lock;
  }
  ~Lock() {
    if (closes_cleanly_) (void)::ftruncate(file_.get(), 0);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// The process that had it before ended without closing the store, or could not open it.
  bool was_left_open() const { return was_left_open_; }
  void close_cleanly() { closes_cleanly_ = true; }

 private:
  explicit Lock(system::Descriptor file) : file_(std::move(file)) {}
  system::Descriptor file_;
  bool was_left_open_ = false;
  bool closes_cleanly_ = false;
};

base::Result<std::unique_ptr<Store>> Store::open(const std::string& directory,
                                                 const lmdb::Env::Options& options,
                                                 const std::string& identity_file) {
  auto store = take(directory, options, identity_file);
  if (!store) return store;
  if (auto begun = (*store)->begin(); !begun) return tl::unexpected(begun.error());
  (*store)->publish();
  return store;
}

base::Result<std::unique_ptr<Store>> Store::take(const std::string& directory,
                                                 const lmdb::Env::Options& options,
                                                 const std::string& identity_file) {
  const auto usable = check_directory(directory);
  if (!usable) return tl::unexpected(usable.error());
  auto lock = Lock::take(directory);
  if (!lock) return tl::unexpected(lock.error());
  return std::unique_ptr<Store>(new Store(std::move(*lock), directory, options, identity_file));
}

base::Result<void> Store::begin(const std::function<bool()>& stops) {
  if (lock_->was_left_open()) {
    checked_ = 0;
    auto whole = check_list(directory_, [&](std::uint64_t pages, std::uint64_t of) {
      checked_ = static_cast<unsigned>(100 * pages / of);
      return !stops || !stops();
    });
    checked_ = kNoCheck;
    if (!whole) return whole;
  }
  auto env = lmdb::Env::open(directory_ + "/list.mdb", kTableNames, options_);
  if (!env) return tl::unexpected(env.error());
  const auto holds = has_list(**env);
  if (!holds) return tl::unexpected(holds.error());
  const auto identity =
      settle_identity(**env, identity_file_.empty() ? directory_ + "/signpost.id" : identity_file_, *holds,
                      std::chrono::time_point_cast<base::Wall::duration>(std::chrono::system_clock::now()));
  if (!identity) return tl::unexpected(identity.error());
  auto ready = bring_up_to_date(**env).and_then([&] { return forget_replacement(**env); }).and_then([&] {
    return system::sync_directory(directory_);
  });
  if (!ready) return ready;
  identity_ = *identity;
  env_->take(std::move(*env));
  return {};
}

void Store::publish() {
  is_open_ = true;
  env_->publish();
}

std::optional<unsigned> Store::checked() const {
  const unsigned percent = checked_;
  return percent == kNoCheck ? std::nullopt : std::optional(percent);
}

Store::Store(std::unique_ptr<Lock> lock, const std::string& directory, const lmdb::Env::Options& options,
             const std::string& identity_file)
    : directory_(directory),
      options_(options),
      identity_file_(identity_file),
      lock_(std::move(lock)),
      env_(std::make_unique<lmdb::Env>("the list is not open; `signpostctl status` says why")),
      writer_(*env_),
      suppressions_(*env_, writer_),
      sweep_(*env_, writer_, suppressions_),
      scrub_(*env_, tables::meta),
      page_watch_(*env_, kTableNames, check_pair),
      bulk_(*env_, writer_, suppressions_, directory),
      runtime_(*env_, writer_),
      links_(*env_, writer_),
      hits_(*env_, writer_, suppressions_),
      held_(*env_, writer_),
      pictures_(*env_, writer_),
      keys_(*env_, writer_),
      buckets_(directory) {}

Store::~Store() {
  if (is_open_ && env_->damage().empty()) lock_->close_cleanly();  // released last
}

void Store::maintain() {
  if (!is_open_) return;
  env_->check_readers();
  if (writer_.failure().empty()) return;
  (void)writer_.run([&](lmdb::WriteTransaction& transaction) {
    return transaction.put(tables::meta, "format", list::format_number(list::kFormatVersion));
  });
}

std::string Store::problem() const {
  if (!is_open_) return {};
  const std::string failure = writer_.failure();
  if (env_->is_in_place() && failure.empty()) return {};
  if (env_->is_in_place())
    return "nothing can be written: " + failure + "; make room, or mend the disk of " + directory_ +
           " (tried again once a minute)";
  return directory_ +
         "/list.mdb was removed or replaced while the daemon runs; nothing is added to the list until it is "
         "restarted "
         "(`signpostctl backup` still copies the list that is open)";
}

base::Result<void> Store::backup(const std::string& path, bool replace) {
  if (auto free = check_target(path, identity_, replace); !free) return free;
  return system::replace_file(path, [&](int file) { return env_->copy_to(file); });
}

}  // namespace signpost::store
