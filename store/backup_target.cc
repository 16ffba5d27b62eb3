#include "store/backup_target.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>

#include "store/list/records.h"
#include "store/lmdb/page_lookup.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/file.h"

namespace signpost::store {
namespace {

/// Without links and dots; the path itself if there is no such directory.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

bool is_backup(int file, const Identity& identity) {
  const auto bytes = lmdb::look_up(file, "meta", "identity");
  if (!bytes || !*bytes) return false;
  const auto number = list::parse_number_record(**bytes);
  return number && *number == identity.number;
}

}  // namespace

base::Result<void> check_target(const std::string& path, const std::string& directory,
                                const Identity& identity, bool replace) {
  const std::string within = real_path(directory) + "/";
  if ((real_path(system::directory_of(path)) + "/").starts_with(within))
    return base::invalid(path + " is inside the store's directory; name a file elsewhere");
  const system::Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return {};
  const int error = errno;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return system::system_failure(path);
  if (!S_ISREG(status.st_mode)) return base::invalid(path + " is not a regular file; name another");
  if (replace) return {};
  if (!file.is_open()) return system::system_failure("opening " + path, error);
  if (is_backup(file.get(), identity)) return {};
  return base::invalid(path +
                       " is there and is not a backup of this store; name another file, or say replace=yes");
}

}  // namespace signpost::store
