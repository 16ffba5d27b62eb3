#include "release/queue_file.h"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

#include "system/errors.h"

namespace signpost::release {

base::Result<std::optional<QueueFile>> look_at_file(const std::string& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return system::system_failure("cannot look at '" + path + "'");
  }
  if (!S_ISREG(facts.st_mode)) return std::nullopt;
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return QueueFile{{facts.st_dev, facts.st_ino},
                   facts.st_mode,
                   facts.st_ctim.tv_sec * kNanoseconds + facts.st_ctim.tv_nsec};
}

base::Result<void> check_directory(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return system::system_failure("cannot look at '" + path + "'");
  if (!S_ISDIR(facts.st_mode)) return base::invalid("'" + path + "' is not a directory");
  if (::access(path.c_str(), X_OK) != 0) return system::system_failure("cannot search '" + path + "'");
  return {};
}

base::Result<void> check_program(const std::string& path) {
  if (::access(path.c_str(), X_OK) != 0) return system::system_failure("cannot execute '" + path + "'");
  return {};
}

}  // namespace signpost::release
