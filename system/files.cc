// The Files port over the system. Every call says which path failed and why.
#include "system/files.h"

#include <algorithm>
#include <climits>
#include <limits>
#include <utility>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/errors.h"
#include "system/file.h"
#include "system/peer_credentials.h"

namespace signpost::system {
namespace {

constexpr const char* kDaemonUser = "signpost";

/// The uid of the user that packages create for the daemon, if there is one: with it root's `signpostd -t`
/// judges key files as the daemon will.
bool is_daemon_user(uid_t owner) {
  const auto daemon = find_user(kDaemonUser);
  return daemon && daemon->user == owner;
}

}  // namespace

base::Result<std::string> SystemFiles::read(const std::string& path, std::size_t max_bytes) const {
  return read_file(path, {.max_bytes = max_bytes, .regular_only = true});
}

base::Result<FileFacts> SystemFiles::inspect(const std::string& path) const {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return system_failure(path);
  FileFacts facts;
  facts.permissions = status.st_mode & 07777;
  facts.owner = status.st_uid;
  facts.group = status.st_gid;
  facts.changed = std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
  facts.size = static_cast<std::uint64_t>(status.st_size);
  facts.inode = status.st_ino;
  if (S_ISLNK(status.st_mode)) {
    facts.kind = FileFacts::Kind::link;
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0) return system_failure(path);
    facts.target.assign(target.data(), static_cast<std::size_t>(length));
  } else if (S_ISDIR(status.st_mode)) {
    facts.kind = FileFacts::Kind::directory;
  } else if (!S_ISREG(status.st_mode)) {
    facts.kind = FileFacts::Kind::other;
  }
  return facts;
}

base::Result<std::vector<std::string>> SystemFiles::list(const std::string& directory) const {
  const auto opened = open_directory(directory);
  if (!opened && opened.error().kind == base::ErrorKind::not_found) return std::vector<std::string>{};
  if (!opened) return tl::unexpected(opened.error());
  auto names = list_directory(*opened, std::numeric_limits<std::size_t>::max());
  if (!names) return tl::unexpected(base::in_context(directory, names.error()));
  std::sort(names->begin(), names->end());
  return names;
}

bool SystemFiles::group_exists(const std::string& name) const {
  std::string buffer(16384, '\0');
  group entry{};
  group* found = nullptr;
  return ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
}

bool SystemFiles::user_exists(const std::string& name) const {
  return find_user(name).has_value();
}

bool SystemFiles::may_own_keys(uid_t owner) const {
  return owner == 0 || owner == ::geteuid() || is_daemon_user(owner);
}

bool SystemFiles::may_hold_keys(gid_t group) const {
  return group == 0 || group == ::getegid();
}

}  // namespace signpost::system
