#include "system/file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

namespace signpost::system {

tl::unexpected<base::Error> system_failure(const std::string& what) {
  const int code = errno;
  const auto kind = code == ENOENT ? base::ErrorKind::not_found : base::ErrorKind::unavailable;
  return base::fail(kind, what + ": " + std::generic_category().message(code));
}

base::Result<void> write_all(const FileHandle& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("cannot write");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

base::Result<FileHandle> open_directory(const std::string& path) {
  FileHandle directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return system_failure(path);
  return directory;
}

base::Result<void> replace_file(const FileHandle& directory, const std::string& name,
                                std::string_view bytes) {
  const std::string fresh = name + ".new";
  const FileHandle file(
      ::openat(directory.get(), fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file.is_open()) return system_failure("cannot create " + fresh);
  if (auto written = write_all(file, bytes); !written) return written;
  if (::fsync(file.get()) != 0) return system_failure("cannot sync " + fresh);
  if (::renameat(directory.get(), fresh.c_str(), directory.get(), name.c_str()) != 0) {
    return system_failure("cannot rename " + fresh);
  }
  if (::fsync(directory.get()) != 0) return system_failure("cannot sync the directory of " + name);
  return {};
}

base::Result<std::string> read_file(const FileHandle& directory, const std::string& name,
                                    std::size_t max_bytes) {
  const FileHandle file(
      ::openat(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return system_failure("cannot open " + name);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system_failure("cannot inspect " + name);
  if (!S_ISREG(facts.st_mode)) return base::invalid(name + " is no regular file");
  std::string bytes;
  for (;;) {
    constexpr std::size_t kChunk = 64u << 10;
    const std::size_t filled = bytes.size();
    if (filled > max_bytes) {
      return base::fail(base::ErrorKind::limit,
                        name + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
    bytes.resize(filled + kChunk);
    const ssize_t count = ::read(file.get(), bytes.data() + filled, kChunk);
    bytes.resize(filled + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno != EINTR) return system_failure("cannot read " + name);
    if (count == 0) return bytes;
  }
}

}  // namespace signpost::system
