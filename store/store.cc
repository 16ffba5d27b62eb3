#include "store/store.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/file.h"
#include "store/listing_table.h"
#include "store/migration.h"
#include "store/page_check.h"

namespace signpost::store {
namespace {

constexpr std::uint64_t kOldestFormat = 1;         ///< its records are read as they are
constexpr std::uint64_t kOldestNormalisation = 1;  ///< re-keyed at open

tl::unexpected<base::Error> unavailable(std::string text) {
  return base::fail(base::ErrorKind::unavailable, std::move(text));
}

base::Result<void> check_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return tl::unexpected(system_error("making the store's directory " + path, errno));
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return tl::unexpected(system_error("opening the store " + path, errno));
  if (!S_ISDIR(status.st_mode)) return unavailable("the store " + path + " is not a directory");
  if (status.st_uid != ::geteuid()) {
    return unavailable("the store " + path + " belongs to uid " + std::to_string(status.st_uid) +
                       ", but this process is uid " + std::to_string(::geteuid()) + ": chown -R " +
                       std::to_string(::geteuid()) + " " + path);
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return unavailable("the store " + path + " can be written by others: chmod go-w " + path);
  }
  return {};
}

/// Nothing in a new store. Refuses a version that this program does not know.
base::Result<std::optional<std::uint64_t>> read_version(const Transaction& transaction, std::string_view name,
                                                        std::uint64_t oldest, std::uint64_t newest) {
  const auto bytes = transaction.get(Table::meta, name);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return std::optional<std::uint64_t>();
  const auto found = parse_number_record(**bytes);
  if (!found) return tl::unexpected(found.error());
  if (*found >= oldest && *found <= newest) return std::optional(*found);
  return base::fail(base::ErrorKind::corrupt, "the store's " + std::string(name) + " version is " +
                                                  std::to_string(*found) + ", this program reads " +
                                                  std::to_string(oldest) + " to " + std::to_string(newest));
}

base::Result<void> write_version(Env& env, std::string_view name, std::uint64_t version) {
  return env.write([&](WriteTransaction& transaction) {
    return transaction.put(Table::meta, name, format_number(version));
  });
}

/// The format is stamped first, so that an older program keeps away from a store that is half re-keyed; the
/// normalisation last, so that re-keying begins again after a crash.
base::Result<void> bring_up_to_date(Env& env) {
  std::optional<std::uint64_t> format;
  std::optional<std::uint64_t> normalisation;
  {
    const auto transaction = env.read();
    if (!transaction) return tl::unexpected(transaction.error());
    const auto tables = read_version(*transaction, "format", kOldestFormat, kFormatVersion);
    const auto rules =
        read_version(*transaction, "normalisation", kOldestNormalisation, kNormalisationVersion);
    if (!tables || !rules) return tl::unexpected((tables ? rules : tables).error());
    format = *tables;
    normalisation = *rules;
  }
  base::Result<void> done;
  if (format != kFormatVersion) done = write_version(env, "format", kFormatVersion);
  if (done && normalisation && normalisation != kNormalisationVersion) done = rekey_addresses(env);
  if (done && normalisation != kNormalisationVersion)
    done = write_version(env, "normalisation", kNormalisationVersion);
  return done;
}

/// A replacement ends with the process that made it.
base::Result<void> forget_replacement(Env& env) {
  {
    const auto transaction = env.read();
    if (!transaction) return tl::unexpected(transaction.error());
    const auto bytes = transaction->get(Table::meta, kReplacingKey);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return {};
  }
  return env.write([](WriteTransaction& transaction) {
    return transaction.erase(Table::meta, kReplacingKey).map([](bool) {});
  });
}

base::Result<void> check_pair(std::string_view table_name, std::string_view key, std::string_view value) {
  const auto table = table_named(table_name);
  if (table == Table::sets)
    return parse_set_key(key).and_then(
        [&](const SetName&) { return parse_set(value).map([](const Set&) {}); });
  if (table != Table::addresses && table != Table::domains && table != Table::hashed) return {};
  return address_at(*table, key).and_then([&](std::string address) {
    return read_entries({*table, std::string(key), std::move(address)}, value)
        .map([](const std::vector<Entry>&) {});
  });
}

base::Result<void> check_list(const std::string& directory) {
  const auto checked = check_pages(directory + "/list.mdb", check_pair);
  if (checked) return {};
  if (checked.error().kind != base::ErrorKind::corrupt) return tl::unexpected(checked.error());
  return base::fail(base::ErrorKind::corrupt, directory + "/list.mdb is damaged: " + checked.error().text +
                                                  "; put a backup in its place, or empty " + directory +
                                                  "/signpost.lock to start with it as it is");
}

}  // namespace

/// Holds signpost.lock as long as it lives. The file stays: removing it would let two processes hold two
/// files of that name.
class Store::Lock {
 public:
  static base::Result<std::unique_ptr<Lock>> take(const std::string& directory) {
    const std::string path = directory + "/signpost.lock";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return tl::unexpected(system_error("opening " + path, errno));
    std::unique_ptr<Lock> lock(new Lock(file));
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return tl::unexpected(system_error("locking " + path, errno));
      const std::string holder(base::trim(read_file(path).value_or("")));
      return unavailable("the store " + directory + " is open in another process" +
                         (holder.empty() ? "" : " (pid " + holder + ")"));
    }
    lock->was_left_open_ = !read_file(path).value_or("").empty();
    if (::ftruncate(file, 0) != 0) return tl::unexpected(system_error("writing " + path, errno));
    const auto written = write_all(file, std::to_string(::getpid()) + "\n");
    if (!written) return tl::unexpected(written.error());
    return lock;
  }
  ~Lock() {
    if (closes_cleanly_) (void)::ftruncate(file_, 0);
    ::close(file_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// The process that had it before ended without closing the store, or could not open it.
  bool was_left_open() const { return was_left_open_; }
  void close_cleanly() { closes_cleanly_ = true; }

 private:
  explicit Lock(int file) : file_(file) {}
  int file_;
  bool was_left_open_ = false;
  bool closes_cleanly_ = false;
};

base::Result<std::unique_ptr<Store>> Store::open(const std::string& directory, const Env::Options& options) {
  const auto usable = check_directory(directory);
  if (!usable) return tl::unexpected(usable.error());
  auto lock = Lock::take(directory);
  if (!lock) return tl::unexpected(lock.error());
  if ((*lock)->was_left_open()) {
    if (auto whole = check_list(directory); !whole) return tl::unexpected(whole.error());
  }
  auto env = Env::open(directory + "/list.mdb", options);
  if (!env) return tl::unexpected(env.error());
  const auto checked =
      bring_up_to_date(**env).and_then([&] { return forget_replacement(**env); }).and_then([&] {
        return sync_directory(directory);
      });
  if (!checked) return tl::unexpected(checked.error());
  return std::unique_ptr<Store>(new Store(std::move(*lock), std::move(*env), directory));
}

Store::Store(std::unique_ptr<Lock> lock, std::unique_ptr<Env> env, const std::string& directory)
    : lock_(std::move(lock)),
      env_(std::move(env)),
      writer_(*env_),
      suppressions_(*env_, writer_),
      sweep_(*env_, writer_, suppressions_),
      scrub_(*env_),
      bulk_(*env_, writer_, suppressions_, directory),
      runtime_(*env_, writer_),
      links_(*env_, writer_),
      hits_(*env_, writer_, suppressions_),
      pictures_(*env_, writer_),
      keys_(*env_, writer_),
      buckets_(directory + "/limits.state") {}

Store::~Store() {
  lock_->close_cleanly();  // it goes last
}

base::Result<void> Store::backup(const std::string& path) {
  return replace_file(path, [&](int file) { return env_->copy_to(file); });
}

}  // namespace signpost::store
